internal import ExchangeModel

extension Instant {
    /// Reads RFC 3339 (`2026-05-01T09:30:00+08:00`, `...Z`, a fraction is cut to milliseconds), or a date alone, which is
    /// its first moment in UTC.
    init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func number(_ offset: Int, _ count: Int) -> Int? {
            guard offset + count <= bytes.count else { return nil }
            return bytes[offset..<(offset + count)].reduce(Int?(0)) { value, byte in
                guard let value, (0x30...0x39).contains(byte) else { return nil }
                return value * 10 + Int(byte - 0x30)
            }
        }
        func has(_ character: Unicode.Scalar, _ offset: Int) -> Bool {
            offset < bytes.count && bytes[offset] == UInt8(ascii: character)
        }
        guard let year = number(0, 4), has("-", 4), let month = number(5, 2), has("-", 7), let day = number(8, 2),
            Self.exists(year: year, month: month, day: day)
        else { return nil }
        if bytes.count == 10 {
            self.init(year: year, month: month, day: day)
            return
        }
        guard has("T", 10) || has("t", 10) || has(" ", 10), let hour = number(11, 2), has(":", 13), let minute = number(14, 2),
            has(":", 16), let second = number(17, 2), hour < 24, minute < 60, second < 60
        else { return nil }
        var end = 19
        var millisecond = 0
        if has(".", end) {
            var digits = 0
            end += 1
            while let digit = number(end, 1) {
                if digits < 3 { millisecond = millisecond * 10 + digit }
                digits += 1
                end += 1
            }
            guard (1...9).contains(digits) else { return nil }
            for _ in digits..<max(digits, 3) { millisecond *= 10 }
        }
        var offset = 0
        if end == bytes.count - 1, has("Z", end) || has("z", end) {
            offset = 0
        } else {
            guard has("+", end) || has("-", end), let hours = number(end + 1, 2), has(":", end + 3),
                let minutes = number(end + 4, 2), hours < 24, minutes < 60, end + 6 == bytes.count
            else { return nil }
            offset = (hours * 3600 + minutes * 60) * (has("-", end) ? -1 : 1)
        }
        let local = Instant(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second, millisecond: millisecond)
        self = local - .seconds(offset)
    }

    private static func exists(year: Int, month: Int, day: Int) -> Bool {
        guard (1...12).contains(month), day >= 1 else { return false }
        let next = month == 12 ? days(year: year + 1, month: 1, day: 1) : days(year: year, month: month + 1, day: 1)
        return day <= next - days(year: year, month: month, day: 1)
    }
}
