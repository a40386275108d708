/// What a request's `Range` asks of a content (RFC 9110, 14).
enum ByteRange: Equatable {
    /// Everything: no range, one that is not of bytes, one that cannot be read, or several, which a server need not give.
    case whole
    case part(Range<Int>)
    /// Nothing of the content lies there: 416.
    case unsatisfiable

    init(_ header: String?, of size: Int) {
        self = .whole
        guard let header, header.utf8.count <= 100, header.lowercased().hasPrefix("bytes=") else { return }
        let spec = header.dropFirst(6).filter { $0 != " " && $0 != "\t" }
        let parts = spec.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }) else { return }
        // A number that is too large for the program is larger than any content.
        let first = parts[0].isEmpty ? nil : Int(parts[0]) ?? Int.max
        let last = parts[1].isEmpty ? nil : Int(parts[1]) ?? Int.max
        switch (first, last) {
        case (nil, nil): return
        case (nil, let count?): self = count == 0 || size == 0 ? .unsatisfiable : .part(max(0, size - count)..<size)
        case (let first?, let last):
            if let last, last < first { return }
            self = first >= size ? .unsatisfiable : .part(first..<min(last ?? size, size - 1) + 1)
        }
    }

    /// What a request's `Content-Range` says of its body: `bytes 0-99/200` or `bytes 0-99/*`; nil when it cannot be read.
    static func content(_ header: String) -> (range: Range<Int>, length: Int?)? {
        guard header.utf8.count <= 100, header.lowercased().hasPrefix("bytes ") else { return nil }
        let halves = header.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2 else { return nil }
        let ends = halves[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = number(ends[0]), let last = number(ends[1]), first <= last, last < Int.max else {
            return nil
        }
        if halves[1] == "*" { return (first..<last + 1, nil) }
        guard let length = number(halves[1]), last < length else { return nil }
        return (first..<last + 1, length)
    }

    /// Digits alone.
    static func number(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return Int(text)
    }
}
