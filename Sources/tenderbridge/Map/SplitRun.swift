internal import ExchangeModel
internal import Formats
internal import Gateway
internal import JSON
internal import Mapping

/// `map run` on a file of many records, in memory that does not grow with the file.
struct SplitRun {
    let mapping: InboundMapping
    /// Where the records are; it fits the mapping's form (`check`).
    let split: RecordSplit
    /// The schema that each record is checked against.
    let schema: FormSchema?
    let input: String
    let out: String?
    /// Workbook for the refused rows; of a sheet alone.
    let refused: String?
    let format: OutputFormat
    let language: TextLanguage

    /// Findings that the report in JSON holds; more are counted.
    static let findingsMax = 10_000

    func perform() throws -> Int32 {
        if format == .json, out == nil {
            throw GatewayError(
                .usage, attempted: "print records and a report together for", subject: input,
                happened: "--format json prints one report, and a file may hold any number of records",
                remedy: "name a file for the records with --out")
        }
        let cutter = try cutter()
        let sheet = cutter as? SheetRecordCutter
        let refusedRows = refused.map { RefusedRows(path: $0, dialect: mapping.sheetDialect, isChinese: language == .zh) }
        let file = try FilePieces(path: input)
        let lines = try RecordLines(out)
        var tree = RecordTree()
        var counts = (records: 0, refused: 0, findings: 0)
        var told: [Finding] = []
        var isReadable = true
        func tell(_ findings: [Finding]) {
            counts.findings += findings.count
            switch format {
            case .text: for line in FindingList(file: input, findings).lines(language) { Terminal.complain(line) }
            case .json: told += findings.prefix(Self.findingsMax - told.count)
            }
        }
        reading: while true {
            switch cutter.next(into: &tree) {
            case .needsBytes:
                let piece = try file.next()
                if piece.isEmpty { cutter.finish() } else { piece.withUnsafeBufferPointer { cutter.append($0) } }
            case .record(let place):
                let result = mapping.run(tree)
                if !result.findings.isEmpty { tell(result.findings.map(cutter.named)) }
                if result.findings.contains(where: { $0.severity == .error }) {
                    counts.refused += 1
                    if let sheet { try refusedRows?.append(tree, result.findings, line: place.line, of: sheet) }
                } else {
                    counts.records += 1
                    try lines.append(result.canonical)
                }
            case .refused(let place, let findings):
                counts.refused += 1
                tell(findings)
                if let sheet { try refusedRows?.append(tree, findings, line: place.line, of: sheet) }
            case .unreadable(let findings):
                isReadable = false
                tell(findings)
            case .end: break reading
            }
        }
        try lines.flush()
        let hasRefusedFile = try refusedRows?.close() ?? false
        let isGood = isReadable && counts.refused == 0
        switch format {
        case .text:
            if !isGood {
                Terminal.complain(
                    language == .zh
                        ? "\(input)：接收 \(counts.records) 条记录，拒收 \(counts.refused) 条"
                        : "\(input): \(counts.records) records made, \(counts.refused) refused")
            }
        case .json:
            try Terminal.print { json in
                json.object { json in
                    json.member("good", isGood)
                    json.member("records", counts.records)
                    json.member("refused", counts.refused)
                    json.member("findingCount", counts.findings)
                    FindingList(file: input, told).write(to: &json)
                    if let out { json.member("file", out) }
                    if let refused, hasRefusedFile { json.member("refusedFile", refused) }
                }
            }
        }
        return isGood ? ExitCodes.good : ExitCodes.findings
    }

    /// The cutter of the mapping's form. `usage` (64) when the form cannot be cut so.
    private func cutter() throws(GatewayError) -> any RecordCutter {
        // The cutter knows every form that a mapping reads.
        guard let form = RecordSplit.Form(rawValue: mapping.sourceFormat.rawValue) else {
            throw Self.misfit(split, "\(mapping.sourceFormat.rawValue) is not cut into records")
        }
        if let problem = split.problem(with: form) { throw Self.misfit(split, problem.text) }
        var options = RecordSplit.Options()
        options.csv = mapping.csvDialect
        options.sheet = mapping.sheetDialect
        options.xmlSchema = schema?.xml
        options.jsonCheck = schema?.json
        guard let cutter = split.cutter(for: form, names: mapping.names, options: options) else {
            throw Self.misfit(split, "a file of the form \(form.rawValue) is not read piece by piece")
        }
        return cutter
    }

    private static func misfit(_ split: RecordSplit, _ happened: String) -> GatewayError {
        GatewayError(
            .usage, attempted: "split the input by", subject: split.text, happened: happened,
            remedy: "name the place of the records in --split as the form has it")
    }

    /// Reads the value of `--split`. `usage` (64) when it is none.
    static func split(_ text: String) throws(GatewayError) -> RecordSplit {
        if let split = RecordSplit(text) { return split }
        let near = Suggestion.nearest(to: text, among: RecordSplit.words)
        throw GatewayError(
            .usage, attempted: "split the input by", subject: text, happened: "it is no way to split",
            remedy: near.map { "did you mean \($0)?" }
                ?? "write \(RecordSplit.words.joined(separator: ", ")), or a path such as /NOTICES/NOTICE or /data/rows")
    }
}
