public import ExchangeModel
internal import JSON

/// By when a record of a dataset must have arrived, counted from a date in the record.
public struct DeadlineRule: Sendable, Equatable {
    /// Which records.
    public var dataset: Dataset
    /// Where the date stands in the canonical record (RFC 6901).
    public var from: String
    /// How long after it.
    public var term: DeadlineTerm
    /// File of holidays; nil: weekends alone.
    public var holidayFile: String?
    /// Holidays, once the file is read.
    public var calendar: WorkingCalendar
    /// For which destinations; empty means all.
    public var destinations: [String]
    /// Where the rule stands in the configuration.
    public var position: SourcePosition

    /// The date that must not be missed, or a warning why there is none.
    func deadline(of record: JSONValue) -> (deadline: Instant?, warning: Finding?) {
        let place = record.value(at: from)
        guard let text = place?.string ?? place?["value"]?.string, !text.isEmpty else {
            return (
                nil,
                Finding(
                    .deadlineDateMissing, severity: .warning, path: from,
                    text: "the date that a deadline counts from is missing; no deadline is set",
                    textZH: "缺少计算期限的起始日期，未设置期限")
            )
        }
        guard let day = Self.day(text) else {
            return (
                nil,
                Finding(
                    .deadlineDateUnreadable, severity: .warning, path: from,
                    text: "the date that a deadline counts from is neither a day nor a time with offset; no deadline is set",
                    textZH: "计算期限的起始日期既不是日期也不是带时区的时间，未设置期限")
            )
        }
        let last = term.lastDay(from: day, calendar: calendar)
        let deadline = term.deadline(from: day, calendar: calendar)
        if term.unit == .workingDays, holidayFile != nil,
            let year = (day.year...last.year).first(where: { !calendar.years.contains($0) })
        {
            return (
                deadline,
                Finding(
                    .deadlineYearUnknown, severity: .warning, path: from,
                    text: "the holidays of \(year) are not known; the deadline counts weekends alone there",
                    textZH: "尚无 \(year) 年的节假日安排，该年仅按周末计算期限")
            )
        }
        return (deadline, nil)
    }

    /// The day in China that a text names: a plain day, or a time with its offset.
    static func day(_ text: String) -> CivilDate? {
        CivilDate(text) ?? Instant(timeWithOffset: text).map { CivilDate(of: $0, offsetSeconds: DeadlineTerm.offsetSeconds) }
    }
}
