import Cryptography
import ExchangeModel
import GatewayTesting
import JSON
import Store
import Testing

@Suite("POST /v1/channels/{channel}/soap")
struct SOAPChannelTests {
    private static let soap12 = "http://www.w3.org/2003/05/soap-envelope"

    private func with(
        _ soap: String = "{}", limits: String = "{body: 64KiB}", sender: String = "",
        _ body: @escaping @Sendable (RunningGateway, SOAPClient) async throws -> Void
    ) async throws {
        try await RunningGateway.with(limits: limits, channel: ", soap: \(soap)", sender: sender) { gateway in
            try await body(gateway, SOAPClient(gateway: gateway))
        }
    }

    private static func notice() throws -> String {
        String(decoding: try RunningGateway.recording("good-01-road-notice"), as: UTF8.self)
    }

    private func received(_ gateway: RunningGateway, _ id: String?) async throws -> [UInt8]? {
        guard let message = id.flatMap({ MessageID($0) }) else { return nil }
        return try await gateway.store.payload(.received, of: .message(message))?.bytes
    }

    @Test("a good notice is accepted; its document alone is kept, with digest and serial number in the evidence")
    func accepted() async throws {
        try await with { gateway, client in
            let notice = try Self.notice()
            let envelope = SOAPClient.envelope(content: SOAPClient.escaped(notice))
            let answer = try await client.send(envelope)
            #expect(answer.status == 200 && answer.contentType == "text/xml; charset=utf-8", "\(answer.text)")
            #expect(answer.isSuccess == true && answer.code == "0" && answer.message.hasPrefix("接收成功"))
            #expect(answer.text.contains("<op:receiveInfoResponse xmlns:op=\"http://pspde.example\""))
            #expect(answer.time?.count == 19)
            #expect(try await received(gateway, answer.id) == Array(notice.utf8))
            let shown = try await gateway.get("/v1/messages/\(answer.id ?? "")")
            #expect(shown.status == 200 && shown.body["businessKey"]?.string == "12440100TE2T00053B:9001503202605010000001")
            let rows = try await gateway.store.evidence(from: 1, limit: 10).map { try JSONValue(parsing: $0.content) }
            let row = try #require(rows.first { $0["event"]?.string == "message.accepted" })
            let trace = try #require(row["envelope"])
            #expect(trace["form"]?.string == "soap-1.1" && trace["sha256"]?.string == Hex.encode(SHA256.digest(envelope.utf8)))
            #expect(trace["serial"]?.string == "SX0000000120260501000001" && trace["dataId"]?.string == "DATA-0001")
            #expect(trace["key"] == nil && trace["content"] == nil)
        }
    }

    @Test("the key is in no file of the store, whether the input was taken, refused or not understood")
    func keyIsNotKept() async throws {
        try await with { gateway, client in
            let notice = try Self.notice()
            for envelope in [
                SOAPClient.envelope(content: SOAPClient.escaped(notice)), SOAPClient.envelope(content: "&lt;A/&gt;"),
                SOAPClient.envelope(content: "neither"), SOAPClient.envelope(key: "key-of-a?", content: "&lt;A/&gt;"),
                SOAPClient.envelope(content: "cut").prefix(600).description,
                SOAPClient.envelope(content: "").replacing("receiveInfo", with: "other"),
            ] { _ = try await client.send(envelope) }
            for name in ["store.sqlite", "store.sqlite-wal"] {
                let bytes = try FileBytes.read(gateway.folder.file(name), limit: 1 << 26).get()
                #expect(!String(decoding: bytes, as: UTF8.self).contains("key-of-a"), "\(name)")
            }
        }
    }

