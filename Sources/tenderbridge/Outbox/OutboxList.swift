internal import ArgumentParser
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
    var limit = Int.max

    @OptionGroup var control: ControlOptions
    @OptionGroup var output: FormatOption

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit is at least 1") }
    }

    func perform() async throws -> Int32 {
        let views = try await selection.deliveries(of: control.client(output.format), states: selection.state, limit: limit)
        switch output.format {
        case .text:
            var table = TextTable(DeliveryView.header)
            for view in views { table.add(view.row) }
            for line in table.lines { try Terminal.print(line) }
            try Terminal.print("\(views.count) delivery(ies)")
        case .json:
            try Terminal.print { json in
                json.object { json in json.member("deliveries", .array(views.map(\.json))) }
            }
        }
        return ExitCodes.good
    }
}
