import ExchangeModel
import JSON
import Store
import Testing
import Transport

@Suite("POST /v1/channels/{channel}/messages")
struct AcceptingTests {
    @Test("a good notice gets 202, a place to look, and a row in the store before that")
    func accepted() async throws {
        try await RunningGateway.with { gateway in
            let answer = try await gateway.post(try RunningGateway.recording("good-01-road-notice"))
            #expect(answer.status == 202)
            let id = try #require(answer.body["id"]?.string)
            #expect(answer.headers.header("Location") == "/v1/messages/\(id)")
            #expect(answer.body["dataset"]?.string == "tender-notice")
            #expect(answer.body["businessKey"]?.string == "12440100TE2T00053B:9001503202605010000001")
            #expect(answer.body["deliveries"]?.elements?.count == 1)
            let messageID = try #require(MessageID(id))
            let report = try await gateway.store.message(messageID)
            #expect(report?.state == .accepted)
            let rows = try await gateway.store.evidence(from: 1, limit: 10)
            #expect(rows.contains { String(decoding: $0.content, as: UTF8.self).contains("\"event\":\"message.accepted\"") })
        }
    }

    @Test("the same again gets the same answer, marked as a replay, and makes no second message")
    func replay() async throws {
        try await RunningGateway.with { gateway in
            let body = try RunningGateway.recording("good-01-road-notice")
            let first = try await gateway.post(body, idempotencyKey: "k1")
            let second = try await gateway.post(body, idempotencyKey: "k1")
            #expect(first.status == 202 && second.status == 202)
            #expect(first.body == second.body)
            #expect(first.headers.header("Idempotency-Replayed") == nil)
            #expect(second.headers.header("Idempotency-Replayed") == "true")
            let messages = try await gateway.store.messages(
                businessKey: "12440100TE2T00053B:9001503202605010000001", sender: nil, limit: 10)
            #expect(messages.count == 1)
        }
    }

    @Test("without an idempotency key the body's digest is the key")
    func digestIsKey() async throws {
        try await RunningGateway.with { gateway in
            let body = try RunningGateway.recording("good-01-road-notice")
            let first = try await gateway.post(body)
            let second = try await gateway.post(body)
            #expect(first.body["id"] == second.body["id"])
            #expect(second.headers.header("Idempotency-Replayed") == "true")
        }
    }

    @Test("many at once under one key make one message")
    func concurrentReplays() async throws {
        try await RunningGateway.with { gateway in
            let body = try RunningGateway.recording("good-01-road-notice")
            let ids = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<24 { group.addTask { try await gateway.post(body, idempotencyKey: "k").body["id"]?.string } }
                return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
        }
    }

    @Test("a used key with another body is a conflict that can be read again; a refusal binds no key")
    func conflict() async throws {
        try await RunningGateway.with { gateway in
            let good = try RunningGateway.recording("good-01-road-notice")
            let bad = try RunningGateway.recording("bad-15-unknown-code")
            let refused = try await gateway.post(bad, idempotencyKey: "k")
            #expect(refused.status == 422)
            #expect(try await gateway.post(good, idempotencyKey: "k").status == 202)
            let conflict = try await gateway.post(bad, idempotencyKey: "k")
            #expect(conflict.status == 409)
            #expect(conflict.body["findings"]?[0]?["code"]?.string == "idempotency.conflict")
            let id = try #require(conflict.body["id"]?.string)
            #expect(try await gateway.get("/v1/messages/\(id)").body["state"]?.string == "refused")
        }
    }

    @Test("a refusal lists every finding in both languages and is kept")
    func refusal() async throws {
        try await RunningGateway.with { gateway in
            let answer = try await gateway.post(try RunningGateway.recording("bad-23-three-faults"))
            #expect(answer.status == 422)
            #expect(answer.headers.header("Content-Type")?.hasPrefix("application/problem+json") == true)
            let findings = try #require(answer.body["findings"]?.elements)
            #expect(findings.count == 3)
            for finding in findings {
                #expect(finding["path"]?.string?.hasPrefix("/") == true)
                #expect((finding["line"]?.integer ?? 0) > 0)
                #expect(finding["text"]?.string?.isEmpty == false && finding["textZh"]?.string?.isEmpty == false)
            }
            let id = try #require(answer.body["id"]?.string)
            let again = try await gateway.get("/v1/messages/\(id)")
            #expect(again.body["findings"]?.elements?.count == 3)
        }
    }

