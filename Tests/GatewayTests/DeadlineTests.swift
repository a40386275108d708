import ExchangeModel
import GatewayTesting
import JSON
import Testing

@testable import Gateway

@Suite("Deadlines")
struct DeadlineTests {
    /// The holidays around the National Day of 2025 as the tests assume them: 1 to 8 October off, two weekend days worked.
    static let october = WorkingCalendar(
        holidays: Set((1...8).compactMap { CivilDate(year: 2025, month: 10, day: $0) }),
        workdays: Set([CivilDate("2025-09-28"), CivilDate("2025-10-11")].compactMap { $0 }), years: [2025])

    private func end(_ term: String, from day: String, _ calendar: WorkingCalendar = WorkingCalendar()) throws -> String {
        try #require(DeadlineTerm(term)).lastDay(from: try #require(CivilDate(day)), calendar: calendar).description
    }

    @Test("calendar days are counted from the day after, and holidays do not stop them")
    func calendarDays() throws {
        #expect(try end("20 calendar days", from: "2025-09-20") == "2025-10-10")
        #expect(try end("20 calendar days", from: "2025-09-20", Self.october) == "2025-10-10")
        #expect(try end("1 calendar day", from: "2024-02-28") == "2024-02-29")
        #expect(try end("30 calendar days", from: "2025-12-31") == "2026-01-30")
        // A last day that is a Sunday stays the last day.
        #expect(try end("20 calendar days", from: "2025-11-03") == "2025-11-23")
    }

    @Test("working days leave out weekends and holidays, and count the days that make up for them")
    func workingDays() throws {
        #expect(try end("7 working days", from: "2025-11-03") == "2025-11-12")
        // From Saturday: the first counted day is Monday.
        #expect(try end("1 working day", from: "2025-11-01") == "2025-11-03")
        #expect(try end("7 working days", from: "2025-09-26", Self.october) == "2025-10-13")
        #expect(try end("7 working days", from: "2025-09-26") == "2025-10-07")
        // From within the holidays: 9, 10, and the Saturday that is worked.
        #expect(try end("3 working days", from: "2025-10-03", Self.october) == "2025-10-11")
    }

    @Test("a term ends with its last day in China, or at the closing time of that day")
    func endOfDay() throws {
        let day = try #require(CivilDate("2025-11-03"))
        var term = try #require(DeadlineTerm("20 calendar days"))
        #expect(term.deadline(from: day, calendar: WorkingCalendar()).description == "2025-11-23T15:59:59.999Z")
        term.closesAtMinute = 17 * 60
        #expect(term.deadline(from: day, calendar: WorkingCalendar()).description == "2025-11-23T09:00:00.000Z")
    }

