internal import ArgumentParser
internal import ExchangeModel
internal import JSON

/// `tenderbridge outbox retry`.
struct OutboxRetry: Command {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Sends dead, delayed or unknown deliveries again, now.",
        discussion: """
            For an unknown delivery ask the platform first: it may have it already, and what comes twice may count twice. One \
            that was passed by others of its lane goes out of order, and the evidence says so. Without ids the options select; \
            only dead deliveries are then meant, unless --state says otherwise, and a reason is needed.

              tenderbridge outbox retry 0197a1b2-... --config ops/demo/gateway.yaml
              tenderbridge outbox retry --destination provincial --cause answer.permanent --dry-run
              tenderbridge outbox retry --destination provincial --cause answer.permanent --reason "mapping 4 is loaded"

            Ends with 1 when one of them could not be sent again.
            \(ExitCodes.help)
            """)

    @OptionGroup var act: ActOptions
    @OptionGroup var control: ControlOptions
    @OptionGroup var output: FormatOption

    func validate() throws { try act.validate() }

    func perform() async throws -> Int32 { try await act.perform("retry", control.client(output.format), output.format) }
}

/// `tenderbridge outbox cancel`.
struct OutboxCancel: Command {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Ends deliveries for good: they are not sent any more.",
        discussion: """
            The message stays, and the evidence tells who cancelled, and why. Without ids the options select; only dead \
            deliveries are then meant, unless --state says otherwise, and a reason is needed.

              tenderbridge outbox cancel 0197a1b2-... --config ops/demo/gateway.yaml
              tenderbridge outbox cancel --business-key PLATFORM-1 --state pending --reason "withdrawn by the sender"

            Ends with 1 when one of them could not be cancelled.
            \(ExitCodes.help)
            """)

    @OptionGroup var act: ActOptions
    @OptionGroup var control: ControlOptions
    @OptionGroup var output: FormatOption

    func validate() throws { try act.validate() }

    func perform() async throws -> Int32 { try await act.perform("cancel", control.client(output.format), output.format) }
}

/// `tenderbridge outbox aside`.
struct OutboxAside: Command {
    static let configuration = CommandConfiguration(
        commandName: "aside",
        abstract: "Moves one delivery aside, so that those behind it in its lane go on.",
        discussion: """
            It is dead until outbox retry sends it, out of order then, or outbox cancel ends it. What is being sent or asked \
            about is not moved aside: it may be with the platform already.

              tenderbridge outbox aside 0197a1b2-... --reason "the city corrects the amount" --config ops/demo/gateway.yaml

            \(ExitCodes.help)
            """)

    @Argument(help: ArgumentHelp("The delivery's id.", valueName: "id"))
    var id: String

    @Option(name: .long, help: ArgumentHelp("Why, in one line; it goes into the evidence.", valueName: "text"))
    var reason: String

    @OptionGroup var control: ControlOptions
    @OptionGroup var output: FormatOption

    func perform() async throws -> Int32 {
        let view = DeliveryView(
            json: try await control.client(output.format).post(
                "/v1/deliveries/\(ControlClient.encoded(id))/aside", [("reason", .string(reason))]))
        switch output.format {
        case .text: try Terminal.print("\(view.id)  \(view.state)  \(view.next)")
        case .json: try Terminal.print { json in json.value(view.json) }
        }
        return ExitCodes.good
    }
}

