internal import ArgumentParser
internal import ExchangeModel
internal import JSON

/// `tenderbridge reload`.
struct ReloadCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Lets the running gateway work under its changed configuration, without a restart.",
        discussion: """
            The gateway reads its configuration file again, with all mappings, schemas, code lists and certificates that it names. \
            It takes all of it, or, where one thing is wrong, nothing: then every finding is printed, and it goes on as before. \
            Channels, senders, routes, destinations, deadlines, mappings and limits can change; the store, encryption, \
            listeners, the control socket and the signing of the evidence need a restart, and a difference there is a finding. \
            Unchanged destinations go on untouched; of a changed one the attempts under way end first, and its deliveries keep \
            their order. SIGHUP does the same, and tells the log.

              tenderbridge reload --config /etc/tenderbridge/gateway.yaml
              tenderbridge reload --socket /run/tenderbridge/control.sock --wait

            Ends with 78 when the configuration was refused, 75 when with --wait some attempts did not end in time.
            \(ExitCodes.help)
            """)

    @OptionGroup var control: ControlOptions
    @Flag(name: .long, help: "Return when every changed destination is served under the new configuration (at most 10 minutes).")
    var wait = false
    @OptionGroup var output: FormatOption
    @OptionGroup var text: LanguageOption

    /// Longest wait for attempts that end under the former configuration, and time between two looks.
    private static let patience = Duration.seconds(600), interval = Duration.milliseconds(200)

    func perform() async throws -> Int32 {
        let client = try control.client(output.format)
        let answer = try await client.post("/v1/reload")
        let result = answer["result"]?.string ?? ""
        let isRefused = result == "refused"
        switch output.format {
        case .text: try show(answer, result)
        case .json: try Terminal.print { json in json.value(answer) }
        }
        if isRefused { return ExitCodes.configuration }
        return wait ? try await handedOver(client) : ExitCodes.good
    }

    private func show(_ answer: JSONValue, _ result: String) throws(GatewayError) {
        let findings = answer["findings"]?.elements ?? []
        for finding in findings { try Terminal.print(Self.line(finding, text.language)) }
        let names = { (items: [String]) in items.joined(separator: ", ") }
        switch (result, text.language) {
        case ("applied", .en): try Terminal.print("reloaded")
        case ("applied", .zh): try Terminal.print("已重新加载")
        case ("unchanged", .en): try Terminal.print("nothing differs from what the gateway works under")
        case ("unchanged", .zh): try Terminal.print("配置没有变化")
        case (_, .en): try Terminal.print("refused: nothing was changed, the gateway goes on as before")
        case (_, .zh): try Terminal.print("已拒绝：未作任何更改，网关按原配置继续运行")
        }
        for change in answer["changes"]?.elements ?? [] {
            let words = ["section", "name", "kind"].map { change[$0]?.string ?? "" }
            try Terminal.print("  \(words[0]).\(words[1]): \(words[2])")
        }
        let ending = (answer["handingOver"]?.elements ?? []).compactMap(\.string)
        if ending.isEmpty { return }
        switch text.language {
        case .en: try Terminal.print("attempts under way end first at: \(names(ending))")
        case .zh: try Terminal.print("以下目的地待正在进行的发送结束后启用新配置：\(names(ending))")
        }
    }

    /// `file:line:column: error: text`.
    private static func line(_ finding: JSONValue, _ language: TextLanguage) -> String {
        func number(_ name: String) -> Int { finding[name]?.integer ?? 0 }
        let isError = finding["severity"]?.string != "warning"
        let found = FileFinding(
            file: finding["file"]?.string ?? "",
            Finding(
                Finding.Code(finding["code"]?.string ?? ""), severity: isError ? .error : .warning,
                position: SourcePosition(line: number("line"), column: number("column")), text: finding["text"]?.string ?? "",
                textZH: finding["textZh"]?.string ?? ""))
        return language == .zh ? found.descriptionZH : found.description
    }

    /// Asks until nothing is under way under a former configuration.
    private func handedOver(_ client: ControlClient) async throws -> Int32 {
        let end = ContinuousClock.now + Self.patience
        while true {
            let ending = (try await client.get("/v1/configuration")["handingOver"]?.elements ?? []).compactMap(\.string)
            if ending.isEmpty { return ExitCodes.good }
            if ContinuousClock.now >= end {
                throw GatewayError(
                    .temporary, attempted: "wait for", subject: ending.joined(separator: ", "),
                    happened: "attempts under way have not ended within 10 minutes",
                    remedy: "see: tenderbridge outbox stats; the gateway goes on with it by itself")
            }
            try await Task.sleep(for: Self.interval)
        }
    }
}
