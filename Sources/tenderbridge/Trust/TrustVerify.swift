internal import ArgumentParser
internal import ExchangeModel
internal import Trust

/// `tenderbridge trust verify`.
struct TrustVerify: Command {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verifies one certificate, with every check that was made and its verdict.",
        discussion: """
            Builds the chain from the files given and nothing else (no network), checks each signature (SM2 with the \
            distinguishing id, RSA, ECDSA), validity at the control time, and the constraints of the path. Without --anchor \
            the question is whether a trust list recognises the issuer.

              tenderbridge trust verify signer.pem --untrusted intermediate.pem
              tenderbridge trust verify signer.pem --anchor root.pem --at 2026-05-01T09:30:00+08:00 --language zh

            Ends with 0 for TOTAL-PASSED alone, with 1 for INDETERMINATE and TOTAL-FAILED.
            \(ExitCodes.help)
            """)

    @Argument(help: ArgumentHelp("The certificate, PEM or DER.", valueName: "leaf"))
    var leaf: String

    @OptionGroup var options: VerificationOptions
    @OptionGroup var output: FormatOption
    @OptionGroup var text: LanguageOption

    func perform() async throws -> Int32 {
        let report = try CertificateVerification.run(
            leaf: try LocalFiles.read(leaf), fileName: FileName.last(of: leaf), untrusted: try options.readUntrusted(),
            anchors: try options.readAnchors(), at: options.time)
        return try report.print(output.format, text.language)
    }
}

/// The part of a path behind the last slash.
enum FileName {
    static func last(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
