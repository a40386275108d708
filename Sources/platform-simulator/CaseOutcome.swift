internal import ExchangeModel
internal import JSON

/// How far a recording came, compared with what it names.
struct CaseOutcome: Sendable {
    /// The recording's name.
    var name: String
    /// What was seen, for the table.
    var http: String
    /// See `http`.
    var message = ""
    /// See `http`.
    var deliveries = ""
    /// Kinds of faults that its deliveries met.
    var faults: [String] = []
    /// Everything that is not as named; empty means good.
    var problems: [String] = []
    /// Why it was not sent at all.
    var skipped: String?
    /// Whether waiting longer could change the verdict.
    var mayChange = false

    /// Good, and sent.
    var isGood: Bool { problems.isEmpty }

    /// A recording that needs a file that is not on this machine.
    static func skipped(_ recorded: RecordedCase, _ reason: String) -> Self {
        Self(name: recorded.name, http: "", skipped: reason)
    }

    /// Compares what the sender was told and what the gateway says now.
    ///
    /// - Parameter reports: the gateway's answer to `GET /v1/messages/{id}` for each step, nil where there is none.
    init(_ recorded: RecordedCase, answers: [SentAnswer], reports: [JSONValue?]) {
        name = recorded.name
        http = answers.map { $0.status == 0 ? "none" : String($0.status) }.joined(separator: " ")
        var states: [String] = []
        var seen: [String] = []
        for (step, answer) in zip(recorded.steps, answers) {
            if answer.status != step.http {
                problems.append("HTTP \(answer.status) in place of \(step.http)\(answer.failure.map { ": \($0)" } ?? "")")
            }
        }
        for (index, report) in reports.enumerated() where index < recorded.steps.count {
            let wanted = recorded.steps[index].message
            let state = report?["state"]?.string ?? Self.refusedWithoutReport(answers[index])
            if let state { states.append(state) }
            if let wanted, wanted != state {
                problems.append("message \(state ?? "not readable") in place of \(wanted)")
                mayChange = true
            }
            guard answers[index].status == 202, let report else { continue }
            seen += compareDeliveries(of: report, with: recorded.deliveries)
        }
        message = Self.unique(states).joined(separator: " ")
        deliveries = Self.unique(seen).joined(separator: " ")
        compareFindings(recorded, answers, reports)
    }

    private init(name: String, http: String, skipped: String) {
        self.name = name
        self.http = http
        self.skipped = skipped
    }

    /// A refusal that its sender cannot look up: 401 and 403 have no reader, other refusals may have no id. A 422 must be
    /// readable again.
    private static func refusedWithoutReport(_ answer: SentAnswer) -> String? {
        let noReader = answer.status == 401 || answer.status == 403 || (answer.messageID == nil && answer.status != 422)
        return (400..<500).contains(answer.status) && noReader ? "refused" : nil
    }

    private mutating func compareDeliveries(of report: JSONValue, with wanted: [String: String]) -> [String] {
        var found: [String: String] = [:]
        for delivery in report["deliveries"]?.elements ?? [] {
            found[delivery["destination"]?.string ?? "?"] = delivery["state"]?.string ?? "?"
        }
        for (destination, state) in wanted.sorted(by: { $0.key < $1.key }) where found[destination] != state {
            problems.append("\(destination) \(found[destination] ?? "absent") in place of \(state)")
            // A delivery at its end, or dead, moves no more by itself.
            let ended = found[destination].flatMap { DeliveryState(name: $0) }.map { $0.isEnd || $0 == .dead } ?? false
            if !ended { mayChange = true }
        }
        for destination in found.keys.sorted() where wanted[destination] == nil {
            problems.append("unexpected delivery to \(destination)")
        }
        return found.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }

    /// Each expected finding once and nothing else, in any order. A refusal shows them in its answer; an accepted message
    /// (warnings) in its report.
    private mutating func compareFindings(_ recorded: RecordedCase, _ answers: [SentAnswer], _ reports: [JSONValue?]) {
        var left = zip(answers, reports).flatMap { answer, report in
            answer.status == 202 ? report.map { SentAnswer.findings(of: $0) } ?? [] : answer.findings
        }
        if recorded.steps.count > 1 { left = Self.unique(left) }
        for wanted in recorded.findings {
            let match = left.firstIndex { found in
                found.code == wanted.code && (wanted.path == nil || wanted.path == found.path)
                    && (wanted.line == nil || wanted.line == found.line)
                    && (wanted.column == nil || wanted.column == found.column)
            }
            if let match { left.remove(at: match) } else { problems.append("finding missing: \(Self.text(wanted))") }
        }
        if recorded.allowsFurtherFindings { return }
        for surplus in left { problems.append("finding not named: \(Self.text(surplus))") }
    }

    private static func text(_ finding: RecordedCase.ExpectedFinding) -> String {
        "\(finding.code) \(finding.path ?? "") line \(finding.line.map { String($0) } ?? "?")"
            + (finding.column.map { " column \($0)" } ?? "")
    }

    private static func unique<Value: Hashable>(_ values: [Value]) -> [Value] {
        var seen: Set<Value> = []
        return values.filter { seen.insert($0).inserted }
    }
}

/// Prints the outcomes of all recordings.
enum CaseTable {
    /// A table for people, problems below the line they belong to.
    static func text(_ outcomes: [CaseOutcome]) -> String {
        let rows = [["case", "HTTP", "message", "deliveries", "faults met", ""]] + outcomes.map(row)
        let widths = (0..<5).map { column in rows.map { $0[column].unicodeScalars.count }.max() ?? 0 }
        var lines: [String] = []
        for (index, row) in rows.enumerated() {
            lines.append(zip(row, widths).map { Text.pad($0, to: $1) }.joined(separator: "  ") + "  " + row[5])
            if index > 0 { lines += outcomes[index - 1].problems.map { "    \($0)" } }
        }
        let good = outcomes.count { $0.isGood && $0.skipped == nil }
        let skipped = outcomes.count { $0.skipped != nil }
        lines.append("\(good) as named, \(outcomes.count - good - skipped) not, \(skipped) skipped")
        return lines.joined(separator: "\n")
    }

    private static func row(_ outcome: CaseOutcome) -> [String] {
        if let reason = outcome.skipped { return [outcome.name, "", "", "", "", "skipped: \(reason)"] }
        let faults = outcome.faults.isEmpty ? "" : outcome.faults.joined(separator: " ")
        return [outcome.name, outcome.http, outcome.message, outcome.deliveries, faults, outcome.isGood ? "ok" : "NOT as named"]
    }

    /// The same for programs.
    static func json(_ outcomes: [CaseOutcome]) -> [UInt8] {
        var writer = JSONWriter(pretty: true)
        writer.beginArray()
        for outcome in outcomes {
            writer.object {
                $0.member("case", outcome.name)
                $0.member("http", outcome.http)
                $0.member("message", outcome.message)
                $0.member("deliveries", outcome.deliveries)
                $0.member("faults", outcome.faults)
                $0.member("problems", outcome.problems)
                $0.member("skipped", outcome.skipped)
                $0.member("good", outcome.skipped == nil && outcome.isGood)
            }
        }
        writer.endArray()
        writer.endLine()
        return writer.bytes
    }
}
