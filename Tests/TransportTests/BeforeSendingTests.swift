import GatewayTesting
import Testing
import Transport

/// Failures before the request could leave: all of them are certain.
@Suite struct BeforeSendingTests {
    private func expect(
        _ kind: TransportFailure.Kind, _ request: HTTPRequest, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await withTransport { transport in
            let failure = try await transport.failure(of: request)
            #expect(failure.kind == kind, "\(failure)", sourceLocation: sourceLocation)
            #expect(failure.stage == .certainlyNotSent, sourceLocation: sourceLocation)
            #expect(failure.status == nil, sourceLocation: sourceLocation)
            #expect(!failure.text.isEmpty, sourceLocation: sourceLocation)
        }
    }

    @Test func refusedConnection() async throws {
        try await expect(.connect, .post(.loopback(), "http://127.0.0.1:\(FreePort.whereNobodyListens())/"))
    }

    @Test func nameWithoutAddress() async throws {
        // A label over 63 characters is refused by the resolver itself, without asking a name server.
        try await expect(.nameLookup, .post(.loopback(), "http://\(String(repeating: "a", count: 64)).invalid/"))
    }

    @Test func handshakeThatNeverAnswers() async throws {
        let server = try ScriptedServer { peer, _ in peer.waitForClose() }
        try await expect(.connectTimeOut, .post(.loopback(connect: .seconds(1)), "https://127.0.0.1:\(server.port)/"))
    }

    @Test func connectionClosedInTheHandshake() async throws {
        let server = try ScriptedServer { peer, _ in peer.close() }
        try await expect(.tlsHandshake, .post(.loopback(), "https://127.0.0.1:\(server.port)/"))
    }

    @Test func proxyThatIsNotThere() async throws {
        let proxy = "http://127.0.0.1:\(try FreePort.whereNobodyListens())"
        try await expect(.connect, .post(.loopback(proxy: proxy), "http://platform.invalid/"))
    }

    @Test func proxyThatRefusesTheTunnel() async throws {
        let server = try ScriptedServer { peer, _ in
            if peer.readRequest() { peer.answer("403 Forbidden") }
        }
        try await withTransport { transport in
            let endpoint = HTTPEndpoint.loopback(proxy: "http://127.0.0.1:\(server.port)")
            let failure = try await transport.failure(of: .post(endpoint, "https://platform.invalid/"))
            #expect(failure.stage == .certainlyNotSent)
            #expect(server.requests.map { $0.prefix(7) } == ["CONNECT"])
        }
    }

    @Test func configuredProxyIsUsed() async throws {
        let server = try ScriptedServer { peer, _ in
            if peer.readRequest() { peer.answer() }
        }
        try await withTransport { transport in
            let endpoint = HTTPEndpoint.loopback(proxy: "http://127.0.0.1:\(server.port)")
            try await transport.expect(200, .post(endpoint, "http://platform.invalid/x"))
            #expect(server.requests[0].hasPrefix("POST http://platform.invalid/x HTTP/1.1\r\n"))
        }
    }

    @Test(arguments: [
        "", "no address", "ftp://127.0.0.1/", "file:///etc/passwd", "http://user:word@127.0.0.1/", "http://127.0.0.1:99999/",
        "http://127.0.0.1/\u{0}x", "http://127.0.0.1/a\r\nX: y", "http://",
    ])
    func badAddress(url: String) async throws {
        try await expect(.invalidRequest, .post(.loopback(), url))
    }

    @Test(arguments: [
        ("", "x"), ("X Y", "x"), ("X:", "x"), ("X\r\nY", "x"), ("X", "a\r\nY: b"), ("X", "a\u{0}b"), ("X", "a\nb"),
        ("\u{540D}", "x"),
        ("content-length", "3"), ("Transfer-Encoding", "chunked"), ("Expect", "100-continue"), ("Connection", "close"),
    ])
    func badHeader(name: String, value: String) async throws {
        try await expect(
            .invalidRequest, HTTPRequest(endpoint: .loopback(), url: "http://127.0.0.1:1/", headers: [(name, value)]))
    }

    @Test(arguments: ["", "GET /", "PO\r\nST"])
    func badMethod(method: String) async throws {
        try await expect(.invalidRequest, HTTPRequest(endpoint: .loopback(), method: method, url: "http://127.0.0.1:1/"))
    }

    @Test func bodyOverItsLimitOrWhereNoneMayBe() async throws {
        let endpoint = HTTPEndpoint.loopback(limits: .with { $0.requestBodyBytesMax = 8 })
        try await expect(.invalidRequest, .post(endpoint, "http://127.0.0.1:1/", body: "123456789"))
        try await expect(.connect, .post(endpoint, "http://127.0.0.1:1/", body: "12345678"))
        try await expect(.invalidRequest, HTTPRequest(endpoint: endpoint, method: "HEAD", url: "http://127.0.0.1:1/", body: [1]))
    }

    @Test func keyPasswordIsNeverPrinted() {
        let identity = HTTPEndpoint.ClientIdentity(certificateFile: "c.pem", keyFile: "k.pem", keyPassword: "open sesame")
        #expect(!"\(identity)".contains("sesame"))
        #expect(!"\(HTTPEndpoint(clientIdentity: identity))".contains("sesame"))
        #expect(!"\(HTTPRequest(endpoint: HTTPEndpoint(clientIdentity: identity), url: "http://h/"))".contains("sesame"))
    }
}
