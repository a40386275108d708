internal import ArgumentParser
internal import ExchangeModel
internal import JSON

/// `tenderbridge outbox stats`.
struct OutboxStats: Command {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Counts what waits for each destination, by state, and tells what is held or parked.",
        discussion: """
            Also the age of the first open delivery, attempts under way, and how many were confirmed in the last minute, five and \
            fifteen. The counts are kept by the gateway, so that a million waiting deliveries are counted at once.

              tenderbridge outbox stats --config ops/demo/gateway.yaml
              tenderbridge outbox stats --destination provincial --format json

            \(ExitCodes.help)
            """)

    @Option(name: .long, help: ArgumentHelp("Only this destination.", valueName: "name"))
    var destination: String?

    @OptionGroup var control: ControlOptions
    @OptionGroup var output: FormatOption

    func perform() async throws -> Int32 {
        let query = destination.map { [(name: "destination", value: $0)] } ?? []
        let answer = try await control.client(output.format).get("/v1/outbox/stats", query: query)
        switch output.format {
        case .text: for line in Self.lines(answer) { try Terminal.print(line) }
        case .json: try Terminal.print { json in json.value(answer) }
        }
        return ExitCodes.good
    }

    static func lines(_ answer: JSONValue) -> [String] {
        let destinations = answer["destinations"]?.elements ?? []
        let states = destinations.first?["open"]?.members?.map(\.name) ?? []
        var table = TextTable(
            ["DESTINATION"] + states.map { $0.uppercased() } + ["OLDEST", "SENDING", "DONE 1/5/15 MIN", "STANDS"])
        var holds: [String] = []
        for destination in destinations {
            let done = destination["deliveredInMinutes"]?.members?.map { $0.value.number ?? "" }.joined(separator: "/") ?? ""
            table.add(
                [destination["destination"]?.string ?? ""] + states.map { destination["open"]?[$0]?.number ?? "0" } + [
                    destination["oldestSeconds"]?.integer.map(Self.age) ?? "-", destination["attemptsInFlight"]?.number ?? "-",
                    done,
                    Self.standing(destination),
                ])
            let listed = destination["holds"]?.elements ?? []
            for hold in listed {
                holds.append("\(hold["kind"]?.string == "parked" ? "parked" : "held"): \(DeliveryView.words(hold))")
            }
            let count = (destination["heldLanes"]?.integer ?? 0) + (destination["parkedLanes"]?.integer ?? 0)
            if count > listed.count {
                holds.append("and \(count - listed.count) more of \(destination["destination"]?.string ?? "")")
            }
        }
        return table.lines + holds
    }

    private static func standing(_ destination: JSONValue) -> String {
        var words: [String] = []
        switch destination["standing"]?.string {
        case "notConfigured": words.append("not configured")
        case "handingOver": words.append("changes after a reload")
        default: break
        }
        if destination["isHeld"]?.boolean == true { words.append("held") }
        for (name, word) in [("heldLanes", "held"), ("parkedLanes", "parked")] {
            if let count = destination[name]?.integer, count > 0 { words.append("\(count) lane(s) \(word)") }
        }
        return words.joined(separator: ", ")
    }

    /// As `3d 4h`, `4h 5m`, `5m 6s`, `6s`.
    static func age(_ seconds: Int) -> String {
        let parts = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")]
        var rest = max(0, seconds)
        var words: [String] = []
        for (unit, name) in parts {
            let count = rest / unit
            rest %= unit
            if count > 0 || !words.isEmpty || name == "s" { words.append("\(count)\(name)") }
        }
        return words.prefix(2).joined(separator: " ")
    }
}