    @Test(
        "what is no term is not read",
        arguments: [
            "", "20", "20 days", "20 calendar", "0 calendar days", "-1 calendar days", "+7 working days", "7  working days",
            "7 Working days", "3661 working days", "20 calendar day", "99999999999999999999 working days", "７ working days",
            "7 working days ",
        ])
    func noTerm(_ text: String) { #expect(DeadlineTerm(text) == nil) }

    private func rule(_ term: String, holidays: WorkingCalendar? = nil, from: String = "/signedAt") throws -> DeadlineRule {
        DeadlineRule(
            dataset: Dataset("contract"), from: from, term: try #require(DeadlineTerm(term)),
            holidayFile: holidays == nil ? nil : "holidays.yaml", calendar: holidays ?? WorkingCalendar(), destinations: [],
            position: .unknown)
    }

    @Test("the day of a time is the day in China")
    func dayInChina() throws {
        let rule = try rule("20 calendar days")
        for text in ["2025-11-03", "2025-11-03T00:00:00+08:00", "2025-11-02T16:00:00Z", "2025-11-03T23:59:59+08:00"] {
            let (deadline, warning) = rule.deadline(of: ["signedAt": .string(text)])
            #expect(deadline?.description == "2025-11-23T15:59:59.999Z" && warning == nil, "\(text)")
        }
        let identifier: JSONValue = ["signedAt": ["scheme": "date", "value": "2025-11-03"]]
        #expect(rule.deadline(of: identifier).deadline != nil)
    }

    @Test("a date that is missing or no date gives a warning and no deadline")
    func warnings() throws {
        let rule = try rule("20 calendar days")
        for record: JSONValue in [[:], ["signedAt": ""], ["signedAt": ["a": "b"]], "2025-11-03"] {
            let (deadline, warning) = rule.deadline(of: record)
            #expect(deadline == nil && warning?.code == .deadlineDateMissing && warning?.severity == .warning)
            #expect(warning?.path == "/signedAt" && warning?.textZH.isEmpty == false)
        }
        for text in ["20251103", "3 November", "2025-11-31", "2025-11-03T09:00:00", "2025-11-03 09:00:00"] {
            let (deadline, warning) = rule.deadline(of: ["signedAt": .string(text)])
            #expect(deadline == nil && warning?.code == .deadlineDateUnreadable, "\(text)")
            #expect(warning?.text.contains(text) == false)
        }
    }

    @Test("a year without known holidays gives a deadline and a warning")
    func unknownYear() throws {
        let rule = try rule("7 working days", holidays: Self.october)
        #expect(rule.deadline(of: ["signedAt": "2025-12-01"]).warning == nil)
        let (deadline, warning) = rule.deadline(of: ["signedAt": "2025-12-29"])
        #expect(deadline?.description == "2026-01-07T15:59:59.999Z" && warning?.code == .deadlineYearUnknown)
        #expect(warning?.text.contains("2026") == true)
    }
}

@Suite("A file of holidays")
struct HolidayFileTests {
    private func read(_ text: String) throws -> (calendar: WorkingCalendar?, findings: [FileFinding]) {
        let folder = try TemporaryDirectory()
        return HolidayFile.read(try folder.write("holidays.yaml", text))
    }

    @Test("gives days off, runs of them, and days worked instead")
    func right() throws {
        let (calendar, findings) = try read(
            """
            # Assumed for the test.
            years: [2025]
            holidays: [2025-01-01, 2025-10-01/2025-10-08]
            workdays: [2025-09-28, 2025-10-11]
            """)
        #expect(findings.isEmpty)
        let read = try #require(calendar)
        #expect(read.holidays.count == 9 && read.workdays.count == 2 && read.years == [2025])
        #expect(try !read.isWorked(#require(CivilDate("2025-10-08"))))
        #expect(try read.isWorked(#require(CivilDate("2025-10-09"))))
        #expect(try read.isWorked(#require(CivilDate("2025-10-11"))))
        #expect(try !read.isWorked(#require(CivilDate("2025-10-12"))))
    }

    @Test(
        "that is wrong says where",
        arguments: [
            ("years: [2025]", "holidays is required"), ("holidays: [2025-01-01]", "years is required"),
            ("years: [25]\nholidays: []", "whole number"), ("years: [2025, 2025]\nholidays: []", "twice"),
            ("years: [2025]\nholidays: [2025-02-29]", "a day is written"),
            ("years: [2025]\nholidays: [2025-01-01/2025-01-02/2025-01-03]", "a day is written"),
            ("years: [2025]\nholidays: [2025-01-05/2025-01-01]", "goes forward"),
            ("years: [2025]\nholidays: [2025-01-01/2025-03-01]", "at most 31 days"),
            ("years: [2025]\nholidays: [2026-01-01]", "2026 is not among the years"),
            ("years: [2025]\nholidays: [2025-01-01, 2025-01-01]", "twice"),
            ("years: [2025]\nholidays: [2025-10-11]\nworkdays: [2025-10-11]", "is a holiday above"),
            ("years: [2025]\nholidays: []\nworkdays: [2025-10-10]", "no Saturday or Sunday"),
            ("years: [2025]\nholidays: []\nworkday: []", "did you mean \"workdays\"?"),
        ])
    func wrong(_ text: String, _ says: String) throws {
        let (calendar, findings) = try read(text)
        #expect(calendar == nil)
        #expect(findings.contains { $0.finding.text.contains(says) && !$0.finding.textZH.isEmpty }, "\(findings)")
    }

    @Test("that is not there is a finding")
    func absent() { #expect(HolidayFile.read("/nonexistent/holidays.yaml").findings.count == 1) }
}
