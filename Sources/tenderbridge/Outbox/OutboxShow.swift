internal import ArgumentParser
internal import JSON

/// `tenderbridge outbox show`.
struct OutboxShow: Command {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows everything about one delivery: attempts, receipts, cause, and what to do.",
        discussion: """
              tenderbridge outbox show 0197a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b --config ops/demo/gateway.yaml

            Ends with 1 when there is no such delivery.
            \(ExitCodes.help)
            """)

    @Argument(help: ArgumentHelp("The delivery's id.", valueName: "id"))
    var id: String

    @OptionGroup var control: ControlOptions
    @OptionGroup var output: FormatOption

    func perform() async throws -> Int32 {
        let view = DeliveryView(json: try await control.client(output.format).get("/v1/deliveries/\(ControlClient.encoded(id))"))
        switch output.format {
        case .text: for line in view.description { try Terminal.print(line) }
        case .json: try Terminal.print { json in json.value(view.json) }
        }
        return ExitCodes.good
    }
}
