internal import ArgumentParser
internal import ExchangeModel
internal import Formats
internal import JSON
internal import Mapping

/// `tenderbridge map run`.
struct MapRun: Command {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs one mapping on one file and prints what it makes.",
        discussion: """
            With an `in` mapping the input is a payload of the platform (XML or JSON, as the mapping says) and the output its \
            canonical record. With an `out` mapping the input is a canonical record and the output the platform's document. \
            Schemas are checked as the gateway does. Findings go to the standard error as `file:line: error: text`; with an \
            error nothing is printed or written.

            With --split the input holds many records: good ones give one line of JSON each, bad ones their findings, and one does \
            not stop the other. Files of any size are read in constant memory; --format json prints findings and counts, and \
            needs --out. Of XML, the path of the elements that are records (a step may be * or {namespace}name); of JSON, lines, \
            elements (of the array that is the document) or the pointer of an array. CSV and sheets of workbooks (xlsx) are split by rows \
            without saying so; a workbook is read within its limits.

              tenderbridge map run Mappings/local-a/in/tender-notice.yaml notice.xml -o record.json
              tenderbridge map run Mappings/provincial/out/tender-notice.yaml record.json
              tenderbridge map run Mappings/PLATFORM/in/DATASET.yaml rows.csv -o records.jsonl
              tenderbridge map run Mappings/local-a/in/tender-notice.yaml day.xml --split /NOTICES/TENDER_ANN_QUA_INQUERY_ANN
              tenderbridge map run Mappings/PLATFORM/in/DATASET.yaml day.json --split /data/rows -o records.jsonl
              tenderbridge map run Mappings/PLATFORM/in/DATASET.yaml rows.xlsx -o records.jsonl --refused mend.xlsx

            \(ExitCodes.help)
            """)

    @Argument(help: ArgumentHelp("The mapping's file.", valueName: "mapping"))
    var mapping: String

    @Argument(help: ArgumentHelp("The payload, or the canonical record.", valueName: "input"))
    var input: String

    @Option(name: .shortAndLong, help: ArgumentHelp("File to write instead of the standard output.", valueName: "file"))
    var out: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Where the records of the input are: document, lines, elements, rows, or a path. Without it one document is one "
                + "record, and of CSV and sheets each row.", valueName: "split"))
    var split: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Workbook for the refused rows of a sheet, to be mended and sent again.", valueName: "file"))
    var refused: String?

    @OptionGroup var schemas: SchemasOption
    @OptionGroup var output: FormatOption
    @OptionGroup var text: LanguageOption

    /// What came of a run.
    private struct Outcome {
        var bytes: [UInt8]
        var findings: [Finding]
        var keys: [(name: String, value: String)] = []
        var isRefused: Bool { findings.contains { $0.severity == .error } }
    }

    func perform() async throws -> Int32 {
        let place = try MappingPlace(containing: mapping, schemas: schemas.schemas)
        let (library, found) = place.load()
        let name = place.name(ofFile: mapping) ?? mapping
        let registry = FormSchemas(folder: place.schemas)
        if let split = try splitAsked(of: library.inbound(name), isOutbound: library.outbound(name) != nil), split != .document,
            let inbound = library.inbound(name)
        {
            if refused != nil, inbound.sourceFormat != .xlsx { throw Self.refusedElsewhere(refused) }
            return try SplitRun(
                mapping: inbound, split: split, schema: try inbound.schemaName.map { try registry.schema($0) }, input: input,
                out: out, refused: refused, format: output.format, language: text.language
            ).perform()
        }
        if refused != nil { throw Self.refusedElsewhere(refused) }
        let bytes = try LocalFiles.read(input)
        let outcome: Outcome
        if let inbound = library.inbound(name) {
            outcome = try run(inbound, on: bytes, registry)
        } else if let outbound = library.outbound(name) {
            outcome = try run(outbound, on: bytes, registry)
        } else {
            let own = found.filter { $0.finding.severity == .error }
            if own.isEmpty {
                throw GatewayError(
                    .usage, attempted: "find the mapping", subject: mapping, happened: "it is none of \(place.mappings)",
                    remedy: "name a file such as \(place.mappings)/<platform>/in/<dataset>.yaml")
            }
            throw RefusedFiles(
                findings: FindingList(own), format: output.format, language: text.language, exitCode: ExitCodes.configuration)
        }
        return try report(outcome)
    }

    private static func refusedElsewhere(_ path: String?) -> GatewayError {
        GatewayError(
            .usage, attempted: "collect refused rows in", subject: path ?? "", happened: "the mapping does not read workbooks",
            remedy: "use --refused with a mapping that reads xlsx")
    }

    /// How the input is split; nil when it is one record.
    private func splitAsked(of inbound: InboundMapping?, isOutbound: Bool) throws(GatewayError) -> RecordSplit? {
        guard let split else { return inbound?.sourceFormat == .csv || inbound?.sourceFormat == .xlsx ? .rows : nil }
        if isOutbound {
            throw GatewayError(
                .usage, attempted: "split the input by", subject: split,
                happened: "an out mapping turns one canonical record at a time",
                remedy: "leave --split out, or name an in mapping")
        }
        return try SplitRun.split(split)
    }

    private func run(_ mapping: InboundMapping, on bytes: [UInt8], _ schemas: FormSchemas) throws -> Outcome {
        var tree = RecordTree()
        let schema = try mapping.schemaName.map { try schemas.schema($0) }
        var findings = mapping.reader(schema: schema).read(bytes, names: mapping.names, into: &tree)
        guard tree.root != RecordTree.none else { return Outcome(bytes: [], findings: findings) }
        let result = mapping.run(tree)
        findings += result.findings
        var outcome = Outcome(bytes: [], findings: findings)
        guard !outcome.isRefused else { return outcome }
        // What the mapping wrote is JSON of its own making.
        let record = try JSONValue(parsing: result.canonical)
        outcome.bytes = record.bytes(pretty: true) + [0x0A]
        outcome.keys = [
            ("businessKey", result.businessKey), ("orderingKey", result.orderingKey), ("version", result.version),
            ("sourceTime", result.sourceTime?.description ?? ""),
        ]
        return outcome
    }

    private func run(_ mapping: OutboundMapping, on bytes: [UInt8], _ schemas: FormSchemas) throws -> Outcome {
        var tree = RecordTree()
        let read = JSONRecordReader().read(bytes, names: mapping.names, into: &tree)
        guard read.isEmpty else { return Outcome(bytes: [], findings: read) }
        let result = mapping.run(tree)
        var findings = result.findings
        if !result.isRefused, let name = mapping.schemaName {
            findings += try schemas.schema(name).check()(result.bytes)
        }
        return Outcome(bytes: result.bytes, findings: findings)
    }

    private func report(_ outcome: Outcome) throws -> Int32 {
        let list = FindingList(file: input, outcome.findings)
        if !outcome.isRefused, let out { try LocalFiles.write(outcome.bytes, to: out) }
        switch output.format {
        case .text:
            for line in list.lines(text.language) { Terminal.complain(line) }
            if !outcome.isRefused, out == nil { try Terminal.print(outcome.bytes) }
        case .json:
            try Terminal.print { json in
                json.object { json in
                    json.member("good", !outcome.isRefused)
                    list.write(to: &json)
                    for (name, value) in outcome.keys { json.member(name, value) }
                    if outcome.isRefused { return }
                    if let out {
                        json.member("file", out)
                    } else {
                        json.member("output", String(decoding: outcome.bytes, as: UTF8.self))
                    }
                }
            }
        }
        return outcome.isRefused ? ExitCodes.findings : ExitCodes.good
    }
}
