internal import ArgumentParser
internal import ExchangeModel
internal import Gateway
internal import JSON
internal import Mapping

/// `tenderbridge replay`.
struct ReplayCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "The test harness: runs recorded payloads through the real pipeline and compares everything that comes of it.",
        discussion: """
            Each case is a folder with case.yaml, payloads, facts.csv (business values, written before any mapping) and \
            expected/ (canonical record and each destination's bytes); Tests/Recordings/README.md has the form. A payload \
            passes the gates of the data listener (sign-in, size), the pipeline with a real store in a temporary folder, and \
            the preparation of each destination with its schema check. Compared are HTTP status, findings with place, the \
            canonical record, the destinations' documents, and every fact. Secrets and certificates of the configuration are \
            not needed.

            Not covered, since nothing is sent: states that a delivery reaches at a destination (delivered, dead, unknown) and \
            faults; `make run ONCE=1` plays those. Cases whose payload lies in the folder of test vectors are skipped unless \
            TENDERBRIDGE_VECTORS names it.

              tenderbridge replay Tests/Recordings
              tenderbridge replay Tests/Recordings --case good-01-road-notice --accept && git diff Tests/Recordings

            Ends with 0 when no case failed, with 1 when one did or none was run.
            \(ExitCodes.help)
            """)

    @Argument(help: ArgumentHelp("Folder of cases, or one case.", valueName: "dir"))
    var dir: String

    @Option(
        name: .long, help: ArgumentHelp("Configuration whose channels, mappings and destinations are used.", valueName: "file"))
    var config = "ops/demo/gateway.yaml"

    @Option(name: .customLong("case"), help: ArgumentHelp("Run only this case; repeat for more.", valueName: "name"))
    var cases: [String] = []

    @Flag(name: .long, help: "Rewrite expected/ of the cases that are run, for review; facts.csv is never written.")
    var accept = false

    @Option(name: .long, help: ArgumentHelp("Folder of test vectors, instead of TENDERBRIDGE_VECTORS.", valueName: "dir"))
    var vectors: String?

    @OptionGroup var output: FormatOption
    @OptionGroup var text: LanguageOption

    func perform() async throws -> Int32 {
        let configuration = try ConfigurationFile.read(config, secrets: .standIns, format: output.format, language: text.language)
        let recorded = try selectedCases()
        let labels = MappingLibrary.load(mappings: configuration.mappingsFolder, schemas: configuration.schemasFolder).library
        let gateway = try RehearsalGateway(configuration, format: output.format, language: text.language)
        let folder = vectors ?? ProcessEnvironment.all["TENDERBRIDGE_VECTORS"].flatMap { $0.isEmpty ? nil : $0 }
        var outcomes: [CaseRehearsal.Outcome] = []
        for (item, facts) in recorded {
            let channel = configuration.channels.first { $0.name == item.channel }
            let schemas = (channel?.takenDatasets ?? []).compactMap { labels.schema(of: $0) }
            let rehearsal = CaseRehearsal(recorded: item, facts: facts, vectors: folder) { path in
                schemas.lazy.compactMap { $0.labelZH(path) }.first
            }
            let outcome = try await rehearsal.run(gateway, accepting: accept)
            if accept, outcome.skipped == nil { try outcome.outputs?.write(to: item.folder + "/expected") }
            outcomes.append(outcome)
        }
        await gateway.close()
        return try ReplayReport(outcomes: outcomes).print(output.format)
    }

    /// The cases to run with their facts; a file that cannot be read ends the command.
    private func selectedCases() throws -> [(RecordedCase, Facts)] {
        var (recorded, findings) = RecordedCase.readAll(in: FileBytes.resolve(dir, in: ""))
        if !cases.isEmpty {
            if let missing = cases.first(where: { name in !recorded.contains { $0.name == name } }) {
                let near = Suggestion.nearest(to: missing, among: recorded.map(\.name)).map { "; did you mean \($0)?" } ?? ""
                throw GatewayError(
                    .usage, attempted: "find the case", subject: missing, happened: "it is not in \(dir)\(near)",
                    remedy: "name a folder of \(dir)")
            }
            recorded = recorded.filter { cases.contains($0.name) }
        }
        var result: [(RecordedCase, Facts)] = []
        for item in recorded {
            let (facts, found) = Facts.read(item.folder + "/facts.csv")
            findings += found
            result.append((item, facts))
        }
        if findings.contains(where: { $0.finding.severity == .error }) {
            throw RefusedFiles(
                findings: FindingList(findings), format: output.format, language: text.language, exitCode: ExitCodes.findings)
        }
        guard !result.isEmpty else {
            throw GatewayError(
                .notFound, attempted: "find cases in", subject: dir, happened: "no folder in it has a case.yaml",
                remedy: "name the folder of recordings, such as Tests/Recordings")
        }
        return result
    }
}
