internal import ArgumentParser
internal import ExchangeModel
internal import Gateway
internal import Store

/// `tenderbridge evidence`.
struct EvidenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence",
        abstract: "Reads and checks the record of what was received, decided, sent and answered.",
        discussion: """
            Each row holds the SM3 digest of the row before it and its own content, so that a row that was changed, added or \
            taken out breaks the chain. All commands read the store, beside a running gateway or without one, and change nothing.

              tenderbridge evidence show A-1 --config ops/demo/gateway.yaml
              tenderbridge evidence verify --config ops/demo/gateway.yaml
              tenderbridge evidence export --store /var/lib/tenderbridge/store.sqlite > evidence.jsonl
            """,
        subcommands: [EvidenceShow.self, EvidenceVerify.self, EvidenceExport.self])
}

/// Which store is read.
struct StoreOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The configuration that names the store.", valueName: "file"))
    var config: String?

    @Option(name: .long, help: ArgumentHelp("The store's file itself.", valueName: "file"))
    var store: String?

    func validate() throws {
        if (config == nil) == (store == nil) { throw ValidationError("give either --config or --store") }
    }

    /// Opens it for reading. With the master key, where the configuration's secrets are at hand, a record is found by a person's
    /// number; everything else is read without it.
    func open(_ format: OutputFormat) throws -> SQLiteStoreReader {
        let path = try path(format)
        let keys = config.flatMap {
            ConfigurationReader.read(file: $0, environment: ProcessEnvironment.all).configuration?.masterKeys
        }
        if let keys, !keys.isEmpty, let reader = try? SQLiteStoreReader.open(path: path, masterKeys: keys) { return reader }
        return try SQLiteStoreReader.open(path: path)
    }

    /// The store's file.
    func path(_ format: OutputFormat) throws -> String {
        if let store { return store }
        // `validate` has seen to it that one of them is given.
        return try ConfigurationFile.read(config ?? "", secrets: .standIns, format: format).storePath
    }
}
