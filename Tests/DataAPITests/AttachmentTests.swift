import Cryptography
import ExchangeModel
import GatewayTesting
import Glibc
import JSON
import Store
import Testing
import Transport

/// Asks with curl, which shares no code with the gateway.
struct Curl {
    let gateway: RunningGateway
    var key = "key-of-a"

    struct Answer {
        var status: Int
        var headers: [String: String]
        var bytes: [UInt8]
        var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
    }

    /// Runs curl on a path of the gateway. `Expect: 100-continue` is left out, which would cost a second.
    func callAsFunction(_ path: String, _ arguments: String...) async throws -> Answer {
        let (body, head) = (gateway.folder.file("curl-\(UInt64.random(in: 0...UInt64.max))"), "-head")
        let child = try await ChildProcess.start(
            [
                "curl", "--silent", "--show-error", "--max-time", "120", "-H", "Expect:", "-H", "Authorization: Bearer \(key)",
                "-o", body,
                "-D", body + head, "http://127.0.0.1:\(gateway.port)\(path)",
            ] + arguments)
        _ = await child.ending()
        let bytes = (try? FileBytes.read(body, limit: 1 << 20).get()) ?? []
        let lines = String(decoding: try FileBytes.read(body + head, limit: 1 << 20).get(), as: UTF8.self)
            .split(separator: "\r\n", omittingEmptySubsequences: true)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return Answer(status: status, headers: headers, bytes: bytes)
    }
}

extension RunningGateway {
    var curl: Curl { Curl(gateway: self) }

    /// Writes a file of so many octets and returns its path.
    func content(_ count: Int, seed: UInt8 = 1, name: String = "标书.pdf") throws -> String {
        try folder.write(name, String(decoding: (0..<count).map { UInt8(0x20 + ($0 &* 7 &+ Int(seed)) % 90) }, as: UTF8.self))
    }

    func events(_ name: String) async throws -> [JSONValue] {
        try await store.evidence(from: 1, limit: 1000).map { try JSONValue(parsing: $0.content) }
            .filter { $0["event"]?.string == name }
    }
}

@Suite("Attachments by digest")
struct AttachmentTests {
    @Test("a content is handed in, named by a message with either digest, and told of wherever the message is")
    func byDigest() async throws {
        try await RunningGateway.with { gateway in
            let file = try gateway.content(300_000)
            let first = try await gateway.curl(
                "/v1/channels/local-a/attachments", "--data-binary", "@\(file)", "-H", "Content-Type: application/pdf")
            #expect(first.status == 201 && first.json["bytes"]?.integer == 300_000, "\(first)")
            let sha256 = try #require(first.json["sha256"]?.string)
            let sm3 = try #require(first.json["sm3"]?.string)
            #expect(first.headers["location"] == "/v1/attachments/\(sha256)")
            let again = try await gateway.curl("/v1/channels/local-a/attachments", "--data-binary", "@\(file)")
            #expect(again.status == 200 && again.json["sha256"]?.string == sha256)

            let body = try RunningGateway.recording("good-01-road-notice")
            let header = "sm3=\(sm3);name*=UTF-8''%E6%A0%87%E4%B9%A6.pdf"
            let answer = try await gateway.post(body, headers: [("TenderBridge-Attachments", header)])
            #expect(answer.status == 202, "\(answer.body)")
            let told = try #require(answer.body["attachments"]?.elements?.first)
            #expect(told["sha256"]?.string == sha256 && told["name"]?.string == "标书.pdf" && told["bytes"]?.integer == 300_000)
            let id = try #require(answer.body["id"]?.string)
            let report = try await gateway.get("/v1/messages/\(id)")
            #expect(report.body["attachments"] == answer.body["attachments"])
            let accepted = try #require(try await gateway.events("message.accepted").first)
            #expect(accepted["attachments"] == answer.body["attachments"])
            #expect(accepted["payloadSha256"]?.string == Hex.encode(SHA256.digest(body)))
            #expect(try await gateway.events("attachment.stored").count == 1)
            // The same again is the same message; with another attachment it is another one.
            let repeated = try await gateway.post(body, headers: [("TenderBridge-Attachments", header)])
            #expect(repeated.headers.header("Idempotency-Replayed") == "true" && repeated.body == answer.body)
            let without = try await gateway.post(body)
            #expect(without.status == 202 && without.body["id"] != answer.body["id"] && without.body["attachments"] == nil)
        }
    }

