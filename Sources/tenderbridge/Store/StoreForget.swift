internal import ArgumentParser
internal import ExchangeModel
internal import Gateway
internal import Glibc
internal import JSON
internal import Store

/// `tenderbridge store forget`.
struct StoreForget: Command {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Destroys the data keys of past days, so that what they encrypted can never be read again.",
        discussion: """
            Days are UTC. A day that an open delivery still needs stays, and is named. Messages, states, receipts' verdicts \
            and the evidence stay and can be verified; payloads, records, frozen bytes and answers of those days are gone. \
            Backups hold the wrapped keys of their day: destroy those too, or change the master key and destroy the former one.

              tenderbridge store forget --config /etc/tenderbridge/gateway.yaml --before 2026-01-01 --reason "retention, rule 12"

            Speaks to the gateway when it runs, and opens the store itself when it does not. There is no way back.
            \(ExitCodes.help)
            """)

    @Option(name: .long, help: ArgumentHelp("The configuration.", valueName: "file"))
    var config: String

    @Option(name: .long, help: ArgumentHelp("The first day that is kept, such as 2026-01-01.", valueName: "date"))
    var before: String

    @Option(name: .long, help: ArgumentHelp("Why; it stays in the evidence.", valueName: "text"))
    var reason: String

    @OptionGroup var output: FormatOption

    func validate() throws {
        if before.utf8.count != 10 || Instant(rfc3339: before) == nil {
            throw ValidationError("\(before) is no date such as 2026-01-01")
        }
        if !reason.unicodeScalars.contains(where: { $0.value > 0x20 }) { throw ValidationError("give a reason") }
    }

    func perform() async throws -> Int32 {
        // `validate` has read it before.
        guard let day = Instant(rfc3339: before) else { return ExitCodes.findings }
        let configuration = try ConfigurationFile.read(config, secrets: .standIns, format: output.format)
        let outcome: JSONValue
        if StoreCheck.isHeld(configuration.storePath + ".lock") {
            let socket = try ControlSocketPath.of(configuration, environment: ProcessEnvironment.all)
            outcome = try await ControlClient(socket: socket).post(
                "/v1/store/forget", query: [("before", "\(day.milliseconds)"), ("reason", reason)])
        } else {
            outcome = try await offline(day)
        }
        switch output.format {
        case .json: try Terminal.print { json in json.value(outcome) }
        case .text:
            let days = (outcome["days"]?.elements ?? []).compactMap(\.string)
            try Terminal.print("\(outcome["keys"]?.number ?? "0") key(s) of \(days.count) day(s) destroyed")
            for day in days { try Terminal.print("  \(day)") }
            for day in (outcome["keptDays"]?.elements ?? []).compactMap(\.string) {
                try Terminal.print("kept: \(day), which open deliveries need")
            }
            if outcome["hasPlainPayloads"]?.boolean == true {
                try Terminal.print("note: payloads from before encryption was switched on stay readable in the store")
            }
        }
        return ExitCodes.good
    }

    private func offline(_ day: Instant) async throws -> JSONValue {
        let configuration = try ConfigurationFile.read(config, secrets: .resolved, format: output.format)
        guard LocalFiles.exists(configuration.storePath) else {
            throw GatewayError(
                .notFound, attempted: "open the store", subject: configuration.storePath, happened: "there is no such file",
                remedy: "name the configuration of the gateway whose store is meant")
        }
        var options = SQLiteStoreOptions()
        options.masterKeys = configuration.masterKeys
        let store = try SQLiteStore.open(path: configuration.storePath, options: options)
        do {
            let outcome = try await store.destroyKeys(
                KeyDestructionOrder(before: day, actor: "uid:\(geteuid())", reason: reason, at: SystemClock().now()))
            await store.close()
            // What the writer has just written can be read.
            return (try? JSONValue(parsing: JSONWriter.bytes { ReportJSON.write(outcome, to: &$0) })) ?? .null
        } catch {
            await store.close()
            throw error
        }
    }
}
