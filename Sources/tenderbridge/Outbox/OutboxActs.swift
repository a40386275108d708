internal import ArgumentParser
internal import ExchangeModel
internal import JSON

/// `tenderbridge outbox retry`.
struct OutboxRetry: Command {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Sends dead, delayed or unknown deliveries again, now.",
        discussion: """
            For an unknown delivery ask the platform first: it may have it already, and what comes twice may count twice. \
            Without ids the options select; only dead deliveries are then meant, unless --state says otherwise.

              tenderbridge outbox retry 0197a1b2-... --config ops/demo/gateway.yaml
              tenderbridge outbox retry --destination provincial --cause answer.permanent

            Ends with 1 when one of them could not be sent again.
            \(ExitCodes.help)
            """)

    @Argument(help: ArgumentHelp("Ids of deliveries.", valueName: "id"))
    var ids: [String] = []

    @OptionGroup var selection: DeliverySelection
    @OptionGroup var control: ControlOptions
    @OptionGroup var output: FormatOption

    func validate() throws { try OutboxAct.validate(ids, selection) }

    func perform() async throws -> Int32 {
        try await OutboxAct(verb: "retry", ids: ids, selection: selection).perform(control.client(output.format), output.format)
    }
}

/// `tenderbridge outbox cancel`.
struct OutboxCancel: Command {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Ends deliveries for good: they are not sent any more.",
        discussion: """
            The message stays, and the evidence tells who cancelled. Without ids the options select; only dead deliveries are \
            then meant, unless --state says otherwise.

              tenderbridge outbox cancel 0197a1b2-... --config ops/demo/gateway.yaml

            Ends with 1 when one of them could not be cancelled.
            \(ExitCodes.help)
            """)

    @Argument(help: ArgumentHelp("Ids of deliveries.", valueName: "id"))
    var ids: [String] = []

    @OptionGroup var selection: DeliverySelection
    @OptionGroup var control: ControlOptions
    @OptionGroup var output: FormatOption

    func validate() throws { try OutboxAct.validate(ids, selection) }

    func perform() async throws -> Int32 {
        try await OutboxAct(verb: "cancel", ids: ids, selection: selection).perform(control.client(output.format), output.format)
    }
}

/// What a person does with deliveries, one after the other; a refusal of one does not keep the others from it.
private struct OutboxAct {
    let verb: String
    let ids: [String]
    let selection: DeliverySelection

    static func validate(_ ids: [String], _ selection: DeliverySelection) throws {
        if ids.isEmpty, selection.isEmpty {
            throw ValidationError("name deliveries by id, or select them with --destination or another option")
        }
        if !ids.isEmpty, !selection.isEmpty { throw ValidationError("give either ids or options that select, not both") }
    }

    func perform(_ client: ControlClient, _ format: OutputFormat) async throws -> Int32 {
        var meant = ids
        if meant.isEmpty {
            let states = selection.state.isEmpty ? [DeliveryState.dead.name] : selection.state
            meant = try await selection.deliveries(of: client, states: states, limit: .max).map(\.id)
        }
        var done: [DeliveryView] = []
        var refused: [(id: String, error: GatewayError)] = []
        for id in meant {
            do throws(GatewayError) {
                done.append(DeliveryView(json: try await client.post("/v1/deliveries/\(ControlClient.encoded(id))/\(verb)")))
            } catch {
                // Without the daemon there is nothing to go on with.
                if error.code == .addressUnavailable { throw error }
                refused.append((id, error))
            }
        }
        try report(done, refused, format)
        return refused.isEmpty
            ? ExitCodes.good : refused.count == 1 && done.isEmpty ? refused[0].error.code.exitCode : ExitCodes.findings
    }

    private func report(
        _ done: [DeliveryView], _ refused: [(id: String, error: GatewayError)], _ format: OutputFormat
    ) throws(GatewayError) {
        switch format {
        case .text:
            for view in done { try Terminal.print("\(view.id)  \(view.state)  \(view.next)") }
            for (_, error) in refused { Terminal.complain("error: \(error)") }
            try Terminal.print("\(verb): \(done.count) done, \(refused.count) refused")
        case .json:
            try Terminal.print { json in
                json.object { json in
                    json.member("deliveries", .array(done.map(\.json)))
                    json.array("refused") { json in
                        for (id, error) in refused {
                            json.object { json in
                                json.member("id", id)
                                json.member("error", error.description)
                            }
                        }
                    }
                }
            }
        }
    }
}
