import ExchangeModel
import GatewayTesting
import JSON
import Store
import Testing

@Suite("Uploads that go on")
struct AttachmentUploadTests {
    /// Cuts a file into pieces beside it.
    private static func pieces(_ gateway: RunningGateway, _ file: String, at cut: Int) throws -> (String, String) {
        let text = String(decoding: try FileBytes.read(file, limit: 1 << 20).get(), as: UTF8.self)
        return (
            try gateway.folder.write("p1", String(text.prefix(cut))), try gateway.folder.write("p2", String(text.dropFirst(cut)))
        )
    }

    @Test("two pieces make the content; HEAD says how far it is; a wrong place is a conflict with the right one")
    func pieces() async throws {
        try await RunningGateway.with { gateway in
            let file = try gateway.content(500_000)
            let (first, second) = try Self.pieces(gateway, file, at: 300_000)
            let begun = try await gateway.curl(
                "/v1/channels/local-a/uploads", "-X", "POST", "-H", "Content-Type: application/pdf", "-H", "Upload-Length: 500000"
            )
            #expect(begun.status == 201 && begun.headers["upload-offset"] == "0", "\(begun)")
            let place = try #require(begun.headers["location"])
            let one = try await gateway.curl(
                place, "-X", "PATCH", "--data-binary", "@\(first)", "-H", "Content-Range: bytes 0-299999/500000")
            #expect(one.status == 204 && one.headers["upload-offset"] == "300000", "\(one)")
            let head = try await gateway.curl(place, "-I")
            #expect(head.headers["upload-offset"] == "300000" && head.headers["upload-length"] == "500000", "\(head)")
            let wrong = try await gateway.curl(place, "-X", "PATCH", "--data-binary", "@\(second)", "-H", "Upload-Offset: 200000")
            #expect(wrong.status == 409 && wrong.headers["upload-offset"] == "300000")
            let two = try await gateway.curl(place, "-X", "PATCH", "--data-binary", "@\(second)", "-H", "Upload-Offset: 300000")
            #expect(two.status == 201 && two.json["bytes"]?.integer == 500_000, "\(two)")
            let sha256 = try #require(two.json["sha256"]?.string)
            let whole = try await gateway.curl("/v1/attachments/\(sha256)")
            #expect(
                whole.bytes == (try FileBytes.read(file, limit: 1 << 20).get())
                    && whole.headers["content-type"] == "application/pdf")
            #expect(try await gateway.curl(place, "-I").status == 404)
        }
    }

    @Test("a length that comes at the end, a digest of a piece and of the whole")
    func digests() async throws {
        try await RunningGateway.with { gateway in
            let file = try gateway.content(1000)
            let wrong = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
            func begin(_ arguments: String) async throws -> String {
                try #require(
                    try await gateway.curl("/v1/channels/local-a/uploads", "-X", "POST", "-H", arguments).headers["location"])
            }
            let place = try await begin("X-None: 1")
            let piece = try await gateway.curl(
                place, "-X", "PATCH", "--data-binary", "@\(file)", "-H", "Upload-Offset: 0", "-H", "Content-Digest: \(wrong)")
            #expect(piece.status == 400 && piece.json["type"]?.string?.hasSuffix("digest-mismatch") == true)
            #expect(try await gateway.curl(place, "-I").headers["upload-offset"] == "0", "what is wrong is taken back")
            let open = try await gateway.curl(place, "-X", "PATCH", "--data-binary", "@\(file)", "-H", "Upload-Offset: 0")
            #expect(open.status == 204)
            let done = try await gateway.curl(
                place, "-X", "PATCH", "--data-binary", "", "-H", "Upload-Offset: 1000", "-H", "Upload-Complete: ?1")
            #expect(done.status == 201, "\(done)")
            let announced = try await begin("Repr-Digest: \(wrong)")
            let whole = try await gateway.curl(
                announced, "-X", "PATCH", "--data-binary", "@\(file)", "-H", "Content-Range: bytes 0-999/1000")
            #expect(whole.status == 400)
            #expect(try await gateway.curl(announced, "-I").status == 404, "it cannot become what was announced")
        }
    }

    @Test("what cannot be understood, is too much or of another sender is refused")
    func bad() async throws {
        try await RunningGateway.with(
            extra: "limits: {attachment: 2KiB, uploads: 2}", sender: "c: {key: \"env:KEY_P\", channels: [local-a]}"
        ) { gateway in
            let uploads = "/v1/channels/local-a/uploads"
            let file = try gateway.content(1000)
            #expect(try await gateway.curl(uploads, "-X", "POST", "-H", "Upload-Length: x").status == 400)
            #expect(try await gateway.curl(uploads, "-X", "POST", "-H", "Upload-Length: 4096").status == 413)
            #expect(try await gateway.curl(uploads, "--data-binary", "@\(file)").status == 400)
            let place = try #require(
                try await gateway.curl(uploads, "-X", "POST", "-H", "Upload-Length: 500").headers["location"])
            func patch(_ headers: String...) async throws -> Curl.Answer {
                let curl = gateway.curl
                return switch headers.count {
                case 0: try await curl(place, "-X", "PATCH", "--data-binary", "@\(file)")
                case 1: try await curl(place, "-X", "PATCH", "--data-binary", "@\(file)", "-H", headers[0])
                default: try await curl(place, "-X", "PATCH", "--data-binary", "@\(file)", "-H", headers[0], "-H", headers[1])
                }
            }
            #expect(try await patch().status == 400)
            #expect(try await patch("Upload-Offset: -1").status == 400)
            #expect(try await patch("Content-Range: bytes 0-9/500").status == 400)
            #expect(try await patch("Content-Range: bytes 0-999/1000").status == 400, "another length than announced")
            #expect(try await patch("Upload-Offset: 0").status == 400, "more than announced")
            #expect(try await patch("Upload-Offset: 0", "Content-Range: bytes 0-999/1000").status == 400)
            #expect(try await gateway.curl(place, "-I").headers["upload-offset"] == "0")
            var other = gateway.curl
            other.key = "key-of-p"
            #expect(try await other(place, "-I").status == 404)
            #expect(try await other(place, "-X", "DELETE").status == 404)
            #expect(try await gateway.curl(uploads, "-X", "POST").status == 201)
            #expect(try await gateway.curl(uploads, "-X", "POST").status == 429)
            #expect(try await other(uploads, "-X", "POST").status == 201)
            #expect(try await gateway.curl(place, "-X", "DELETE").status == 204)
            #expect(try await gateway.curl(uploads, "-X", "POST").status == 201)
        }
    }

    /// Announces a million octets, sends those of a file, sees some of them in the gateway's folder and is gone.
    private static func breakOff(_ gateway: RunningGateway, _ line: String, _ file: String, header: String = "") async throws {
        let script = """
            import glob, os, socket, sys, time
            s = socket.create_connection(('127.0.0.1', \(gateway.port)))
            s.sendall(b'\(line) HTTP/1.1\\r\\nHost: x\\r\\nAuthorization: Bearer key-of-a\\r\\n\(header)'
                      b'Content-Length: 1000000\\r\\n\\r\\n' + open(sys.argv[1], 'rb').read())
            end = time.monotonic() + 120
            while not any(os.path.isfile(f) for f in glob.glob(sys.argv[2] + '/**', recursive=True)):
                assert time.monotonic() < end, 'nothing of it was written'
                time.sleep(0.01)
            s.close()
            """
        let child = try await ChildProcess.start(["python3", "-c", script, file, gateway.folder.file("attachments")])
        #expect(await child.ending() == .exited(0))
    }

    @Test("what is broken off on its way in, alone or in a form, leaves nothing")
    func leavesNothing() async throws {
        try await RunningGateway.with { gateway in
            try await Self.breakOff(gateway, "POST /v1/channels/local-a/attachments", try gateway.content(400_000))
            let form = try gateway.folder.write(
                "form", "--x\r\n\r\n<A/>\r\n--x\r\nA: b\r\n\r\n" + String(repeating: "x", count: 400_000))
            try await Self.breakOff(
                gateway, "POST /v1/channels/local-a/messages", form, header: "Content-Type: multipart/mixed; boundary=x\\r\\n")
            var left = ["?"]
            for _ in 0..<2000 where !left.isEmpty {
                left = try await ChildProcess.run(["find", gateway.folder.file("attachments"), "-type", "f"]).filter {
                    !$0.isEmpty
                }
            }
            #expect(left.isEmpty)
            #expect(try await gateway.store.attachments.attachmentTotals().count == 0)
        }
    }

    @Test("a sender that is too slow gets 408; of an upload counts what came")
    func tooSlow() async throws {
        try await RunningGateway.with(extra: "limits: {attachmentTime: 1s}") { gateway in
            func send(_ line: String, _ header: String = "") async throws -> String {
                let script =
                    "import socket\ns=socket.create_connection(('127.0.0.1',\(gateway.port)))\n"
                    + "s.sendall(b'\(line) HTTP/1.1\\r\\nHost: x\\r\\nAuthorization: Bearer key-of-a\\r\\n\(header)"
                    + "Content-Length: 1000\\r\\n\\r\\n0123456789')\nprint(s.recv(100).split()[1].decode())\n"
                let child = try await ChildProcess.start(["python3", "-c", script])
                _ = await child.ending()
                return child.lines.last ?? ""
            }
            #expect(try await send("POST /v1/channels/local-a/attachments") == "408")
            let place = try #require(
                try await gateway.curl("/v1/channels/local-a/uploads", "-X", "POST").headers["location"])
            #expect(try await send("PATCH \(place)", "Upload-Offset: 0\\r\\n") == "408")
            #expect(try await gateway.curl(place, "-I").headers["upload-offset"] == "10")
        }
    }

    @Test("a sender that breaks off goes on behind what came")
    func brokenOff() async throws {
        try await RunningGateway.with { gateway in
            let place = try #require(
                try await gateway.curl("/v1/channels/local-a/uploads", "-X", "POST", "-H", "Upload-Length: 1000000").headers[
                    "location"])
            try await Self.breakOff(gateway, "PATCH \(place)", try gateway.content(400_000), header: "Upload-Offset: 0\\r\\n")
            // The gateway hears of it a moment later, and another request may not go on before.
            var offset: String?
            for _ in 0..<2000 where offset != "400000" { offset = try await gateway.curl(place, "-I").headers["upload-offset"] }
            #expect(offset == "400000")
        }
    }
}
