import ExchangeModel
import JSON
import Store
import Testing
import Transport

@Suite("POST /v1/receipts/{destination}")
struct ReceiptTests {
    private static let key = "12440100TE2T00053B:9001503202605010000001"

    /// A gateway whose destination posts receipts by business key; nobody listens there, so each delivery waits for its retry.
    private static func with(_ body: @escaping @Sendable (RunningGateway) async throws -> Void) async throws {
        try await RunningGateway.with(
            sender: "p: {key: \"env:KEY_P\"}",
            destination: """
                retry: {initial: 1h, cap: 1h}
                    receipts: {correlate: businessKey, items: /results, key: /record, verdict: /result, number: /batch, reason: /why, time: /at, accepted: "1", refused: ["2"], callback: {principals: p, body: 4KiB}}
                """, body)
    }

    /// Accepts a notice and returns when its first attempt has failed.
    private static func delivery(_ gateway: RunningGateway) async throws -> DeliveryID {
        let answer = try await gateway.post(try RunningGateway.recording("good-01-road-notice"))
        let id = try #require(answer.body["deliveries"]?[0]?["id"]?.string.flatMap { DeliveryID($0) })
        let end = ContinuousClock.now + .seconds(120)
        var state = try await gateway.store.delivery(id)?.delivery.state
        while state != .retryWait, ContinuousClock.now < end {
            await Task.yield()
            state = try await gateway.store.delivery(id)?.delivery.state
        }
        try #require(state == .retryWait)
        return id
    }

    private static func document(_ items: String..., batch: String = "HZ-1") -> String {
        #"{"batch": "\#(batch)", "results": [\#(items.joined(separator: ", "))]}"#
    }

    private static func item(_ result: String, record: String = key) -> String {
        #"{"record": "\#(record)", "result": "\#(result)", "why": "E17", "at": "2026-05-02T09:00:00+08:00"}"#
    }

    @Test("a receipt confirms its delivery before the answer, the same again changes nothing, the opposite is shown")
    func confirms() async throws {
        try await Self.with { gateway in
            let id = try await Self.delivery(gateway)
            let first = try await gateway.postReceipt(Self.document(Self.item("1")))
            #expect(first.status == 200, "\(first.body)")
            let entry = first.body["items"]?[0]
            #expect(entry?["delivery"]?.string == id.description && entry?["verdict"]?.string == "accepted")
            #expect(entry?["state"]?.string == "delivered" && entry?["effect"]?.string == "applied")
            #expect(try await gateway.store.delivery(id)?.delivery.state == .delivered)
            let head = try await gateway.store.evidenceHead()
            let again = try await gateway.postReceipt(Self.document(Self.item("1")))
            #expect(again.status == 200 && again.body == first.body)
            #expect(again.headers.header("Idempotency-Replayed") == "true")
            #expect(try await gateway.store.evidenceHead() == head)

            let opposite = try await gateway.postReceipt(Self.document(Self.item("2")))
            #expect(opposite.body["items"]?[0]?["effect"]?.string == "contradicts")
            #expect(opposite.body["items"]?[0]?["state"]?.string == "delivered")
            let messageID = try #require(try await gateway.store.delivery(id)?.delivery.messageID)
            let message = try await gateway.get("/v1/messages/\(messageID)")
            let shown = message.body["deliveries"]?[0]
            #expect(shown?["contradiction"]?[0]?["verdict"]?.string == "refused", "\(message.body)")
            #expect(shown?["contradiction"]?[0]?["textZh"]?.string?.contains("矛盾") == true)
            #expect(shown?["receipts"]?.elements?.last?["source"]?.string == "p")
        }
    }

    @Test("of a batch the good ones are kept, each with its own verdict, and the others are findings with their place")
    func batch() async throws {
        try await Self.with { gateway in
            let id = try await Self.delivery(gateway)
            let answer = try await gateway.postReceipt(
                Self.document(
                    Self.item("2"), #"{"result": "1"}"#, Self.item("1", record: "of another"), #"{"record": "x", "result": {}}"#))
            #expect(answer.status == 202, "\(answer.body)")
            let items = answer.body["items"]?.elements ?? []
            #expect(items.map { $0["item"]?.integer } == [0, 2])
            #expect(items.map { $0["state"]?.string } == ["retryWait", "kept"])
            #expect(items.map { $0["effect"]?.string } == ["noted", "kept"])
            #expect(items.map { $0["delivery"]?.string } == [id.description, nil])
            let findings = answer.body["findings"]?.elements ?? []
            #expect(findings.map { $0["path"]?.string } == ["/results/1/record", "/results/3/result"])
            #expect(findings.allSatisfy { $0["line"]?.integer == 1 && $0["textZh"]?.string?.isEmpty == false })
        }
    }

    @Test(
        "what cannot be read is answered with 422 and nothing is written",
        arguments: ["", "{", "[]", "{\"results\": 7}", "{\"results\": [7, {}]}", "{\"results\": [{\"record\": \"x\"}]}"])
    func unreadable(_ body: String) async throws {
        try await Self.with { gateway in
            let head = try await gateway.store.evidenceHead()
            let answer = try await gateway.postReceipt(body)
            #expect(answer.status == 422)
            let findings = answer.body["findings"]?.elements ?? []
            #expect(!findings.isEmpty && findings.allSatisfy { $0["textZh"]?.string?.isEmpty == false })
            #expect(try await gateway.store.evidenceHead() == head)
        }
    }

    @Test("only the named principals may post, to destinations that take receipts, in a notation and size that is taken")
    func turnedAway() async throws {
        try await Self.with { gateway in
            let good = Self.document(Self.item("1"))
            let unsigned = try await gateway.postReceipt(good, key: nil)
            #expect(unsigned.status == 401)
            #expect(try await gateway.postReceipt(good, key: "a guess").status == 401)
            #expect(try await gateway.postReceipt(good, key: "key-of-a").status == 403)
            #expect(try await gateway.postReceipt(good, to: "elsewhere").status == 404)
            #expect(try await gateway.postReceipt(good, contentType: "application/xml").status == 415)
            #expect(try await gateway.postReceipt(good, contentType: "").status == 415)
            let large = Self.document(Self.item("1", record: String(repeating: "x", count: 5000)))
            #expect(try await gateway.postReceipt(large).status == 413)
            let long = Self.document(Self.item("1", record: String(repeating: "x", count: 300)))
            #expect(try await gateway.postReceipt(long).status == 422)
            #expect(try await gateway.postReceipt(Self.document(), contentType: "application/json; charset=utf-8").status == 200)
            #expect(try await gateway.post(try RunningGateway.recording("good-01-road-notice"), key: "key-of-p").status == 403)
        }
    }

    @Test("when the store takes nothing the platform is told to come again")
    func storeFails() async throws {
        try await Self.with { gateway in
            gateway.store.isFull = true
            let answer = try await gateway.postReceipt(Self.document(Self.item("1")))
            #expect(answer.status == 503)
            #expect(answer.headers.header("Retry-After") != nil)
            gateway.store.isFull = false
            #expect(try await gateway.postReceipt(Self.document(Self.item("1"))).status == 202)
        }
    }
}
