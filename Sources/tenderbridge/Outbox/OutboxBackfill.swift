internal import ArgumentParser
internal import ExchangeModel
internal import Gateway
internal import JSON

/// `tenderbridge outbox backfill`.
struct OutboxBackfill: Command {
    static let configuration = CommandConfiguration(
        commandName: "backfill",
        abstract: "Sends past messages to a destination that the configuration has got since.",
        discussion: """
            Every message that was received at --from or later and before --to, and that a route brings to the destination, gets a \
            delivery there, in the order of its acceptance, unless it has one. Versions, parents and deadlines hold as for new \
            messages. Left out and counted are refused messages, those whose record was destroyed, and those that would come \
            behind a newer message of their ordering key. Works page by page beside the traffic; a run that broke off is \
            finished by the same command, and nothing is added twice.

              tenderbridge outbox backfill --destination archive --from 2026-01-01 --to 2026-05-01 --dry-run
              tenderbridge outbox backfill --destination archive --from 2026-01-01 --to 2026-05-01T09:30:00+08:00 \
            --dataset tender-notice --reason "the archive begins with this year"

            Times are RFC 3339; a date alone is its first moment in UTC.
            \(ExitCodes.help)
            """)

    @Option(name: .long, help: ArgumentHelp("Where to; a destination of the running configuration.", valueName: "name"))
    var destination: String

    @Option(name: .long, help: ArgumentHelp("Messages received then or later.", valueName: "time"))
    var from: String

    @Option(name: .long, help: ArgumentHelp("Messages received before.", valueName: "time"))
    var to: String

    @Option(name: .long, help: ArgumentHelp("Only of this dataset.", valueName: "name"))
    var dataset: String?

    @Option(name: .long, help: ArgumentHelp("Only of this channel.", valueName: "name"))
    var channel: String?

    @Flag(name: .customLong("dry-run"), help: "Only count, by dataset and channel.")
    var isDryRun = false

    @Option(
        name: .long,
        help: ArgumentHelp("Why, in one line; it goes into the evidence. Needed without --dry-run.", valueName: "text"))
    var reason: String?

    @OptionGroup var control: ControlOptions
    @OptionGroup var output: FormatOption

    /// How long to wait when the gateway is near a limit.
    private static let pause = Duration.seconds(2)

    func validate() throws {
        func instant(_ text: String, _ option: String) throws -> Instant {
            guard let instant = Instant(rfc3339: text) else {
                throw ValidationError("\(option) \(text) is no time; write 2026-05-01 or 2026-05-01T09:30:00+08:00")
            }
            return instant
        }
        guard try instant(from, "--from") < instant(to, "--to") else { throw ValidationError("--from is not before --to") }
        if reason == nil, !isDryRun { throw ValidationError("give a --reason; see what is meant with --dry-run") }
    }

    func perform() async throws -> Int32 {
        let client = try control.client(output.format)
        // Read again: `validate` has found both to be times.
        guard let begin = Instant(rfc3339: from), let end = Instant(rfc3339: to) else { return ExitCodes.findings }
        var report = try await client.post(
            "/v1/backfills",
            [
                ("destination", .string(destination)), ("from", .number("\(begin.milliseconds)")),
                ("to", .number("\(end.milliseconds)")), ("dataset", dataset.map { .string($0) }),
                ("channel", channel.map { .string($0) }), ("dryRun", .boolean(isDryRun)), ("reason", reason.map { .string($0) }),
            ])
        let id = report["id"]?.string ?? ""
        while report["done"]?.boolean == false {
            report = try await client.post("/v1/backfills/\(ControlClient.encoded(id))")
            if output.format == .text { try Terminal.print(Self.progress(report)) }
            if report["pausedBy"] != nil { try await Task.sleep(for: Self.pause) }
        }
        switch output.format {
        case .text: for line in Self.lines(report) { try Terminal.print(line) }
        case .json: try Terminal.print { json in json.value(report) }
        }
        return ExitCodes.good
    }

    private static func progress(_ report: JSONValue) -> String {
        if let limits = report["pausedBy"]?.elements {
            return "waits: the gateway is near a limit (\(limits.compactMap(\.string).joined(separator: ", ")))"
        }
        let (passed, all) = (report["progress"]?["passed"]?.number ?? "0", report["progress"]?["of"]?.number ?? "0")
        if all == "0" || passed == "0" { return "looks at what the destination has" }
        return "passed \(passed) of \(all) message(s), \(words(report)): \(report["total"]?["added"]?.number ?? "0")"
    }

    private static func words(_ report: JSONValue) -> String {
        report["dryRun"]?.boolean == true ? "would be sent" : "added"
    }

    /// Columns with the members they show.
    private static let columns = [
        ("HAS ONE", "present"), ("NO ROUTE", "noRoute"), ("OUTDATED", "outdated"), ("BEHIND", "behind"),
        ("UNREADABLE", "unreadable"), ("REFUSED", "refused"),
    ]

    static func lines(_ report: JSONValue) -> [String] {
        var table = TextTable(["DATASET", "CHANNEL", words(report).uppercased()] + columns.map(\.0))
        for group in report["groups"]?.elements ?? [] {
            let dataset = group["dataset"]?.string ?? ""
            table.add(
                [dataset.isEmpty ? "-" : dataset, group["channel"]?.string ?? "", group["added"]?.number ?? "0"]
                    + columns.map { group[$0.1]?.number ?? "0" })
        }
        var lines = table.lines
        let (count, behind) = (report["total"]?["added"]?.number ?? "0", report["total"]?["behind"]?.integer ?? 0)
        let named = report["behind"]?.elements ?? []
        if behind > 0 {
            lines.append("behind a newer message of their ordering key at the destination, and left out to keep its order:")
            for message in named {
                lines.append(
                    "  \(message["message"]?.string ?? "")  \(message["businessKey"]?.string ?? "")"
                        + "  \(message["orderingKey"]?.string ?? "")")
            }
            if behind > named.count { lines.append("  and \(behind - named.count) more") }
        }
        let destination = report["destination"]?.string ?? ""
        lines.append(
            report["dryRun"]?.boolean == true
                ? "\(count) message(s) would be sent to \(destination); nothing was done"
                : "\(count) delivery(ies) to \(destination) added; outbox stats tells how they leave")
        return lines
    }
}
