import ExchangeModel
import JSON
import Testing

@testable import platform_simulator

@Suite struct CaseOutcomeTests {
    private func recorded(
        http: [Int] = [202], message: [String?] = ["settled"], deliveries: [String: String] = ["provincial": "delivered"],
        findings: [RecordedCase.ExpectedFinding] = [], further: Bool = false
    ) -> RecordedCase {
        RecordedCase(
            name: "c", folder: "", channel: "local-a", sender: "local-a", contentType: "application/xml",
            steps: zip(http, message).map { .init(payload: .file("n.xml"), http: $0, message: $1) }, deliveries: deliveries,
            findings: findings,
            allowsFurtherFindings: further, faults: [])
    }

    private func answer(_ status: Int, id: String? = "m1", findings: [RecordedCase.ExpectedFinding] = []) -> SentAnswer {
        SentAnswer(
            caseName: "c", step: 1, channel: "local-a", sender: "local-a", status: status, messageID: id, findings: findings,
            sha256: "",
            payloadFile: "", at: Instant(milliseconds: 0))
    }

    private func report(_ state: String, _ deliveries: [String: String] = [:]) -> JSONValue {
        .object([
            .init("state", .string(state)),
            .init(
                "deliveries",
                .array(
                    deliveries.map { destination, state in
                        .object([.init("destination", .string(destination)), .init("state", .string(state))])
                    })),
        ])
    }

    @Test func `a case that ended as named is good`() {
        let outcome = CaseOutcome(recorded(), answers: [answer(202)], reports: [report("settled", ["provincial": "delivered"])])
        #expect(outcome.isGood && outcome.deliveries == "provincial=delivered" && outcome.message == "settled")
    }

    @Test(arguments: ["pending", "inFlight", "retryWait", "unknown"])
    func `a delivery under way may still become good`(state: String) {
        let outcome = CaseOutcome(recorded(), answers: [answer(202)], reports: [report("accepted", ["provincial": state])])
        #expect(!outcome.isGood && outcome.mayChange)
    }

    @Test func `a wrong status is told and waits for nothing`() {
        let outcome = CaseOutcome(recorded(message: [nil], deliveries: [:]), answers: [answer(503, id: nil)], reports: [nil])
        #expect(outcome.problems == ["HTTP 503 in place of 202"] && !outcome.mayChange)
    }

    @Test func `a dead delivery in place of a delivered one does not heal`() {
        let item = recorded(message: [nil])
        let outcome = CaseOutcome(item, answers: [answer(202)], reports: [report("accepted", ["provincial": "dead"])])
        #expect(outcome.problems == ["provincial dead in place of delivered"] && !outcome.mayChange)
    }

    @Test func `a delivery that nobody named is told`() {
        let seen = ["provincial": "delivered", "credit": "delivered"]
        let outcome = CaseOutcome(recorded(), answers: [answer(202)], reports: [report("settled", seen)])
        #expect(outcome.problems == ["unexpected delivery to credit"])
    }

    @Test func `every finding is wanted once and no other is taken`() {
        let wanted = RecordedCase.ExpectedFinding(code: "code.unknown", path: "/A/B", line: 3)
        let item = recorded(http: [422], message: ["refused"], deliveries: [:], findings: [wanted])
        func problems(_ found: [RecordedCase.ExpectedFinding]) -> [String] {
            CaseOutcome(item, answers: [answer(422, findings: found)], reports: [report("refused")]).problems
        }
        #expect(problems([wanted]) == [])
        #expect(problems([]) == ["finding missing: code.unknown /A/B line 3"])
        #expect(problems([.init(code: "code.unknown", path: "/A/B", line: 4)]).count == 2)
        #expect(problems([wanted, wanted]) == ["finding not named: code.unknown /A/B line 3"])
    }

    @Test func `a column is compared where it is named`() {
        let wanted = RecordedCase.ExpectedFinding(code: "csv.quote", path: "/A", line: 3, column: 9)
        let item = recorded(http: [422], message: ["refused"], deliveries: [:], findings: [wanted])
        func problems(_ column: Int) -> [String] {
            let found = RecordedCase.ExpectedFinding(code: "csv.quote", path: "/A", line: 3, column: column)
            return CaseOutcome(item, answers: [answer(422, findings: [found])], reports: [report("refused")]).problems
        }
        #expect(problems(9) == [])
        #expect(
            problems(8) == ["finding missing: csv.quote /A line 3 column 9", "finding not named: csv.quote /A line 3 column 8"])
    }

    @Test func `a finding without path or line is compared by its code, and a star allows more`() {
        let item = recorded(http: [422], message: ["refused"], deliveries: [:], findings: [.init(code: "a")], further: true)
        let found: [RecordedCase.ExpectedFinding] = [
            .init(code: "b", path: "/x", line: 1), .init(code: "a", path: "/y", line: 2),
        ]
        #expect(CaseOutcome(item, answers: [answer(422, findings: found)], reports: [report("refused")]).isGood)
    }

    @Test(
        arguments: [
            (401, nil, true), (403, "m1", true), (413, nil, true), (409, nil, true), (422, nil, false), (422, "m1", false),
        ] as [(Int, String?, Bool)])
    func `only a 422 must be readable again`(status: Int, id: String?, isGood: Bool) {
        let item = recorded(http: [status], message: ["refused"], deliveries: [:])
        #expect(CaseOutcome(item, answers: [answer(status, id: id)], reports: [nil]).isGood == isGood)
    }

    @Test func `the table names what is wrong`() {
        let good = CaseOutcome(recorded(), answers: [answer(202)], reports: [report("settled", ["provincial": "delivered"])])
        let bad = CaseOutcome(recorded(), answers: [answer(500, id: nil)], reports: [nil])
        let skipped = CaseOutcome.skipped(recorded(), "needs real files")
        let table = CaseTable.text([good, bad, skipped])
        #expect(
            table.contains("HTTP 500 in place of 202") && table.contains("NOT as named")
                && table.contains("skipped: needs real files"))
        #expect(table.hasSuffix("1 as named, 1 not, 1 skipped"))
        let json = try? JSONValue(parsing: CaseTable.json([good, bad, skipped]))
        #expect(json?.elements?.map { $0["good"]?.boolean } == [true, false, false])
    }
}
