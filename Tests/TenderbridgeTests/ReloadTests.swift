import GatewayTesting
import Glibc
import JSON
import Testing

@Suite("A running gateway whose configuration changes")
struct ReloadTests {
    /// A receiver that writes down what it got: Tests/Sink/sink.py.
    private struct Sink {
        let child: ChildProcess
        let url: String
        let log: String

        static func start(_ folder: TemporaryDirectory, _ name: String) async throws -> Sink {
            let log = folder.file(name + ".jsonl")
            let child = try await ChildProcess.start([
                "python3", Repository.file("Tests/Sink/sink.py"), "--log", log, "--answer-delay-ms", "20", "--max-seconds", "900",
            ])
            guard let port = await child.line(containing: "port ")?.split(separator: " ").last else {
                throw TestingFailure("the sink did not start: \(child.lines)")
            }
            return Sink(child: child, url: "http://127.0.0.1:\(port)/\(name)", log: log)
        }

        /// The delivery ids that it took, in order.
        func deliveries() throws -> [String] {
            let text = String(decoding: (try? Repository.bytes(log)) ?? [], as: UTF8.self)
            return try text.split(separator: "\n").compactMap { try JSONValue(parsing: String($0))["deliveryId"]?.string }
        }
    }

    private func reload(_ gateway: ScratchGateway, _ more: String...) async throws -> BuiltProgram.Result {
        try await BuiltProgram.run(["reload", "--socket", gateway.socket] + more)
    }

    private static let notices = [
        "good-01-road-notice", "good-02-road-first-correction", "good-03-road-second-correction", "good-20-stadium-notice",
        "good-21-stadium-terminated", "good-24-village-hall", "good-15-village-minimal", "good-18-drainage-letters-in-codes",
    ]

