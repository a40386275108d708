internal import ExchangeModel
internal import StrictYAML

/// Reads a file of holidays: the years it covers, the days off, and the weekend days that are worked instead.
///
///     years: [2026]
///     holidays: [2026-01-01, 2026-02-16/2026-02-22]
///     workdays: [2026-02-14]
enum HolidayFile {
    /// Largest file.
    static let bytesMax = 1 << 20
    /// Longest run of days in one entry.
    static let runMax = 31

    /// The calendar, when nothing refuses it, and every finding. Blocking: for start-up and commands.
    static func read(_ file: String) -> (calendar: WorkingCalendar?, findings: [FileFinding]) {
        let bytes: [UInt8]
        switch FileBytes.read(file, limit: bytesMax) {
        case .success(let content): bytes = content
        case .failure(let failure):
            let finding = Finding(
                .fileInvalid, text: "cannot read the holidays: \(failure.text)", textZH: "无法读取节假日文件：\(failure.text)")
            return (nil, [FileFinding(file: file, finding)])
        }
        let yaml = YAMLReader(parsing: bytes)
        let calendar = yaml.mapping { top in
            var calendar = WorkingCalendar()
            for value in top.required("years")?.listOrOne() ?? [] {
                guard let year = value.integer(in: 1949...2999) else { continue }
                if !calendar.years.insert(year).inserted { value.report("the year stands here twice", "年份重复") }
            }
            for value in top.required("holidays")?.list() ?? [] {
                for day in days(value, calendar.years) where !calendar.holidays.insert(day).inserted {
                    value.report("\(day) stands here twice", "\(day) 重复")
                }
            }
            for value in top.optional("workdays")?.list() ?? [] {
                for day in days(value, calendar.years) {
                    if calendar.holidays.contains(day) { value.report("\(day) is a holiday above", "\(day) 已列为节假日") }
                    if day.weekday <= 5 {
                        value.report("\(day) is worked anyhow: it is no Saturday or Sunday", "\(day) 不是周末，本来就是工作日")
                    }
                    if !calendar.workdays.insert(day).inserted { value.report("\(day) stands here twice", "\(day) 重复") }
                }
            }
            return calendar
        }
        return (yaml.hasErrors ? nil : calendar, yaml.findings.map { FileFinding(file: file, $0) })
    }

    /// One day, or `first/last`.
    private static func days(_ value: YAMLValueReader, _ years: Set<Int>) -> [CivilDate] {
        guard let text = value.text() else { return [] }
        let ends = text.split(separator: "/", omittingEmptySubsequences: false).map { CivilDate($0) }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else {
            value.report(
                "a day is written 2026-05-01, a run of days 2026-05-01/2026-05-05",
                "日期应写作 2026-05-01，连续日期应写作 2026-05-01/2026-05-05")
            return []
        }
        guard first <= last, last.days - first.days < runMax else {
            value.report("a run of days goes forward and has at most \(runMax) days", "连续日期须从早到晚，且最多 \(runMax) 天")
            return []
        }
        let days = (first.days...last.days).map { CivilDate(days: $0) }
        if let stranger = days.first(where: { !years.contains($0.year) }) {
            value.report("\(stranger.year) is not among the years of this file", "years 中未列出 \(stranger.year) 年")
        }
        return days
    }
}
