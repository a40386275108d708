internal import ExchangeModel

/// The header `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date in the form of section 5.6.7.
enum RetryAfter {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// How long to wait; nil when the value is in neither form. A date in the past gives zero.
    static func parse(_ value: String, now: Instant) -> Duration? {
        let text = value.drop { $0 == " " || $0 == "\t" }
        let trimmed = String(text.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
        if !trimmed.isEmpty, trimmed.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // Ten digits are three centuries: a longer number is a mistake, and is cut to that.
            return .seconds(Int64(trimmed.prefix(10)) ?? 0)
        }
        guard let date = httpDate(trimmed) else { return nil }
        return max(date - now, .zero)
    }

    /// IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`. The two obsolete forms are not read: nobody sends them any more.
    private static func httpDate(_ text: String) -> Instant? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT", let day = number(parts[1], 1...31),
            let month = months.firstIndex(of: String(parts[2])), let year = number(parts[3], 1970...9999)
        else { return nil }
        let time = parts[4].split(separator: ":", omittingEmptySubsequences: false)
        guard time.count == 3, let hour = number(time[0], 0...23), let minute = number(time[1], 0...59),
            let second = number(time[2], 0...60)
        else { return nil }
        return Instant(year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)
    }

    private static func number(_ text: Substring, _ range: ClosedRange<Int>) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(text), range.contains(value)
        else {
            return nil
        }
        return value
    }
}
