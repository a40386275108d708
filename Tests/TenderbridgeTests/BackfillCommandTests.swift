import GatewayTesting
import JSON
import Testing

@Suite("Past messages for a new destination, by the built program")
struct BackfillCommandTests {
    /// A recorded notice under other numbers.
    private func notice(_ number: Int, _ gateway: ScratchGateway) throws -> String {
        let text = try Repository.text("Tests/Recordings/good-01-road-notice/notice.xml")
        let pieces = text.components(splitBy: "<DATA_KEY>9001503202605010000001</DATA_KEY>")
        try #require(pieces.count == 2)
        let name = "notice-\(number).xml"
        try gateway.folder.write(name, pieces.joined(separator: "<DATA_KEY>900150320260501000000\(number)</DATA_KEY>"))
        return gateway.folder.file(name)
    }

    @Test("what was accepted for one destination goes to another one in order, once, and everything tells it")
    func backfill() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        // Nothing listens there.
        let nowhere = "http://127.0.0.1:\(try FreePort.whereNobodyListens())/records"
        try gateway.configure(url: nowhere)
        var running = try await gateway.start()
        for number in 1...4 { #expect(try await running.post(file: try notice(number, gateway)).status == "202") }
        #expect(try await running.post("bad-15-unknown-code").status == "422")
        await running.child.stop()

        let log = try gateway.folder.write("received.jsonl", "")
        let sink = try await ChildProcess.start([
            "python3", Repository.file("Tests/Sink/sink.py"), "--log", log, "--max-seconds", "900",
        ])
        let port = try #require(await sink.line(containing: "port ")).dropFirst(5)
        try gateway.replace(
            "routes:\n  - { dataset: tender-notice, to: provincial }",
            with: """
                  archive:
                    url: http://127.0.0.1:\(port)/archive
                    mapping: provincial/out/tender-notice
                    audience: province
                    answer: { rules: [{ status: 200, path: /code, equals: "0", verdict: accepted }] }
                routes:
                  - { dataset: tender-notice, to: [provincial, archive] }
                """, in: "gateway.yaml")
        running = try await gateway.start()
        func outbox(_ arguments: String...) async throws -> BuiltProgram.Result {
            try await BuiltProgram.run(["outbox"] + arguments, environment: ["TENDERBRIDGE_SOCKET": gateway.socket])
        }
        let (from, to) = ("2020-01-01", "2199-01-01")
        for (arguments, exit, text) in [
            (["--destination", "archive", "--from", from, "--to", to], 64, "--reason"),
            (["--destination", "archive", "--from", to, "--to", from, "--reason", "x"], 64, "not before"),
            (["--destination", "archive", "--from", "yesterday", "--to", to, "--reason", "x"], 64, "is no time"),
            (["--destination", "archive", "--from", from, "--to", to, "--reason", " "], 64, "it is empty"),
            (["--destination", "county", "--from", from, "--to", to, "--reason", "x"], 1, "archive, provincial"),
            (
                ["--destination", "archive", "--from", from, "--to", to, "--dataset", "contract", "--dry-run"], 64,
                "no route brings"
            ),
        ] as [([String], Int32, String)] {
            let result = try await BuiltProgram.run(
                ["outbox", "backfill"] + arguments, environment: ["TENDERBRIDGE_SOCKET": gateway.socket])
            #expect(result.exit == exit && result.text.contains(text), "\(arguments): \(result.text)")
        }
        let meant = try JSONValue(
            parsing: try await outbox(
                "backfill", "--destination", "archive", "--from", from, "--to", to, "--dry-run", "--format", "json"
            ).text)
        #expect(meant["total"]?["added"]?.integer == 4 && meant["total"]?["refused"]?.integer == 1, "\(meant.text())")
        #expect(meant["groups"]?[0]?["channel"]?.string == "local-a" && meant["dryRun"]?.boolean == true)

        let done = try await outbox(
            "backfill", "--destination", "archive", "--from", from, "--to", to, "--reason", "the archive is new")
        #expect(done.exit == 0 && done.text.contains("4 delivery(ies) to archive added"), "\(done.text)")
        #expect(done.lines.contains { $0.hasPrefix("passed 5 of 5 message(s), added: 4") }, "\(done.text)")
        let tail = try await ChildProcess.start(["tail", "-n", "+1", "-f", log])
        #expect(await tail.line(containing: "9001503202605010000004") != nil)
        let received = try tail.lines.map { try JSONValue(parsing: $0)["number"]?.string }
        #expect(received == (1...4).map { "900150320260501000000\($0)" })
        await tail.stop()

        let again = try await outbox(
            "backfill", "--destination", "archive", "--from", from, "--to", to, "--reason", "once more")
        #expect(again.exit == 0 && again.text.contains("0 delivery(ies) to archive added"), "\(again.text)")
        let verify = try await BuiltProgram.run(["outbox", "verify", "--config", gateway.config])
        #expect(verify.exit == 0, "\(verify.text)")
        await running.child.stop()
        await sink.stop()
        let evidence = try await BuiltProgram.run(["evidence", "export", "--config", gateway.config])
        let events = try evidence.lines.compactMap { try JSONValue(parsing: $0)["content"] }
        #expect(events.count { $0["event"]?.string == "delivery.backfilled" } == 4)
        #expect(events.count { $0["event"]?.string == "backfill.begun" && $0["actor"]?.string?.hasPrefix("uid:") == true } == 2)
        #expect(events.count { $0["event"]?.string == "backfill.ended" } == 2)
    }
}
