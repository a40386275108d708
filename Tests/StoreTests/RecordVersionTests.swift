import ExchangeModel
import Testing

@Suite("Versions of a record")
struct RecordVersionTests {
    @Test(
        "are in order",
        arguments: [
            ("9", "10"), ("007", "8"), ("20260501093000", "20260501093001"), ("99999999999999999998", "99999999999999999999"),
            ("2026-05-01T09:30:00+08:00", "2026-05-01T01:30:01Z"), ("a", "b"), ("1.2", "1.3"), ("10", "9a"),
            ("2026-05-01", "2026-05-02"), ("2026-05-01T09:30:00+08:00", "later"),
        ])
    func lower(_ pair: (String, String)) {
        #expect(RecordVersion.order(pair.0, pair.1) == .lower)
        #expect(RecordVersion.order(pair.1, pair.0) == .higher)
    }

    @Test(
        "are the same, or cannot be compared",
        arguments: [
            ("1", "1"), ("01", "1"), ("000", "0"), ("", "1"), ("", ""), ("2026-05-01T09:30:00+08:00", "2026-05-01T01:30:00.000Z"),
        ])
    func same(_ pair: (String, String)) {
        #expect(RecordVersion.order(pair.0, pair.1) == .same)
        #expect(RecordVersion.order(pair.1, pair.0) == .same)
    }

    @Test("times with offset are read exactly, and nothing that is none")
    func times() {
        #expect(
            Instant(timeWithOffset: "2026-05-01T09:30:00+08:00") == Instant(year: 2026, month: 5, day: 1, hour: 1, minute: 30))
        #expect(Instant(timeWithOffset: "2026-05-01t01:30:00.1239z")?.milliseconds == 1_777_599_000_123)
        #expect(Instant(timeWithOffset: "2024-02-29T00:00:00-00:30") == Instant(year: 2024, month: 2, day: 29, minute: 30))
        #expect(Instant(timeWithOffset: "2016-12-31T23:59:60Z") == Instant(timeWithOffset: "2016-12-31T23:59:59Z"))
        for text in [
            "", "2026-05-01", "2026-05-01T09:30:00", "2026-02-30T00:00:00Z", "2026-05-01T24:00:00Z", "2026-05-01T09:30Z",
            "2026-05-01T09:30:00+8:00", "2026-05-01T09:30:00.Z", "2026-05-01T09:30:00Z ", "２026-05-01T09:30:00Z",
            "2026-13-01T00:00:00Z", "2026-05-01 09:30:00Z", "2026-05-01T09:30:00.1234567890Z", "+026-05-01T09:30:00Z",
        ] { #expect(Instant(timeWithOffset: text) == nil, "\(text)") }
    }

    @Test("days are read, counted and named")
    func days() throws {
        let day = try #require(CivilDate("2026-05-01"))
        #expect(day.weekday == 5 && day.year == 2026 && day.description == "2026-05-01" && (day + 31).description == "2026-06-01")
        #expect(day.start(offsetSeconds: 28_800) == Instant(timeWithOffset: "2026-05-01T00:00:00+08:00"))
        #expect(CivilDate(of: Instant(year: 2026, month: 4, day: 30, hour: 16), offsetSeconds: 28_800) == day)
        #expect(CivilDate(of: Instant(year: 2026, month: 4, day: 30, hour: 15), offsetSeconds: 28_800) == day + -1)
        #expect(CivilDate(days: 0).weekday == 4 && CivilDate(days: -4).weekday == 7)
        for text in ["2026-02-30", "2026-5-1", "20260501", "2026-05-01 ", "2026-00-01", "２026-05-01", ""] {
            #expect(CivilDate(text) == nil, "\(text)")
        }
    }
}
