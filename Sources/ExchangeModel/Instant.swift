/// A moment in milliseconds since 1970-01-01T00:00:00Z, as the store keeps it.
///
/// Text in configuration, evidence and HTTP is RFC 3339 in UTC with milliseconds (`2026-05-01T01:25:00.000Z`).
public struct Instant: Sendable, Hashable, Comparable {
    /// Milliseconds since the Unix epoch, UTC, leap seconds not counted.
    public let milliseconds: Int64

    /// An instant of so many milliseconds.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// An instant of a civil date and time in UTC (proleptic Gregorian calendar). Values are not checked for range.
    public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, millisecond: Int = 0) {
        let days = Self.days(year: year, month: month, day: day)
        let seconds = Int64(days) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        milliseconds = seconds * 1000 + Int64(millisecond)
    }

    /// Days since 1970-01-01 of a civil date (Howard Hinnant's "days from civil").
    public static func days(year: Int, month: Int, day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The civil date and time in UTC, shifted by an offset in seconds (28,800 gives China Standard Time).
    public func civil(offsetSeconds: Int = 0) -> CivilTime {
        let shifted = milliseconds + Int64(offsetSeconds) * 1000
        let day = Int((shifted >= 0 ? shifted : shifted - 86_399_999) / 86_400_000)
        let rest = Int(shifted - Int64(day) * 86_400_000)
        let z = day + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return CivilTime(
            year: year, month: month, day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, hour: rest / 3_600_000,
            minute: rest / 60_000 % 60, second: rest / 1000 % 60, millisecond: rest % 1000)
    }

    /// The instant so much later.
    public static func + (left: Self, right: Duration) -> Self {
        Instant(milliseconds: left.milliseconds &+ right.wholeMilliseconds)
    }

    /// The instant so much earlier.
    public static func - (left: Self, right: Duration) -> Self {
        Instant(milliseconds: left.milliseconds &- right.wholeMilliseconds)
    }

    /// The time between two instants; negative when the left one is earlier.
    public static func - (left: Self, right: Self) -> Duration { .milliseconds(left.milliseconds - right.milliseconds) }

    /// Orders by time.
    public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }
}

/// A date and a time of day without a zone; the year may have any number of digits.
public struct CivilTime: Sendable, Hashable {
    /// Calendar year, month 1 to 12, day 1 to 31, then the time of day.
    public var year, month, day, hour, minute, second, millisecond: Int

    /// Takes the parts as they are.
    public init(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, millisecond: Int) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.millisecond = millisecond
    }
}

extension Instant: CustomStringConvertible {
    /// RFC 3339 in UTC with milliseconds.
    public var description: String {
        let civil = civil()
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let year = String(repeating: "0", count: max(0, 4 - "\(civil.year)".count)) + "\(civil.year)"
        let fraction = String("\(1000 + civil.millisecond)".dropFirst())
        return "\(year)-\(two(civil.month))-\(two(civil.day))T"
            + "\(two(civil.hour)):\(two(civil.minute)):\(two(civil.second)).\(fraction)Z"
    }
}

extension Duration {
    /// Whole milliseconds, rounded toward zero.
    public var wholeMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
