import GatewayTesting
import JSON
import Testing

@Suite("Commands beside a running gateway")
struct OperatorCommandTests {
    @Test("outbox shows what waits, sends again, and cancels; each act is in the evidence with its actor")
    func outbox() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        // Nothing listens there, so the delivery waits to be sent again, for an hour.
        try gateway.configure(url: "http://127.0.0.1:\(try FreePort.reserve())/records")
        let running = try await gateway.start()
        #expect(try await running.post("good-24-village-hall").status == "202")
        let environment = ["TENDERBRIDGE_SOCKET": gateway.socket]
        func outbox(_ arguments: String...) async throws -> BuiltProgram.Result {
            try await BuiltProgram.run(["outbox"] + arguments, environment: environment)
        }
        #expect(await running.child.line(containing: "will be tried again") != nil)
        let list = try JSONValue(parsing: try await outbox("list", "--format", "json").text)
        let delivery = try #require(list["deliveries"]?[0])
        let id = try #require(delivery["id"]?.string)
        #expect(delivery["state"]?.string == "retryWait")
        #expect(delivery["destination"]?.string == "provincial")
        let table = try await outbox("list", "--config", gateway.config, "--state", "retryWait")
        #expect(table.lines.first?.hasPrefix("ID ") == true)
        #expect(table.lines.dropFirst().first?.hasPrefix(id + "  retryWait  provincial") == true, "\(table.text)")
        #expect(table.lines.last == "1 delivery(ies)")
        #expect(try await outbox("list", "--state", "dead").lines.last == "0 delivery(ies)")

        let forecast = try await outbox("forecast")
        #expect(forecast.exit == 0 && forecast.text.contains("provincial: 1 delivery(ies) wait"), "\(forecast.text)")
        let json = try JSONValue(parsing: try await outbox("forecast", "--destination", "provincial", "--format", "json").text)
        #expect(json["forecasts"]?[0]?["moving"]?.integer == 1 && json["forecasts"]?[0]?["late"]?.elements?.isEmpty == true)
        #expect(try await outbox("forecast", "--destination", "nowhere").exit == 1)

        let show = try await outbox("show", id)
        #expect(show.exit == 0)
        #expect(show.lines.contains { $0.hasPrefix("what to do") }, "\(show.text)")
        #expect(show.lines.contains { $0.hasPrefix("cause") && $0.contains("transport.") }, "\(show.text)")

        let retried = try await outbox("retry", id)
        #expect(retried.exit == 0, "\(retried.text)")
        #expect(await running.child.line(containing: " attempt=2 ") != nil)
        let cancelled = try await outbox("cancel", "--destination", "provincial", "--state", "retryWait")
        #expect(cancelled.exit == 0)
        #expect(cancelled.lines.last == "cancel: 1 done, 0 refused", "\(cancelled.text)")
        #expect(try await outbox("show", id).lines.contains { $0.hasPrefix("state          cancelled since ") })
        let again = try await outbox("retry", id)
        #expect(again.exit != 0, "what was cancelled stays cancelled: \(again.text)")
        let unknown = try await outbox("show", "01a1fd60-36ae-7aee-ae03-3adb54658551")
        #expect(unknown.exit == 1)
        #expect(unknown.text.contains("there is none; see: tenderbridge outbox list"), "\(unknown.text)")

