internal import ArgumentParser
internal import ExchangeModel
internal import Gateway
internal import JSON

/// `tenderbridge outbox`.
struct OutboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outbox",
        abstract: "Shows what is waiting to be delivered, why, and what happens next; lets a person act on it.",
        discussion: """
            Speaks to the running gateway over its control socket, as root or as the gateway's own user; the acts are in the \
            evidence with that user. The socket is found by --socket, else by TENDERBRIDGE_SOCKET, else from --config.

              tenderbridge outbox list --config ops/demo/gateway.yaml --state dead
              tenderbridge outbox show 0197a1b2-...
              tenderbridge outbox forecast --destination provincial
              tenderbridge outbox retry 0197a1b2-...
              tenderbridge outbox hold --destination provincial --reason "their maintenance until 18:00"
              tenderbridge outbox backfill --destination archive --from 2026-01-01 --to 2026-05-01 --dry-run
              tenderbridge outbox stats
            """,
        subcommands: [
            OutboxList.self, OutboxShow.self, OutboxPayload.self, OutboxAttachments.self, OutboxExportCase.self,
            OutboxForecast.self, OutboxRetry.self,
            OutboxCancel.self,
            OutboxAside.self, OutboxHold.self, OutboxRelease.self, OutboxBackfill.self, OutboxStats.self,
            OutboxVerify.self,
        ])
}

/// Which daemon is spoken to.
struct ControlOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The control socket.", valueName: "path"))
    var socket: String?

    @Option(name: .long, help: ArgumentHelp("The configuration that names the control socket.", valueName: "file"))
    var config: String?

    /// For a command with options of its own. The parser sets no value here.
    static func naming(socket: String?, config: String?) -> ControlOptions {
        var options = ControlOptions()
        options.socket = socket
        options.config = config
        return options
    }

    /// A client of the daemon.
    func client(_ format: OutputFormat) throws -> ControlClient { try ControlClient(socket: try path(format)) }

    private func path(_ format: OutputFormat) throws -> String {
        if let socket { return socket }
        let environment = ProcessEnvironment.all
        if let named = environment["TENDERBRIDGE_SOCKET"], !named.isEmpty { return named }
        guard let config else {
            throw GatewayError(
                .usage, attempted: "find", subject: "the control socket", happened: "nothing names it",
                remedy: "give --socket or --config, or set TENDERBRIDGE_SOCKET")
        }
        return try ControlSocketPath.of(
            try ConfigurationFile.read(config, secrets: .standIns, format: format), environment: environment)
    }
}

/// Which deliveries are meant.
struct DeliverySelection: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Only of this destination.", valueName: "name"))
    var destination: String?

    @Option(name: .long, help: ArgumentHelp("Only in this state; repeat for more.", valueName: "state"))
    var state: [String] = []

    @Option(name: .customLong("business-key"), help: ArgumentHelp("Only of the messages of this business key.", valueName: "key"))
    var businessKey: String?

    @Option(name: .long, help: ArgumentHelp("Only with this cause, as `outbox list` shows it.", valueName: "code"))
    var cause: String?

    func validate() throws {
        for name in state where !DeliveryState.names.contains(name) {
            throw ValidationError("\(name) is no state; there are: \(DeliveryState.names.joined(separator: ", "))")
        }
    }

    /// Whether anything is selected at all.
    var isEmpty: Bool { destination == nil && state.isEmpty && businessKey == nil && cause == nil }

    /// Asks for them page by page, at most so many, and hands each page on before it asks for the next. Returns how many there
    /// were, and whether there may be more.
    func deliveries(
        of client: ControlClient, states: [String], limit: Int, _ page: ([DeliveryView]) throws(GatewayError) -> Void
    ) async throws(GatewayError) -> (count: Int, isCut: Bool) {
        var count = 0
        var after: Int64 = 0
        while count < limit {
            let wanted = min(limit - count, Self.pageRows)
            var query: [(name: String, value: String)] = [("limit", "\(wanted)"), ("after", "\(after)")]
            if let destination { query.append(("destination", destination)) }
            if let businessKey { query.append(("businessKey", businessKey)) }
            if let cause { query.append(("cause", cause)) }
            for name in states { query.append(("state", name)) }
            let answer = try await client.get("/v1/deliveries", query: query)
            let rows = answer["deliveries"]?.elements ?? []
            if !rows.isEmpty { try page(rows.map { DeliveryView(json: $0) }) }
            count += rows.count
            let last = answer["last"]?.number.flatMap { Int64($0) } ?? after
            if rows.count < wanted || last <= after { return (count, false) }
            after = last
        }
        return (count, true)
    }

    /// Deliveries asked for at once.
    private static let pageRows = 1000
}
