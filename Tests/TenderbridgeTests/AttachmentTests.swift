import GatewayTesting
import Glibc
import JSON
import Testing

@Suite("Attachments through the built program")
struct AttachmentTests {
    /// Asks with curl: the status and the answer.
    private static func curl(
        _ running: RunningGateway, _ path: String, _ arguments: String...
    ) async throws -> (status: String, body: JSONValue) {
        let child = try await ChildProcess.start(
            [
                "curl", "-q", "-s", "--max-time", "200", "-w", "\n%{http_code}", "-H", "Expect:", "-H",
                "Authorization: Bearer key of local-a", "http://127.0.0.1:\(running.port("dataPort"))/v1/\(path)",
            ] + arguments)
        // A gateway that is killed gives no answer.
        _ = await child.ending()
        let lines = child.lines
        return (lines.last ?? "", (try? JSONValue(parsing: lines.dropLast().joined(separator: "\n"))) ?? .null)
    }

    private static func sha256(_ file: String) async throws -> String {
        try await ChildProcess.run(["openssl", "dgst", "-sha256", "-r", file]).first.map { String($0.prefix(64)) } ?? ""
    }

    /// How many files lie below the folder of attachments.
    private static func files(_ gateway: ScratchGateway) async throws -> Int {
        try await ChildProcess.run(["find", gateway.folder.file("data/attachments"), "-type", "f"]).filter { !$0.isEmpty }.count
    }

    /// A figure of `/proc/PID/status`, in KiB.
    private static func memory(_ name: String, of running: RunningGateway) async throws -> Int {
        let line = try await ChildProcess.run(["grep", "\(name):", "/proc/\(running.child.processID)/status"]).first ?? ""
        return try #require(Int(line.filter { $0 >= "0" && $0 <= "9" }), "\(line)")
    }

    private static let notice = Repository.file("Tests/Recordings/good-01-road-notice/notice.xml")

    /// Begins an upload and returns its place behind `/v1/`.
    private static func begin(_ running: RunningGateway, length: Int) async throws -> String {
        let lines = try await ChildProcess.run([
            "curl", "-q", "-s", "-D", "-", "-o", "/dev/null", "-X", "POST", "-H", "Authorization: Bearer key of local-a", "-H",
            "Upload-Length: \(length)", "http://127.0.0.1:\(running.port("dataPort"))/v1/channels/local-a/uploads",
        ])
        let line = try #require(lines.first { $0.lowercased().hasPrefix("location: /v1/") }, "\(lines)")
        return line.dropFirst(14).filter { !$0.isNewline }
    }

