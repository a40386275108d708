internal import ArgumentParser
internal import ExchangeModel
internal import Gateway
internal import JSON
internal import Store

/// `tenderbridge evidence show`.
struct EvidenceShow: Command {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tells what happened to a record, row by row, in the order of the evidence.",
        discussion: """
            All messages of a business key, oldest first, each with every row of its evidence: acceptance or refusal, \
            attempts, answers, people's acts and looks. Works on a running or stopped gateway's store. Rows are found by links \
            that the chain does not cover: for proof run evidence verify, or export the whole chain.

              tenderbridge evidence show A-2026-0001 --config ops/demo/gateway.yaml --language zh
              tenderbridge evidence show --message 0197a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b --store store.sqlite --format json

            Ends with 1 when there is no such message.
            \(ExitCodes.help)
            """)

    @Argument(help: ArgumentHelp("The business key.", valueName: "business key"))
    var businessKey: String?

    @Option(name: .long, help: ArgumentHelp("One message by its id instead.", valueName: "id"))
    var message: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOption
    @OptionGroup var text: LanguageOption

    /// Messages of one business key shown at most; the newest.
    private static let messagesMax = 1000

    func validate() throws {
        if (businessKey == nil) == (message == nil) { throw ValidationError("give either a business key or --message") }
    }

    func perform() async throws -> Int32 {
        let reader = try store.open(output.format)
        let messages = try await found(reader)
        guard !messages.isEmpty else {
            throw GatewayError(
                .notFound, attempted: "find", subject: message.map { "message \($0)" } ?? "business key \(businessKey ?? "")",
                happened: "there is none in this store", remedy: "see: tenderbridge evidence export")
        }
        switch output.format {
        case .text:
            for message in messages {
                for line in Self.lines(message, try await reader.evidence(ofMessage: message.id), text.language) {
                    try Terminal.print(line)
                }
            }
        case .json:
            var trails: [(MessageReport, [EvidenceRow])] = []
            for message in messages { trails.append((message, try await reader.evidence(ofMessage: message.id))) }
            try Terminal.print { json in
                json.object { json in
                    json.array("messages") { json in
                        for (message, rows) in trails { Self.write(message, rows, to: &json) }
                    }
                }
            }
        }
        return ExitCodes.good
    }

    private func found(_ reader: SQLiteStoreReader) async throws -> [MessageReport] {
        guard let message else {
            return try await reader.messages(businessKey: businessKey ?? "", limit: Self.messagesMax).reversed()
        }
        guard let id = MessageID(message) else { return [] }
        return try await reader.message(id).map { [$0] } ?? []
    }

    private static func lines(_ message: MessageReport, _ rows: [EvidenceRow], _ language: TextLanguage) -> [String] {
        var title = "message \(message.id)  \(message.state.rawValue)"
        if let dataset = message.dataset { title += "  \(dataset.name)" }
        if !message.businessKey.isEmpty { title += "  \(message.businessKey)  version \(message.version)" }
        return [title]
            + rows.map { row in
                "  \(row.sequence)  \(row.at)  " + words(row).map { language == .zh ? $0.textZH : $0.text }.joined()
            }
    }

    private static func words(_ row: EvidenceRow) -> [(text: String, textZH: String)] {
        guard let content = try? JSONValue(parsing: row.content) else {
            return [("its content is no JSON; see: evidence verify", "内容不是 JSON，请运行 evidence verify")]
        }
        return [(EvidenceWords.text(content), EvidenceWords.textZH(content))]
    }

    private static func write(_ message: MessageReport, _ rows: [EvidenceRow], to json: inout JSONWriter) {
        json.object { json in
            json.member("id", message.id.description)
            json.member("state", message.state.rawValue)
            json.member("dataset", message.dataset?.name)
            json.member("businessKey", message.businessKey)
            json.member("version", message.version)
            json.array("rows") { json in
                for row in rows {
                    json.object { json in
                        json.member("sequence", row.sequence)
                        json.member("at", row.at.description)
                        for (text, textZH) in words(row) {
                            json.member("text", text)
                            json.member("textZh", textZH)
                        }
                        json.member("digest", Hex.encode(row.digest))
                        if let content = try? JSONValue(parsing: row.content) { json.member("content", content) }
                    }
                }
            }
        }
    }
}