    @Test("what its sender did not hand in refuses a message, along with all other findings")
    func unknown() async throws {
        try await RunningGateway.with(sender: "c: {key: \"env:KEY_P\", channels: [local-a]}") { gateway in
            let file = try gateway.content(1000)
            let sha256 = try #require(
                try await gateway.curl("/v1/channels/local-a/attachments", "--data-binary", "@\(file)").json["sha256"]?.string)
            let never = String(repeating: "0", count: 64)
            let bad = try RunningGateway.recording("bad-15-unknown-code")
            let answer = try await gateway.post(
                bad, headers: [("TenderBridge-Attachments", "sha256=\(sha256), sha256=\(never), sm3=\(never)")])
            #expect(answer.status == 422)
            let findings = answer.body["findings"]?.elements ?? []
            let missing = findings.filter { $0["code"]?.string == "attachment.unknown" }
            #expect(missing.map { $0["path"]?.string } == ["sha256=\(never)", "sm3=\(never)"])
            #expect(missing.allSatisfy { $0["textZh"]?.string?.contains("附件") == true })
            #expect(findings.count > 2, "\(findings)")
            // Another sender knows the digest, and has not the content.
            let good = try RunningGateway.recording("good-01-road-notice")
            let header = [(name: "TenderBridge-Attachments", value: "sha256=\(sha256)")]
            #expect(try await gateway.post(good, key: "key-of-p", headers: header).status == 422)
            #expect(try await gateway.get("/v1/attachments/\(sha256)", key: "key-of-p").status == 404)
            #expect(try await gateway.get("/v1/attachments/\(sha256)", key: "wrong").status == 401)
            // It hands the content in, is told nothing of the other, and may.
            var other = gateway.curl
            other.key = "key-of-p"
            #expect(try await other("/v1/channels/local-a/attachments", "--data-binary", "@\(file)").status == 201)
            #expect(try await gateway.post(good, key: "key-of-p", headers: header).status == 202)
            let unreadable = try await gateway.post(good, headers: [("TenderBridge-Attachments", "md5=00")])
            #expect(
                unreadable.status == 422 && unreadable.body["findings"]?.elements?.first?["code"]?.string == "attachment.header")
        }
    }

    @Test("under a version that is known, another attachment is a conflict that names it")
    func versionConflict() async throws {
        try await RunningGateway.with(channel: ", duplicates: businessKeyVersion") { gateway in
            var digests: [String] = []
            for seed in [UInt8(1), 2] {
                let file = try gateway.content(1000, seed: seed)
                digests.append(
                    try #require(
                        try await gateway.curl("/v1/channels/local-a/attachments", "--data-binary", "@\(file)").json["sha256"]?
                            .string))
            }
            let body = try RunningGateway.recording("good-01-road-notice")
            let first = try await gateway.post(body, headers: [("TenderBridge-Attachments", "sha256=\(digests[0])")])
            #expect(first.status == 202)
            let other = try await gateway.post(body, headers: [("TenderBridge-Attachments", "sha256=\(digests[1])")])
            #expect(other.status == 409, "\(other.body)")
            let difference = other.body["differences"]?.elements?.first
            #expect(difference?["path"]?.string == "attachments" && difference?["now"]?.string == digests[1])
        }
    }

    @Test("a digest that does not fit, a size over the limit, nothing at all, and strangers are turned away; nothing is kept")
    func turnedAway() async throws {
        try await RunningGateway.with(extra: "limits: {attachment: 1KiB}") { gateway in
            let file = try gateway.content(1024)
            let place = "/v1/channels/local-a/attachments"
            let wrong = try await gateway.curl(
                place, "--data-binary", "@\(file)", "-H", "Content-Digest: sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
            )
            #expect(wrong.status == 400 && wrong.json["type"]?.string == "urn:tenderbridge:problem:digest-mismatch")
            #expect(wrong.json["findings"]?.elements?.first?["code"]?.string == "attachment.digest-mismatch")
            #expect(try await gateway.curl(place, "--data-binary", "@\(file)", "-H", "Content-Digest: nonsense").status == 400)
            let large = try gateway.content(1025, name: "large")
            let tooLarge = try await gateway.curl(place, "--data-binary", "@\(large)")
            #expect(tooLarge.status == 413 && tooLarge.json["detail"]?.string?.contains("limits.attachment") == true)
            let chunked = try await gateway.curl(place, "--data-binary", "@\(large)", "-H", "Transfer-Encoding: chunked")
            #expect(chunked.status == 413)
            #expect(try await gateway.curl(place, "--data-binary", "").status == 400)
            #expect(try await gateway.curl("/v1/channels/other/attachments", "--data-binary", "@\(file)").status == 403)
            var stranger = gateway.curl
            stranger.key = "x"
            #expect(try await stranger(place, "--data-binary", "@\(file)").status == 401)
            #expect(try await gateway.store.attachments.attachmentTotals().count == 0)
            #expect(try await gateway.events("message.refused").count == 4)
        }
    }

    @Test("ranges, conditions and the head alone, as curl asks for them")
    func ranges() async throws {
        try await RunningGateway.with { gateway in
            let file = try gateway.content(600_000)
            let all = try FileBytes.read(file, limit: 1 << 20).get()
            let sha256 = try #require(
                try await gateway.curl(
                    "/v1/channels/local-a/attachments", "--data-binary", "@\(file)", "-H", "Content-Type: application/pdf"
                ).json["sha256"]?.string)
            let place = "/v1/attachments/\(sha256)"
            let whole = try await gateway.curl(place)
            #expect(whole.status == 200 && whole.bytes == all && whole.headers["content-type"] == "application/pdf")
            #expect(whole.headers["etag"] == "\"\(sha256)\"" && whole.headers["accept-ranges"] == "bytes")
            #expect(whole.headers["repr-digest"]?.hasPrefix("sha-256=:\(Base64.encode(SHA256.digest(all))):") == true)
            let part = try await gateway.curl(place, "-r", "100000-399999")
            #expect(part.status == 206 && part.bytes == Array(all[100_000..<400_000]))
            #expect(part.headers["content-range"] == "bytes 100000-399999/600000")
            #expect(try await gateway.curl(place, "-r", "-5").bytes == Array(all.suffix(5)))
            let outside = try await gateway.curl(place, "-r", "600000-")
            #expect(outside.status == 416 && outside.headers["content-range"] == "bytes */600000")
            #expect(try await gateway.curl(place, "-r", "0-9", "-H", "If-Range: \"other\"").status == 200)
            #expect(try await gateway.curl(place, "-H", "If-None-Match: \"\(sha256)\"").status == 304)
            let head = try await gateway.curl(place, "-I")
            #expect(head.status == 200 && head.headers["content-length"] == "600000")
            #expect(try await gateway.curl("/v1/attachments/xyz").status == 404)
        }
    }
}
