internal import ExchangeModel
internal import JSON

/// What came of all cases, for people and programs.
struct ReplayReport {
    let outcomes: [CaseRehearsal.Outcome]

    private var failed: Int { outcomes.count { !$0.differences.isEmpty } }
    private var skipped: Int { outcomes.count { $0.skipped != nil } }
    private var passed: Int { outcomes.count - failed - skipped }
    private var summary: String { "\(passed) passed, \(failed) failed, \(skipped) skipped" }

    /// Prints the report and gives the exit code.
    func print(_ format: OutputFormat) throws(GatewayError) -> Int32 {
        switch format {
        case .text: try printText()
        case .json: try Terminal.print { write(to: &$0) }
        }
        return failed > 0 || passed == 0 ? ExitCodes.findings : ExitCodes.good
    }

    private func printText() throws(GatewayError) {
        for outcome in outcomes {
            if let reason = outcome.skipped {
                try Terminal.print("skip \(outcome.name): \(reason)")
            } else if outcome.differences.isEmpty {
                try Terminal.print("ok   \(outcome.name)\(outcome.factCount > 0 ? " (\(outcome.factCount) facts)" : "")")
            } else {
                try Terminal.print("FAIL \(outcome.name)")
                for difference in outcome.differences { try Terminal.print("     \(difference)") }
            }
        }
        try Terminal.print(summary)
    }

    private func write(to json: inout JSONWriter) {
        json.object { json in
            json.array("cases") { json in
                for outcome in outcomes {
                    json.object { json in
                        json.member("case", outcome.name)
                        json.member(
                            "outcome", outcome.skipped != nil ? "skipped" : outcome.differences.isEmpty ? "passed" : "failed")
                        json.memberIfPresent("reason", outcome.skipped)
                        json.member("facts", outcome.factCount)
                        json.array("differences") { json in
                            for difference in outcome.differences { difference.write(to: &json) }
                        }
                    }
                }
            }
            json.member("passed", passed)
            json.member("failed", failed)
            json.member("skipped", skipped)
        }
    }
}
