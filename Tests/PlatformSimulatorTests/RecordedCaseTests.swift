import ExchangeModel
import GatewayTesting
import Testing

@testable import platform_simulator

@Suite struct RecordedCaseTests {
    private static let usual = """
        channel: local-a
        sender: local-a
        payload: notice.xml
        contentType: application/xml
        idempotencyKey: ""
        http: 202
        message: settled
        deliveries: {provincial: delivered}
        findings: []
        faults: []
        note: "x"

        """

    private func read(_ yaml: String) throws -> [RecordedCase] {
        let folder = try TemporaryDirectory("recordings")
        try folder.makeDirectory("case-01")
        try folder.write("case-01/case.yaml", yaml)
        return try RecordedCase.readAll(in: folder.path)
    }

    @Test func `every recording of the repository is readable, and no two faults meet`() throws {
        let cases = try RecordedCase.readAll(in: Repository.root + "/Tests/Recordings")
        #expect(cases.count >= 35)
        let plan = try RecordedCase.faultPlan(of: cases)
        #expect(Set(plan.faults.map(\.kind)) == Set(FaultKind.allCases))
        for item in cases {
            for step in item.steps {
                let loaded = try item.load(step, vectors: nil)
                if case .file = step.payload { #expect(loaded != nil, "\(item.name)") } else { #expect(loaded == nil) }
            }
        }
    }

    @Test func `a case is read as written`() throws {
        let yaml = Self.usual.replacing(
            "faults: []", with: "faults: [{dataKey: \"0017\", attempt: 2, fault: too-many-requests, retryAfterSeconds: 3}]")
        let item = try #require(try read(yaml).first)
        #expect(item.name == "case-01" && item.idempotencyKey == nil && item.deliveries == ["provincial": "delivered"])
        #expect(item.steps.count == 1 && item.steps[0].http == 202 && item.steps[0].message == "settled")
        #expect(item.steps[0].payload == .file("notice.xml"))
        let fault = try #require(item.faults.first)
        #expect(fault.dataKey == "0017" && fault.attempt == 2 && fault.kind == .tooManyRequests && fault.retryAfterSeconds == 3)
    }

    @Test func `steps have their own answers`() throws {
        let yaml = Self.usual.replacing("payload: notice.xml", with: "payload: [a.xml, {vectors: b/c.xml}]")
            .replacing("http: 202", with: "http: [202, 409]").replacing("message: settled", with: "message: [settled, refused]")
            .replacing("findings: []", with: "findings: [{code: a.b, path: \"/x\", column: 7}, {code: \"*\"}]")
        let item = try #require(try read(yaml).first)
        #expect(item.steps.map(\.payload) == [.file("a.xml"), .vectors("b/c.xml")])
        #expect(item.steps.map(\.http) == [202, 409] && item.steps.map(\.message) == ["settled", "refused"])
        #expect(item.findings == [.init(code: "a.b", path: "/x", line: nil, column: 7)] && item.allowsFurtherFindings)
    }

    @Test(arguments: [
        ("channel: local-a\n", "", "channel is required"), ("http: 202", "http: fine", "case.yaml:6:"),
        ("note:", "notes:", "unknown key"), ("delivered", "deliverd", "did you mean"),
        ("payload: notice.xml", "payload: [a.xml, b.xml]", "same number of steps"),
        ("faults: []", "faults: [{dataKey: a, attempt: 0, fault: slow}]", "case.yaml:10:"),
        ("faults: []", "faults: [{dataKey: a, attempt: 1, fault: sleep}]", "case.yaml:10:"),
    ])
    func `a faulty case is refused with its place`(old: String, new: String, text: String) throws {
        let error = #expect(throws: GatewayError.self) { try read(Self.usual.replacing(old, with: new)) }
        #expect(error?.code == .configuration)
        #expect(error?.happened.contains(text) == true, "\(error?.happened ?? "")")
    }

    @Test func `faults of two cases for one request are refused`() throws {
        let fault = PlannedFault(caseName: "a", dataKey: "k", attempt: 1, kind: .slow)
        var item = try #require(try read(Self.usual).first)
        item.faults = [fault, fault]
        #expect(throws: GatewayError.self) { try RecordedCase.faultPlan(of: [item]) }
    }

    @Test func `a folder without cases is refused`() throws {
        let folder = try TemporaryDirectory("recordings")
        #expect(throws: GatewayError.self) { try RecordedCase.readAll(in: folder.path) }
        #expect(throws: GatewayError.self) { try RecordedCase.readAll(in: folder.file("absent")) }
    }

    @Test func `a log of an earlier run is not continued`() throws {
        let folder = try TemporaryDirectory("log")
        try LineLog(path: folder.file("a")).append(Array("{}\n".utf8))
        #expect(try folder.read("a") == Array("{}\n".utf8))
        let error = #expect(throws: GatewayError.self) { _ = try LineLog(path: folder.file("a")) }
        #expect(error?.code == .cannotCreate)
    }
}
