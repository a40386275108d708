internal import ArgumentParser
internal import JSON

/// `tenderbridge outbox forecast`.
struct OutboxForecast: Command {
    static let configuration = CommandConfiguration(
        commandName: "forecast",
        abstract: "Says when each backlog ends at the present rate, and which deadlines it will miss.",
        discussion: """
            The rate is that of the last six minutes in which there was something to send. Deliveries that are dead or wait for \
            something are counted apart, since no rate moves them.

              tenderbridge outbox forecast --config ops/demo/gateway.yaml
              tenderbridge outbox forecast --destination provincial --format json

            Ends with 1 when a deadline will be missed.
            \(ExitCodes.help)
            """)

    @Option(name: .long, help: ArgumentHelp("Only this destination.", valueName: "name"))
    var destination: String?

    @OptionGroup var control: ControlOptions
    @OptionGroup var output: FormatOption

    func perform() async throws -> Int32 {
        let query = destination.map { [(name: "destination", value: $0)] } ?? []
        let answer = try await control.client(output.format).get("/v1/forecast", query: query)
        let forecasts = answer["forecasts"]?.elements ?? []
        switch output.format {
        case .text:
            for forecast in forecasts {
                try Terminal.print("\(forecast["destination"]?.string ?? ""): \(forecast["text"]?.string ?? "")")
                try Terminal.print("  \(forecast["textZh"]?.string ?? "")")
            }
        case .json: try Terminal.print { json in json.value(answer) }
        }
        let misses = forecasts.contains { $0["late"]?.elements?.contains { ($0["missing"]?.integer ?? 0) > 0 } ?? false }
        return misses ? ExitCodes.findings : ExitCodes.good
    }
}
