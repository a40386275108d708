internal import ArgumentParser
internal import ExchangeModel
internal import Trust

/// `tenderbridge trust`.
struct TrustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust",
        abstract: "Verifies certificates.",
        discussion: """
            See also `tenderbridge seal verify` for signed and sealed files.

              tenderbridge trust verify signer.pem --untrusted intermediate.pem --anchor root.pem
            """,
        subcommands: [TrustVerify.self])
}

/// What both commands of verification take.
struct VerificationOptions: ParsableArguments {
    @Option(
        name: .long, help: ArgumentHelp("Certificates to build the chain from, PEM or DER; repeat for more.", valueName: "file"))
    var untrusted: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Certificates that you trust, PEM or DER; without any, recognition by a trust list is asked for.", valueName: "file"))
    var anchor: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("The control time, as 2026-05-01T09:30:00+08:00 or 2026-05-01; without it now.", valueName: "time"))
    var at: String?

    func validate() throws {
        if let at, Instant(rfc3339: at) == nil { throw ValidationError("--at \(at) is no time; write 2026-05-01T09:30:00+08:00") }
    }

    /// The control time.
    var time: Instant { at.flatMap { Instant(rfc3339: $0) } ?? SystemClock().now() }
    /// The files' bytes.
    func readUntrusted() throws(GatewayError) -> [[UInt8]] { try Self.read(untrusted) }
    /// The files' bytes.
    func readAnchors() throws(GatewayError) -> [[UInt8]] { try Self.read(anchor) }

    private static func read(_ files: [String]) throws(GatewayError) -> [[UInt8]] {
        var result: [[UInt8]] = []
        for file in files { result.append(try LocalFiles.read(file, limit: CertificateVerification.fileBytesMax + 1)) }
        return result
    }
}

extension TrustReport {
    /// Prints the report and gives the exit code: 0 for TOTAL-PASSED alone.
    func print(_ format: OutputFormat, _ language: TextLanguage) throws(GatewayError) -> Int32 {
        switch format {
        case .text: try Terminal.print(Array(text(language: language == .zh ? .chinese : .english).utf8))
        case .json: try Terminal.print(json + [0x0A])
        }
        return exitCode
    }
}
