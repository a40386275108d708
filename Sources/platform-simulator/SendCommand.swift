internal import ArgumentParser
internal import ExchangeModel
internal import JSON
internal import Transport

/// `platform-simulator send`.
struct SendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "The local trading systems: sends the recordings and waits until each ends as its case.yaml names it.",
        discussion: """
            Recordings of one tender go one after the other, each after the answer to the one before; different tenders at \
            the same time. HTTP status, findings, message state and delivery states are compared with case.yaml; a table \
            shows each case. Every answer is appended to --out, for `ops/demo/tally.py` to count.
            A case with `payload: {vectors: PATH}` is skipped, visibly, when --vectors is not given.

              platform-simulator send --cases Tests/Recordings --gateway https://127.0.0.1:8440 --ca .demo/pki/ca.pem \\
                --credentials .demo/credentials --out .demo/sent.jsonl --simulator http://127.0.0.1:8451

            Exit code 0 only when every case that was sent ended as named.
            """)

    @Option(name: .long, help: ArgumentHelp("Folder of the recordings.", valueName: "dir"))
    var cases: String

    @Option(name: .long, help: ArgumentHelp("The gateway's data listener.", valueName: "url"))
    var gateway: String

    @Option(name: .long, help: ArgumentHelp("PEM of the authority that signed the gateway's certificate.", valueName: "file"))
    var ca: String

    @Option(name: .long, help: ArgumentHelp("Folder with the file <sender>-key of each sender.", valueName: "dir"))
    var credentials: String

    @Option(name: .long, help: ArgumentHelp("JSON lines of every answer; must be new or empty.", valueName: "file"))
    var out: String

    @Option(name: .long, help: ArgumentHelp("Folder of real files that some recordings name.", valueName: "dir"))
    var vectors: String?

    @Option(name: .long, help: ArgumentHelp("The simulator's page, to name the faults that occurred.", valueName: "url"))
    var simulator: String?

    @Option(name: .long, help: "How long to wait for the ends, in seconds.")
    var waitSeconds = 180

    @Option(name: .long, help: "text or json: how the outcomes are printed.")
    var format = OutputFormat.text

    func validate() throws {
        guard (0...86_400).contains(waitSeconds) else { throw ValidationError("--wait-seconds is from 0 to 86400") }
    }

    func run() async throws {
        try await reporting {
            let clock = SystemClock()
            let (prepared, skipped) = try prepare(try RecordedCase.readAll(in: cases))
            let transport = try HTTPTransport()
            let client = GatewayClient(transport: transport, gateway: gateway, authorityFile: ca)
            let systems = try LocalSystems(gateway: client, clock: clock, logPath: out)
            let answers = try await systems.send(prepared)
            var outcomes = try await systems.settle(prepared, answers: answers, until: clock.now() + .seconds(waitSeconds))
            if let simulator { name(faults: await client.json(Self.faults(of: simulator)), in: &outcomes) }
            await transport.stop(gracePeriod: .seconds(1))
            outcomes = (outcomes + skipped).sorted { $0.name < $1.name }
            switch format {
            case .text: Terminal.say(CaseTable.text(outcomes))
            case .json: Terminal.say(CaseTable.json(outcomes))
            }
            if !outcomes.allSatisfy(\.isGood) { throw ExitCode(1) }
        }
    }

    private func prepare(_ recorded: [RecordedCase]) throws(GatewayError) -> ([LocalSystems.Prepared], [CaseOutcome]) {
        let reader = OrderingKeyReader()
        var prepared: [LocalSystems.Prepared] = []
        var skipped: [CaseOutcome] = []
        for item in recorded {
            var payloads: [(path: String, bytes: [UInt8], orderingKey: String?)] = []
            for step in item.steps {
                guard let loaded = try item.load(step, vectors: vectors) else { continue }
                payloads.append((loaded.path, loaded.bytes, reader.orderingKey(of: loaded.bytes)))
            }
            guard payloads.count == item.steps.count else {
                skipped.append(.skipped(item, "needs real files (--vectors)"))
                continue
            }
            let keyFile = LocalFile.join(credentials, item.sender + "-key")
            let key = item.sender == "anonymous" ? nil : try LocalFile.readSecret(keyFile)
            prepared.append(.init(recorded: item, payloads: payloads, key: key))
        }
        return (prepared, skipped)
    }

    private static func faults(of simulator: String) -> String {
        (simulator.hasSuffix("/") ? String(simulator.dropLast()) : simulator) + "/faults"
    }

    /// Adds the faults that the simulator says occurred; a planned one that did not is a problem of its case.
    private func name(faults: JSONValue?, in outcomes: inout [CaseOutcome]) {
        for fault in faults?["planned"]?.elements ?? [] {
            guard let kind = fault["fault"]?.string, let index = outcomes.firstIndex(where: { $0.name == fault["case"]?.string })
            else { continue }
            if fault["occurred"]?.boolean == true {
                outcomes[index].faults.append(kind)
            } else {
                outcomes[index].problems.append("planned fault \(kind) did not occur")
            }
        }
    }
}
