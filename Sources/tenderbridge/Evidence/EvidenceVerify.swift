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

            Ends with 0 when the chain holds, with 1 when it does not.
            \(ExitCodes.help)
            """)

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOption

    func perform() async throws -> Int32 {
        let verdict = try await store.open(output.format).verifyEvidence()
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
        case .json:
            try Terminal.print { json in
                json.object { json in
                    json.member("good", verdict.firstBroken == nil)
                    json.member("rows", verdict.rows)
                    json.member("lastDigest", digest)
                    if let broken = verdict.firstBroken {
                        json.object("firstBroken") { json in
                            json.member("sequence", broken.sequence)
                            json.member("reason", broken.reason)
                        }
                    }
                }
            }
        }
        return verdict.firstBroken == nil ? ExitCodes.good : ExitCodes.findings
    }
}