    @Test("the same serial number again is answered as before; with another content it is a conflict")
    func repeats() async throws {
        try await with { gateway, client in
            let notice = try Self.notice()
            let first = try await client.send(SOAPClient.envelope(content: SOAPClient.escaped(notice)))
            // Another way to write the same document, at another time.
            let again = try await client.send(
                SOAPClient.envelope(content: SOAPClient.sections(notice), requestTime: "2026-05-01 10:00:00"))
            #expect(first.text == again.text && first.isSuccess == true)
            let other = try await client.send(
                SOAPClient.envelope(content: SOAPClient.escaped(notice.replacing("招标公告", with: "招标 公告"))))
            #expect(other.status == 200 && other.isSuccess == false && other.code == "409", "\(other.text)")
            #expect(other.message.contains("幂等键") && other.id != first.id)
            let messages = try await gateway.store.messages(
                businessKey: "12440100TE2T00053B:9001503202605010000001", sender: nil, limit: 10)
            #expect(messages.count == 1)
        }
    }

    @Test("a refusal lists the first findings with the lines of the document, says how many more, and can be read by its id")
    func refused() async throws {
        try await with("{answer: {findings: 2}}") { gateway, client in
            let bad = String(decoding: try RunningGateway.recording("bad-23-three-faults"), as: UTF8.self)
            let answer = try await client.send(SOAPClient.envelope(content: SOAPClient.escaped(bad)))
            #expect(answer.status == 200 && answer.isSuccess == false && answer.code == "422", "\(answer.text)")
            #expect(answer.message.contains("共 3 处问题") && answer.message.contains("另有 1 处"), "\(answer.message)")
            #expect(answer.message.contains("行号从数据内容的首行起算") && answer.message.contains("/TENDER_ANN_QUA_INQUERY_ANN"))
            let shown = try await gateway.get("/v1/messages/\(answer.id ?? "")")
            #expect(shown.body["findings"]?.elements?.count == 3)
            #expect(try await received(gateway, answer.id) == Array(bad.utf8))
            // Mended, the same serial number may be used again.
            let mended = try await client.send(SOAPClient.envelope(content: SOAPClient.escaped(try Self.notice())))
            #expect(mended.isSuccess == true)
        }
    }

    @Test("base64 of GBK is read by the declaration inside it and kept byte for byte")
    func base64() async throws {
        try await with { gateway, client in
            let gbk = try RunningGateway.recording("good-04-school-gbk")
            let answer = try await client.send(SOAPClient.envelope(content: Base64.encode(gbk)))
            #expect(answer.isSuccess == true, "\(answer.text)")
            #expect(try await received(gateway, answer.id) == gbk)
            let message = try #require(answer.id.flatMap { MessageID($0) })
            let canonical = try await gateway.store.payload(.canonical, of: .message(message))?.bytes ?? []
            #expect(String(decoding: canonical, as: UTF8.self).contains("学"))
        }
    }

    @Test("a document that declares GBK inside text, and one written as child elements, are read as the characters they are")
    func otherForms() async throws {
        try await with { gateway, client in
            let notice = try Self.notice()
            let body = try #require(notice.ranges(of: "?>").first.map { String(notice[$0.upperBound...]) })
            let declared = "\n  <?xml version=\"1.0\" encoding=\"GBK\"?>" + body
            let asText = try await client.send(SOAPClient.envelope(content: SOAPClient.escaped(declared)))
            #expect(asText.isSuccess == true, "\(asText.text)")
            let kept = String(decoding: try await received(gateway, asText.id) ?? [], as: UTF8.self)
            #expect(kept == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + body)
            let asElements = try await client.send(SOAPClient.envelope(serial: "2", content: body))
            #expect(asElements.isSuccess == true, "\(asElements.text)")
        }
    }

