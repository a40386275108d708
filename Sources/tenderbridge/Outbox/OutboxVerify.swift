internal import ArgumentParser
internal import ExchangeModel
internal import JSON
internal import Store

/// `tenderbridge outbox verify`.
struct OutboxVerify: Command {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks that messages, deliveries, attempts, bytes and holds in the store fit together.",
        discussion: """
            Reads the store beside the gateway, or without it, and changes nothing. While a gateway runs it is asked who it is, so \
            that a delivery in flight for a former life shows. Prints what was checked and each fault.

              tenderbridge outbox verify --config ops/demo/gateway.yaml

            Ends with 0 when everything fits, with 1 when it does not.
            \(ExitCodes.help)
            """)

    @OptionGroup var store: StoreOptions

    @Option(name: .long, help: ArgumentHelp("The control socket, where --config does not lead to it.", valueName: "path"))
    var socket: String?

    @OptionGroup var output: FormatOption

    func perform() async throws -> Int32 {
        let reader = try store.open(output.format)
        let (owner, note) = await runningOwner(try store.path(output.format))
        var told = 0
        let report = try await reader.verifyOutbox(owner: owner) { report in
            // Large stores take minutes; on the standard error, so that a redirected report stays as it is.
            guard report.messages + report.deliveries >= told + Self.rowsPerLine else { return }
            told = report.messages + report.deliveries
            Terminal.complain(
                "so far: \(report.messages) message(s), \(report.deliveries) delivery(ies), \(report.faultCount) fault(s)")
        }
        switch output.format {
        case .text: for line in Self.lines(report, note) { try Terminal.print(line) }
        case .json: try Terminal.print { json in Self.write(report, note, to: &json) }
        }
        return report.faultCount == 0 ? ExitCodes.good : ExitCodes.findings
    }

    /// A line of progress for so many rows.
    private static let rowsPerLine = 250_000

    /// The life of the gateway that has the store, and a sentence about it.
    private func runningOwner(_ path: String) async -> (String?, String) {
        guard StoreCheck.isHeld(path + ".lock") else {
            return (nil, "no gateway runs; what is in flight becomes unknown at the next start")
        }
        do {
            if let owner = try await askOwner() { return (owner, "the gateway runs as \(owner)") }
        } catch {
            return (nil, "a gateway runs and does not answer (\(error)); owners of leases were not checked")
        }
        return (nil, "a gateway runs and does not say who it is; owners of leases were not checked")
    }

    private func askOwner() async throws -> String? {
        let client = try ControlOptions.naming(socket: socket, config: store.config).client(output.format)
        return try await client.get("/v1/gateway")["owner"]?.string
    }

    static func lines(_ report: OutboxConsistency, _ note: String) -> [String] {
        var lines = [
            "looked at \(report.messages) message(s), \(report.deliveries) delivery(ies), \(report.holds) hold(s), "
                + "\(report.inFlight) in flight", note,
        ]
        for check in OutboxConsistency.checks {
            let isSkipped = check.name == "lease.owner" && !report.isOwnerChecked
            let count = report.faults.count { $0.check == check.name }
            lines.append(
                "\(isSkipped ? "skipped" : count == 0 ? "good   " : "FAULT  ")  \(check.name): \(check.text)")
        }
        for fault in report.faults { lines.append("\(fault.check): \(fault.subject): \(fault.text)（\(fault.textZH)）") }
        if report.faultCount > report.faults.count { lines.append("and \(report.faultCount - report.faults.count) more") }
        lines.append(report.faultCount == 0 ? "everything fits" : "\(report.faultCount) fault(s)")
        return lines
    }

    private static func write(_ report: OutboxConsistency, _ note: String, to json: inout JSONWriter) {
        json.object { json in
            json.member("good", report.faultCount == 0)
            json.member("note", note)
            json.member("messages", report.messages)
            json.member("deliveries", report.deliveries)
            json.member("holds", report.holds)
            json.member("inFlight", report.inFlight)
            json.member("ownerChecked", report.isOwnerChecked)
            json.array("checks") { json in for check in OutboxConsistency.checks { json.string(check.name) } }
            json.member("faultCount", report.faultCount)
            json.array("faults") { json in
                for fault in report.faults {
                    json.object { json in
                        json.member("check", fault.check)
                        json.member("subject", fault.subject)
                        json.member("text", fault.text)
                        json.member("textZh", fault.textZH)
                    }
                }
            }
        }
    }
}
