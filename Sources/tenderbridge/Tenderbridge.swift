internal import ArgumentParser
internal import Gateway

/// The program `tenderbridge`: the daemon and every command around it. This type only names them.
@main
struct Tenderbridge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenderbridge",
        abstract: "Carries records of public tendering among platforms: accepted, checked, converted, kept, delivered, proven.",
        discussion: """
            Start with `tenderbridge check --config ops/demo/gateway.yaml`, then `tenderbridge serve --config ...`. Mappings \
            are worked on with `map` and proven with `replay`, neither of which needs a running daemon. `outbox` speaks to the \
            running daemon; `evidence` reads the store beside it.

            \(ExitCodes.help)
            """,
        version: "tenderbridge \(GatewayVersion.current)",
        subcommands: [
            ServeCommand.self, CheckCommand.self, ReloadCommand.self, MapCommand.self, CodesCommand.self, ReplayCommand.self,
            OutboxCommand.self,
            EvidenceCommand.self,
            StoreCommand.self, TrustCommand.self, SealCommand.self,
        ])
}