    @Test("a destination moves to another address under load: nothing is lost, nothing is sent twice")
    func movingDestination() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let first = try await Sink.start(gateway.folder, "first")
        let second = try await Sink.start(gateway.folder, "second")
        try gateway.configure(url: first.url)
        let running = try await gateway.start()
        let posted = Task {
            var ids: [String] = []
            for notice in Self.notices {
                let answer = try await running.post(notice)
                guard answer.status == "202" else { throw TestingFailure("\(notice): \(answer)") }
                ids += try JSONValue(parsing: answer.body)["deliveries"]?.elements?.compactMap { $0["id"]?.string } ?? []
            }
            return ids
        }
        for turn in 0..<6 {
            try gateway.configure(url: turn.isMultiple(of: 2) ? second.url : first.url)
            let result = try await reload(gateway, "--wait")
            #expect(result.exit == 0 && result.text.contains("destinations.provincial: changed"), "\(result.text)")
        }
        try gateway.configure(url: second.url)
        #expect(try await reload(gateway, "--wait").exit == 0)
        let ids = try await posted.value
        let last = try await running.post("good-14-kindergarten-html-page")
        #expect(last.status == "202", "\(last)")
        let lastID = try JSONValue(parsing: last.body)["deliveries"]?[0]?["id"]?.string ?? ""
        var open = "?"
        while !open.isEmpty {
            let list = try await BuiltProgram.run(["outbox", "list", "--socket", gateway.socket, "--format", "json"])
            let rows = try JSONValue(parsing: list.text)["deliveries"]?.elements ?? []
            open = rows.map { $0["state"]?.string ?? "" }.joined(separator: " ")
            try #require(!open.contains("dead") && !open.contains("retryWait"), "\(list.text)")
        }
        let taken = try first.deliveries() + second.deliveries()
        #expect(taken.sorted() == (ids + [lastID]).sorted(), "once each")
        #expect(try second.deliveries().last == lastID)
        #expect(await running.child.stop(SIGTERM) == .exited(0))
        let trail = try await BuiltProgram.run(["evidence", "export", "--store", gateway.store])
        #expect(trail.lines.count { $0.contains("configuration.reloaded") } == 7, "\(trail.text.suffix(500))")
        await first.child.stop(SIGTERM)
        await second.child.stop(SIGTERM)
    }

    @Test("a faulty configuration is refused with its place, and the former one stays at work")
    func faulty() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let running = try await gateway.start()
        try gateway.configure(mapping: "local-a/in/tender-notise")
        let refused = try await reload(gateway)
        #expect(refused.exit == 78)
        #expect(refused.text.contains("gateway.yaml:8:") && refused.text.contains("did you mean"), "\(refused.text)")
        #expect(refused.text.contains("nothing was changed"), "\(refused.text)")
        let chinese = try await reload(gateway, "--language", "zh")
        #expect(chinese.exit == 78 && chinese.text.contains("没有映射"), "\(chinese.text)")
        #expect(try await running.post("good-24-village-hall").status == "202")
        try gateway.configure(data: "{ port: 8440 }")
        let restart = try await reload(gateway, "--format", "json")
        let json = try JSONValue(parsing: restart.text)
        #expect(restart.exit == 78 && json["findings"]?[0]?["code"]?.string == "configuration.needs-restart", "\(restart.text)")
        try gateway.configure()
        let same = try await reload(gateway)
        #expect(same.exit == 0 && same.text.contains("nothing differs"), "\(same.text)")
        let metrics = try await running.get("/metrics")
        for line in [
            #"tenderbridge_config_reloads_total{result="refused"} 3"#,
            #"tenderbridge_config_reloads_total{result="unchanged"} 1"#,
            #"tenderbridge_config_reloads_total{result="applied"} 0"#,
            "tenderbridge_config_last_reload_success_timestamp_seconds 1",
        ] {
            #expect(metrics.contains(line), "\(line) in \(metrics)")
        }
        await running.child.stop()
    }

    @Test("a removed destination keeps its deliveries, says so, and goes on when it is back")
    func removed() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let running = try await gateway.start()
        #expect(try await running.post("good-24-village-hall").status == "202")
        // One attempt has failed: otherwise the destination that is back would be sent it at once, before anybody retries.
        #expect(await running.child.line(containing: "will be tried again") != nil)
        let text = String(decoding: try gateway.folder.read("gateway.yaml"), as: UTF8.self)
        try gateway.folder.write(
            "gateway.yaml",
            text.replacing("  provincial:\n", with: "  successor:\n").replacing("to: provincial }", with: "to: successor }"))
        #expect(try await reload(gateway, "--wait").exit == 0)
        let list = try await BuiltProgram.run(["outbox", "list", "--socket", gateway.socket, "--format", "json"])
        let row = try JSONValue(parsing: list.text)["deliveries"]?[0]
        #expect(row?["next"]?.string?.contains("provincial is not configured") == true, "\(list.text)")
        let id = try #require(row?["id"]?.string)
        let show = try await BuiltProgram.run(["outbox", "show", id, "--socket", gateway.socket])
        #expect(show.text.contains("provincial 未在配置中") && show.text.contains("tenderbridge reload"), "\(show.text)")
        let cancel = try await BuiltProgram.run(["outbox", "cancel", id, "--socket", gateway.socket])
        #expect(cancel.exit == 78 && cancel.text.contains("not configured"), "\(cancel.text)")
        let sink = try await Sink.start(gateway.folder, "back")
        try gateway.configure(url: sink.url)
        #expect(try await reload(gateway, "--wait").exit == 0)
        #expect(try await BuiltProgram.run(["outbox", "retry", id, "--socket", gateway.socket]).exit == 0)
        while try sink.deliveries().isEmpty { await Task.yield() }
        #expect(try sink.deliveries() == [id])
        await running.child.stop()
        await sink.child.stop(SIGTERM)
    }

    @Test("SIGHUP reloads too, and systemd hears of its begin and end")
    func signal() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let socket = try NotifySocket(path: gateway.folder.file("notify"))
        let running = try await gateway.start(environment: ["NOTIFY_SOCKET": socket.path])
        #expect(await socket.next() == "READY=1")
        try gateway.configure(timeout: "30s")
        running.child.signal(SIGHUP)
        #expect(await socket.next()?.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") == true)
        #expect(await socket.next()?.hasPrefix("READY=1\nSTATUS=works under the configuration that was reloaded") == true)
        _ = try #require(await running.child.line(containing: "the configuration was reloaded"))
        try gateway.configure(mapping: "no/such/mapping")
        running.child.signal(SIGHUP)
        #expect(await socket.next()?.hasPrefix("RELOADING=1") == true)
        #expect(await socket.next()?.contains("was refused") == true)
        #expect(await running.child.stop(SIGTERM) == .exited(0))
    }

    @Test("other limits hold at once")
    func limits() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let running = try await gateway.start()
        #expect(try await running.post("good-24-village-hall").status == "202")
        try gateway.configure(limits: "openDeliveries: { soft: 1, hard: 2 }")
        let result = try await reload(gateway)
        #expect(result.text.contains("limits.openDeliveries: changed"), "\(result.text)")
        _ = try #require(await running.child.line(containing: PressureTests.begins))
        #expect(try await running.post("good-20-stadium-notice").status == "429")
        try gateway.configure()
        #expect(try await reload(gateway).exit == 0)
        _ = try #require(await running.child.line(containing: PressureTests.ends))
        await running.child.stop()
    }
}
