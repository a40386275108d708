internal import ExchangeModel
public import Gateway
internal import Glibc
internal import HTTPTypes
internal import Hummingbird
internal import JSON
public import Logging
internal import NIOCore
public import ServiceLifecycle
internal import Store

/// The control socket: the operators' commands speak HTTP/1.1 with JSON to the daemon over a Unix socket of mode 0660.
public struct ControlListener: Service {
    private let gateway: GatewayService
    private let path: String
    private let logger: Logger
    private let onReady: @Sendable () async -> Void

    /// - Parameter path: at most 107 bytes.
    public init(gateway: GatewayService, path: String, logger: Logger, onReady: @escaping @Sendable () async -> Void) {
        self.gateway = gateway
        self.path = path
        self.logger = logger
        self.onReady = onReady
    }

    /// Serves until graceful shutdown and removes the socket.
    public func run() async throws {
        // The store's lock is held, so a socket that lies there belongs to a daemon that is gone.
        unlink(path)
        let router = Router(context: ControlContext.self)
        ControlRoutes(gateway: gateway).add(to: router)
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let onReady = onReady
        let path = path
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .unixDomainSocket(path: path), serverName: "tenderbridge"),
            onServerRunning: { _ in
                chmod(path, 0o660)
                await onReady()
            }, logger: quiet)
        defer { unlink(path) }
        do { try await application.run() } catch let error as IOError {
            throw GatewayError(
                .addressUnavailable, attempted: "listen on the control socket", subject: path,
                happened: String(cString: strerror(error.errnoCode)),
                remedy: "make its folder and let the daemon's user write there, or change control.socket")
        }
    }
}
