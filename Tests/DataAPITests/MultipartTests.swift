import Cryptography
import ExchangeModel
import GatewayTesting
import JSON
import Store
import Testing

@Suite("Messages with their attachments in one body")
struct MultipartTests {
    private static let place = "/v1/channels/local-a/messages"

    private static func notice(_ gateway: RunningGateway, _ name: String = "good-01-road-notice") throws -> String {
        try gateway.folder.write(
            "\(name).xml", String(decoding: try RunningGateway.recording(name), as: UTF8.self))
    }

    @Test("a form made by curl: the field named record is the message, wherever it stands")
    func form() async throws {
        try await RunningGateway.with { gateway in
            let (notice, pdf) = (try Self.notice(gateway), try gateway.content(700_000))
            let ofd = try gateway.content(5, seed: 9, name: "seal.ofd")
            let answer = try await gateway.curl(
                Self.place, "-F", "tender=@\(pdf);type=application/pdf", "-F", "record=@\(notice);type=application/xml", "-F",
                "seal=@\(ofd)", "-F", "nothing=")
            #expect(answer.status == 202, "\(answer.json)")
            let attachments = try #require(answer.json["attachments"]?.elements)
            #expect(attachments.map { $0["name"]?.string } == ["标书.pdf", "seal.ofd"])
            #expect(attachments.map { $0["bytes"]?.integer } == [700_000, 5])
            #expect(attachments[0]["mediaType"]?.string == "application/pdf")
            let content = try FileBytes.read(pdf, limit: 1 << 20).get()
            #expect(attachments[0]["sha256"]?.string == Hex.encode(SHA256.digest(content)))
            #expect(attachments[0]["sm3"]?.string == Hex.encode(SM3.digest(content)))
            #expect(try await gateway.curl("/v1/attachments/\(attachments[0]["sm3"]?.string ?? "")").bytes == content)
            // The payload is the record as it came, not the form around it.
            let id = try #require(answer.json["id"]?.string.flatMap { MessageID($0) })
            let payload = try #require(try await gateway.store.payload(.received, of: .message(id)))
            #expect(
                payload.bytes == (try RunningGateway.recording("good-01-road-notice")) && payload.contentType == "application/xml"
            )
            // curl draws another boundary, and it is the same message.
            let again = try await gateway.curl(
                Self.place, "-F", "tender=@\(pdf);type=application/pdf", "-F", "record=@\(notice);type=application/xml", "-F",
                "seal=@\(ofd)")
            #expect(again.headers["idempotency-replayed"] == "true" && again.json["id"] == answer.json["id"])
        }
    }

    @Test("multipart/mixed: the first part is the message; the header names more")
    func mixed() async throws {
        try await RunningGateway.with { gateway in
            let other = try #require(
                try await gateway.curl("/v1/channels/local-a/attachments", "--data-binary", "earlier").json["sha256"]?.string)
            let notice = String(decoding: try RunningGateway.recording("good-01-road-notice"), as: UTF8.self)
            let body = try gateway.folder.write(
                "body", "--x\r\n\r\n\(notice)\r\n--x\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nhello\r\n--x--\r\n"
            )
            let answer = try await gateway.curl(
                Self.place, "-H", "Content-Type: multipart/mixed; boundary=\"x\"", "--data-binary", "@\(body)", "-H",
                "TenderBridge-Attachments: sha256=\(other);name=b.txt")
            #expect(answer.status == 202, "\(answer.json)")
            #expect(answer.json["attachments"]?.elements?.map { $0["name"]?.string } == ["a.txt", "b.txt"])
        }
    }

    @Test("findings refuse it as always, and its attachments have no reference")
    func refused() async throws {
        try await RunningGateway.with { gateway in
            let answer = try await gateway.curl(
                Self.place, "-F", "record=@\(try Self.notice(gateway, "bad-15-unknown-code"))", "-F",
                "a=@\(try gateway.content(10))")
            #expect(answer.status == 422 && answer.json["id"]?.string != nil, "\(answer.json)")
            let unnamed = try await gateway.store.attachments.unnamed(before: Instant(milliseconds: Int64.max), limit: 10)
            #expect(unnamed.map(\.bytes) == [10])
        }
    }

    @Test(
        "a body that cannot be read is refused, kept, and leaves nothing behind",
        arguments: [
            ("multipart/form-data", "--x--", "multipart.no-boundary"),
            ("multipart/form-data; boundary=", "--x--", "multipart.no-boundary"),
            ("multipart/form-data; boundary=x", "--x--", "multipart.no-record"),
            ("multipart/mixed; boundary=x", "--x--", "multipart.no-record"),
            ("multipart/mixed; boundary=x", "", "multipart.truncated"),
            (
                "multipart/mixed; boundary=x",
                "--x\r\n\r\n<A/>\r\n--x\r\nContent-Disposition: attachment; filename=a\r\n\r\n\r\n--x--", "attachment.empty"
            ),
            (
                "multipart/form-data; boundary=x",
                "--x\r\nContent-Disposition: form-data; name=a; filename=f\r\n\r\nabc\r\n--x--", "multipart.no-record"
            ),
            ("multipart/mixed; boundary=x", "--x\r\n\r\n<A/>\r\n--x\r\nA: b\r\n\r\nabc", "multipart.truncated"),
            ("multipart/mixed; boundary=x", "--x\r\n\r\n<A/>\r\n--xy\r\n\r\nabc\r\n--x--", "multipart.delimiter"),
            (
                "multipart/mixed; boundary=x", "--x\r\nContent-Transfer-Encoding: base64\r\n\r\nPEEvPg==\r\n--x--",
                "multipart.transfer-encoding"
            ),
            (
                "multipart/mixed; boundary=x",
                "--x\r\n\r\n<A/>\r\n--x\r\nA: 1\r\n\r\na\r\n--x\r\nA: 1\r\n\r\nb\r\n--x\r\nA: 1\r\n\r\nc\r\n--x--", "limit.count"
            ),
            (
                "multipart/mixed; boundary=x",
                "--x\r\n\r\n<A/>\r\n--x\r\nContent-Digest: sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:\r\n\r\na\r\n--x--",
                "attachment.digest-mismatch"
            ),
            (
                "multipart/form-data; boundary=x",
                "--x\r\nContent-Disposition: form-data; name=record\r\n\r\na\r\n--x\r\nContent-Disposition: form-data; name=record\r\n\r\nb\r\n--x--",
                "multipart.two-records"
            ),
        ])
    func unreadable(_ type: String, _ body: String, _ code: String) async throws {
        try await RunningGateway.with(extra: "limits: {attachments: 2}") { gateway in
            let file = try gateway.folder.write("body", body)
            let answer = try await gateway.curl(Self.place, "-H", "Content-Type: \(type)", "--data-binary", "@\(file)")
            #expect(answer.status == 422, "\(answer.json)")
            #expect(answer.json["findings"]?.elements?.map { $0["code"]?.string } == [code], "\(answer.json)")
            let id = try #require(answer.json["id"]?.string)
            #expect(try await gateway.get("/v1/messages/\(id)").body["state"]?.string == "refused")
            #expect(try await gateway.store.attachments.attachmentTotals().count == 0)
        }
    }

    @Test("a record or an attachment over its limit is 413 with the limit's name")
    func tooLarge() async throws {
        try await RunningGateway.with(limits: "{body: 2KiB}", extra: "limits: {attachment: 1KiB}") { gateway in
            let (small, large) = (try gateway.content(1000, name: "s"), try gateway.content(3000, name: "l"))
            let record = try await gateway.curl(Self.place, "-F", "record=@\(large)", "-F", "a=@\(small)")
            #expect(record.status == 413 && record.json["detail"]?.string?.contains("channels.local-a.limits.body") == true)
            let attachment = try await gateway.curl(Self.place, "-F", "a=@\(large)", "-F", "record=@\(small)")
            #expect(attachment.status == 413 && attachment.json["detail"]?.string?.contains("limits.attachment") == true)
            let type = try await gateway.curl(
                Self.place, "-H", "Content-Type: multipart/related; boundary=x", "--data-binary", "@\(small)")
            #expect(type.status == 415)
        }
    }
}
