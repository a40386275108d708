internal import ExchangeModel
internal import Formats
internal import JSON
internal import Mapping

/// `map run` on a CSV file: every row a record, in memory that does not grow with the file.
struct CSVRun {
    let mapping: InboundMapping
    let input: String
    let out: String?
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
        let file = try FilePieces(path: input)
        let lines = try RecordLines(out)
        let cutter = CSVRecordCutter(dialect: mapping.csvDialect, names: mapping.names)
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
                if piece.isEmpty { cutter.finish() } else { cutter.append(piece) }
            case .record:
                let result = mapping.run(tree)
                if !result.findings.isEmpty { tell(result.findings) }
                if result.findings.contains(where: { $0.severity == .error }) {
                    counts.refused += 1
                } else {
                    counts.records += 1
                    try lines.append(result.canonical)
                }
            case .refused(_, let findings):
                counts.refused += 1
                tell(findings)
            case .unreadable(let findings):
                isReadable = false
                tell(findings)
            case .end: break reading
            }
        }
        try lines.flush()
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
                }
            }
        }
        return isGood ? ExitCodes.good : ExitCodes.findings
    }
}
