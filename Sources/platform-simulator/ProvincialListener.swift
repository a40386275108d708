internal import Cryptography
internal import ExchangeModel
internal import Glibc
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdTLS
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import ServiceLifecycle

/// What a handler of the platform needs to know of the connection.
struct ProvincialContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection, to look at its certificate and to cut it.
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// The HTTP face of the provincial platform: `POST /province/v1/records` and `GET /province/v1/records/{deliveryId}`; and, where
/// there is one, of the credit platform: the same below `/credit/v1/records`, with a key of its own.
///
/// A caller must show a client certificate of the authority (else the handshake fails), and it must be the one that is
/// registered (403); it must bring the sign-in key (401). Only then is a body read.
struct ProvincialListener: Sendable {
    static let recordsPath = "/province/v1/records"
    static let creditPath = "/credit/v1/records"

    /// The platform behind it.
    let platform: ProvincialPlatform
    /// The key expected after `Authorization: Bearer`.
    let signInKey: String
    /// The same for the credit platform; nil: there is none.
    let creditKey: String?
    /// DER of the registered client certificate.
    let registeredCertificate: [UInt8]
    /// Waits of the faults.
    let clock: any GatewayClock

    /// TLS 1.2 at least, client certificate required and checked against the authority.
    static func tlsConfiguration(
        certificateFile: String, keyFile: String, authorityFile: String
    ) throws(GatewayError) -> TLSConfiguration {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificateFile)
            let key = try NIOSSLPrivateKey(file: keyFile, format: .pem)
            let roots = try NIOSSLCertificate.fromPEMFile(authorityFile)
            var configuration = TLSConfiguration.makeServerConfigurationWithMTLS(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key), trustRoots: .certificates(roots))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            return configuration
        } catch {
            throw GatewayError(
                .configuration, attempted: "read", subject: "\(certificateFile), \(keyFile), \(authorityFile)",
                happened: "\(error)",
                remedy: "make them with `platform-simulator pki`")
        }
    }

    /// Answers one request.
    func respond(to request: Request, context: ProvincialContext) async throws -> Response {
        let path = request.uri.path
        let incoming = ProvincialPlatform.Request(
            deliveryID: request.headers[Self.deliveryID], idempotencyKey: request.headers[Self.idempotencyKey], path: path,
            contentType: request.headers[.contentType])
        let isCredit = creditKey != nil && (path == Self.creditPath || path.hasPrefix(Self.creditPath + "/"))
        let (base, key) = isCredit ? (Self.creditPath, creditKey ?? signInKey) : (Self.recordsPath, signInKey)
        if let refused = try await stranger(request, incoming, context, key: key) { return refused }
        if path == base {
            guard request.method == .post else { return Self.response(.json(405, code: "E1405", message: "POST only")) }
            return try await record(request, incoming, context)
        }
        if path.hasPrefix(base + "/"), request.method == .get {
            let id = String(path.dropFirst(base.count + 1))
            let reply = try await NIOThreadPool.singleton.runIfActive { platform.status(of: id) }
            return Self.response(reply)
        }
        return Self.response(.json(404, code: "E1404", message: "no such path"))
    }

    private static let deliveryID = fieldName("TenderBridge-Delivery-Id")
    private static let idempotencyKey = fieldName("Idempotency-Key")

    private static func fieldName(_ name: String) -> HTTPField.Name {
        guard let made = HTTPField.Name(name) else { preconditionFailure("\(name) is a token of RFC 9110") }
        return made
    }

    /// 403 for a certificate that is not the registered one, 401 for a wrong key; nil when the caller is known.
    private func stranger(
        _ request: Request, _ incoming: ProvincialPlatform.Request, _ context: ProvincialContext, key: String
    ) async throws -> Response? {
        let shown = try await context.channel.nioSSL_peerCertificate().get()
        guard try shown?.toDERBytes() == registeredCertificate else {
            return try await turnAway(
                incoming, 403, "E1403", "证书未登记", "this client certificate is not registered here", .unauthorised)
        }
        guard request.headers[.authorization] == "Bearer " + key else {
            return try await turnAway(incoming, 401, "E1401", "密钥错误", "the sign-in key is wrong", .unauthorised)
        }
        return nil
    }

    private func record(
        _ request: Request, _ incoming: ProvincialPlatform.Request, _ context: ProvincialContext
    ) async throws -> Response {
        let limit = ProvincialPlatform.bodyBytesMax
        let declared = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        var body: [UInt8]?
        if declared <= limit {
            var request = request
            do {
                body = Array(buffer: try await request.collectBody(upTo: limit))
            } catch is NIOTooManyBytesError {
                body = nil
            }
        }
        guard let body else {
            return try await turnAway(incoming, 413, "E1413", "报文过大", "the body is over \(limit) bytes", .rejected)
        }
        let reply = try await NIOThreadPool.singleton.runIfActive { platform.receive(incoming, body: body) }
        switch reply.manner {
        case .answer: break
        case .answerAfter(let delay):
            let until = clock.now() + delay
            // A stop does not wait for a silence.
            try await cancelWhenGracefulShutdown { try await clock.wait(until: until) }
        case .close: await Self.cut(context.channel, reset: false)
        case .reset: await Self.cut(context.channel, reset: true)
        }
        return Self.response(reply)
    }

    private func turnAway(
        _ incoming: ProvincialPlatform.Request, _ status: Int, _ code: String, _ textZH: String, _ text: String,
        _ outcome: ReceivedEntry.Outcome
    ) async throws -> Response {
        let reply = try await NIOThreadPool.singleton.runIfActive {
            platform.turnAway(incoming, status: status, code: code, textZH, text, outcome)
        }
        return Self.response(reply)
    }

    /// Ends the TCP connection beneath TLS: by FIN, or by RST (`SO_LINGER` of 0 seconds, socket(7)). What the handler returns
    /// afterwards finds no connection and is dropped.
    private static func cut(_ channel: any Channel, reset: Bool) async {
        if reset, let options = channel as? any SocketOptionProvider {
            try? await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try? await channel.eventLoop.submit {
            let context = try channel.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
            context.close(promise: nil)
        }.get()
    }

    private static func response(_ reply: ProvincialReply) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = reply.contentType
        for (name, value) in reply.headers { headers[fieldName(name)] = value }
        return Response(
            status: .init(code: reply.status == 0 ? 500 : reply.status), headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: reply.body)))
    }
}
