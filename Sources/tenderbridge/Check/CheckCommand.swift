internal import ArgumentParser
internal import ExchangeModel
internal import Gateway
internal import JSON

/// `tenderbridge check`.
struct CheckCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Finds everything that would keep the gateway from starting.",
        discussion: """
            Reads the configuration, resolves its secrets, compiles every mapping, schema and code list, reads the \
            certificates and looks at the store; each finding is one line, `file:line:column: error: text`. Nothing is \
            changed, and a running gateway on the same store is not disturbed. Whether the addresses are free is not \
            checked: they are not while the gateway runs.

              tenderbridge check --config /etc/tenderbridge/gateway.yaml
              tenderbridge check --config ops/demo/gateway.yaml --language zh --format json

            Ends as `serve` would: 0 good (warnings may be printed), 78 the configuration or a file it names is wrong, or the master key does not fit the store, 74 the \
            store cannot be used.
            \(ExitCodes.help)
            """)

    @Option(name: .long, help: ArgumentHelp("The configuration.", valueName: "file"))
    var config: String

    @OptionGroup var output: FormatOption
    @OptionGroup var text: LanguageOption

    func perform() async throws -> Int32 {
        let environment = ProcessEnvironment.all
        let outcome = ConfigurationReader.read(file: config, environment: environment)
        var findings = FindingList(outcome.findings)
        var store: StoreCheck?
        if let configuration = outcome.configuration {
            findings.findings += GatewayAssembly.assemble(configuration).findings
            do throws(GatewayError) { _ = try ControlSocketPath.of(configuration, environment: environment) } catch {
                findings.findings.append(
                    FileFinding(
                        file: config,
                        Finding(
                            .fileInvalid, text: error.description,
                            textZH: "控制套接字路径超过 \(ControlSocketPath.bytesMax) 字节，请设置更短的 control.socket")))
            }
            store = StoreCheck(path: configuration.storePath, masterKeys: configuration.masterKeys)
        }
        try report(findings, store)
        if findings.hasErrors { return ExitCodes.configuration }
        return store?.error?.code.exitCode ?? ExitCodes.good
    }

    private func report(_ findings: FindingList, _ store: StoreCheck?) throws(GatewayError) {
        switch output.format {
        case .text:
            for line in findings.lines(text.language) { try Terminal.print(line) }
            if let error = store?.error { try Terminal.print("\(config): error: \(error)") }
            if let note = store?.note, !note.isEmpty { try Terminal.print("\(config): note: \(note)") }
            if !findings.hasErrors, store?.error == nil { try Terminal.print("\(config): good") }
        case .json:
            try Terminal.print { json in
                json.object { json in
                    json.member("good", !findings.hasErrors && store != nil && store?.error == nil)
                    findings.write(to: &json)
                    if let store {
                        json.object("store") { json in
                            json.member("error", store.error?.description)
                            json.member("note", store.note)
                        }
                    }
                }
            }
        }
    }
}