    @Test("who is not known gets 401, who may not gets 403; both are kept with the declared size")
    func signIn() async throws {
        try await RunningGateway.with { gateway in
            let body = try RunningGateway.recording("good-01-road-notice")
            for key in [nil, "", "key-of-nobody"] {
                let answer = try await gateway.post(body, key: key)
                #expect(answer.status == 401)
                #expect(answer.headers.header("WWW-Authenticate")?.hasPrefix("Bearer") == true)
            }
            let forbidden = try await gateway.post(body, key: "key-of-b")
            #expect(forbidden.status == 403)
            let rows = try await gateway.store.evidence(from: 1, limit: 20).map { String(decoding: $0.content, as: UTF8.self) }
            #expect(rows.filter { $0.contains("\"status\":401") && $0.contains("\"declaredBytes\":\(body.count)") }.count == 3)
            #expect(rows.filter { $0.contains("\"status\":403") && $0.contains("\"sender\":\"b\"") }.count == 1)
        }
    }

    @Test("a body over the channel's limit gets 413 that names the limit")
    func oversize() async throws {
        try await RunningGateway.with(limits: "{body: 1KiB}") { gateway in
            let answer = try await gateway.post(try RunningGateway.recording("good-01-road-notice"))
            #expect(answer.status == 413)
            #expect(answer.body["detail"]?.string?.contains("1024") == true)
            #expect(answer.body["findings"]?[0]?["code"]?.string == "limit.bytes")
        }
    }

    @Test("a full disk answers 503 with Retry-After, and heals when space returns")
    func fullDisk() async throws {
        try await RunningGateway.with { gateway in
            let body = try RunningGateway.recording("good-01-road-notice")
            gateway.store.isFull = true
            let answer = try await gateway.post(body)
            #expect(answer.status == 503)
            #expect(answer.headers.header("Retry-After") == "5")
            #expect(answer.body["detail"]?.string?.contains("disk is full") == true)
            gateway.store.isFull = false
            #expect(try await gateway.post(body).status == 202)
        }
    }

    @Test("the sender's trace is carried on")
    func trace() async throws {
        try await RunningGateway.with { gateway in
            let trace = "0af7651916cd43dd8448eb211c80319c"
            let answer = try await gateway.post(
                try RunningGateway.recording("good-01-road-notice"), headers: [("traceparent", "00-\(trace)-b7ad6b7169203331-01")]
            )
            let id = try #require(answer.body["id"]?.string)
            #expect(try await gateway.get("/v1/messages/\(id)").body["trace"]?.string == trace)
        }
    }
}

@Suite("GET /v1/messages")
struct LookingUpTests {
    @Test("a sender sees its own messages, by id and by business key, and no one else's")
    func ownOnly() async throws {
        try await RunningGateway.with { gateway in
            let posted = try await gateway.post(try RunningGateway.recording("good-01-road-notice"))
            let id = try #require(posted.body["id"]?.string)
            let shown = try await gateway.get("/v1/messages/\(id)")
            #expect(shown.status == 200)
            #expect(shown.body["deliveries"]?[0]?["destination"]?.string == "nobody")
            let key = try #require(posted.body["businessKey"]?.string)
            #expect(try await gateway.get("/v1/messages?businessKey=\(key)").body["messages"]?.elements?.count == 1)
            #expect(try await gateway.get("/v1/messages/\(id)", key: "key-of-b").status == 404)
            #expect(
                try await gateway.get("/v1/messages?businessKey=\(key)", key: "key-of-b").body["messages"]?.elements?.isEmpty
                    == true)
            #expect(try await gateway.get("/v1/messages/\(id)", key: nil).status == 401)
            #expect(try await gateway.get("/v1/messages/not-an-id").status == 404)
            #expect(try await gateway.get("/v1/messages").status == 400)
        }
    }
}
