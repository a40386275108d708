extension Instant {
    /// Reads a time with its offset in the form of RFC 3339: `2026-05-01T09:30:00+08:00`, a fraction of up to nine digits
    /// (cut to milliseconds), `Z` or an offset. Nil for anything else, also for a day or an hour that does not exist; a
    /// leap second counts as the second before it.
    public init?(timeWithOffset text: String) {
        var rest = text.utf8[...]
        func digits(_ count: Int, _ range: ClosedRange<Int>) -> Int? {
            guard rest.count >= count else { return nil }
            var value = 0
            for byte in rest.prefix(count) {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            rest = rest.dropFirst(count)
            return range.contains(value) ? value : nil
        }
        func sign(_ bytes: [UInt8]) -> UInt8? {
            guard let first = rest.first, bytes.contains(first) else { return nil }
            rest = rest.dropFirst()
            return first
        }
        guard let year = digits(4, 0...9999), sign([0x2D]) != nil, let month = digits(2, 1...12), sign([0x2D]) != nil,
            let day = digits(2, 1...31), CivilDate(year: year, month: month, day: day) != nil,
            sign([0x54, 0x74]) != nil, let hour = digits(2, 0...23), sign([0x3A]) != nil, let minute = digits(2, 0...59),
            sign([0x3A]) != nil, let second = digits(2, 0...60)
        else { return nil }
        var millisecond = 0
        if sign([0x2E]) != nil {
            let fraction = rest.prefix { $0 >= 0x30 && $0 <= 0x39 }
            guard !fraction.isEmpty, fraction.count <= 9 else { return nil }
            rest = rest.dropFirst(fraction.count)
            for index in 0..<3 { millisecond = millisecond * 10 + (fraction.dropFirst(index).first.map { Int($0 - 0x30) } ?? 0) }
        }
        var offset = 0
        switch sign([0x5A, 0x7A, 0x2B, 0x2D]) {
        case 0x5A?, 0x7A?: break
        case let direction?:
            guard let hours = digits(2, 0...23), sign([0x3A]) != nil, let minutes = digits(2, 0...59) else { return nil }
            offset = (hours * 60 + minutes) * (direction == 0x2D ? -60 : 60)
        case nil: return nil
        }
        guard rest.isEmpty else { return nil }
        let local = Instant(
            year: year, month: month, day: day, hour: hour, minute: minute, second: min(second, 59), millisecond: millisecond)
        self = local - .seconds(offset)
    }
}
