internal import ExchangeModel
internal import Gateway
internal import JSON
internal import Mapping

/// The files of a case, from what the disguised payload became.
struct CaseWriter {
    let message: LiveMessage
    let channel: String
    let fileName: String
    let payload: [UInt8]
    let answer: RehearsalGateway.Answer
    let schema: CanonicalSchema?

    /// Every file below the folder of the case.
    func files() throws -> (all: [(path: String, bytes: [UInt8])], factCount: Int) {
        var all: [(path: String, bytes: [UInt8])] = [("case.yaml", Array(caseText.utf8)), (fileName, payload)]
        let facts = facts()
        if !facts.isEmpty {
            let rows = [["fact", "target", "path", "type", "value"]] + facts
            let lines = rows.map { row in row.map(Self.cell).joined(separator: ",") + "\n" }
            all.append(("facts.csv", Array(lines.joined().utf8)))
        }
        all += try ExpectedOutputs(of: answer.messages).files.map { ("expected/" + $0.path, $0.bytes) }
        return (all, facts.count)
    }

    // MARK: case.yaml

    private var caseText: String {
        let outputs = answer.messages.flatMap(\.outputs)
        let deliveries = outputs.map { output in
            if case .success = output.result { "\(output.destination): delivered" } else { "\(output.destination): dead" }
        }
        let isDead = outputs.contains { if case .failure = $0.result { true } else { false } }
        let findings = answer.isTaken ? [] : answer.findings.filter { $0.severity == .error }
        var lines = [
            "channel: \(channel)", "sender: \(message.sender)", "payload: \(fileName)",
            "contentType: \(Self.quoted(message.contentType))", "idempotencyKey: \"\"", "http: \(answer.status)",
            "message: \(answer.isTaken ? isDead ? "accepted" : "settled" : "refused")",
            "deliveries: {\(deliveries.joined(separator: ", "))}",
        ]
        if findings.isEmpty, warnings.isEmpty {
            lines.append("findings: []")
        } else {
            lines.append("findings:")
            lines += (findings + warnings).map { finding in
                "  - {code: \(finding.code.name), path: \(Self.quoted(finding.path)), line: \(finding.position.line), "
                    + "column: \(finding.position.column)}"
            }
        }
        lines += [
            "faults: []",
            "note: \"Exported from a running gateway with identities replaced. Facts and expected outputs were made by the mappings: they "
                + "show what is, not what should be, until a person has read them.\"",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    /// Replay compares the warnings of an accepted message too, and every finding of a refused one.
    private var warnings: [Finding] { answer.isTaken ? answer.findings : answer.findings.filter { $0.severity != .error } }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    // MARK: facts.csv

    /// Rows of name, target, path, type and value, of the first message.
    private func facts() -> [[String]] {
        guard let first = answer.messages.first else { return [] }
        var rows: [[String]] = []
        for (path, words) in [("/businessKey", "业务主键"), ("/orderingKey", "排序键"), ("/version", "版本")] {
            if let value = first.keys[path] { rows.append([words, "message", path, "text", value]) }
        }
        if let time = first.keys["/sourceTime"] { rows.append(["数据产生时刻", "message", "/sourceTime", "instant", time]) }
        for leaf in RecordDiff.leaves(of: first.canonical, format: .json).leaves {
            let words = schema?.labelZH(leaf.path) ?? leaf.path
            rows.append([words, "canonical", leaf.path, schema?.factType(leaf.path) ?? "text", leaf.value])
        }
        for output in first.outputs {
            guard case .success(let bytes) = output.result else { continue }
            for leaf in RecordDiff.leaves(of: bytes, format: .xml).leaves where !leaf.value.isEmpty {
                let name = leaf.path.split(separator: "/").last.map { $0.prefix { $0 != "[" } } ?? ""
                rows.append([String(name), output.destination, leaf.path, "text", leaf.value])
            }
        }
        return rows
    }

    private static func cell(_ text: String) -> String {
        text.utf8.contains { [0x2C, 0x22, 0x0A, 0x0D].contains($0) } ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
}
