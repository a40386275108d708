import GatewayTesting
import Glibc
import Testing
import Transport

/// TLS against a real nginx, with certificates made for each test.
@Suite(.enabled(if: NginxServer.isInstalled, "nginx-light is not installed"))
struct TLSTests {
    private struct Scene {
        let transport: HTTPTransport
        let nginx: NginxServer
        let pki: ThrowawayPKI
        let url: String
        let directory: TemporaryDirectory
        var trusted: HTTPEndpoint.Trust { .authorities(file: pki.authorityFile) }
    }

    /// nginx with TLS and HTTP/2 on one port; it hands requests to a plain server of its own, which reads the body.
    private func withTLS(
        _ settings: String = "", protocols: String = "TLSv1.2 TLSv1.3",
        certificate: (ThrowawayPKI) async throws -> ThrowawayPKI.Identity = { try await $0.server("server") },
        _ body: (Scene) async throws -> Void
    ) async throws {
        try await TemporaryDirectory.with("tls") { directory in
            let pki = try await ThrowawayPKI(in: directory)
            let identity = try await certificate(pki)
            let nginx = try await NginxServer.start(portCount: 2) { ports in
                """
                server {
                    listen 127.0.0.1:\(ports[0]) ssl http2;
                    ssl_certificate \(identity.certificateFile); ssl_certificate_key \(identity.keyFile);
                    ssl_client_certificate \(pki.authorityFile); ssl_protocols \(protocols); \(settings)
                    location / {
                        proxy_pass http://127.0.0.1:\(ports[1]); proxy_set_header X-Client $ssl_client_s_dn;
                        proxy_set_header X-Protocol $ssl_protocol;
                    }
                }
                server {
                    listen 127.0.0.1:\(ports[1]); access_log off;
                    location / { return 200 "$content_length|$http_x_client|$http_x_protocol"; }
                }
                """
            }
            try await withTransport { transport in
                try await body(
                    Scene(
                        transport: transport, nginx: nginx, pki: pki, url: "https://127.0.0.1:\(nginx.ports[0])/",
                        directory: directory))
            }
            await nginx.stop()
        }
    }

    private func expectRefusal(_ scene: Scene, _ endpoint: HTTPEndpoint, _ kind: TransportFailure.Kind, url: String? = nil)
        async throws
    {
        let failure = try await scene.transport.failure(of: .post(endpoint, url ?? scene.url))
        #expect(failure.kind == kind, "\(failure)")
        #expect(failure.stage == .certainlyNotSent)
        #expect(failure.status == nil)
    }

    @Test func http2IsUsedWhereOfferedAndHTTP11WhereAskedFor() async throws {
        try await withTLS { scene in
            let two = try await scene.transport.send(.post(.loopback(trust: scene.trusted, version: .automatic), scene.url))
            #expect(two.exchange.version == .http2)
            #expect(two.text.hasPrefix("9|"))
            #expect(two.exchange.timings.tls > 0)
            let one = try await scene.transport.send(.post(.loopback(trust: scene.trusted, version: .http1), scene.url))
            #expect(one.exchange.version == .http11)
            #expect(one.text == "9||TLSv1.3")
        }
    }