    @Test("200 MB go in and out in constant memory, and openssl tells the same digests")
    func large() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let file = gateway.folder.file("big.bin")
        try await ChildProcess.run(["sh", "-c", "head -c 200000000 /dev/urandom > \(file)"])
        let running = try await gateway.start()
        // What the program needs for its first message and attachment is there before it is measured.
        let warm = try await Self.curl(
            running, "channels/local-a/messages", "-F", "record=@\(Self.notice)", "-F", "a=@\(Self.notice)")
        #expect(warm.status == "202", "\(warm)")
        let before = try await Self.memory("VmHWM", of: running)
        let answer = try await Self.curl(running, "channels/local-a/attachments", "-T", file, "-X", "POST")
        #expect(answer.status == "201", "\(answer)")
        let digest = try #require(answer.body["sha256"]?.string)
        #expect(try await Self.sha256(file) == digest)
        let sm3 = try await ChildProcess.run(["openssl", "dgst", "-sm3", "-r", file]).first ?? ""
        #expect(answer.body["sm3"]?.string.map { sm3.hasPrefix($0) } == true)
        let copy = gateway.folder.file("copy.bin")
        _ = try await Self.curl(running, "attachments/\(digest)", "-o", copy)
        #expect(try await Self.sha256(copy) == digest)
        // In one body with a record, too.
        let form = try await Self.curl(running, "channels/local-a/messages", "-F", "record=@\(Self.notice)", "-F", "big=@\(file)")
        #expect(form.status == "202" && form.body["attachments"]?[0]?["sha256"]?.string == digest, "\(form)")
        let after = try await Self.memory("VmHWM", of: running)
        #expect(after - before < 48 << 10, "from \(before) KiB to \(after) KiB")
        #expect(await running.child.stop() == .exited(0))
    }

    @Test("killed between the name of a content and its row, nothing is left of it, and it is handed in again")
    func killedBeforeRow() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        var running = try await gateway.start(environment: ["TENDERBRIDGE_DIE_AT": "attachmentNamed:1"])
        #expect(try await Self.curl(running, "channels/local-a/attachments", "--data-binary", "@\(Self.notice)").status == "000")
        #expect(await running.child.ending() == .signalled(SIGKILL))
        #expect(try await Self.files(gateway) == 1)
        running = try await gateway.start()
        _ = try #require(await running.child.line(containing: "files of attachments that were not complete"))
        #expect(try await Self.files(gateway) == 0)
        #expect(try await Self.curl(running, "channels/local-a/attachments", "--data-binary", "@\(Self.notice)").status == "201")
        _ = await running.child.stop()
    }

    @Test("killed between an attachment and its message, the message is not there, and comes again with the same attachment")
    func killedBeforeMessage() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        for (point, files) in [("attachmentKept:1", 1), ("attachmentNamed:1", 1), ("attachmentKept:1", 1)] {
            let running = try await gateway.start(environment: ["TENDERBRIDGE_DIE_AT": point])
            let answer = try await Self.curl(
                running, "channels/local-a/messages", "-F", "record=@\(Self.notice)", "-F", "a=@\(Self.notice)")
            #expect(answer.status == "000", "\(point): \(answer)")
            #expect(await running.child.ending() == .signalled(SIGKILL))
            #expect(try await Self.files(gateway) >= files, "\(point)")
        }
        let running = try await gateway.start()
        let again = try await Self.curl(
            running, "channels/local-a/messages", "-F", "record=@\(Self.notice)", "-F", "a=@\(Self.notice)")
        #expect(again.status == "202", "\(again)")
        let digest = try #require(again.body["attachments"]?[0]?["sha256"]?.string)
        #expect(try await Self.curl(running, "attachments/\(digest)", "-o", "/dev/null").status == "200")
        #expect(try await Self.files(gateway) == 1)
        _ = await running.child.stop()
        let verified = try await BuiltProgram.run(["evidence", "verify", "--config", gateway.config])
        #expect(verified.exit == 0, "\(verified.text)")
    }

    @Test("killed while an upload is completed, it is completed by asking again")
    func killedAtCompletion() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        var running = try await gateway.start(environment: ["TENDERBRIDGE_DIE_AT": "attachmentNamed:1"])
        let place = try await Self.begin(running, length: 5)
        #expect(
            try await Self.curl(running, place, "-X", "PATCH", "--data-binary", "hello", "-H", "Upload-Offset: 0").status == "000"
        )
        #expect(await running.child.ending() == .signalled(SIGKILL))
        running = try await gateway.start()
        _ = try #require(await running.child.line(containing: "files of attachments that were not complete"))
        let done = try await Self.curl(running, place, "-X", "PATCH", "--data-binary", "", "-H", "Upload-Offset: 5")
        #expect(done.status == "201" && done.body["bytes"]?.integer == 5, "\(done)")
        #expect(try await Self.files(gateway) == 1)
        _ = await running.child.stop()
    }

    @Test(
        "a disk that becomes full while a content comes: 503, nothing is left, and it succeeds when space returns",
        .enabled(if: StartFailureTests.canMount, "this user may not mount a small file system"))
    func diskFull() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        try gateway.configure(
            store: "data/store.sqlite, attachments: \(gateway.folder.file("small/files"))",
            limits: "freeDisk: { soft: 0, hard: 0 }")
        let small = try gateway.folder.makeDirectory("small")
        let file = gateway.folder.file("big.bin")
        try await ChildProcess.run(["sh", "-c", "head -c 12000000 /dev/urandom > \(file)"])
        let mount = "mount -t tmpfs -o size=16m none '\(small)' && exec \"$@\""
        let running = try await gateway.start(under: ["unshare", "-m", "sh", "-c", mount, "sh"])
        let inside = "/proc/\(running.child.processID)/root\(small)"
        try await ChildProcess.run(["sh", "-c", "head -c 8000000 /dev/zero > \(inside)/filler"])
        let full = try await Self.curl(running, "channels/local-a/attachments", "-T", file, "-X", "POST")
        #expect(full.status == "503" && full.body["detail"]?.string?.contains("disk is full") == true, "\(full)")
        // Messages lie elsewhere and go on.
        #expect(try await running.post("good-24-village-hall").status == "202")
        try await ChildProcess.run(["rm", "\(inside)/filler"])
        #expect(try await Self.curl(running, "channels/local-a/attachments", "-T", file, "-X", "POST").status == "201")
        let left = try await ChildProcess.run(["find", "\(inside)/files", "-type", "f"]).filter { !$0.isEmpty }
        #expect(left.count == 1, "\(left)")
        _ = await running.child.stop()
    }

    @Test("an upload goes on after a kill, from what was synced, and operators list and save what a message names")
    func uploadOverKill() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let file = gateway.folder.file("tender.pdf")
        try await ChildProcess.run([
            "sh", "-c",
            "head -c 3000000 /dev/urandom > \(file); head -c 2000000 \(file) > \(file).1; tail -c 1000000 \(file) > \(file).2",
        ])
        var running = try await gateway.start()
        let place = try await Self.begin(running, length: 3_000_000)
        let first = try await Self.curl(running, place, "-X", "PATCH", "--data-binary", "@\(file).1", "-H", "Upload-Offset: 0")
        #expect(first.status == "204")
        running.child.signal(SIGKILL)
        _ = await running.child.ending()
        running = try await gateway.start()
        let last = try await Self.curl(
            running, place, "-X", "PATCH", "--data-binary", "@\(file).2", "-H", "Content-Range: bytes 2000000-2999999/3000000")
        #expect(last.status == "201", "\(last)")
        let digest = try #require(last.body["sha256"]?.string)
        #expect(try await Self.sha256(file) == digest)

        let message = try await Self.curl(
            running, "channels/local-a/messages", "--data-binary", "@\(Self.notice)", "-H",
            "TenderBridge-Attachments: sha256=\(digest);name=tender.pdf")
        let id = try #require(message.body["id"]?.string, "\(message)")
        let list = try await BuiltProgram.run(["outbox", "attachments", id, "--config", gateway.config])
        #expect(list.exit == 0 && list.text.contains("tender.pdf  3000000 bytes") && list.text.contains(digest), "\(list.text)")
        let out = gateway.folder.file("saved.pdf")
        for name in [digest, last.body["sm3"]?.string ?? ""] {
            unlink(out)
            let saved = try await BuiltProgram.run(
                ["outbox", "attachments", id, "--save", name, "--reason", "投诉 4711", "-o", out, "--config", gateway.config])
            #expect(saved.exit == 0, "\(saved.text)")
            #expect(try await Self.sha256(out) == digest)
        }
        for (arguments, exit) in [
            (["--save", digest, "--reason", "again", "-o", out], Int32(73)),
            (["--save", String(repeating: "0", count: 64), "--reason", "r", "-o", out + "2"], 1),
            (["--save", digest, "-o", out + "2"], 64), (["--save", digest, "--reason", "r"], 64), (["-o", out + "2"], 64),
        ] {
            let wrong = try await BuiltProgram.run(["outbox", "attachments", id, "--config", gateway.config] + arguments)
            #expect(wrong.exit == exit, "\(arguments): \(wrong.text)")
        }
        #expect(access(out + "2", F_OK) != 0, "what was not completed is removed")
        let trail = try await BuiltProgram.run([
            "evidence", "show", message.body["businessKey"]?.string ?? "", "--config", gateway.config,
        ])
        #expect(trail.text.contains("looked at the attachment") && trail.text.contains("投诉 4711"), "\(trail.text)")
        #expect(trail.text.contains("attachments: sha256 \(digest)"), "\(trail.text)")
        let metrics = try await running.get("/metrics")
        #expect(metrics.contains(#"tenderbridge_attachments_total{channel="local-a",outcome="stored"} 1"#), "\(metrics)")
        #expect(metrics.contains(#"tenderbridge_attachment_bytes_total{channel="local-a"} 3000000"#))
        _ = await running.child.stop()
    }
}
