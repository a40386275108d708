import GatewayTesting
import JSON
import Testing

@Suite("Trouble while the gateway runs")
struct RunningTroubleTests {
    @Test(
        "a full disk: 503 and not ready; it heals when space returns",
        .enabled(if: StartFailureTests.canMount, "this user may not mount a small file system"))
    func fullDisk() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        // Without a watch on the disk, so that the store itself meets its end.
        try gateway.configure(limits: "freeDisk: { soft: 0, hard: 0 }")
        let data = try gateway.folder.makeDirectory("data")
        let mount = "mount -t tmpfs -o size=2m none '\(data)' && exec \"$@\""
        let running = try await gateway.start(under: ["unshare", "-m", "sh", "-c", mount, "sh"])
        #expect(try await running.post("good-24-village-hall").status == "202")
        // The small disk exists in the gateway's own view of the file system alone; /proc leads there.
        let inside = "/proc/\(running.child.processID)/root\(data)"
        try await ChildProcess.run(["sh", "-c", "cat /dev/zero > \(inside)/filler 2>/dev/null; test -s \(inside)/filler"])
        let refused = try await running.post("good-20-stadium-notice")
        #expect(refused.status == "503", "\(refused.body)")
        #expect(refused.body.contains("disk is full"), "\(refused.body)")
        #expect(try await running.get("/readyz").hasPrefix("503"))
        try await ChildProcess.run(["rm", "\(inside)/filler"])
        #expect(try await running.post("good-20-stadium-notice").status == "202")
        #expect(try await running.get("/readyz").hasPrefix("200"))
        #expect(await running.child.stop() == .exited(0))
    }

    @Test("a destination that never answers: unknown, and log, metric and outbox show say what to do")
    func neverAnswers() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let hole = try SilentServer()
        try gateway.configure(url: "http://127.0.0.1:\(hole.port)/records", timeout: "300ms")
        let running = try await gateway.start()
        #expect(try await running.post("good-24-village-hall").status == "202")
        let line = try #require(await running.child.line(containing: "outcome unknown"))
        #expect(line.contains("ask the platform, then: outbox retry or outbox cancel"), "\(line)")
        let metrics = try await running.get("/metrics")
        #expect(metrics.contains(#"tenderbridge_outbox_deliveries{destination="provincial",state="unknown"} 1"#))
        #expect(metrics.contains(#"tenderbridge_deliveries_total{destination="provincial",outcome="unknown"} 1"#))
        let list = try await BuiltProgram.run(["outbox", "list", "--socket", gateway.socket, "--format", "json"])
        let id = try #require(try JSONValue(parsing: list.text)["deliveries"]?[0]?["id"]?.string)
        let show = try await BuiltProgram.run(["outbox", "show", id, "--socket", gateway.socket])
        #expect(show.lines.contains { $0.hasPrefix("state") && $0.contains("unknown") }, "\(show.text)")
        #expect(show.lines.contains { $0.hasPrefix("what to do") && $0.contains("ask the platform") }, "\(show.text)")
        // The gateway itself goes on: it takes the next message.
        #expect(try await running.post("good-20-stadium-notice").status == "202")
        #expect(await running.child.stop() == .exited(0))
    }

    @Test("a record that a destination's mapping cannot turn: dead, counted by mapping and cause, explained by outbox show")
    func cannotBePrepared() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        try gateway.configure(mappings: try await gateway.copyMappings())
        try gateway.replace(
            "NOTICE_NAME: title | trim | max(600)", with: "NOTICE_NAME: title | trim | max(1)",
            in: "Mappings/provincial/out/tender-notice.yaml")
        let running = try await gateway.start()
        #expect(try await running.post("good-24-village-hall").status == "202")
        _ = try #require(await running.child.line(containing: "cannot be prepared; mend the mapping or the record"))
        let metrics = try await running.get("/metrics")
        let counter = metrics.split(separator: "\n").filter { $0.hasPrefix("tenderbridge_mapping_failures_total{") }
        #expect(
            counter.count == 1 && counter[0].contains(#"mapping="provincial/out/tender-notice""#) && counter[0].hasSuffix(" 1"),
            "\(counter)")
        // The line comes before the commit; asking again is the way to wait for it.
        var list = ""
        for _ in 0..<50 where !list.contains("preparation.") {
            list = try await BuiltProgram.run(["outbox", "list", "--state", "dead", "--socket", gateway.socket]).text
        }
        #expect(list.contains("preparation."), "\(list)")
        #expect(await running.child.stop() == .exited(0))
    }
}

extension RunningGateway {
    /// Asks the operators' listener: status, a space, the body.
    func get(_ path: String) async throws -> String {
        let lines = try await ChildProcess.run([
            "curl", "-q", "-s", "--max-time", "30", "-w", "\n%{http_code}", "http://127.0.0.1:\(port("operatorPort"))\(path)",
        ])
        return (lines.last ?? "") + " " + lines.dropLast().joined(separator: "\n")
    }
}