    @Test func parallelRequestsShareOneHTTP2Connection() async throws {
        try await withTLS { scene in
            let endpoint = HTTPEndpoint.loopback(trust: scene.trusted, version: .automatic)
            let transport = scene.transport
            let url = scene.url
            try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        try await transport.send(.post(endpoint, url, body: String(repeating: "n", count: 1 + number * 100)))
                    }
                }
                for try await response in group { #expect(response.status == 200 && response.exchange.version == .http2) }
            }
            await scene.nginx.stop()
            let connections = Set(try scene.nginx.accessLog().map { $0.prefix { $0 != " " } })
            #expect(connections.count == 1)
        }
    }

    @Test func tls12StillWorks() async throws {
        try await withTLS(protocols: "TLSv1.2") { scene in
            let response = try await scene.transport.send(.post(.loopback(trust: scene.trusted), scene.url))
            #expect(response.text == "9||TLSv1.2")
        }
    }

    @Test func anotherAuthorityIsRefused() async throws {
        try await withTLS { scene in
            let other = try TemporaryDirectory("other-ca")
            let pki = try await ThrowawayPKI(in: other)
            try await expectRefusal(scene, .loopback(trust: .authorities(file: pki.authorityFile)), .serverCertificate)
            try await expectRefusal(scene, .loopback(trust: .system), .serverCertificate)
        }
    }

    @Test func anotherHostNameIsRefused() async throws {
        try await withTLS(certificate: { try await $0.server("server", names: ["DNS:elsewhere.example"]) }) { scene in
            try await expectRefusal(scene, .loopback(trust: scene.trusted), .serverCertificate)
        }
    }

    @Test func expiredCertificateIsRefused() async throws {
        try await withTLS(certificate: { try await $0.expiredServer("expired") }) { scene in
            try await expectRefusal(scene, .loopback(trust: scene.trusted), .serverCertificate)
        }
    }

    @Test func aServerWithoutTLSIsRefused() async throws {
        try await withTLS { scene in
            try await expectRefusal(
                scene, .loopback(trust: scene.trusted), .tlsHandshake, url: "https://127.0.0.1:\(scene.nginx.ports[1])/")
        }
    }

    @Test func clientCertificateIsShown() async throws {
        try await withTLS("ssl_verify_client on;") { scene in
            let client = try await scene.pki.client("client-a")
            let identity = HTTPEndpoint.ClientIdentity(certificateFile: client.certificateFile, keyFile: client.keyFile)
            for version in [HTTPEndpoint.Version.http1, .automatic] {
                let endpoint = HTTPEndpoint.loopback(trust: scene.trusted, identity: identity, version: version)
                let response = try await scene.transport.send(.post(endpoint, scene.url))
                #expect(response.status == 200)
                #expect(response.text.contains("|CN=client-a|"))
            }
            // Without one nginx answers inside HTTP, and a connection that showed one is not used for it.
            let response = try await scene.transport.send(.post(.loopback(trust: scene.trusted), scene.url))
            #expect(response.status == 400)
            #expect(!response.exchange.reusedConnection)
        }
    }

    @Test func unusableFilesOfOursAreNamedAsSuch() async throws {
        try await withTLS("ssl_verify_client on;") { scene in
            try await expectRefusal(
                scene, .loopback(trust: .authorities(file: scene.directory.file("absent.pem"))), .localTLSFiles)
            let client = try await scene.pki.client("client-a")
            let other = try await scene.pki.client("client-b")
            for (certificate, key) in [
                (scene.directory.file("absent.pem"), client.keyFile),
                (client.certificateFile, scene.directory.file("absent.key")),
                (client.certificateFile, other.keyFile),
            ] {
                let identity = HTTPEndpoint.ClientIdentity(certificateFile: certificate, keyFile: key)
                try await expectRefusal(scene, .loopback(trust: scene.trusted, identity: identity), .localTLSFiles)
            }
        }
    }

    /// With TLS 1.3 the client has finished its handshake, and sent its request, before the server has looked at the
    /// client's certificate: the refusal can only be `maybeSent`.
    @Test func clientCertificateRefusedByAlertMayHaveSent() async throws {
        try await TemporaryDirectory.with("alert") { directory in
            let pki = try await ThrowawayPKI(in: directory)
            let identity = try await pki.server("server")
            let port = try FreePort.reserve()
            let server = try await ChildProcess.start(
                [
                    "openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-cert", identity.certificateFile, "-key",
                    identity.keyFile,
                ]
                    + ["-CAfile", pki.authorityFile, "-Verify", "1", "-verify_return_error", "-tls1_3", "-www"])
            try #require(await server.line(containing: "ACCEPT") != nil)
            try await withTransport { transport in
                let endpoint = HTTPEndpoint.loopback(trust: .authorities(file: pki.authorityFile))
                let failure = try await transport.failure(of: .post(endpoint, "https://127.0.0.1:\(port)/"))
                // The alert can be overtaken by a reset, as s_server closes without reading the request.
                #expect(failure.kind == .tlsAlert || failure.kind == .connectionLost, "\(failure)")
                #expect(failure.stage == .maybeSent)
            }
            await server.stop(SIGKILL)
        }
    }
}
