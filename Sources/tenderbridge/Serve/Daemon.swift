internal import DataAPI
internal import ExchangeModel
internal import Gateway
internal import Glibc
internal import Logging
internal import Metrics
internal import OperatorAPI
internal import Outbox
internal import ServiceLifecycle
internal import Store
internal import Synchronization
internal import UnixSignals

/// Composes the running gateway: store, service, listeners, in the order in which they start; a service group stops them in
/// reverse.
struct Daemon {
    let configuration: GatewayConfiguration
    let assembly: GatewayAssembly
    let logger: Logger

    /// How long services may take to obey a cancellation, after `limits.shutdown` is over. A service that takes longer ends
    /// the process; the store is made for that.
    static let cancellationTime = Duration.seconds(5)

    /// Runs until a signal. Throws `GatewayError`: `.storeFailed` and its kin, `.addressUnavailable`, `.configuration`.
    func run() async throws {
        let socket = try ControlSocketPath.of(configuration, environment: ProcessEnvironment.all)
        logger.info("configured", metadata: startMetadata(socket: socket))
        // Before the gateway is made: it makes its counters then.
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(PrometheusFactory(registry))
        var options = storeOptions
        options.masterKeys = configuration.masterKeys
        let store = try SQLiteStore.open(path: configuration.storePath, options: options)
        if store.rewrappedKeys > 0 {
            logger.notice("the master key was changed", metadata: ["dataKeys": "\(store.rewrappedKeys)"])
        }
        let gateway = try GatewayService(
            assembly: assembly, store: store, clock: SystemClock(), logger: logger, environment: ProcessEnvironment.all)
        let systemd = SystemdNotifier(environment: ProcessEnvironment.all, processID: getpid())
        let readiness = ReadinessAnnouncer(gateway: gateway, systemd: systemd, logger: logger, socket: socket)

        var services = gateway.services(systemd: systemd, version: GatewayVersion.current)
        services.append(
            OperatorListener(gateway: gateway, registry: registry, logger: logger) {
                readiness.stands(.operatorListener, port: $0)
            })
        services.append(ControlListener(gateway: gateway, path: socket, logger: logger) { readiness.stands(.controlSocket) })
        services.append(ReloadOnSignal(gateway: gateway, systemd: systemd))
        services.append(DataListener(gateway: gateway, logger: logger) { readiness.stands(.dataListener, port: $0) })
        // The last to start is the first to be told to stop: systemd hears of it before the listeners end.
        services.append(StopAnnouncer(gateway: gateway, systemd: systemd, logger: logger))

        var group = ServiceGroupConfiguration(
            services: services.map {
                // A part that fails takes the others down in order, so that what runs is recorded and the store closed.
                .init(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            }, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        group.maximumGracefulShutdownDuration = configuration.limits.shutdown
        group.maximumCancellationDuration = Self.cancellationTime
        try await ServiceGroup(configuration: group).run()
        logger.info("stopped")
    }

    private var storeOptions: SQLiteStoreOptions {
        var options = SQLiteStoreOptions()
        if CrashPoint.beforeCommit.isArmed || CrashPoint.afterCommit.isArmed {
            options.observer = { stage in
                switch stage {
                case .beforeCommit: CrashPoint.beforeCommit.reached()
                case .afterCommit: CrashPoint.afterCommit.reached()
                }
            }
        }
        return options
    }

    /// The service group's own logger: its steps are details.
    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }

    private func startMetadata(socket: String) -> Logger.Metadata {
        func address(_ listener: GatewayConfiguration.Listener) -> String {
            let host = listener.address.contains(":") ? "[\(listener.address)]" : listener.address
            return "\(listener.tls == nil ? "http" : "https")://\(host):\(listener.port)"
        }
        return [
            "name": "\(configuration.name)", "version": "\(GatewayVersion.current)",
            "data": "\(address(configuration.dataListener))", "operators": "\(address(configuration.operatorListener))",
            "control": "\(socket)", "store": "\(configuration.storePath)",
        ]
    }
}

/// Tells systemd and the log once every part stands.
private final class ReadinessAnnouncer: Sendable {
    private let gateway: GatewayService
    private let systemd: SystemdNotifier
    private let logger: Logger
    private let socket: String
    private let ports = Mutex<[GatewayService.Part: Int]>([:])

    init(gateway: GatewayService, systemd: SystemdNotifier, logger: Logger, socket: String) {
        self.gateway = gateway
        self.systemd = systemd
        self.logger = logger
        self.socket = socket
    }

    func stands(_ part: GatewayService.Part, port: Int? = nil) {
        // Every part leaves its port before it counts as standing, so the last one reads all of them.
        ports.withLock { $0[part] = port }
        guard gateway.stands(part) else { return }
        let ports = ports.withLock { $0 }
        logger.info(
            "ready",
            metadata: [
                "dataPort": "\(ports[.dataListener] ?? 0)", "operatorPort": "\(ports[.operatorListener] ?? 0)",
                "control": "\(socket)",
            ])
        systemd.notify("READY=1")
    }
}

/// Tells systemd, the log and the outbox as soon as the gateway is told to stop: the listeners may take a while to end, and
/// nothing new is to be sent in that time.
private struct StopAnnouncer: Service {
    let gateway: GatewayService
    let systemd: SystemdNotifier
    let logger: Logger

    func run() async throws {
        try? await gracefulShutdown()
        logger.info("stopping")
        systemd.notify("STOPPING=1")
        gateway.outbox.stop()
    }
}
