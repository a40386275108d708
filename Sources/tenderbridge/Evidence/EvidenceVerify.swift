internal import ArgumentParser
internal import ExchangeModel
internal import JSON
internal import Store

/// `tenderbridge evidence verify`.
struct EvidenceVerify: Command {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Recomputes the chain of digests from the first row to the last.",
        discussion: """
            Prints the number of rows and the digest of the last one. Write that digest down elsewhere (in another system, on \
            paper): with it, rows cut off at the end show too. A row that does not fit is named, with the reason.

              tenderbridge evidence verify --config ops/demo/gateway.yaml

            With --head the store must also contain the head that the gateway signed then, unchanged: rows that were cut off \
            at the end, or a chain that was written anew, do not pass. With --certificate the head's signature is checked; take \
            that certificate from elsewhere than the gateway's machine. What is signed is a text of seven lines, each ended by \
            a line feed: tenderbridge-evidence-head/1, gateway: ..., rows: ..., digest: sm3:..., time: ..., algorithm: ..., \
            certificate: sha256:...

              tenderbridge evidence verify --store store.sqlite --head evidence-head.json --certificate auditor.pem

            Ends with 0 when everything holds, with 1 when something does not.
            \(ExitCodes.help)
            """)

    @OptionGroup var store: StoreOptions

    @Option(name: .long, help: ArgumentHelp("A signed head that the store must contain.", valueName: "file"))
    var head: String?

    @Option(name: .long, help: ArgumentHelp("The certificate that the head was signed with, PEM.", valueName: "file"))
    var certificate: String?

    @OptionGroup var output: FormatOption

    func validate() throws {
        if head == nil, certificate != nil { throw ValidationError("--certificate goes with --head") }
    }

    func perform() async throws -> Int32 {
        let signed = try HeadCheck.Signed(head: head, certificate: certificate)
        let reader = try store.open(output.format)
        let verdict = try await reader.verifyEvidence()
        var check: HeadCheck?
        if let signed { check = try await HeadCheck(signed, of: reader, verdict) }
        let digest = Hex.encode(verdict.lastDigest)
        switch output.format {
        case .text:
            try Terminal.print("rows: \(verdict.rows)")
            try Terminal.print("last digest: \(digest)")
            if let broken = verdict.firstBroken {
                try Terminal.print("BROKEN at row \(broken.sequence): \(broken.reason)")
            } else {
                try Terminal.print("the chain holds")
            }
            for line in check?.lines ?? [] { try Terminal.print(line) }
        case .json:
            try Terminal.print { json in
                json.object { json in
                    json.member("good", verdict.firstBroken == nil && check?.isGood != false)
                    json.member("rows", verdict.rows)
                    json.member("lastDigest", digest)
                    if let broken = verdict.firstBroken {
                        json.object("firstBroken") { json in
                            json.member("sequence", broken.sequence)
                            json.member("reason", broken.reason)
                        }
                    }
                    check?.write(to: &json)
                }
            }
        }
        return verdict.firstBroken == nil && check?.isGood != false ? ExitCodes.good : ExitCodes.findings
    }
}
