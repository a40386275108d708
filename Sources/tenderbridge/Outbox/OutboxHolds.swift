internal import ArgumentParser
internal import ExchangeModel
internal import JSON

/// `tenderbridge outbox hold`.
struct OutboxHold: Command {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Stops a destination, or one ordering key of it, until outbox release.",
        discussion: """
            Nothing new is sent from the moment on when the command comes back, also after a restart. What is on its way ends, \
            and unknown outcomes are still asked about. Messages are accepted as before and wait. The reason is shown to \
            everybody who asks why something waits, and is in the evidence with who held it.

              tenderbridge outbox hold --destination provincial --reason "their maintenance until 18:00"
              tenderbridge outbox hold --destination provincial --ordering-key P-2026-7 --reason "wrong project code"

            \(ExitCodes.help)
            """)

    @OptionGroup var selector: HoldOptions

    @Option(name: .long, help: ArgumentHelp("Why, in one line.", valueName: "text"))
    var reason: String

    @OptionGroup var control: ControlOptions
    @OptionGroup var output: FormatOption

    func perform() async throws -> Int32 {
        try await HoldAct.perform("held", "/v1/holds", selector, reason: reason, control.client(output.format), output.format)
    }
}

/// `tenderbridge outbox release`.
struct OutboxRelease: Command {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Lets a held destination or ordering key go on, or the lane behind a parked delivery.",
        discussion: """
            Of a parked lane the dead delivery stays dead and is moved aside; those behind it go on. outbox retry sends it later.

              tenderbridge outbox release --destination provincial
              tenderbridge outbox release --destination provincial --ordering-key P-2026-7 --reason "corrected"

            Ends with 1 when nothing was held.
            \(ExitCodes.help)
            """)

    @OptionGroup var selector: HoldOptions

    @Option(name: .long, help: ArgumentHelp("Why, in one line.", valueName: "text"))
    var reason: String?

    @OptionGroup var control: ControlOptions
    @OptionGroup var output: FormatOption

    func perform() async throws -> Int32 {
        try await HoldAct.perform(
            "released", "/v1/holds/release", selector, reason: reason, control.client(output.format), output.format)
    }
}

/// What is held or released.
struct HoldOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The destination.", valueName: "name"))
    var destination: String

    @Option(
        name: .customLong("ordering-key"),
        help: ArgumentHelp("Only the lane of this ordering key, as outbox show tells it.", valueName: "key"))
    var orderingKey: String?
}

private enum HoldAct {
    static func perform(
        _ word: String, _ path: String, _ selector: HoldOptions, reason: String?, _ client: ControlClient, _ format: OutputFormat
    ) async throws -> Int32 {
        let answer = try await client.post(
            path,
            [
                ("destination", .string(selector.destination)), ("orderingKey", selector.orderingKey.map { .string($0) }),
                ("reason", reason.map { .string($0) }),
            ])
        switch format {
        case .text: for hold in answer["holds"]?.elements ?? [] { try Terminal.print("\(word): \(DeliveryView.words(hold))") }
        case .json: try Terminal.print { json in json.value(answer) }
        }
        return ExitCodes.good
    }
}
