/// A day of the calendar, without a zone.
public struct CivilDate: Sendable, Hashable, Comparable {
    /// Days since 1970-01-01.
    public let days: Int

    /// A day that exists (proleptic Gregorian calendar); nil for one that does not, such as 30 February.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        let days = Instant.days(year: year, month: month, day: day)
        let civil = Instant(milliseconds: Int64(days) * 86_400_000).civil()
        guard civil.month == month, civil.day == day else { return nil }
        self.days = days
    }

    /// The day so many days after 1970-01-01.
    public init(days: Int) { self.days = days }

    /// Reads `2026-05-01`, nothing else.
    public init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: 0x2D, omittingEmptySubsequences: false)
        guard parts.map(\.count) == [4, 2, 2], parts.allSatisfy({ $0.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }) else {
            return nil
        }
        let numbers = parts.map { $0.reduce(0) { $0 * 10 + Int($1 - 0x30) } }
        self.init(year: numbers[0], month: numbers[1], day: numbers[2])
    }

    /// The day that an instant falls on, where clocks are so many seconds ahead of UTC.
    public init(of instant: Instant, offsetSeconds: Int) {
        let shifted = instant.milliseconds + Int64(offsetSeconds) * 1000
        days = Int((shifted >= 0 ? shifted : shifted - 86_399_999) / 86_400_000)
    }

    /// Calendar year.
    public var year: Int { Instant(milliseconds: Int64(days) * 86_400_000).civil().year }

    /// 1 for Monday to 7 for Sunday (ISO 8601).
    public var weekday: Int { ((days + 3) % 7 + 7) % 7 + 1 }

    /// The first moment of the day, where clocks are so many seconds ahead of UTC.
    public func start(offsetSeconds: Int) -> Instant {
        Instant(milliseconds: (Int64(days) * 86_400 - Int64(offsetSeconds)) * 1000)
    }

    /// The day so much later.
    public static func + (left: Self, right: Int) -> Self { CivilDate(days: left.days + right) }

    /// Orders by time.
    public static func < (left: Self, right: Self) -> Bool { left.days < right.days }
}

extension CivilDate: CustomStringConvertible {
    /// `2026-05-01`.
    public var description: String { String(Instant(milliseconds: Int64(days) * 86_400_000).description.prefix { $0 != "T" }) }
}
