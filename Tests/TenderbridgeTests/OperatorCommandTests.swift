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
        try gateway.configure(url: "http://127.0.0.1:\(try FreePort.whereNobodyListens())/records")
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
        let bare = try await outbox("cancel", "--destination", "provincial", "--state", "retryWait")
        #expect(bare.exit == 64 && bare.text.contains("--reason"), "\(bare.text)")
        let meant = try await outbox("cancel", "--destination", "provincial", "--state", "retryWait", "--dry-run")
        #expect(meant.text.contains("cancel: 1 delivery(ies) are meant"), "\(meant.text)")
        let cancelled = try await outbox(
            "cancel", "--destination", "provincial", "--state", "retryWait", "--reason", "withdrawn by the sender")
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
        try gateway.configure(url: "http://127.0.0.1:\(try FreePort.whereNobodyListens())/records", pace: "quotaPerDay: 1")
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

    @Test("a held destination sends nothing, says why everywhere, and goes on after its release, over a restart")
    func hold() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        try gateway.configure(url: "http://127.0.0.1:\(try FreePort.whereNobodyListens())/records")
        var running = try await gateway.start()
        let environment = ["TENDERBRIDGE_SOCKET": gateway.socket]
        func outbox(_ arguments: String...) async throws -> BuiltProgram.Result {
            try await BuiltProgram.run(["outbox"] + arguments, environment: environment)
        }
        #expect(try await outbox("hold", "--destination", "provincial").exit == 64)
        let unknown = try await outbox("hold", "--destination", "county", "--reason", "x")
        #expect(unknown.exit == 1 && unknown.text.contains("provincial"), "\(unknown.text)")
        let blank = try await outbox("hold", "--destination", "provincial", "--reason", " ")
        #expect(blank.exit == 64 && blank.text.contains("it is empty"), "\(blank.text)")
        let held = try await outbox("hold", "--destination", "provincial", "--reason", "their maintenance")
        #expect(held.exit == 0 && held.text.contains("held: the destination of provincial, by uid:"), "\(held.text)")
        let twice = try await outbox("hold", "--destination", "provincial", "--reason", "again")
        #expect(twice.exit == 75 && twice.text.contains("their maintenance"), "\(twice.text)")
        #expect(try await running.post("good-24-village-hall").status == "202")
        await running.child.stop()
        running = try await gateway.start()
        let list = try await outbox("list")
        #expect(list.text.contains("pending, held"), "\(list.text)")
        let delivery = try #require(try JSONValue(parsing: try await outbox("list", "--format", "json").text)["deliveries"]?[0])
        #expect(delivery["attempts"]?.integer == 0)
        #expect(delivery["holds"]?[0]?["reason"]?.string == "their maintenance")
        let id = try #require(delivery["id"]?.string)
        let show = try await outbox("show", id)
        #expect(
            show.lines.contains { $0.hasPrefix("what to do") && $0.contains("outbox release --destination provincial") },
            "\(show.text)")
        #expect(show.lines.contains { $0.hasPrefix("held") && $0.contains("their maintenance") }, "\(show.text)")
        #expect(show.text.contains("目的地"), "\(show.text)")
        let stats = try JSONValue(parsing: try await outbox("stats", "--format", "json").text)
        #expect(stats["destinations"]?[0]?["isHeld"]?.boolean == true, "\(stats.text())")
        #expect(stats["destinations"]?[0]?["open"]?["pending"]?.integer == 1)
        let table = try await outbox("stats", "--destination", "provincial")
        #expect(
            table.lines.first?.hasPrefix("DESTINATION") == true && table.text.contains("held: the destination"), "\(table.text)")
        #expect(try await outbox("stats", "--destination", "county").exit == 1)

        let key = try #require(delivery["orderingKey"]?.string)
        #expect(try await outbox("hold", "--destination", "provincial", "--ordering-key", key, "--reason", "its key").exit == 0)
        let aside = try await outbox("aside", id, "--reason", "the amount is wrong")
        #expect(aside.exit == 0 && aside.text.contains("stands aside"), "\(aside.text)")
        let back = try await outbox("retry", id, "--reason", "corrected")
        #expect(back.exit == 0 && back.text.contains("pending"), "\(back.text)")
        let verify = try await BuiltProgram.run(["outbox", "verify", "--config", gateway.config])
        #expect(verify.exit == 0 && verify.lines.last == "everything fits", "\(verify.text)")
        #expect(verify.text.contains("the gateway runs as "), "\(verify.text)")
        #expect(try await outbox("release", "--destination", "provincial", "--reason", "they are back").exit == 0)
        #expect(try await outbox("release", "--destination", "provincial", "--ordering-key", key).exit == 0)
        #expect(await running.child.line(containing: "will be tried again") != nil)
        let free = try await outbox("release", "--destination", "provincial")
        #expect(free.exit == 1 && free.text.contains("neither held nor parked"), "\(free.text)")
        await running.child.stop()
        let evidence = try await BuiltProgram.run(["evidence", "export", "--config", gateway.config])
        for expected in [
            #""event":"outbox.held""#, #""event":"outbox.released""#, #""reason":"they are back""#, #""by":"movedAsideByPerson""#,
            #""reason":"corrected","outOfOrder":true"#,
        ] { #expect(evidence.text.contains(expected), "\(expected)") }

        let offline = try await BuiltProgram.run(["outbox", "verify", "--store", gateway.store])
        #expect(offline.exit == 0 && offline.text.contains("no gateway runs"), "\(offline.text)")
        try await ChildProcess.run(["sqlite3", gateway.store, "UPDATE message SET open_deliveries = 7"])
        let broken = try await BuiltProgram.run(["outbox", "verify", "--store", gateway.store, "--format", "json"])
        #expect(broken.exit == 1)
        #expect(
            try JSONValue(parsing: broken.text)["faults"]?[0]?["check"]?.string == "message.open-deliveries", "\(broken.text)")
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
