internal import Gateway
internal import HTTPTypes

extension DatasetHints {
    /// Longest value that is looked at, in bytes.
    private static let bytesMax = 1024

    /// What the head of a request says, as far as the channel's `detect` asks for it.
    init(_ headers: HTTPFields, for sign: GatewayConfiguration.DatasetSign?) {
        self.init()
        switch sign {
        case .header(let name): header = HTTPField.Name(name).flatMap { headers[$0] }.flatMap { Self.trimmed($0) }
        case .fileName: fileName = headers[.contentDisposition].flatMap { Self.fileName(in: $0) }
        default: break
        }
    }

    private static func trimmed(_ text: String) -> String? {
        guard text.utf8.count <= bytesMax else { return nil }
        let bytes = Array(text.utf8.drop { $0 <= 0x20 })
        return String(decoding: bytes[..<((bytes.lastIndex { $0 > 0x20 }).map { $0 + 1 } ?? 0)], as: UTF8.self)
    }

    /// The file name of `attachment; filename="a.xml"; filename*=UTF-8''%E5%85%AC.xml` (RFC 6266): the second form where both
    /// are given, and what stands behind the last slash of either kind.
    static func fileName(in disposition: String) -> String? {
        guard disposition.utf8.count <= bytesMax else { return nil }
        var plain: String?
        var extended: String?
        for (name, value) in parameters(of: Array(disposition.utf8)) {
            switch name {
            case "filename": plain = plain ?? value
            case "filename*": extended = extended ?? decoded(value)
            default: break
            }
        }
        guard let name = extended ?? plain else { return nil }
        let last = name.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
        return last.isEmpty ? nil : last
    }

    /// Parameters behind the disposition's type, quotation marks taken off (RFC 9110, 5.6.6).
    static func parameters(of text: [UInt8]) -> [(name: String, value: String)] {
        var found: [(String, String)] = []
        var index = text.firstIndex(of: UInt8(ascii: ";")) ?? text.endIndex
        while index < text.endIndex {
            index += 1
            let nameStart = index
            while index < text.endIndex, text[index] != UInt8(ascii: "="), text[index] != UInt8(ascii: ";") { index += 1 }
            let name = String(decoding: text[nameStart..<index].filter { $0 > 0x20 }, as: UTF8.self).lowercased()
            guard index < text.endIndex, text[index] == UInt8(ascii: "=") else { continue }
            index += 1
            while index < text.endIndex, text[index] <= 0x20 { index += 1 }
            var value: [UInt8] = []
            if index < text.endIndex, text[index] == UInt8(ascii: "\"") {
                index += 1
                while index < text.endIndex, text[index] != UInt8(ascii: "\"") {
                    if text[index] == UInt8(ascii: "\\"), index + 1 < text.endIndex { index += 1 }
                    value.append(text[index])
                    index += 1
                }
                while index < text.endIndex, text[index] != UInt8(ascii: ";") { index += 1 }
            } else {
                while index < text.endIndex, text[index] != UInt8(ascii: ";") {
                    if text[index] > 0x20 { value.append(text[index]) }
                    index += 1
                }
            }
            if let value = String(validating: value, as: UTF8.self) { found.append((name, value)) }
        }
        return found
    }

    /// `UTF-8''%E5%85%AC.xml` (RFC 8187); nil for another character set or a broken escape.
    static func decoded(_ value: String) -> String? {
        let parts = value.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].lowercased() == "utf-8" else { return nil }
        var bytes: [UInt8] = []
        var rest = parts[2].utf8.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.next(), let low = rest.next(),
                let octet = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(octet)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
