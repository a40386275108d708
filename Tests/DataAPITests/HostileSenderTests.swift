import ExchangeModel
import GatewayTesting
import JSON
import Testing
import Transport

/// Senders that misbehave on the wire, spoken with `curl` and the shell: the transport of the product is too well-behaved.
@Suite("Senders that misbehave")
struct HostileSenderTests {
    @Test("a body that stops coming gets 408 within its time, and keeps nobody else out")
    func stalledBody() async throws {
        try await RunningGateway.with(limits: "{body: 64KiB, bodyTime: 1s}") { gateway in
            let head =
                "POST /v1/channels/local-a/messages HTTP/1.1\\r\\nHost: a\\r\\nAuthorization: Bearer key-of-a\\r\\nContent-Length: 1000\\r\\n\\r\\nabc"
            let script = "exec 3<>/dev/tcp/127.0.0.1/\(gateway.port); printf '\(head)' >&3; timeout 20 cat <&3"
            let lines = try await ChildProcess.run(["bash", "-c", script])
            #expect(lines.first?.contains("408") == true, "\(lines)")
            #expect(try await gateway.post(try RunningGateway.recording("good-01-road-notice")).status == 202)
        }
    }

    @Test("after an early answer the connection ends, however long the body would go on")
    func endlessBody() async throws {
        try await RunningGateway.with { gateway in
            // An endless chunked body without a key: the answer comes at once, and then the connection is closed.
            let script =
                "cat /dev/zero | timeout 20 curl -q -s -o /dev/null -w '%{http_code}' -T - -X POST "
                + "http://127.0.0.1:\(gateway.port)/v1/channels/local-a/messages; echo \" ended ${PIPESTATUS[1]}\""
            let lines = try await ChildProcess.run(["bash", "-c", script])
            let words = lines.last?.split(separator: " ") ?? []
            #expect(words.first == "401", "\(lines)")
            // 124: the connection did not end, and time did.
            #expect(words.count == 3 && words.last != "124", "\(lines)")
        }
    }

    @Test("another sender's messages under the same business key hide none")
    func sharedBusinessKey() async throws {
        try await RunningGateway.with { gateway in
            let body = try RunningGateway.recording("good-01-road-notice")
            let own = try await gateway.post(body)
            #expect(own.status == 202)
            for number in 0..<51 {
                #expect(
                    try await gateway.post(body, channel: "other", key: "key-of-b", idempotencyKey: "\(number)").status == 202)
            }
            let key = "12440100TE2T00053B:9001503202605010000001"
            let found = try await gateway.get("/v1/messages?businessKey=\(key)")
            #expect(found.body["messages"]?.elements?.count == 1)
        }
    }

    @Test("a document whose findings name very long paths is refused with all of them, and the gateway stays ready")
    func longPaths() async throws {
        try await RunningGateway.with(limits: "{body: 1MiB}") { gateway in
            let text = String(decoding: try RunningGateway.recording("good-01-road-notice"), as: UTF8.self)
            let start = try #require(text.firstRange(of: "<SECTION>")?.lowerBound)
            let end = try #require(text.firstRange(of: "</SECTION>")?.upperBound)
            let name = "A" + String(repeating: "b", count: 1800)
            let section = "<SECTION><\(name)/>" + text[start..<end].dropFirst("<SECTION>".count)
            let many = text[..<start] + String(repeating: section, count: 60) + text[end...]
            let answer = try await gateway.post(Array(many.utf8))
            #expect(answer.status == 422)
            #expect((answer.body["findings"]?.elements?.count ?? 0) >= 60)
        }
    }
}
