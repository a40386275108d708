internal import ArgumentParser

/// `tenderbridge store`.
struct StoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Keeps the store's keys: changes the master key, destroys the keys of past days.",
        discussion: """
            What the store keeps is encrypted when the configuration names a master key (store.encryption.masterKey).

              tenderbridge store rotate-key --config /etc/tenderbridge/gateway.yaml --new file:/etc/tenderbridge/master-2027
              tenderbridge store forget --config /etc/tenderbridge/gateway.yaml --before 2026-01-01 --reason "retention"
            """,
        subcommands: [StoreRotateKey.self, StoreForget.self])
}