/// Which deliveries an act means, and why it is done.
struct ActOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("Ids of deliveries.", valueName: "id"))
    var ids: [String] = []

    @OptionGroup var selection: DeliverySelection

    @Option(
        name: .long, help: ArgumentHelp("Why, in one line; it goes into the evidence. Needed without ids.", valueName: "text"))
    var reason: String?

    @Flag(name: .customLong("dry-run"), help: "Only say how many are meant.")
    var isDryRun = false

    @Option(name: .long, help: "Act on at most so many.")
    var limit = Int.max

    func validate() throws {
        if ids.isEmpty, selection.isEmpty {
            throw ValidationError("name deliveries by id, or select them with --destination or another option")
        }
        if !ids.isEmpty, !selection.isEmpty { throw ValidationError("give either ids or options that select, not both") }
        if !ids.isEmpty, isDryRun { throw ValidationError("--dry-run counts what options select; ids are counted already") }
        if limit < 1 { throw ValidationError("--limit is at least 1") }
        if ids.isEmpty, reason == nil, !isDryRun {
            throw ValidationError("acts on many need --reason; see the count with --dry-run")
        }
        try selection.validate()
    }

    /// What became of the acts.
    private struct Outcome {
        var done = 0
        var refused = 0
        var deliveries: [DeliveryView] = []
        var refusals: [(id: String, text: String)] = []
        /// Exit code of the only act that was refused.
        var exitCode = ExitCodes.findings
    }

    fileprivate func perform(_ verb: String, _ client: ControlClient, _ format: OutputFormat) async throws -> Int32 {
        if isDryRun { return try await count(verb, client, format) }
        let outcome = ids.isEmpty ? try await many(verb, client) : try await each(verb, client)
        try report(verb, outcome, format)
        if outcome.refused == 0 { return ExitCodes.good }
        return outcome.refused == 1 && outcome.done == 0 ? outcome.exitCode : ExitCodes.findings
    }

    /// One after the other; a refusal of one does not keep the others from it.
    private func each(_ verb: String, _ client: ControlClient) async throws -> Outcome {
        var outcome = Outcome()
        for id in ids.prefix(limit) {
            do throws(GatewayError) {
                let order: [(name: String, value: JSONValue?)] = [("reason", reason.map { .string($0) })]
                outcome.deliveries.append(
                    DeliveryView(json: try await client.post("/v1/deliveries/\(ControlClient.encoded(id))/\(verb)", order)))
                outcome.done += 1
            } catch {
                // Without the daemon there is nothing to go on with.
                if error.code == .addressUnavailable { throw error }
                outcome.refused += 1
                outcome.refusals.append((id, error.description))
                outcome.exitCode = error.code.exitCode
            }
        }
        return outcome
    }

    /// Page by page, chosen and acted on by the daemon.
    private func many(_ verb: String, _ client: ControlClient) async throws -> Outcome {
        var outcome = Outcome()
        var after: Int64? = 0
        while let from = after, outcome.done + outcome.refused < limit {
            let left = min(limit - outcome.done - outcome.refused, 500)
            let page = try await client.post(
                "/v1/deliveries/\(verb)",
                order + [("after", .number("\(from)")), ("limit", .number("\(left)")), ("reason", reason.map { .string($0) })])
            outcome.done += page["done"]?.integer ?? 0
            outcome.refused += page["refused"]?.integer ?? 0
            for refusal in page["refusals"]?.elements ?? [] {
                outcome.refusals.append((refusal["id"]?.string ?? "", refusal["error"]?.string ?? ""))
            }
            after = page["next"]?.number.flatMap { Int64($0) }
        }
        return outcome
    }

    private func count(_ verb: String, _ client: ControlClient, _ format: OutputFormat) async throws -> Int32 {
        let answer = try await client.post("/v1/deliveries/\(verb)", order + [("dryRun", .boolean(true))])
        let count = min(answer["count"]?.integer ?? 0, limit)
        switch format {
        case .text: try Terminal.print("\(verb): \(count) delivery(ies) are meant; nothing was done")
        case .json: try Terminal.print { json in json.object { $0.member("count", count) } }
        }
        return ExitCodes.good
    }

    private var order: [(name: String, value: JSONValue?)] {
        let states = selection.state.isEmpty ? [DeliveryState.dead.name] : selection.state
        return [
            ("destination", selection.destination.map { .string($0) }), ("states", .array(states.map { .string($0) })),
            ("businessKey", selection.businessKey.map { .string($0) }), ("cause", selection.cause.map { .string($0) }),
        ]
    }

    private func report(_ verb: String, _ outcome: Outcome, _ format: OutputFormat) throws(GatewayError) {
        switch format {
        case .text:
            for view in outcome.deliveries { try Terminal.print("\(view.id)  \(view.state)  \(view.next)") }
            for (id, text) in outcome.refusals { Terminal.complain("error: \(id): \(text)") }
            try Terminal.print("\(verb): \(outcome.done) done, \(outcome.refused) refused")
        case .json:
            try Terminal.print { json in
                json.object { json in
                    json.member("done", outcome.done)
                    json.member("refusedCount", outcome.refused)
                    json.member("deliveries", .array(outcome.deliveries.map(\.json)))
                    json.array("refused") { json in
                        for (id, text) in outcome.refusals {
                            json.object { json in
                                json.member("id", id)
                                json.member("error", text)
                            }
                        }
                    }
                }
            }
        }
    }
}
