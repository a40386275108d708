internal import ExchangeModel
public import Gateway
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
public import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
public import ServiceLifecycle

/// The listener that senders speak to: plain HTTP/1.1 on loopback, or TLS 1.2 and 1.3 through swift-nio-ssl.
public struct DataListener: Service {
    private let gateway: GatewayService
    private let logger: Logger
    private let onReady: @Sendable (Int) async -> Void

    /// A connection on which nothing comes for so long is closed.
    static let idleTimeout = TimeAmount.seconds(60)

    /// - Parameter onReady: called with the port once the listener stands (the system's choice where 0 was configured).
    public init(gateway: GatewayService, logger: Logger, onReady: @escaping @Sendable (Int) async -> Void) {
        self.gateway = gateway
        self.logger = logger
        self.onReady = onReady
    }

    /// Serves until graceful shutdown. Throws `GatewayError`: `.addressUnavailable` when the port is taken,
    /// `.configuration` when certificate or key cannot be used.
    public func run() async throws {
        let router = Router(context: SenderContext.self)
        let deadlines = BodyDeadlines()
        MessageRoutes(gateway: gateway, deadlines: deadlines, logger: logger).add(to: router)
        let listener = gateway.configuration.dataListener
        // Reading requests is a small part of the work: half as many loops as processors leave the rest for it.
        let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: max(System.coreCount / 2, 1))
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            router: router, server: try server(listener),
            configuration: ApplicationConfiguration(
                address: .hostname(listener.address, port: listener.port), serverName: "tenderbridge",
                availableConnectionsDelegate: MaximumAvailableConnections(gateway.configuration.limits.connections)),
            onServerRunning: { channel in await onReady(channel.localAddress?.port ?? 0) },
            eventLoopGroupProvider: .shared(eventLoops), logger: quiet)
        defer { eventLoops.shutdownGracefully { _ in } }
        let sweeping = Task { await deadlines.sweep() }
        defer { sweeping.cancel() }
        do {
            // The bare server, so that the gateway's own group decides about signals and the order of stopping.
            try await application.run()
        } catch let error as IOError {
            throw ListenerFailure.error(
                errorNumber: error.errnoCode, section: "data", address: listener.address, port: listener.port)
        }
    }

    private func server(_ listener: GatewayConfiguration.Listener) throws -> HTTPServerBuilder {
        let channel = HTTP1Channel.Configuration(idleTimeout: Self.idleTimeout)
        guard let identity = listener.tls else { return .http1(configuration: channel) }
        var configuration: TLSConfiguration
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(identity.certificatePath).map {
                NIOSSLCertificateSource.certificate($0)
            }
            let key = try NIOSSLPrivateKey(file: identity.keyPath, format: .pem)
            configuration = .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
        } catch {
            throw GatewayError(
                .configuration, attempted: "use", subject: "\(identity.certificatePath) with \(identity.keyPath)",
                happened: "\(error)", remedy: "give a PEM certificate chain and its unencrypted PEM key (data.tls)")
        }
        configuration.minimumTLSVersion = .tlsv12
        return try .tls(.http1(configuration: channel), tlsConfiguration: configuration)
    }
}
