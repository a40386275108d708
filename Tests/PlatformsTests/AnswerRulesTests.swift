import Testing

@testable import Platforms

@Suite("How a platform's answers are read")
struct AnswerRulesTests {
    let rules = AnswerRules(
        rules: [
            AnswerRule(
                statuses: 200...200, condition: BodyCondition(pointer: "/code", comparison: .equals(["0", "000000"])),
                verdict: .accepted),
            AnswerRule(
                statuses: 200...200, condition: BodyCondition(pointer: "/code", comparison: .startsWith("E9")),
                verdict: .transient),
            AnswerRule(
                statuses: 200...200, condition: BodyCondition(pointer: "/code", comparison: .startsWith("E")), verdict: .permanent
            ),
            AnswerRule(statuses: 500...599, condition: nil, verdict: .transient),
        ], receiptPointer: "/data/receiptNo")

    private func verdict(_ status: Int, _ body: String) -> AnswerVerdict {
        rules.classify(status: status, body: Array(body.utf8)).verdict
    }

    @Test("the body decides inside HTTP 200")
    func bodyDecides() {
        #expect(verdict(200, #"{"code":"0"}"#) == .accepted)
        #expect(verdict(200, #"{"code":"000000"}"#) == .accepted)
        #expect(verdict(200, #"{"code":"E9001"}"#) == .transient)
        #expect(verdict(200, #"{"code":"E2001"}"#) == .permanent)
    }

    @Test("numbers and booleans compare as they are written")
    func scalars() {
        #expect(verdict(200, #"{"code":0}"#) == .accepted)
        let boolean = AnswerRules(
            rules: [
                AnswerRule(
                    statuses: 200...200, condition: BodyCondition(pointer: "/success", comparison: .equals(["true"])),
                    verdict: .accepted)
            ], receiptPointer: nil)
        #expect(boolean.classify(status: 200, body: Array(#"{"success":true}"#.utf8)).verdict == .accepted)
        #expect(boolean.classify(status: 200, body: Array(#"{"success":false}"#.utf8)).verdict == .unclear)
    }

    @Test(
        "what no rule knows is unclear, never accepted and never failed",
        arguments: [
            (200, "<html>maintenance</html>"), (200, ""), (200, #"{"code":"X"}"#), (200, #"{"code":{"a":1}}"#),
            (200, #"{"code":"0""#),
            (404, #"{"code":"0"}"#), (302, ""),
        ])
    func unclear(status: Int, body: String) { #expect(verdict(status, body) == .unclear) }

    @Test("the first rule that fits decides")
    func order() { #expect(verdict(503, "anything") == .transient) }

    @Test("the receipt number is read, and long text is not shown in reasons")
    func receipt() {
        let reading = rules.classify(status: 200, body: Array(#"{"code":"0","data":{"receiptNo":"GD1"}}"#.utf8))
        #expect(reading.reference == "GD1")
        let long = rules.classify(status: 200, body: Array(#"{"code":"E\#(String(repeating: "x", count: 90))"}"#.utf8))
        #expect(long.verdict == .permanent)
        #expect(!long.reason.contains("xxx"))
    }
}
