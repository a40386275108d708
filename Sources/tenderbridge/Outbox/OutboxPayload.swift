internal import ArgumentParser
internal import Cryptography
internal import ExchangeModel
internal import JSON

/// `tenderbridge outbox payload`.
struct OutboxPayload: Command {
    /// Which bytes are shown.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case received, canonical, frozen
    }

    static let configuration = CommandConfiguration(
        commandName: "payload",
        abstract: "Prints bytes of a delivery; who looked and why goes into the evidence first.",
        discussion: """
            received: what the sender sent; canonical: the record made of it; frozen: what is sent to the destination. With \
            --message the id is a message's, such as that of a refused input.

              tenderbridge outbox payload 0197a1b2-... --kind frozen --reason "asked by the platform, ticket 4711"
              tenderbridge outbox payload --message 0197a1b2-... --kind received --reason "complaint of the sender" -o notice.xml

            Ends with 1 when there are no such bytes, or when they were destroyed on purpose.
            \(ExitCodes.help)
            """)

    @Argument(help: ArgumentHelp("The delivery's id.", valueName: "id"))
    var id: String?

    @Option(name: .long, help: ArgumentHelp("A message's id instead.", valueName: "id"))
    var message: String?

    @Option(name: .long, help: ArgumentHelp("received, canonical or frozen.", valueName: "kind"))
    var kind: Kind

    @Option(name: .long, help: ArgumentHelp("Why you look; it stays in the evidence.", valueName: "text"))
    var reason: String

    @Option(name: .shortAndLong, help: ArgumentHelp("Write the bytes to a file of mode 0600.", valueName: "file"))
    var output: String?

    @OptionGroup var control: ControlOptions
    @OptionGroup var format: FormatOption

    func validate() throws {
        if (id == nil) == (message == nil) { throw ValidationError("give either a delivery's id or --message") }
        if message != nil, kind == .frozen { throw ValidationError("frozen bytes belong to a delivery: give its id") }
        if !reason.unicodeScalars.contains(where: { $0.value > 0x20 }) { throw ValidationError("give a reason") }
    }

    func perform() async throws -> Int32 {
        let place = message.map { "messages/\(ControlClient.encoded($0))" } ?? "deliveries/\(ControlClient.encoded(id ?? ""))"
        let answer = try await control.client(format.format).post(
            "/v1/\(place)/payload", query: [("kind", kind.rawValue), ("reason", reason)])
        guard let bytes = (answer["base64"]?.string).flatMap({ Base64.decode($0.utf8) }) else {
            throw GatewayError(
                .temporary, attempted: "read the answer about", subject: place, happened: "it holds no bytes",
                remedy: "use the tenderbridge command of the gateway's version")
        }
        if let output {
            try LocalFiles.writePrivate(bytes, to: output)
            if format.format == .text { try Terminal.print("\(bytes.count) bytes, \(answer["contentType"]?.string ?? "")") }
        } else if format.format == .text {
            try Terminal.print(bytes)
        }
        if format.format == .json { try Terminal.print { json in json.value(answer) } }
        return ExitCodes.good
    }
}
