internal import ArgumentParser
internal import ExchangeModel
internal import JSON
internal import Logging

/// `platform-simulator serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "The provincial platform as a strict counterpart, with the faults that the recordings script.",
        discussion: """
            Listens with TLS on 127.0.0.1:8450; a client certificate of the throw-away authority is required, and it must be \
            gateway-client.pem. Requests carry `Authorization: Bearer KEY`.

              POST /province/v1/records                 one GCJS_NOTICE; {"code":"0","receiptNo":...} or a code of refusal
              GET  /province/v1/records/{deliveryId}    {"code":"0","state":"accepted|refused|absent",...}

            With --credit-schema and --credit-key-file a credit platform listens beside it, with a key of its own: the same below \
            /credit/v1/records, for one administrative penalty in an ExchangeMessage.

            Codes, mostly inside HTTP 200: 0 taken; E1... form, E2... content (both for good); E9... try again later. HTTP \
            401 wrong key, 403 other certificate, 413, 415. The platform is not idempotent: what comes twice is taken twice.
            Every request is appended to the log before it is answered; on http://127.0.0.1:8451 people see /received and \
            /faults. Faults (case.yaml, `faults:`) match the record's DATA_KEY and the number of the request for it:
            \(FaultKind.allCases.map(\.rawValue).joined(separator: ", ")).

              platform-simulator serve --pki .demo/pki --key-file .demo/credentials/province-key \\
                --schema Schemas/provincial/tender-notice.xsd --cases Tests/Recordings --log .demo/received.jsonl
            """)

    @Option(name: .long, help: ArgumentHelp("Folder that `pki` wrote.", valueName: "dir"))
    var pki: String

    @Option(name: .long, help: ArgumentHelp("File with the sign-in key that callers must bring.", valueName: "file"))
    var keyFile: String

    @Option(name: .long, help: ArgumentHelp("Schema that every record is checked against.", valueName: "file"))
    var schema: String

    @Option(
        name: .long, help: ArgumentHelp("Schema of the penalties that the credit platform takes.", valueName: "file"))
    var creditSchema: String?

    @Option(
        name: .long, help: ArgumentHelp("File with the key that callers of the credit platform must bring.", valueName: "file"))
    var creditKeyFile: String?

    @Option(name: .long, help: ArgumentHelp("JSON lines of every request; must be new or empty.", valueName: "file"))
    var log: String

    @Option(
        name: .long,
        help: ArgumentHelp("Recordings whose case.yaml script the faults; without it nothing goes wrong.", valueName: "dir"))
    var cases: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "PLATFORM_CODE of a registered trading system; repeat it for more. Without it all are taken.", valueName: "code"))
    var sender: [String] = []

    @Flag(name: .long, help: "Refuse a correction (nature 2) of a tender project that has no notice yet (E2005).")
    var correctionsNeedNotice = false

    @Option(name: .long, help: "Port of the platform; 0 takes a free one.")
    var port = 8450

    @Option(name: .long, help: "Port for people; 0 takes a free one.")
    var peoplePort = 8451

    @Option(name: .long, help: "text or json: how the addresses are printed once both listeners answer.")
    var format = OutputFormat.text

    func validate() throws {
        guard (creditSchema == nil) == (creditKeyFile == nil) else {
            throw ValidationError("--credit-schema and --credit-key-file go together")
        }
    }

    func run() async throws {
        try await reporting {
            LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
            var settings = SimulatorServer.Settings(pkiFolder: pki, keyFile: keyFile, schemaFile: schema, logFile: log)
            if let cases { settings.plan = try RecordedCase.faultPlan(of: try RecordedCase.readAll(in: cases)) }
            settings.registeredPlatforms = Set(sender)
            if let creditSchema, let creditKeyFile { settings.credit = (creditSchema, creditKeyFile) }
            settings.correctionsNeedNotice = correctionsNeedNotice
            settings.port = port
            settings.peoplePort = peoplePort
            let format = format
            try await SimulatorServer(settings).run(stopsOnSignals: true) { ports in
                let platform = "https://\(SimulatorServer.address):\(ports.platform)\(ProvincialListener.recordsPath)"
                let people = "http://\(SimulatorServer.address):\(ports.people)/"
                switch format {
                case .text: Terminal.say("ready: platform \(platform), for people \(people)")
                case .json:
                    var writer = JSONWriter()
                    writer.object {
                        $0.member("event", "ready")
                        $0.member("platform", platform)
                        $0.member("people", people)
                    }
                    writer.endLine()
                    Terminal.say(writer.bytes)
                }
            }
        }
    }
}
