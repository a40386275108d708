internal import ArgumentParser
internal import ExchangeModel
internal import Trust

/// `tenderbridge seal`.
struct SealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal",
        abstract: "Verifies signed and sealed files.",
        discussion: """
              tenderbridge seal verify notice.ofd --language zh
            """,
        subcommands: [SealVerify.self])
}

/// `tenderbridge seal verify`.
struct SealVerify: Command {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verifies an OFD, an electronic seal, a seal signature or signed data: the full report.",
        discussion: """
            The kind is told by the bytes. Every reference, digest, signature, seal and certificate is a check of its own with \
            its verdict; nothing is fetched from the network.

              tenderbridge seal verify notice.ofd
              tenderbridge seal verify SignedValue.dat --content Signature.xml --at 2026-05-01

            Ends with 0 for TOTAL-PASSED alone, with 1 for INDETERMINATE and TOTAL-FAILED.
            \(ExitCodes.help)
            """)

    @Argument(help: ArgumentHelp("The file to verify.", valueName: "file"))
    var file: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What was signed, for a signature outside a document: Signature.xml, or the signed file.", valueName: "file"))
    var content: String?

    @OptionGroup var options: VerificationOptions
    @OptionGroup var output: FormatOption
    @OptionGroup var text: LanguageOption

    func perform() async throws -> Int32 {
        // One byte above the limit is enough for the verification to name it.
        let bytes = try LocalFiles.read(file, limit: SealVerification.fileBytesMax + 1)
        var signed: [UInt8]?
        if let content { signed = try LocalFiles.read(content, limit: SealVerification.fileBytesMax) }
        let report = try SealVerification.run(
            file: bytes, fileName: FileName.last(of: file), content: signed, untrusted: try options.readUntrusted(),
            anchors: try options.readAnchors(), at: options.time)
        return try report.print(output.format, text.language)
    }
}
