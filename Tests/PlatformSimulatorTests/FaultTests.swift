import GatewayTesting
import JSON
import Testing

@testable import platform_simulator

@Suite struct FaultTests {
    private static let dataKey = "9001503202605010000001"

    private func fault(_ kind: FaultKind, attempt: Int = 1, _ change: (inout PlannedFault) -> Void = { _ in }) -> PlannedFault {
        var fault = PlannedFault(caseName: "c", dataKey: Self.dataKey, attempt: attempt, kind: kind)
        change(&fault)
        return fault
    }

    @Test(arguments: [(FaultKind.slow, 1), (.hang, 30)])
    func `a late answer is written down before it leaves`(kind: FaultKind, seconds: Int) async throws {
        try await SimulatorUnderTest.with(faults: [fault(kind)]) { simulator in
            async let answer = simulator.post(Notice.xml(), delivery: "d1")
            await simulator.clock.someoneWaits()
            // No answer can have left: the clock is held.
            let line = try #require(try simulator.log().first)
            #expect(line["outcome"] == "accepted" && line["fault"] == kind.rawValue)
            let length = try #require(simulator.clock.waits.first)
            // What passed before it waited is taken off; a machine under load takes its time until then.
            #expect(length <= .seconds(seconds) && (kind == .slow || length > .seconds(5)))
            #expect(try JSONLine.parse(try await simulator.status(of: "d1").text)["state"] == "accepted")
            simulator.clock.release()
            #expect(try await answer.status == 200)
        }
    }

    @Test func `a server error takes nothing, and the next request succeeds`() async throws {
        try await SimulatorUnderTest.with(faults: [fault(.serverError)]) { simulator async throws in
            #expect(try await simulator.post(Notice.xml(), delivery: "d1").status == 500)
            #expect(try JSONLine.parse(try await simulator.status(of: "d1").text)["state"] == "absent")
            #expect(try await simulator.post(Notice.xml(), delivery: "d1").status == 200)
            #expect(try simulator.log().map { $0["outcome"] } == ["failed", "accepted"])
        }
    }

    @Test func `too many requests says when to come back`() async throws {
        try await SimulatorUnderTest.with(faults: [fault(.tooManyRequests, attempt: 2) { $0.retryAfterSeconds = 7 }]) {
            simulator in
            #expect(try await simulator.post(Notice.xml()).status == 200)
            let answer = try await simulator.post(Notice.xml(), showHeaders: true)
            #expect(answer.status == 429 && answer.text.lowercased().contains("retry-after: 7"))
            #expect(try await simulator.post(Notice.xml()).status == 200)
        }
    }

    @Test func `a reset breaks the connection and takes nothing`() async throws {
        try await SimulatorUnderTest.with(faults: [fault(.reset)]) { simulator in
            let answer = try await simulator.post(Notice.xml(), delivery: "d1")
            #expect(answer.exit == 56 && answer.status == 0)  // CURLE_RECV_ERROR: connection reset by peer
            #expect(try JSONLine.parse(try await simulator.status(of: "d1").text)["state"] == "absent")
            let line = try #require(try simulator.log().first)
            #expect(line["outcome"] == "failed" && line["status"] == "0")
        }
    }

    @Test func `a lost answer was a record taken`() async throws {
        try await SimulatorUnderTest.with(faults: [fault(.answerLost)]) { simulator in
            let answer = try await simulator.post(Notice.xml(), delivery: "d1")
            #expect(answer.exit != 0 && answer.status == 0)
            let line = try #require(try simulator.log().first)
            #expect(line["outcome"] == "accepted" && line["status"] == "0")
            let status = try JSONLine.parse(try await simulator.status(of: "d1").text)
            #expect(status["state"] == "accepted" && status["receiptNo"] == line["receiptNo"])
        }
    }

    @Test(
        arguments: [(nil, "E9001", "failed", "absent"), ("E2001", "E2001", "rejected", "refused")]
            as [(String?, String, String, String)])
    func `a failure inside 200 carries its code`(planned: String?, code: String, outcome: String, state: String) async throws {
        try await SimulatorUnderTest.with(faults: [fault(.failureInside200) { $0.code = planned }]) { simulator in
            let answer = try await simulator.post(Notice.xml(), delivery: "d1")
            #expect(answer.status == 200)
            #expect(try JSONLine.parse(answer.text)["code"] == code)
            #expect(try simulator.log().map { $0["outcome"] } == [outcome])
            #expect(try JSONLine.parse(try await simulator.status(of: "d1").text)["state"] == state)
        }
    }

    @Test(arguments: [nil, 200] as [Int?])
    func `an HTML page comes in place of an answer`(status: Int?) async throws {
        try await SimulatorUnderTest.with(faults: [fault(.htmlErrorPage) { $0.status = status }]) { simulator in
            let answer = try await simulator.post(Notice.xml(), showHeaders: true)
            #expect(answer.status == status ?? 502)
            #expect(answer.text.contains("text/html") && answer.text.contains("<html>"))
            #expect(try simulator.log().map { $0["outcome"] } == ["failed"])
        }
    }

    @Test func `faults wait for their record and their attempt, and are listed`() async throws {
        let other = PlannedFault(caseName: "never", dataKey: "other", attempt: 1, kind: .reset)
        try await SimulatorUnderTest.with(faults: [fault(.serverError, attempt: 2), other]) { simulator in
            #expect(try await simulator.post(Notice.xml()).status == 200)
            #expect(try await simulator.post(Notice.xml(dataKey: "someone-else")).status == 200)
            #expect(try await simulator.post(Notice.xml()).status == 500)
            let faults = try JSONLine.parse(try await simulator.people("/faults").text).value
            #expect(faults["kinds"]?.elements?.compactMap(\.string) == FaultKind.allCases.map(\.rawValue))
            #expect(faults["planned"]?.elements?.map { $0["occurred"]?.boolean } == [true, false])
        }
    }

    @Test func `two faults for one request are a conflict`() {
        #expect(throws: FaultPlanConflict.self) { try FaultPlan([fault(.slow), fault(.reset)]) }
    }
}