        await running.child.stop()
        let evidence = try await BuiltProgram.run(["evidence", "export", "--config", gateway.config])
        #expect(evidence.exit == 0)
        let acts = try evidence.lines.map { try JSONValue(parsing: $0) }.filter {
            $0["content"]?["actor"]?.string?.hasPrefix("uid:") == true
        }
        #expect(acts.count >= 2, "\(evidence.text)")
        let gone = try await outbox("list")
        #expect(gone.exit == 69)
        #expect(gone.text.contains("see that it runs"), "\(gone.text)")
    }

    @Test("outbox show and list say what keeps a destination from being served, and until when")
    func obstacle() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        // The first attempt uses the quota up.
        try gateway.configure(url: "http://127.0.0.1:\(try FreePort.reserve())/records", pace: "quotaPerDay: 1")
        let running = try await gateway.start()
        #expect(try await running.post("good-24-village-hall").status == "202")
        #expect(await running.child.line(containing: "will be tried again") != nil)
        #expect(try await running.post("good-01-road-notice").status == "202")
        let environment = ["TENDERBRIDGE_SOCKET": gateway.socket]
        let list = try JSONValue(
            parsing: try await BuiltProgram.run(
                ["outbox", "list", "--state", "pending", "--format", "json"], environment: environment
            ).text)
        let delivery = try #require(list["deliveries"]?[0])
        #expect(delivery["obstacle"]?["cause"]?.string == "quota")
        #expect(delivery["obstacle"]?["until"]?.string?.hasSuffix("T16:00:00.000Z") == true, "midnight in China")
        let show = try await BuiltProgram.run(["outbox", "show", delivery["id"]?.string ?? ""], environment: environment)
        #expect(show.lines.contains { $0.contains("quota of the day is used up: sending goes on at") }, "\(show.text)")
        #expect(show.lines.contains { $0.contains("目的地当日配额已用完") }, "\(show.text)")
        let table = try await BuiltProgram.run(["outbox", "list", "--state", "pending"], environment: environment)
        #expect(table.lines.dropFirst().first?.contains("quota of the day is used up") == true, "\(table.text)")
        await running.child.stop()
    }

    @Test("without any name for the socket the command line is at fault")
    func noSocket() async throws {
        let result = try await BuiltProgram.run(["outbox", "list"], environment: ["TENDERBRIDGE_SOCKET": ""])
        #expect(result.exit == 64)
        #expect(result.text.contains("give --socket or --config, or set TENDERBRIDGE_SOCKET"))
    }

    @Test("evidence is verified and exported beside the running gateway; a changed row breaks the chain")
    func evidence() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let running = try await gateway.start()
        #expect(try await running.post("good-24-village-hall").status == "202")
        #expect(try await running.post("bad-15-unknown-code").status == "422")
        let good = try JSONValue(
            parsing: try await BuiltProgram.run(["evidence", "verify", "--store", gateway.store, "--format", "json"]).text)
        #expect(good["good"]?.boolean == true)
        await running.child.stop()
        let text = try await BuiltProgram.run(["evidence", "verify", "--config", gateway.config])
        #expect(text.exit == 0)
        #expect(text.lines.last == "the chain holds")
        let export = try await BuiltProgram.run(["evidence", "export", "--store", gateway.store])
        let rows = try export.lines.map { try JSONValue(parsing: $0) }
        #expect(rows.map { $0["sequence"]?.integer } == (1...rows.count).map { $0 })
        #expect(rows.contains { $0["content"]?["event"]?.string == "message.accepted" })
        #expect(rows.contains { $0["content"]?["event"]?.string == "message.refused" })
        #expect(text.lines.contains("last digest: \(rows.last?["digest"]?.string ?? "")"))
        let tail = try await BuiltProgram.run(["evidence", "export", "--store", gateway.store, "--from", "\(rows.count)"])
        #expect(tail.lines == [export.lines.last ?? ""])

        // Triggers may guard the table: a forger drops them first.
        let triggers = try await ChildProcess.run([
            "sqlite3", gateway.store, "SELECT name FROM sqlite_schema WHERE type = 'trigger'",
        ])
        let sql =
            triggers.map { "DROP TRIGGER \"\($0)\";" }.joined()
            + "UPDATE evidence SET content = CAST(replace(content, 'local-a', 'local-b') AS BLOB) WHERE seq = 2;"
        try await ChildProcess.run(["sqlite3", gateway.store, sql])
        let broken = try await BuiltProgram.run(["evidence", "verify", "--store", gateway.store])
        #expect(broken.exit == 1)
        #expect(broken.lines.last?.hasPrefix("BROKEN at row 2: ") == true, "\(broken.text)")
    }
}
