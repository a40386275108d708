internal import ArgumentParser
internal import ExchangeModel
internal import JSON
internal import Store

/// `tenderbridge evidence export`.
struct EvidenceExport: Command {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Prints the evidence, one JSON object a line, as the store has it.",
        discussion: """
            Each line is {"sequence", "at", "messageId", "digest", "content"}; content holds the very bytes that the digest \
            covers. Anybody can recompute the chain: digest = SM3(digest before || sequence as 8 bytes big-endian || \
            milliseconds of `at` as 8 bytes big-endian || content); before the first row stand 32 zero bytes.

              tenderbridge evidence export --config ops/demo/gateway.yaml --from 1000 > evidence.jsonl

            \(ExitCodes.help)
            """)

    @OptionGroup var store: StoreOptions

    @Option(name: .long, help: ArgumentHelp("First row to print.", valueName: "sequence"))
    var from: Int64 = 1

    @OptionGroup var output: FormatOption

    /// Rows read at once.
    private static let pageRows = 500

    func perform() async throws -> Int32 {
        let reader = try store.open(output.format)
        var next = max(from, 1)
        while true {
            let rows = try await reader.evidence(from: next, limit: Self.pageRows)
            guard let last = rows.last else { return ExitCodes.good }
            var page: [UInt8] = []
            for row in rows { page += Self.line(row) }
            try Terminal.print(page)
            next = last.sequence + 1
        }
    }

    /// One row; both formats are the same, since a row is JSON in either.
    static func line(_ row: EvidenceRow) -> [UInt8] {
        var json = JSONWriter(capacity: row.content.count + 256)
        json.object { json in
            json.member("sequence", row.sequence)
            json.member("at", row.at.description)
            if let id = row.messageID {
                json.member("messageId", id.description)
            } else {
                json.member("messageId", nil as String?)
            }
            json.member("digest", Hex.encode(row.digest))
            json.key("content")
            json.rawValue(row.content)
        }
        return json.bytes + [0x0A]
    }
}
