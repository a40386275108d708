import GatewayTesting
import Testing
import Transport

/// Servers that break off, stall or talk nonsense: what is known about the request afterwards.
@Suite struct MisbehavingServerTests {
    /// One way to misbehave after a whole request was read.
    struct Fault: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let kind: TransportFailure.Kind
        var status: Int?
        let script: @Sendable (Peer) -> Void

        init(
            _ description: String, _ kind: TransportFailure.Kind, status: Int? = nil, script: @escaping @Sendable (Peer) -> Void
        ) {
            testDescription = description
            self.kind = kind
            self.status = status
            self.script = script
        }
    }

    static let head = "HTTP/1.1 200 OK\r\n"

    static let faults: [Fault] = [
        Fault("close without answer", .connectionLost) { $0.close() },
        Fault("reset without answer", .connectionLost) { $0.reset() },
        Fault("close inside the status line", .connectionLost) { $0.write("HTTP/1.1 2") },
        Fault("close inside the header", .answerTruncated, status: 200) { $0.write(head + "Content-Type: text") },
        Fault("close after the first header line", .answerTruncated, status: 200) { $0.write(head + "X-A: 1\r\n") },
        Fault("close inside a sized body", .answerTruncated, status: 200) { $0.write(head + "Content-Length: 10\r\n\r\nhalf") },
        Fault("close inside a chunked body", .answerTruncated, status: 200) {
            $0.write(head + "Transfer-Encoding: chunked\r\n\r\na\r\nhalf")
        },
        Fault("endless body without a size", .bodyTooLarge, status: 200) { peer in
            peer.write(head + "\r\n")
            while peer.write(String(repeating: "z", count: 8192)) {}
        },
        Fault("endless chunks", .bodyTooLarge, status: 200) { peer in
            peer.write(head + "Transfer-Encoding: chunked\r\n\r\n")
            while peer.write("10\r\n0123456789abcdef\r\n") {}
        },
        Fault("endless header lines", .headTooLarge, status: 200) { peer in
            peer.write(head)
            while peer.write("X-Line: 0123456789\r\n") {}
        },
        Fault("endless interim answers", .headTooLarge) { peer in
            while peer.write("HTTP/1.1 100 Continue\r\n\r\n") {}
        },
        Fault("endless trailers", .headTooLarge, status: 200) { peer in
            peer.write(head + "Transfer-Encoding: chunked\r\n\r\n0\r\n")
            while peer.write("X-Trailer: 0123456789\r\n") {}
        },
        Fault("another protocol", .protocolFault) { peer in
            peer.write("SSH-2.0-OpenSSH_9.2\r\n")
            peer.waitForClose()
        },
        Fault("silence", .answerTimeOut) { $0.waitForClose() },
        Fault("silence inside the status line", .answerTimeOut) { peer in
            peer.write("HTTP/1.1 2")
            peer.waitForClose()
        },
        Fault("silence inside the body", .answerTimeOut) { peer in
            peer.write(head + "Content-Length: 10\r\n\r\nhalf")
            peer.waitForClose()
        },
    ]

    @Test(arguments: faults)
    func afterTheRequestWasReadItIsNeverSureAndNeverSentTwice(fault: Fault) async throws {
        let server = try ScriptedServer { peer, _ in
            if peer.readRequest() { fault.script(peer) }
        }
        try await withTransport { transport in
            let limits = HTTPEndpoint.Limits.with {
                $0.answerBodyBytesMax = 20_000
                $0.answerHeadBytesMax = 4_000
            }
            let waits = fault.kind == .answerTimeOut
            let endpoint = HTTPEndpoint.loopback(limits: limits, total: .seconds(waits ? 2 : 20))
            let failure = try await transport.failure(of: .post(endpoint, server.url))
            #expect(failure.kind == fault.kind, "\(failure)")
            #expect(failure.stage == .maybeSent)
            if let status = fault.status { #expect(failure.status == status) }
            #expect(failure.exchange?.remotePort == server.port)
        }
        await server.endedCount(reaches: 1)
        #expect(server.requests.count == 1)
    }

    /// libcurl 7.88.1 by itself sends a request again when a reused connection ends without an answer. With its silent second
    /// sending these servers would see the second request twice.
    @Test(arguments: [("POST", "content"), ("POST", ""), ("PUT", "content"), ("GET", "")], [true, false])
    func aRequestOnAReusedConnectionThatDiesIsNotSentAgain(request: (method: String, body: String), byReset: Bool) async throws {
        let server = try ScriptedServer { peer, number in
            var count = 0
            while peer.readRequest() {
                count += 1
                if number == 1, count == 2 { return byReset ? peer.reset() : peer.close() }
                peer.answer()
            }
        }
        try await withTransport { transport in
            let request = HTTPRequest(
                endpoint: .loopback(), method: request.method, url: server.url, body: Array(request.body.utf8))
            try await transport.expect(200, request)
            let failure = try await transport.failure(of: request)
            #expect(failure.kind == .connectionLost, "\(failure)")
            #expect(failure.stage == .maybeSent)
            #expect(server.requests.count == 2)
            // The transport is not harmed: the next request is sent once.
            try await transport.expect(200, request)
            #expect(server.requests.count == 3)
        }
    }

    @Test func aConnectionClosedWhileIdleIsNotUsedAgain() async throws {
        let server = try ScriptedServer { peer, _ in
            guard peer.readRequest() else { return }
            peer.answer()
            peer.endWriting()
        }
        try await withTransport { transport in
            let endpoint = HTTPEndpoint.loopback()
            for count in 1...3 {
                let response = try await transport.send(.post(endpoint, server.url))
                #expect(!response.exchange.reusedConnection)
                await server.endedCount(reaches: count)
            }
        }
        #expect(server.requests.count == 3)
    }

    @Test func aWholeAnswerCountsEvenIfTheConnectionIsResetAfterIt() async throws {
        let gate = try Gate()
        let server = try ScriptedServer { peer, _ in
            guard peer.readRequest() else { return }
            peer.answer(body: "receipt")
            gate.wait()
            peer.reset()
        }
        try await withTransport { transport in
            let response = try await transport.send(.post(.loopback(), server.url))
            #expect(response.text == "receipt")
            gate.open()
            await server.endedCount(reaches: 1)
        }
    }

    @Test func interimAnswersAndTrailersLeaveNoHeaders() async throws {
        let server = try ScriptedServer { peer, _ in
            guard peer.readRequest() else { return }
            peer.write(
                "HTTP/1.1 103 Early Hints\r\nX-A: 1\r\n\r\n\(Self.head)X-B:  2 \r\nX-C:\r\nTransfer-Encoding: chunked\r\n\r\n")
            peer.write("2\r\nok\r\n0\r\nX-D: 3\r\n\r\n")
            peer.waitForClose()
        }
        try await withTransport { transport in
            let response = try await transport.send(.post(.loopback(), server.url))
            #expect(response.text == "ok")
            #expect(response.headers.map(\.name) == ["X-B", "X-C", "Transfer-Encoding"])
            #expect(response.headers.map(\.value) == ["2", "", "chunked"])
        }
    }

    @Test func anAnswerBeforeTheBodyIsReadIsTaken() async throws {
        let server = try ScriptedServer { peer, _ in
            peer.answer("503 Service Unavailable", body: "later")
            peer.waitForClose()
        }
        try await withTransport { transport in
            let request = HTTPRequest(
                endpoint: .loopback(), method: "POST", url: server.url, body: [UInt8](repeating: 7, count: 4 << 20))
            try await transport.expect(503, request)
        }
    }
}
