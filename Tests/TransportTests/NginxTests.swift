import GatewayTesting
import Testing
import Transport

/// Plain HTTP/1.1 against a real nginx.
@Suite(.enabled(if: NginxServer.isInstalled, "nginx-light is not installed"))
struct NginxTests {
    /// Answers with what nginx understood of the request.
    private static let echo = """
        return 200 "$request_method|$content_length|$content_type|$http_expect|$http_x_mark|$http_x_empty|$http_user_agent";
        """

    private func withNginx(
        _ location: String, _ body: (HTTPTransport, NginxServer, String) async throws -> Void
    ) async throws {
        let nginx = try await NginxServer.start { ports in "server { listen 127.0.0.1:\(ports[0]); \(location) }" }
        try await withTransport { try await body($0, nginx, "http://127.0.0.1:\(nginx.ports[0])/") }
        await nginx.stop()
    }

    @Test func postArrivesWholeAndTheAnswerComesBackWithItsFacts() async throws {
        try await withNginx("location / { add_header X-Answer 'a b'; \(Self.echo) }") { transport, nginx, url in
            let request = HTTPRequest(
                endpoint: .loopback(), method: "POST", url: url,
                headers: [("Content-Type", "application/xml"), ("X-Mark", "m"), ("X-Empty", "")],
                body: [UInt8](repeating: 0x41, count: 2048))
            let response = try await transport.send(request)
            #expect(response.status == 200)
            #expect(response.text == "POST|2048|application/xml||m||tenderbridge")
            #expect(response.header("x-answer") == "a b")
            #expect(response.header("x-absent") == nil)
            let exchange = response.exchange
            #expect(exchange.version == .http11)
            #expect(exchange.remoteAddress == "127.0.0.1")
            #expect(exchange.remotePort == nginx.ports[0])
            #expect(exchange.localPort > 0)
            #expect(!exchange.reusedConnection)
            #expect(exchange.timings.tls == 0)
            #expect(exchange.timings.connect > 0)
            #expect(exchange.timings.firstByte >= exchange.timings.connect)
            #expect(exchange.timings.total >= exchange.timings.firstByte)
        }
    }

    @Test(arguments: ["GET", "HEAD", "PUT", "PATCH", "DELETE", "POST"])
    func everyMethodIsSentAsNamedOnOneReusedHandle(method: String) async throws {
        try await withNginx("location / { add_header X-Method $request_method; \(Self.echo) }") { transport, _, url in
            let endpoint = HTTPEndpoint.loopback()
            // The handle carries settings from one request to the next: go round twice with a POST between.
            for _ in 0..<2 {
                let body: [UInt8] = method == "GET" || method == "HEAD" ? [] : [1, 2, 3]
                let response = try await transport.send(HTTPRequest(endpoint: endpoint, method: method, url: url, body: body))
                #expect(response.header("X-Method") == method)
                #expect(response.body.isEmpty == (method == "HEAD"))
                if method != "HEAD" { #expect(response.text.hasPrefix("\(method)|\(body.isEmpty ? "" : "3")||")) }
                let between = try await transport.send(.post(endpoint, url))
                #expect(between.text.hasPrefix("POST|9|application/xml"))
            }
        }
    }

    @Test func connectionIsReusedAndCounted() async throws {
        try await withNginx("location / { return 200 ok; }") { transport, nginx, url in
            let endpoint = HTTPEndpoint.loopback()
            var reused = [Bool]()
            for _ in 0..<5 { reused.append(try await transport.send(.post(endpoint, url)).exchange.reusedConnection) }
            #expect(reused == [false, true, true, true, true])
            await nginx.stop()
            let connections = Set(try nginx.accessLog().map { $0.prefix { $0 != " " } })
            #expect(connections.count == 1)
        }
    }

    @Test func zeroIdleTimeMeansANewConnectionEachTime() async throws {
        try await withNginx("location / { return 200 ok; }") { transport, nginx, url in
            let endpoint = HTTPEndpoint.loopback(idle: .zero)
            for _ in 0..<3 {
                let response = try await transport.send(.post(endpoint, url))
                #expect(!response.exchange.reusedConnection)
            }
            await nginx.stop()
            let connections = Set(try nginx.accessLog().map { $0.prefix { $0 != " " } })
            #expect(connections.count == 3)
        }
    }

    @Test func twoHundredParallelRequestsAllSucceedWithinTheConnectionLimit() async throws {
        try await withNginx("location / { return 200 $http_x_number; }") { transport, nginx, url in
            let endpoint = HTTPEndpoint.loopback(limits: .with { $0.concurrentRequestsMax = 8 })
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        var request = HTTPRequest.post(endpoint, url)
                        request.headers.append(("X-Number", "\(number)"))
                        return try await transport.send(request).text == "\(number)"
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
            await nginx.stop()
            let log = try nginx.accessLog()
            #expect(log.count == 200)
            #expect(Set(log.map { $0.prefix { $0 != " " } }).count <= 8)
        }
    }

    @Test func aRefusedSizeIsAnAnswer() async throws {
        try await withNginx("client_max_body_size 1k; location / { return 200 ok; }") { transport, _, url in
            let request = HTTPRequest(
                endpoint: .loopback(), method: "POST", url: url, body: [UInt8](repeating: 0, count: 100_000))
            try await transport.expect(413, request)
        }
    }

    @Test func redirectIsNotFollowed() async throws {
        try await withNginx("location / { return 302 http://127.0.0.1:1/elsewhere; }") { transport, _, url in
            let response = try await transport.send(.post(.loopback(), url))
            #expect(response.status == 302)
            #expect(response.header("Location") == "http://127.0.0.1:1/elsewhere")
        }
    }

    @Test func answerAtTheBodyLimitPassesAndOneByteMoreDoesNot() async throws {
        let content = String(repeating: "x", count: 2000)
        try await withNginx("location / { return 200 \(content); }") { transport, _, url in
            let fits = HTTPEndpoint.loopback(limits: .with { $0.answerBodyBytesMax = 2000 })
            let whole = try await transport.send(.post(fits, url))
            #expect(whole.body.count == 2000)
            let tight = HTTPEndpoint.loopback(limits: .with { $0.answerBodyBytesMax = 1999 })
            let failure = try await transport.failure(of: .post(tight, url))
            #expect(failure.kind == .bodyTooLarge)
            #expect(failure.stage == .maybeSent)
            #expect(failure.status == 200)
            // The handle of the failure serves the next request.
            let again = try await transport.failure(of: .post(tight, url))
            #expect(again.kind == .bodyTooLarge)
        }
    }

    @Test func answerHeaderOverTheLimitIsAFailure() async throws {
        let fields = (0..<5).map { "add_header X-Long-\($0) \(String(repeating: "h", count: 1000));" }.joined()
        try await withNginx("location / { \(fields) return 200 ok; }") { transport, _, url in
            try await transport.expect(200, .post(.loopback(), url))
            let failure = try await transport.failure(of: .post(.loopback(limits: .with { $0.answerHeadBytesMax = 2048 }), url))
            #expect(failure.kind == .headTooLarge)
            #expect(failure.stage == .maybeSent)
        }
    }
}