    @Test("who sends is told by user and key, or by the usual header; both must belong together")
    func signIn() async throws {
        try await with(sender: "c: {key: \"env:KEY_P\", channels: [local-a], user: SX00000001}") { gateway, client in
            let content = SOAPClient.escaped(try Self.notice())
            for (user, key, code) in [
                ("SX00000001", "key-of-p", "0"), ("c", "key-of-p", "401"), ("a", "key-of-p", "401"), ("a", "wrong", "401"),
                ("", "", "401"), ("a", "", "401"), ("b", "key-of-b", "403"), ("a", "key-of-a", "0"),
            ] {
                let answer = try await client.send(
                    SOAPClient.envelope(user: user, key: key, serial: "\(user)-\(key)", content: content))
                #expect(answer.status == 200 && answer.code == code, "\(user) \(key): \(answer.text)")
                #expect(answer.isSuccess == (code == "0"))
            }
            let header = try await client.send(
                SOAPClient.envelope(user: "", key: "", serial: "h", content: content), key: "key-of-a")
            #expect(header.code == "0", "\(header.text)")
            let wrong = try await client.send(SOAPClient.envelope(serial: "w", content: content), key: "nobody's")
            #expect(wrong.code == "401")
            let rows = try await gateway.store.evidence(from: 1, limit: 100).map { try JSONValue(parsing: $0.content) }
            #expect(rows.count { $0["status"]?.integer == 401 } == 6 && rows.contains { $0["status"]?.integer == 403 })
        }
    }

