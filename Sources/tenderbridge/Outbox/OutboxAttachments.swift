internal import ArgumentParser
internal import Cryptography
internal import ExchangeModel
internal import JSON

/// `tenderbridge outbox attachments`.
struct OutboxAttachments: Command {
    static let configuration = CommandConfiguration(
        commandName: "attachments",
        abstract: "Lists the attachments of a message, or writes one to a file.",
        discussion: """
            The list has digests, size and name. A content is written with --save; who looked and why goes into the evidence first, \
            and the file is checked against its digest.

              tenderbridge outbox attachments 0197a1b2-...
              tenderbridge outbox attachments 0197a1b2-... --save 9f86d081... --reason "complaint, ticket 4711" -o contract.pdf

            Ends with 1 when the message names no such attachment.
            \(ExitCodes.help)
            """)

    @Argument(help: ArgumentHelp("The message's id.", valueName: "id"))
    var message: String

    @Option(name: .long, help: ArgumentHelp("The attachment to write: 64 digits of its SHA-256 or SM3.", valueName: "digest"))
    var save: String?

    @Option(name: .long, help: ArgumentHelp("Why you look; it stays in the evidence.", valueName: "text"))
    var reason: String?

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The file that is written, with mode 0600; it must not exist.", valueName: "file")
    )
    var output: String?

    @OptionGroup var control: ControlOptions
    @OptionGroup var format: FormatOption

    func validate() throws {
        guard save != nil else {
            if output != nil || reason != nil { throw ValidationError("--output and --reason go with --save") }
            return
        }
        if output == nil { throw ValidationError("--save needs --output") }
        guard reason?.unicodeScalars.contains(where: { $0.value > 0x20 }) ?? false else { throw ValidationError("give a reason") }
    }

    func perform() async throws -> Int32 {
        let client = try control.client(format.format)
        let place = "/v1/messages/\(ControlClient.encoded(message))/attachments"
        guard let save, let output else {
            let answer = try await client.get(place)
            if format.format == .json {
                try Terminal.print { json in json.value(answer) }
            } else {
                try list(answer["attachments"]?.elements ?? [])
            }
            return ExitCodes.good
        }
        let look = try await client.post(
            "\(place)/\(ControlClient.encoded(save))/look", [("reason", .string(reason ?? ""))])
        guard let name = look["look"]?.string, let bytes = look["bytes"]?.integer, let sha256 = look["sha256"]?.string else {
            throw GatewayError(
                .temporary, attempted: "read the answer about", subject: place, happened: "it names no content",
                remedy: "use the tenderbridge command of the gateway's version")
        }
        let file = try PrivateFile(output)
        var digest = DigestContext(.sha256)
        var offset = 0
        while offset < bytes {
            let piece = try await client.bytes("/v1/looks/\(name)", query: [("offset", "\(offset)")])
            if piece.isEmpty { break }
            digest.update(piece)
            try file.write(piece)
            offset += piece.count
        }
        guard Hex.encode(digest.finish()) == sha256 else {
            throw GatewayError(
                .storeFailed, attempted: "write", subject: output,
                happened: "what the gateway gave is not of the digest \(sha256)",
                remedy: "restore the folder of attachments from a backup")
        }
        file.complete()
        if format.format == .json {
            try Terminal.print { json in
                json.object { json in
                    json.member("file", output)
                    json.member("bytes", bytes)
                    json.member("sha256", sha256)
                }
            }
        } else {
            try Terminal.print("\(bytes) bytes, SHA-256 \(sha256), in \(output)")
        }
        return ExitCodes.good
    }

    private func list(_ attachments: [JSONValue]) throws {
        if attachments.isEmpty { return try Terminal.print("the message names no attachment · 该报文没有附件") }
        for attachment in attachments {
            try Terminal.print(
                """
                \(attachment["name"]?.string ?? "(no name)")  \(attachment["bytes"]?.number ?? "?") bytes  \
                \(attachment["mediaType"]?.string ?? "")
                  SHA-256 \(attachment["sha256"]?.string ?? "?")
                  SM3     \(attachment["sm3"]?.string ?? "?")
                """)
        }
    }
}
