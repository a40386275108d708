internal import ArgumentParser
internal import ExchangeModel
internal import Gateway
internal import Glibc
internal import Logging

/// `tenderbridge serve`.
struct ServeCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Runs the gateway until SIGTERM or SIGINT.",
        discussion: """
            Checks the configuration whole, opens the store, delivers what is open in it, and takes messages once all \
            listeners stand; then /readyz answers 200 and systemd gets READY=1. The log goes to the standard error; its second \
            line names addresses, store and version. SIGTERM lets running requests and attempts end within limits.shutdown of \
            the configuration; what is cut off then is settled at the next start.

            SIGHUP reloads the configuration (see: tenderbridge reload).

              tenderbridge serve --config ops/demo/gateway.yaml --log-format text

            Ends with 69 when an address is taken, 74 when the store cannot be used, 78 when the configuration, a mapping, a \
            schema or a certificate is wrong; the message says what to do.
            \(ExitCodes.help)
            """)

    @Option(name: .long, help: ArgumentHelp("The configuration.", valueName: "file"))
    var config: String

    @Option(name: .customLong("log-format"), help: "How the log is written: json (one object a line) or text.")
    var logFormat = LogFormat.json

    @Option(
        name: .customLong("log-level"),
        help: "The least level that is logged: trace, debug, info, notice, warning, error, critical.",
        transform: { text in
            guard let level = Logger.Level(rawValue: text) else { throw ValidationError("\(text) is no log level") }
            return level
        })
    var logLevel = Logger.Level.info

    @OptionGroup var output: FormatOption
    @OptionGroup var text: LanguageOption

    func perform() async throws -> Int32 {
        // Files of the daemon are for its user and group alone.
        umask(0o007)
        // A peer that is gone shows as an error of the write, not as the end of the process.
        signal(SIGPIPE, SIG_IGN)
        // A reload that comes before the gateway can hear it must not end it.
        signal(SIGHUP, SIG_IGN)
        let (format, level) = (logFormat, logLevel)
        LoggingSystem.bootstrap { label in LogLineHandler(label: label, format: format, level: level) }
        let logger = Logger(label: "tenderbridge")
        logger.info("starting", metadata: ["config": "\(config)", "pid": "\(getpid())"])
        if let crash = ProcessEnvironment.all[CrashPoint.variable] {
            guard CrashPoint.isReadable(crash) else {
                throw GatewayError(
                    .usage, attempted: "start with", subject: "\(CrashPoint.variable)=\(crash)",
                    happened: "that is no point and count, such as answered:3",
                    remedy: "unset it; tests name one of \(CrashPoint.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            logger.warning("will end itself with SIGKILL, for a test", metadata: ["at": "\(crash)"])
        }

        let configuration = try ConfigurationFile.read(
            config, secrets: .resolved, format: output.format, language: text.language)
        let outcome = GatewayAssembly.assemble(configuration)
        guard let assembly = outcome.assembly else {
            throw RefusedFiles(
                findings: FindingList(outcome.findings), format: output.format, language: text.language,
                exitCode: ExitCodes.configuration)
        }
        for finding in outcome.findings { logger.warning("\(finding)") }
        do {
            try await Daemon(configuration: configuration, assembly: assembly, logger: logger).run()
        } catch let error as GatewayError {
            logger.critical("ended", metadata: ["error": "\(error)"])
            throw error
        }
        return ExitCodes.good
    }
}
