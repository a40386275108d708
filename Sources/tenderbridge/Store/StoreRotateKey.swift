internal import ArgumentParser
internal import ExchangeModel
internal import Gateway
internal import Glibc
internal import JSON
internal import Store

/// `tenderbridge store rotate-key`.
struct StoreRotateKey: Command {
    static let configuration = CommandConfiguration(
        commandName: "rotate-key",
        abstract: "Wraps every data key of a stopped gateway's store with a new master key.",
        discussion: """
            One transaction: afterwards the former key opens nothing any more. Payloads are not encrypted anew, so it takes \
            no time. Then name the new key under store.encryption.masterKey and start the gateway. Without this command: list \
            the new key first and the former one behind it, and restart; the start does the same.

              openssl rand -hex 32 > /etc/tenderbridge/master-2027 && chmod 0600 /etc/tenderbridge/master-2027
              tenderbridge store rotate-key --config /etc/tenderbridge/gateway.yaml --new file:/etc/tenderbridge/master-2027

            Ends with 74 when the gateway runs, with 78 when a key is missing or wrong.
            \(ExitCodes.help)
            """)

    @Option(name: .long, help: ArgumentHelp("The configuration.", valueName: "file"))
    var config: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The new key: credential:NAME, env:NAME or file:PATH, as a configuration names it.", valueName: "reference"))
    var new: String

    @OptionGroup var output: FormatOption

    func perform() async throws -> Int32 {
        let configuration = try ConfigurationFile.read(config, secrets: .resolved, format: output.format)
        let key = try ConfigurationReader.masterKey(
            new, environment: ProcessEnvironment.all, folder: FileBytes.folder(of: config))
        guard LocalFiles.exists(configuration.storePath) else {
            throw GatewayError(
                .notFound, attempted: "open the store", subject: configuration.storePath, happened: "there is no such file",
                remedy: "name the configuration of the gateway whose key is to be changed")
        }
        var options = SQLiteStoreOptions()
        options.masterKeys = [key] + configuration.masterKeys.filter { $0.fingerprint != key.fingerprint }
        options.actor = "uid:\(geteuid())"
        let store = try SQLiteStore.open(path: configuration.storePath, options: options)
        let count = store.rewrappedKeys
        await store.close()
        switch output.format {
        case .text:
            try Terminal.print("\(count) data key(s) wrapped anew by the master key \(key.fingerprint)")
            try Terminal.print("now set store.encryption.masterKey to \(new)")
        case .json:
            try Terminal.print { json in
                json.object { json in
                    json.member("dataKeys", count)
                    json.member("masterKey", key.fingerprint)
                }
            }
        }
        return ExitCodes.good
    }
}