    @Test(
        "arguments that do not fit are findings beside those of the document",
        arguments: [
            (SOAPClient.envelope(serial: "", content: "&lt;A/&gt;"), ["soap.argument", "dataset.unknown"]),
            (SOAPClient.envelope(serial: String(repeating: "9", count: 256), content: "&lt;A/&gt;"), ["soap.argument"]),
            (SOAPClient.envelope(content: ""), ["soap.argument"]), (SOAPClient.envelope(content: "公告"), ["soap.content"]),
            (SOAPClient.envelope(content: "&lt;A&gt;"), ["xml.syntax"]), (SOAPClient.envelope(content: "{}"), ["xml.syntax"]),
        ])
    func arguments(envelope: String, codes: [String]) async throws {
        try await with { gateway, client in
            let answer = try await client.send(envelope)
            #expect(answer.status == 200 && answer.isSuccess == false && answer.code == "422", "\(answer.text)")
            for code in codes { #expect(answer.message.contains("[\(code)]"), "\(answer.message)") }
            #expect(answer.message.contains("信封") == codes[0].hasPrefix("soap."))
            #expect(try await gateway.get("/v1/messages/\(answer.id ?? "")").status == 200)
        }
    }

    @Test("a dataset code that disagrees with the document is refused, and says which fits")
    func datasetCode() async throws {
        try await with { _, client in
            let content = SOAPClient.escaped(try Self.notice())
            let answer = try await client.send(SOAPClient.envelope(code: "GCJS_PLAN", content: content))
            #expect(answer.code == "422" && answer.message.contains("[dataset.mismatch]"), "\(answer.text)")
            #expect(answer.message.contains("TENDER_ANN_QUA_INQUERY_ANN"))
            // No code given is no contradiction.
            #expect(try await client.send(SOAPClient.envelope(code: "", content: content)).code == "0")
        }
    }

    @Test("a request time is looked at only where a tolerance is set")
    func requestTime() async throws {
        try await with("{requestTimeTolerance: 10m}") { _, client in
            let content = SOAPClient.escaped(try Self.notice())
            for time in ["2020-01-01 00:00:00", "2026-02-30 00:00:00", "20260501093000", ""] {
                let answer = try await client.send(SOAPClient.envelope(content: content, requestTime: time))
                #expect(answer.code == "422" && answer.message.contains("[time.invalid]"), "\(time): \(answer.text)")
            }
        }
    }

    @Test("what is no call gets a fault of its version, and a trace without the bytes is kept")
    func faults() async throws {
        try await with { gateway, client in
            let good = SOAPClient.envelope(content: "&lt;A/&gt;")
            for (envelope, status, word) in [
                ("no envelope", 500, "soap:Client"), (good.replacing("receiveInfo", with: "sendInfo"), 500, "receiveInfo"),
                (
                    good.replacing(
                        "<soapenv:Body>", with: "<soapenv:Header><h soapenv:mustUnderstand=\"1\"/></soapenv:Header><soapenv:Body>"
                    ), 500, "soap:MustUnderstand"
                ),
                (SOAPClient.envelope(content: "", namespace: "urn:soap13"), 500, "soap:VersionMismatch"),
                (
                    SOAPClient.envelope(content: "", namespace: Self.soap12).replacing("receiveInfo", with: "x"), 400,
                    "soap:Sender"
                ),
                (good.replacing("<in0 ", with: "<in0 href=\"#id0\" "), 500, "sendMultiRefs"),
            ] {
                let answer = try await client.send(envelope)
                #expect(answer.status == status && answer.text.contains(word), "\(answer.status) \(answer.text)")
                #expect(answer.contentType == (status == 400 ? "application/soap+xml; charset=utf-8" : "text/xml; charset=utf-8"))
            }
            let rows = try await gateway.store.evidence(from: 1, limit: 100).map { try JSONValue(parsing: $0.content) }
            let kept = rows.filter { $0["status"]?.integer == 400 }
            #expect(kept.count == 6 && kept.allSatisfy { $0["payloadSha256"]?.string?.count == 64 })
        }
    }

    @Test("too large, not for SOAP, and attachments are turned away")
    func turnedAway() async throws {
        try await with(limits: "{body: 2KiB}") { _, client in
            let large = try await client.send(SOAPClient.envelope(content: String(repeating: "x", count: 4096)))
            #expect(large.status == 500 && large.text.contains("2048"), "\(large.text)")
            let elsewhere = try await client.send(SOAPClient.envelope(content: ""), channel: "other")
            #expect(elsewhere.status == 404 && elsewhere.contentType.hasPrefix("application/problem+json"))
            let parts = try await client.send("--x", contentType: "multipart/related; boundary=x")
            #expect(parts.status == 500 && parts.text.contains("multipart"))
        }
    }

    @Test("when the store takes nothing, the sender gets a fault that says to come again")
    func fullStore() async throws {
        try await with { gateway, client in
            gateway.store.isFull = true
            let envelope = SOAPClient.envelope(content: SOAPClient.escaped(try Self.notice()))
            let answer = try await client.send(envelope)
            #expect(answer.status == 500 && answer.text.contains("soap:Server") && answer.retryAfter == "5", "\(answer.text)")
            let answer12 = try await client.send(
                envelope.replacing("http://schemas.xmlsoap.org/soap/envelope/", with: Self.soap12))
            #expect(answer12.status == 500 && answer12.text.contains("soap:Receiver"))
            gateway.store.isFull = false
            #expect(try await client.send(envelope).isSuccess == true)
        }
    }

    @Test("SOAP 1.2 is answered in SOAP 1.2, and an argument is found by its name where the channel says so")
    func byName() async throws {
        let soap =
            "{operation: upload, namespace: \"urn:u\", arguments: {key: secret, serial: no, content: data}, answer: {element: result, success: ok, codes: {accepted: \"1\"}}}"
        try await with(soap) { _, client in
            let notice = SOAPClient.escaped(try Self.notice())
            func envelope(_ namespace: String, _ arguments: String) -> String {
                "<e:Envelope xmlns:e=\"\(Self.soap12)\"><e:Body><upload xmlns=\"\(namespace)\">\(arguments)</upload></e:Body></e:Envelope>"
            }
            let arguments = "<data>\(notice)</data><x>1</x><no>7</no><secret>key-of-a</secret>"
            let answer = try await client.send(envelope("urn:u", arguments), contentType: "application/soap+xml")
            #expect(answer.status == 200 && answer.contentType == "application/soap+xml; charset=utf-8", "\(answer.text)")
            #expect(answer.code == "1" && answer.field("ok") == "true" && answer.text.contains("<result><errorCode>1"))
            #expect(try await client.send(envelope("urn:v", arguments)).status == 400)
            let twice = try await client.send(envelope("urn:u", arguments.replacing("<no>7", with: "<no>8") + "<no>9</no>"))
            #expect(twice.code == "422" && twice.message.contains("重复"), "\(twice.text)")
        }
    }
}
