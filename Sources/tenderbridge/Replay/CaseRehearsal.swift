internal import ExchangeModel
internal import JSON
internal import Mapping

/// Runs one case and compares everything with what it names.
struct CaseRehearsal {
    let recorded: RecordedCase
    let facts: Facts
    /// The folder of test vectors; nil where there is none.
    let vectors: String?
    /// Chinese names of canonical fields.
    let canonicalLabel: (String) -> String?

    /// What came of a case.
    struct Outcome {
        var name: String
        var differences: [CaseDifference] = []
        /// Why it was not run.
        var skipped: String?
        /// What it made, to be written by `--accept`.
        var outputs: ExpectedOutputs?
        var factCount = 0
    }

    /// Sends every payload and compares; with `accepting` the folder `expected/` is not looked at.
    func run(_ gateway: RehearsalGateway, accepting: Bool) async throws -> Outcome {
        var outcome = Outcome(name: recorded.name)
        var answers: [RehearsalGateway.Answer] = []
        for step in recorded.steps {
            guard let path = path(of: step) else {
                outcome.skipped = "TENDERBRIDGE_VECTORS names no folder of test vectors"
                return outcome
            }
            let (bytes, name) = (try LocalFiles.read(path), FileName.last(of: path))
            switch recorded.door {
            case .http:
                answers.append(
                    try await gateway.send(
                        bytes, channel: recorded.channel, sender: recorded.sender, contentType: recorded.contentType,
                        idempotencyKey: recorded.idempotencyKey, fileName: name))
            case .soap:
                answers.append(try await gateway.call(bytes, channel: recorded.channel, sender: recorded.sender))
            case .file: answers.append(try await gateway.drop(bytes, as: name, channel: recorded.channel))
            case .page: answers.append(try await gateway.page(bytes, channel: recorded.channel))
            }
        }
        let messages = answers.flatMap(\.messages)
        outcome.differences += compareAnswers(answers)
        outcome.differences += compareFindings(answers)
        outcome.differences += compareDeliveries(messages)
        let outputs = try ExpectedOutputs(of: messages)
        outcome.outputs = outputs
        if !accepting {
            outcome.differences += try outputs.differences(from: recorded.folder + "/expected", label: label)
        }
        outcome.differences += compareFacts(messages.first)
        outcome.factCount = facts.facts.count
        return outcome
    }

    private func path(of step: RecordedCase.Step) -> String? {
        switch step.payload {
        case .file(let name): "\(recorded.folder)/\(name)"
        case .vectors(let name): vectors.map { "\($0)/\(name)" }
        }
    }

    private func label(_ target: String, _ path: String) -> String? {
        target == "canonical" ? canonicalLabel(path) : facts.words(target: target, path: path)
    }

    // MARK: Answers

    private func compareAnswers(_ answers: [RehearsalGateway.Answer]) -> [CaseDifference] {
        zip(recorded.steps, answers).flatMap { step, answer -> [CaseDifference] in
            var result: [CaseDifference] = []
            if answer.status != step.http {
                result.append(difference(.outcome, "answer", "HTTP status", expected: "\(step.http)", actual: "\(answer.status)"))
            }
            // Delivering is the demonstration's part: here a message is taken or refused.
            let isTaken = answer.isTaken
            if isTaken != (step.message != "refused") {
                result.append(
                    difference(.outcome, "answer", "message", expected: step.message, actual: isTaken ? "accepted" : "refused"))
            }
            return result
        }
    }

    /// Each named finding once and nothing else, in any order.
    private func compareFindings(_ answers: [RehearsalGateway.Answer]) -> [CaseDifference] {
        var left = answers.flatMap(\.findings)
        var result: [CaseDifference] = []
        for wanted in recorded.findings {
            if let match = left.firstIndex(where: { wanted.matches($0) }) {
                left.remove(at: match)
            } else {
                result.append(difference(.finding, "answer", "finding", expected: wanted.description, actual: nil))
            }
        }
        if recorded.allowsFurtherFindings { return result }
        return result
            + left.map { difference(.finding, "answer", "finding", expected: nil, actual: Self.text($0)) }
    }

    private func compareDeliveries(_ messages: [RehearsalGateway.AcceptedMessage]) -> [CaseDifference] {
        var result: [CaseDifference] = []
        let outputs = messages.flatMap(\.outputs)
        // Of a file or page each record has deliveries of its own.
        let made = Set(outputs.map(\.destination)).sorted()
        let wanted = recorded.deliveries.keys.sorted()
        if made != wanted {
            result.append(
                difference(
                    .outcome, "answer", "destinations", expected: wanted.joined(separator: ", "),
                    actual: made.joined(separator: ", ")))
        }
        for output in outputs {
            // A delivery that is meant to die may do so while it is prepared.
            guard case .failure(let refused) = output.result, recorded.deliveries[output.destination] != "dead" else { continue }
            result += refused.findings.map {
                difference(.finding, output.destination, "preparation", expected: nil, actual: Self.text($0))
            }
        }
        return result
    }

    // MARK: Facts

    private func compareFacts(_ message: RehearsalGateway.AcceptedMessage?) -> [CaseDifference] {
        guard !facts.facts.isEmpty else { return [] }
        guard let message else {
            return [difference(.fact, "answer", "facts.csv", expected: "an accepted message", actual: nil)]
        }
        let record = try? JSONValue(parsing: message.canonical)
        var leaves: [String: [RecordDiff.Leaf]] = [:]
        for output in message.outputs {
            guard case .success(let bytes) = output.result else { continue }
            leaves[output.destination] = RecordDiff.leaves(of: bytes, format: .xml).leaves
        }
        return facts.facts.compactMap { fact in
            let actual: String? =
                switch fact.target {
                case "message": message.keys[fact.path]
                case "canonical": record.flatMap { Self.text(at: fact.path, in: $0) }
                default: leaves[fact.target].flatMap { XMLPath.text(at: fact.path, in: $0) }
                }
            return compare(fact, actual?.isEmpty == true ? nil : actual)
        }
    }

    private func compare(_ fact: Facts.Fact, _ actual: String?) -> CaseDifference? {
        if fact.value.isEmpty, actual == nil { return nil }
        if let actual, !fact.value.isEmpty, fact.kind.areEqual(fact.value, actual) == true { return nil }
        return CaseDifference(
            kind: .fact, target: fact.target, path: fact.path, label: "\(fact.words), facts.csv line \(fact.line)",
            expected: fact.value.isEmpty ? nil : fact.value, actual: actual)
    }

    /// The text at a pointer; a group or array that is there counts as its JSON.
    private static func text(at pointer: String, in record: JSONValue) -> String? {
        guard let value = record.value(at: pointer), !value.isNull else { return nil }
        return value.string ?? value.number ?? value.boolean.map { $0 ? "true" : "false" } ?? value.text()
    }

    private func difference(
        _ kind: CaseDifference.Kind, _ target: String, _ path: String, expected: String?, actual: String?
    ) -> CaseDifference {
        CaseDifference(kind: kind, target: target, path: path, label: nil, expected: expected, actual: actual)
    }

    private static func text(_ finding: Finding) -> String {
        let place = finding.path.isEmpty ? "" : " at \"\(finding.path)\""
        return "\(finding.code)\(place) on line \(finding.position.line), column \(finding.position.column): \(finding.text)"
    }
}
