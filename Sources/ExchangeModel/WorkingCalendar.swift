/// Which days are worked: Monday to Friday, but for public holidays, and the weekend days that make up for them
/// (调休上班日), as the State Council announces them each year.
public struct WorkingCalendar: Sendable, Hashable {
    /// Days off that would be worked, and days worked that would be off.
    public var holidays, workdays: Set<CivilDate>
    /// The years for which the days above are known. In other years only weekends count.
    public var years: Set<Int>

    /// Takes everything; empty sets make plain weeks.
    public init(holidays: Set<CivilDate> = [], workdays: Set<CivilDate> = [], years: Set<Int> = []) {
        self.holidays = holidays
        self.workdays = workdays
        self.years = years
    }

    /// Whether a day is worked.
    public func isWorked(_ day: CivilDate) -> Bool {
        if holidays.contains(day) { return false }
        return day.weekday <= 5 || workdays.contains(day)
    }

    /// The working day number `count` after a day, which is not counted itself.
    public func day(_ count: Int, after day: CivilDate) -> CivilDate {
        var day = day
        var left = count
        while left > 0 {
            day = day + 1
            if isWorked(day) { left -= 1 }
        }
        return day
    }
}

/// How long after a day something must be done: `20 calendar days`, `7 working days`.
public struct DeadlineTerm: Sendable, Hashable {
    /// How many days.
    public var count: Int
    /// Which days count.
    public var unit: Unit
    /// Minutes of the last day until which it may be done; 1440 is its end.
    public var closesAtMinute: Int

    /// Which days count.
    public enum Unit: String, Sendable, Hashable, CaseIterable {
        /// Every day; holidays do not stop it, and a last day that is a holiday stays the last day.
        case calendarDays = "calendar days"
        /// Working days alone.
        case workingDays = "working days"
    }

    /// Longest term.
    public static let countMax = 3660
    /// Clocks of China are so far ahead of UTC, all year, everywhere.
    public static let offsetSeconds = 28_800

    /// Takes everything.
    public init(count: Int, unit: Unit, closesAtMinute: Int = 1440) {
        self.count = count
        self.unit = unit
        self.closesAtMinute = closesAtMinute
    }

    /// Reads `20 calendar days` or `1 working day`; nil for anything else, also for no day and for more than `countMax`.
    public init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[0].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let count = Int(words[0]),
            (1...Self.countMax).contains(count), words[2] == (count == 1 ? "day" : "days") || words[2] == "days",
            let unit = Unit(rawValue: "\(words[1]) days")
        else { return nil }
        self.init(count: count, unit: unit)
    }

    /// The last day of the term that begins with an event on `day`. The day of the event is not counted.
    public func lastDay(from day: CivilDate, calendar: WorkingCalendar) -> CivilDate {
        switch unit {
        case .calendarDays: day + count
        case .workingDays: calendar.day(count, after: day)
        }
    }

    /// The last moment in which it is done in time: the last millisecond of the last day, or its closing minute.
    public func deadline(from day: CivilDate, calendar: WorkingCalendar) -> Instant {
        let start = lastDay(from: day, calendar: calendar).start(offsetSeconds: Self.offsetSeconds)
        return closesAtMinute >= 1440 ? start + .milliseconds(86_399_999) : start + .seconds(closesAtMinute * 60)
    }
}
