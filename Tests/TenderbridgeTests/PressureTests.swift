import GatewayTesting
import JSON
import Testing

@Suite("A gateway near a limit")
struct PressureTests {
    static let begins = "senders are told to come later"
    static let ends = "senders are let in again"

    @Test("open deliveries: 429 with Retry-After, what was accepted is acknowledged again, and it heals when deliveries end")
    func openDeliveries() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        try gateway.configure(limits: "openDeliveries: { soft: 2, hard: 3 }")
        let running = try await gateway.start()
        #expect(try await running.post("good-24-village-hall").status == "202")
        #expect(try await running.get("/readyz").contains("pressure") == false)
        #expect(try await running.post("good-20-stadium-notice").status == "202")
        let line = try #require(await running.child.line(containing: Self.begins))
        #expect(line.contains("limits=openDeliveries: soft") && line.contains("openDeliveries=2"), "\(line)")
        let refused = try await running.postShowingHeaders("good-01-road-notice")
        #expect(refused.hasPrefix("HTTP/1.1 429") && refused.contains("under-pressure"), "\(refused)")
        // Nothing drains: its destination is not there.
        #expect(refused.lowercased().contains("retry-after: 60"), "\(refused)")
        let again = try await running.postShowingHeaders("good-24-village-hall")
        #expect(again.hasPrefix("HTTP/1.1 202") && again.contains("Idempotency-Replayed: true"), "\(again)")
        let ready = try await running.get("/readyz")
        #expect(ready.hasPrefix("200") && ready.contains(#""pressure":["openDeliveries: soft"]"#), "\(ready)")
        let metrics = try await running.get("/metrics")
        #expect(metrics.contains(#"outcome="turnedBack"} 1"#), "\(metrics)")

        // Operators go on, and that is what heals it.
        let list = try await BuiltProgram.run(["outbox", "list", "--socket", gateway.socket, "--format", "json"])
        let id = try #require(try JSONValue(parsing: list.text)["deliveries"]?[0]?["id"]?.string)
        #expect(try await BuiltProgram.run(["outbox", "cancel", id, "--socket", gateway.socket]).exit == 0)
        _ = try #require(await running.child.line(containing: Self.ends))
        #expect(try await running.post("good-01-road-notice").status == "202")
        #expect(await running.child.stop() == .exited(0))
        #expect(running.child.lines.count { $0.contains(Self.begins) } <= 2)
    }

    @Test("what the store holds: 503 and not ready; a higher limit takes again")
    func storeBytes() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        try gateway.configure(limits: "storeBytes: { soft: 1KiB, hard: 2KiB }")
        var running = try await gateway.start()
        _ = try #require(await running.child.line(containing: Self.begins))
        let refused = try await running.postShowingHeaders("good-24-village-hall")
        #expect(refused.hasPrefix("HTTP/1.1 503") && refused.lowercased().contains("retry-after: 60"), "\(refused)")
        let ready = try await running.get("/readyz")
        #expect(ready.hasPrefix("503") && ready.contains("room: storeBytes: hard"), "\(ready)")
        #expect(await running.child.stop() == .exited(0))
        try gateway.configure(limits: "storeBytes: { soft: 1GiB, hard: 2GiB }")
        running = try await gateway.start()
        #expect(try await running.post("good-24-village-hall").status == "202")
        #expect(await running.child.stop() == .exited(0))
    }

    @Test(
        "room on the disk: 503 before it is full, deliveries and operators go on, and it heals when space returns",
        .enabled(if: StartFailureTests.canMount, "this user may not mount a small file system"))
    func freeDisk() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        try gateway.configure(limits: "freeDisk: { soft: 8MiB, hard: 6MiB }")
        let data = try gateway.folder.makeDirectory("data")
        let mount = "mount -t tmpfs -o size=32m none '\(data)' && exec \"$@\""
        let running = try await gateway.start(under: ["unshare", "-m", "sh", "-c", mount, "sh"])
        #expect(try await running.post("good-24-village-hall").status == "202")
        // The small disk exists in the gateway's own view of the file system alone; /proc leads there.
        let inside = "/proc/\(running.child.processID)/root\(data)"
        let list = try await BuiltProgram.run(["outbox", "list", "--socket", "\(inside)/control.sock", "--format", "json"])
        let id = try #require(try JSONValue(parsing: list.text)["deliveries"]?[0]?["id"]?.string)
        try await ChildProcess.run(["fallocate", "-l", "27000000", "\(inside)/filler"])
        let line = try #require(await running.child.line(containing: Self.begins))
        #expect(line.contains("limits=freeDisk: hard"), "\(line)")
        let refused = try await running.post("good-20-stadium-notice")
        #expect(refused.status == "503" && refused.body.contains("freeDisk: hard"), "\(refused)")
        #expect(try await running.get("/readyz").hasPrefix("503"))
        #expect(
            try await BuiltProgram.run(["outbox", "cancel", id, "--socket", "\(inside)/control.sock"]).exit == 0)
        try await ChildProcess.run(["rm", "\(inside)/filler"])
        _ = try #require(await running.child.line(containing: Self.ends))
        #expect(try await running.post("good-20-stadium-notice").status == "202")
        #expect(try await running.get("/readyz").hasPrefix("200"))
        #expect(await running.child.stop() == .exited(0))
    }
}

extension RunningGateway {
    /// Posts a notice of the recordings; returns the whole answer, headers first.
    func postShowingHeaders(_ recording: String) async throws -> String {
        try await ChildProcess.run([
            "curl", "-q", "-s", "-i", "--max-time", "30", "-H", "Authorization: Bearer key of local-a",
            "-H", "Content-Type: application/xml", "--data-binary",
            "@" + Repository.file("Tests/Recordings/\(recording)/notice.xml"),
            "http://127.0.0.1:\(port("dataPort"))/v1/channels/local-a/messages",
        ]).joined(separator: "\n")
    }
}
