internal import ArgumentParser
internal import ExchangeModel
internal import JSON

/// `platform-simulator pki`.
struct PkiCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pki",
        abstract: "Makes a throw-away certification authority and the certificates of a demonstration.",
        discussion: """
            Writes into the folder: ca.pem; simulator.pem and simulator-key.pem (the provincial platform's server, for \
            localhost and 127.0.0.1); gateway.pem and gateway-key.pem (the gateway's data listener); gateway-client.pem and \
            gateway-client-key.pem (the gateway as a client). ECDSA P-256, valid thirty days, keys with mode 0600. The \
            authority's key is not kept. Files of these names are replaced. Never use them for a real service.

              platform-simulator pki --out .demo/pki
            """)

    @Option(name: .long, help: ArgumentHelp("Folder to write to; made when it is not there.", valueName: "dir"))
    var out: String

    @Option(name: .long, help: "text or json: how the written files are listed.")
    var format = OutputFormat.text

    func run() async throws {
        try await reporting {
            let written = try ThrowAwayPKI(now: SystemClock().now()).write(to: out)
            switch format {
            case .text: for path in written { Terminal.say(path) }
            case .json:
                var writer = JSONWriter(pretty: true)
                writer.object { $0.member("files", written) }
                writer.endLine()
                Terminal.say(writer.bytes)
            }
        }
    }
}
