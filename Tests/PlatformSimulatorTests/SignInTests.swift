import GatewayTesting
import JSON
import Testing

@testable import platform_simulator

@Suite struct SignInTests {
    @Test func `without a client certificate there is no connection`() async throws {
        try await SimulatorUnderTest.with { simulator in
            let answer = try await simulator.post(Notice.xml(), certificate: nil)
            #expect(answer.exit != 0)
            #expect(answer.status == 0)
            #expect(try simulator.log().isEmpty)
        }
    }

    @Test func `a certificate of another authority does not connect`() async throws {
        try await SimulatorUnderTest.with { simulator in
            let other = try ThrowAwayPKI(now: simulator.clock.now())
            _ = try other.write(to: simulator.folder.file("other"))
            let answer = try await simulator.post(Notice.xml(), certificate: "../other/gateway-client")
            #expect(answer.exit != 0)
            #expect(try simulator.log().isEmpty)
        }
    }

    @Test func `a certificate that is not the registered one gets 403 and is written down`() async throws {
        try await SimulatorUnderTest.with { simulator in
            let answer = try await simulator.post(Notice.xml(), delivery: "d1", certificate: "stranger")
            #expect(answer.status == 403)
            let line = try #require(try simulator.log().first)
            #expect(line["outcome"] == "unauthorised" && line["deliveryId"] == "d1" && line["status"] == "403")
            #expect(line["sha256"] == nil)
        }
    }

    @Test func `a wrong key gets 401 and is written down`() async throws {
        try await SimulatorUnderTest.with { simulator in
            let answer = try await simulator.post(Notice.xml(), key: "wrong")
            #expect(answer.status == 401)
            #expect(try simulator.log().map { $0["outcome"] } == ["unauthorised"])
            #expect(try await simulator.curl(simulator.signIn("wrong", "gateway-client"), "/d1").status == 401)
        }
    }
}
