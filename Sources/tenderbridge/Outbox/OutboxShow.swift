internal import ArgumentParser
internal import Cryptography
internal import ExchangeModel
internal import JSON

/// `tenderbridge outbox show`.
struct OutboxShow: Command {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows everything about one delivery: attempts, receipts, cause, and what to do.",
        discussion: """
            --explain FIELD says where a field of what is sent comes from, back to the line of what was received, or why it is empty: \
            the mappings of this moment are run once more over the stored record, and it is told whether they make the bytes that \
            are sent. FIELD is a name of the destination's document (/GCJS_NOTICE/URL, BID_OPEN_METHOD) or of the canonical record \
            (sections[0].code); "." stands for all. --bytes prints exactly the bytes that are sent. Both show the record: they need a \
            --reason, and who looked and why is in the evidence first.

              tenderbridge outbox show 0197a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b --config ops/demo/gateway.yaml
              tenderbridge outbox show 0197a1b2-... --explain BID_OPEN_METHOD --reason "asked by the platform, ticket 4711"
              tenderbridge outbox show 0197a1b2-... --bytes --reason "ticket 4711"

            Ends with 1 when there is no such delivery, no such field, or no bytes yet.
            \(ExitCodes.help)
            """)

    @Argument(help: ArgumentHelp("The delivery's id.", valueName: "id"))
    var id: String

    @Option(name: .long, help: ArgumentHelp("Say where a field comes from; \".\" for all.", valueName: "field"))
    var explain: String?

    @Flag(name: .long, help: "Print exactly the bytes that are sent.")
    var bytes = false

    @Option(name: .long, help: ArgumentHelp("Why you look; it stays in the evidence.", valueName: "text"))
    var reason: String?

    @OptionGroup var control: ControlOptions
    @OptionGroup var output: FormatOption
    @OptionGroup var text: LanguageOption

    func validate() throws {
        if explain != nil, bytes { throw ValidationError("give --explain or --bytes, not both") }
        if explain != nil || bytes, !(reason ?? "").unicodeScalars.contains(where: { $0.value > 0x20 }) {
            throw ValidationError("give a --reason: it shows the record")
        }
        if explain == nil, !bytes, reason != nil { throw ValidationError("--reason goes with --explain or --bytes") }
    }

    func perform() async throws -> Int32 {
        let client = try control.client(output.format)
        let place = "/v1/deliveries/\(ControlClient.encoded(id))"
        if let explain { return try await show(explain, from: client, at: place) }
        if bytes { return try await showBytes(from: client, at: place) }
        let view = DeliveryView(json: try await client.get(place))
        switch output.format {
        case .text: for line in view.description { try Terminal.print(line) }
        case .json: try Terminal.print { json in json.value(view.json) }
        }
        return ExitCodes.good
    }

    private func show(_ field: String, from client: ControlClient, at place: String) async throws -> Int32 {
        let answer = try await client.post(
            place + "/explain", query: [("field", field == "." ? "" : field), ("reason", reason ?? "")])
        switch output.format {
        case .text:
            for line in answer[text.language == .zh ? "linesZh" : "lines"]?.elements ?? [] {
                try Terminal.print(line.string ?? "")
            }
        case .json: try Terminal.print { json in json.value(answer) }
        }
        return ExitCodes.good
    }

    private func showBytes(from client: ControlClient, at place: String) async throws -> Int32 {
        let answer = try await client.post(place + "/payload", query: [("kind", "frozen"), ("reason", reason ?? "")])
        guard let bytes = (answer["base64"]?.string).flatMap({ Base64.decode($0.utf8) }) else {
            throw GatewayError(
                .temporary, attempted: "read the answer about", subject: place, happened: "it holds no bytes",
                remedy: "use the tenderbridge command of the gateway's version")
        }
        switch output.format {
        case .text: try Terminal.print(bytes)
        case .json: try Terminal.print { json in json.value(answer) }
        }
        return ExitCodes.good
    }
}
