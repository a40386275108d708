internal import Cryptography
internal import ExchangeModel
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import Synchronization
internal import UnixSignals
internal import XML

/// The simulated platform with its two listeners, from files.
struct SimulatorServer: Sendable {
    /// Everything it is started with.
    struct Settings: Sendable {
        /// Folder that `pki` wrote.
        var pkiFolder: String
        /// File with the sign-in key.
        var keyFile: String
        /// `tender-notice.xsd`.
        var schemaFile: String
        /// `penalty.xsd` and the file with the credit platform's sign-in key; nil: there is no credit platform.
        var credit: (schemaFile: String, keyFile: String)?
        /// Where `received.jsonl` goes.
        var logFile: String
        /// The script.
        var plan = FaultPlan.none
        /// PLATFORM_CODE values that are taken; empty takes all.
        var registeredPlatforms: Set<String> = []
        /// See `ProvincialPlatform`.
        var correctionsNeedNotice = false
        /// Port of the platform; 0 takes a free one.
        var port = 8450
        /// Port for people; 0 takes a free one.
        var peoplePort = 8451
        /// The clock.
        var clock: any GatewayClock = SystemClock()
    }

    /// The ports that are listened on.
    struct Ports: Sendable {
        /// TLS.
        var platform: Int
        /// Plain, for people.
        var people: Int
    }

    /// Both listeners are on loopback; the simulator is not for anything else.
    static let address = "127.0.0.1"

    private let settings: Settings
    private let provincial: ProvincialListener
    private let people: PeopleListener
    private let tls: HTTPServerBuilder

    /// Reads keys, certificates and schema, and opens the log. Blocks on the disk.
    init(_ settings: Settings) throws(GatewayError) {
        self.settings = settings
        func pki(_ name: String) -> String { LocalFile.join(settings.pkiFolder, name) }
        let judge = NoticeJudge(
            schema: try Self.schema(settings.schemaFile), registeredPlatforms: settings.registeredPlatforms)
        let credit = settings.credit
        let penalties = try credit.map { (credit) throws(GatewayError) in PenaltyJudge(schema: try Self.schema(credit.schemaFile))
        }
        let creditKey = try credit.map { (credit) throws(GatewayError) in try LocalFile.readSecret(credit.keyFile) }
        let registered = try PEMCertificate(path: pki(ThrowAwayPKI.Name.gatewayClient))
        let key = try LocalFile.readSecret(settings.keyFile)
        let configuration = try ProvincialListener.tlsConfiguration(
            certificateFile: pki(ThrowAwayPKI.Name.simulator), keyFile: pki(ThrowAwayPKI.Name.simulatorKey),
            authorityFile: pki(ThrowAwayPKI.Name.authority))
        do {
            tls = try .tls(.http1(), tlsConfiguration: configuration)
        } catch {
            throw GatewayError(
                .configuration, attempted: "set up TLS with", subject: settings.pkiFolder, happened: "\(error)",
                remedy: "make the certificates anew with `platform-simulator pki`")
        }
        let platform = try ProvincialPlatform(
            judge: judge, penalties: penalties, plan: settings.plan, correctionsNeedNotice: settings.correctionsNeedNotice,
            logPath: settings.logFile, clock: settings.clock)
        provincial = ProvincialListener(
            platform: platform, signInKey: key, creditKey: creditKey, registeredCertificate: registered.der,
            clock: settings.clock)
        people = PeopleListener(platform: platform)
    }

    /// A schema by the path of its file.
    private static func schema(_ file: String) throws(GatewayError) -> XMLSchema {
        let split = file.lastIndex(of: "/")
        let folder = split.map { String(file[..<$0]) } ?? "."
        let name = split.map { String(file[file.index(after: $0)...]) } ?? file
        return try XMLSchema(name: name, folder: folder.isEmpty ? "/" : folder)
    }

    /// Serves until SIGTERM or SIGINT (when `stopsOnSignals`), or until the task's own graceful shutdown.
    ///
    /// - Parameter onReady: runs once, when both listeners accept connections.
    func run(stopsOnSignals: Bool, onReady: @escaping @Sendable (Ports) async -> Void) async throws {
        let bound = Mutex<(platform: Int?, people: Int?)>((nil, nil))
        let ready: @Sendable (Int?, Int?) async -> Void = { platform, people in
            let ports = bound.withLock { bound -> Ports? in
                bound = (platform ?? bound.platform, people ?? bound.people)
                guard let platform = bound.platform, let people = bound.people else { return nil }
                return Ports(platform: platform, people: people)
            }
            if let ports { await onReady(ports) }
        }
        var logger = Logger(label: "platform-simulator")
        logger.logLevel = .critical  // a port in use is told by the error that follows
        let platformApp = Application(
            responder: CallbackResponder<ProvincialContext> { try await provincial.respond(to: $0, context: $1) }, server: tls,
            configuration: .init(address: .hostname(Self.address, port: settings.port), serverName: "provincial-platform"),
            onServerRunning: { await ready($0.localAddress?.port ?? 0, nil) }, logger: logger)
        let peopleApp = Application(
            responder: CallbackResponder<BasicRequestContext> { try await people.respond(to: $0, context: $1) },
            configuration: .init(address: .hostname(Self.address, port: settings.peoplePort), serverName: "provincial-platform"),
            onServerRunning: { await ready(nil, $0.localAddress?.port ?? 0) }, logger: logger)
        do {
            try await ServiceGroup(
                configuration: .init(
                    services: [platformApp, peopleApp], gracefulShutdownSignals: stopsOnSignals ? [.sigterm, .sigint] : [],
                    logger: logger)
            ).run()
        } catch let error as IOError {
            throw GatewayError(
                .addressUnavailable, attempted: "listen on",
                subject: "\(Self.address), ports \(settings.port) and \(settings.peoplePort)",
                happened: error.description,
                remedy: "stop the program that uses the port, or choose others with --port and --people-port")
        }
    }
}
