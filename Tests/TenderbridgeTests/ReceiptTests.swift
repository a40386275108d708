import GatewayTesting
import JSON
import Testing

@Suite("Receipts of the built program", .enabled(if: NginxServer.isInstalled, "nginx-light is not installed"))
struct ReceiptTests {
    private static let answer = """
        answer: { receipt: /no, rules: [ { status: 202, verdict: handedOver } ] }
            receipts: { timeLimit: 1h, correlate: reference, items: /list, key: /no, verdict: /result, number: /hz, accepted: "1", refused: "0",
        """

    /// A platform that takes everything, gives it a number, and lists a receipt for that.
    private static func platform() async throws -> NginxServer {
        try await NginxServer.start { ports in
            """
            server {
                listen 127.0.0.1:\(ports[0]);
                default_type application/json;
                location /records { return 202 '{"no":"PF-1"}'; }
                location /receipts { return 200 '{"list":[{"no":"PF-1","result":"1","hz":"HZ-7"}]}'; }
            }
            """
        }
    }

    private func show(_ gateway: ScratchGateway, state: String) async throws -> [String] {
        let environment = ["TENDERBRIDGE_SOCKET": gateway.socket]
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            let list = try JSONValue(
                parsing: try await BuiltProgram.run(
                    ["outbox", "list", "--state", state, "--format", "json"], environment: environment
                ).text)
            guard let id = list["deliveries"]?[0]?["id"]?.string else { continue }
            return try await BuiltProgram.run(["outbox", "show", id], environment: environment).lines
        }
        throw TestingFailure("no delivery became \(state)")
    }

    @Test("what is handed over waits, says so, is confirmed by a posted receipt, and shows one that contradicts")
    func callback() async throws {
        let platform = try await Self.platform()
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        try gateway.configure(
            url: "http://127.0.0.1:\(platform.ports[0])/records",
            pace: Self.answer + "\n      callback: { principals: local-a } }")
        let running = try await gateway.start()
        func post(_ result: String) async throws -> [String] {
            try await ChildProcess.run([
                "curl", "-q", "-s", "--max-time", "30", "-w", "\n%{http_code}", "-H", "Authorization: Bearer key of local-a",
                "-H",
                "Content-Type: application/json", "--data-binary",
                #"{"hz":"HZ-\#(result)","list":[{"no":"PF-1","result":"\#(result)"}]}"#,
                "http://127.0.0.1:\(running.port("dataPort"))/v1/receipts/provincial",
            ])
        }
        #expect(try await running.post("good-24-village-hall").status == "202")
        let waiting = try await show(gateway, state: "awaitingReceipt")
        #expect(waiting.contains { $0.contains("the destination answers later") }, "\(waiting)")
        let first = try await post("1")
        #expect(first.last == "200" && first.first?.contains(#""effect":"applied""#) == true, "\(first)")
        #expect(try await post("1") == first)
        #expect(try await post("0").first?.contains(#""effect":"contradicts""#) == true)
        let shown = try await show(gateway, state: "delivered")
        #expect(shown.contains { $0.hasPrefix("contradiction") && $0.contains("HZ-0") }, "\(shown)")
        #expect(shown.contains { $0.hasPrefix("receipt") && $0.contains("HZ-1") && $0.hasSuffix("applied") }, "\(shown)")
        #expect(await running.child.line(containing: "receipt contradicts") != nil)
        let metrics = try await ChildProcess.run([
            "curl", "-q", "-sf", "http://127.0.0.1:\(running.port("operatorPort"))/metrics",
        ])
        for (outcome, count) in [("applied", 1), ("repeated", 1), ("contradicts", 1)] {
            let line = #"tenderbridge_receipts_total{destination="provincial",outcome="\#(outcome)"} \#(count)"#
            #expect(metrics.contains(line), "\(metrics.filter { $0.contains("receipts") })")
        }
        await running.child.stop()
        #expect(try await BuiltProgram.run(["evidence", "verify", "--config", gateway.config]).exit == 0)
        await platform.stop()
    }

    @Test("receipts are fetched, also those that were there before their delivery, and the time between is kept")
    func poll() async throws {
        let platform = try await Self.platform()
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        try gateway.configure(
            url: "http://127.0.0.1:\(platform.ports[0])/records",
            pace: Self.answer + "\n      poll: { url: \"http://127.0.0.1:\(platform.ports[0])/receipts\", interval: 100ms } }")
        let running = try await gateway.start()
        #expect(try await running.post("good-24-village-hall").status == "202")
        let shown = try await show(gateway, state: "delivered")
        #expect(shown.contains { $0.hasPrefix("receipt") && $0.contains("poll") && $0.contains("HZ-7") }, "\(shown)")
        await running.child.stop()
        await platform.stop()
    }
}
