internal import ExchangeModel
public import Gateway
internal import HTTPTypes
internal import Hummingbird
internal import JSON
public import Logging
internal import NIOCore
public import ServiceLifecycle

/// The operators' listener: `/metrics`, `/livez`, `/readyz`. Apart from the senders' one, with its own address.
public struct OperatorListener: Service {
    private let gateway: GatewayService
    private let registry: PrometheusRegistry
    private let logger: Logger
    private let onReady: @Sendable (Int) async -> Void

    /// - Parameter onReady: called with the port once the listener stands.
    public init(
        gateway: GatewayService, registry: PrometheusRegistry, logger: Logger, onReady: @escaping @Sendable (Int) async -> Void
    ) {
        self.gateway = gateway
        self.registry = registry
        self.logger = logger
        self.onReady = onReady
    }

    /// Serves until graceful shutdown. Throws `GatewayError.addressUnavailable` when the port is taken.
    public func run() async throws {
        let router = Router(context: BasicRequestContext.self)
        let gateway = gateway
        let registry = registry
        router.get("/metrics") { _, _ in
            await OutboxGauges.refresh(gateway)
            return Response(
                status: .ok, headers: [.contentType: PrometheusText.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: PrometheusText.render(registry))))
        }
        router.get("/livez") { _, _ in Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: "alive\n"))) }
        router.get("/readyz") { _, _ in
            let missing = await gateway.missingForReadiness()
            let bytes = JSONWriter.bytes { json in
                json.beginObject()
                json.member("ready", missing.isEmpty)
                json.member("missing", missing)
                if let pressure = gateway.pressure.present { json.member("pressure", pressure.words) }
                json.endObject()
            }
            return Response(
                status: missing.isEmpty ? .ok : .serviceUnavailable, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        }
        let listener = gateway.configuration.operatorListener
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let onReady = onReady
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname(listener.address, port: listener.port), serverName: "tenderbridge"),
            onServerRunning: { channel in await onReady(channel.localAddress?.port ?? 0) }, logger: quiet)
        do { try await application.run() } catch let error as IOError {
            throw ListenerFailure.error(
                errorNumber: error.errnoCode, section: "operators", address: listener.address, port: listener.port)
        }
    }
}
