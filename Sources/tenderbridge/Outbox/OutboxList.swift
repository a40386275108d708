internal import ArgumentParser
internal import ExchangeModel
internal import JSON

/// `tenderbridge outbox list`.
struct OutboxList: Command {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists deliveries that are not at an end, dead ones included.",
        discussion: """
            One line for each: its state and since when, attempts, the cause where there is one, and what happens next.

              tenderbridge outbox list --config ops/demo/gateway.yaml
              tenderbridge outbox list --state dead --state unknown --destination provincial --format json

            \(ExitCodes.help)
            """)

    @OptionGroup var selection: DeliverySelection

    @Option(name: .long, help: "Print at most so many.")
    var limit = 1000

    @OptionGroup var control: ControlOptions
    @OptionGroup var output: FormatOption

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit is at least 1") }
        try selection.validate()
    }

    /// Page by page: a million lines need no more memory than a thousand. Columns are as wide as their page asks for.
    func perform() async throws -> Int32 {
        let client = try control.client(output.format)
        var isFirst = true
        if output.format == .json { try Terminal.print(Array("{\"deliveries\": [".utf8)) }
        let (count, isCut) = try await selection.deliveries(of: client, states: selection.state, limit: limit) {
            (views) throws(GatewayError) in
            switch output.format {
            case .text:
                var table = TextTable(DeliveryView.header)
                for view in views { table.add(view.row) }
                for line in table.lines.dropFirst(isFirst ? 0 : 1) { try Terminal.print(line) }
            case .json:
                var text: [UInt8] = []
                for (index, view) in views.enumerated() {
                    text += Array((isFirst && index == 0 ? "\n" : ",\n").utf8) + view.json.bytes()
                }
                try Terminal.print(text)
            }
            isFirst = false
        }
        switch output.format {
        case .text:
            if isFirst { for line in TextTable(DeliveryView.header).lines { try Terminal.print(line) } }
            try Terminal.print("\(count) delivery(ies)" + (isCut ? "; there may be more, see --limit" : ""))
        case .json: try Terminal.print("\n]}")
        }
        return ExitCodes.good
    }
}
