import ExchangeModel
import Logging
import Testing

@testable import tenderbridge

@Suite("Values that commands compare and print")
struct ValueTests {
    @Test(
        "instants are read in RFC 3339",
        arguments: [
            ("2026-05-01T09:30:00+08:00", "2026-05-01T01:30:00.000Z"), ("2026-05-01T01:30:00Z", "2026-05-01T01:30:00.000Z"),
            ("2026-05-01T01:30:00.25-01:30", "2026-05-01T03:00:00.250Z"), ("2024-02-29", "2024-02-29T00:00:00.000Z"),
            ("2026-05-01t01:30:00.123456789z", "2026-05-01T01:30:00.123Z"),
        ])
    func instants(text: String, expected: String) { #expect(Instant(rfc3339: text)?.description == expected) }

    @Test(
        "what is no instant is refused",
        arguments: [
            "", "2026", "2026-02-29", "2026-13-01", "2026-05-01T25:00:00Z", "2026-05-01T01:30:00", "2026-05-01T01:30:00+0800",
            "2026-05-01T01:30:00.Z", "2026-05-01T01:30:00Zjunk", "2026-05-01T01:30:00+08:00Z", "yesterday",
        ])
    func noInstants(text: String) { #expect(Instant(rfc3339: text) == nil) }

    @Test(
        "decimals are compared as numbers",
        arguments: [
            ("50.00", "50", true), ("050", "50.0", true), ("-0", "0", true), ("0.10", "0.1", true), ("1", "1.01", false),
            ("12345678901234567890.1", "12345678901234567890.2", false), ("-5", "5", false),
        ])
    func decimals(left: String, right: String, equal: Bool) {
        #expect(Facts.Kind.decimal.areEqual(left, right) == equal)
        #expect(Facts.Kind.decimal.areEqual(right, left) == equal)
    }

    @Test("what is no decimal equals none", arguments: ["", ".", "1.", ".5", "1e3", "1,000", "--1", "+1"])
    func noDecimals(text: String) { #expect(Facts.Kind.decimal.areEqual("1", text) == nil) }

    @Test("fourteen digits are China Standard Time")
    func fourteenDigits() {
        #expect(Facts.Kind.instant.areEqual("2026-05-06T08:30:00+08:00", "20260506083000") == true)
        #expect(Facts.Kind.instant.areEqual("2026-05-06T08:30:00Z", "20260506083000") == false)
        #expect(Facts.Kind.instant.areEqual("2026-05-06T08:30:00Z", "20260230083000") == nil)
    }

    @Test("CSV fields may hold commas, quotation marks and line ends")
    func csv() {
        let rows = CSVRows.read(Array("\u{FEFF}a,b\r\n\"x, \"\"y\"\"\nz\",\r\n\r\nlast,1".utf8))
        #expect(rows.map(\.fields) == [["a", "b"], ["x, \"y\"\nz", ""], ["last", "1"]])
        #expect(rows.map(\.line) == [1, 2, 5])
        #expect(CSVRows.read([]).isEmpty)
    }

    @Test("a step of a path without number means the first")
    func paths() {
        #expect(XMLPath.normalised("/A/B[2]/C") == "/A[1]/B[2]/C[1]")
        #expect(XMLPath.normalised("/A/@id") == "/A[1]/@id")
    }

    @Test("a log line is one line, whatever the message holds", arguments: [LogFormat.text, .json])
    func logLines(format: LogFormat) {
        let handler = LogLineHandler(label: "test", format: format, level: .info)
        let line = handler.line(
            at: Instant(milliseconds: 0), .warning, "first\nsecond", ["b": "two\u{1B}[31m\r\nlines", "a": "1"])
        #expect(!line.utf8.contains { $0 < 0x20 })
        #expect(
            line.hasPrefix(
                format == .text
                    ? "1970-01-01T00:00:00.000Z warning first second a=1 b="
                    : #"{"time":"1970-01-01T00:00:00.000Z","level":"warning","#))
    }

    @Test("a long value in the log is cut")
    func longValues() {
        let handler = LogLineHandler(label: "test", format: .text, level: .info)
        let line = handler.line(at: Instant(milliseconds: 0), .info, "m", ["k": "\(String(repeating: "x", count: 100_000))"])
        #expect(line.utf8.count < 5000)
    }

    @Test("columns of a table stand under each other, Chinese characters taking two places")
    func tables() {
        var table = TextTable(["NAME", "X"])
        table.add(["公告", "1"])
        table.add(["ab", "2"])
        #expect(table.lines == ["NAME  X", "公告  1", "ab    2"])
    }

    @Test("everything but unreserved characters is encoded in a query")
    func encoding() { #expect(ControlClient.encoded("a:b/公 ~") == "a%3Ab%2F%E5%85%AC%20~") }

    @Test("a difference names target, place, words and both values, and cuts long ones")
    func differences() {
        var difference = CaseDifference(
            kind: .field, target: "canonical", path: "/title", label: "公告标题", expected: "a", actual: "b")
        #expect(difference.description == "canonical /title (公告标题): expected \"a\", but found \"b\"")
        difference.actual = String(repeating: "x", count: 1000)
        #expect(difference.description.hasSuffix("...\" (1000 characters)"))
    }
}
