internal import ExchangeModel

// The slow way: text is made only for findings and explanations.
extension Runner {
    /// Reports a finding at the node of `value`.
    mutating func fail(_ code: Finding.Code, _ text: String, _ textZH: String) -> Applied {
        if Self.hasWideForms(value.bytes), code != .fieldTooLong {
            report(
                code, at: value.node, text + "; it has full-width characters such as １ or ．, write 1 and .",
                textZH + "；含有全角字符(如 １、．)，请改为半角")
        } else {
            report(code, at: value.node, text, textZH)
        }
        return .failed
    }

    /// Whether a value has letters, digits or signs in their wide forms (U+FF01 to U+FF5E), which look like those that are meant.
    private static func hasWideForms(_ bytes: Bytes) -> Bool {
        var (last, before) = (UInt8(0), UInt8(0))
        for byte in bytes {
            if before == 0xEF, last == 0xBC && byte >= 0x81 || last == 0xBD && byte <= 0x9E { return true }
            (before, last) = (last, byte)
        }
        return false
    }

    /// Reports a finding at a node; the same one only once.
    mutating func report(
        _ code: Finding.Code, severity: Finding.Severity = .error, at node: RecordTree.NodeIndex, _ text: String, _ textZH: String
    ) {
        add(
            Finding(
                code, severity: severity, path: node == RecordTree.none ? "" : path(of: node), position: tree.position(of: node),
                text: text, textZH: textZH))
    }

    /// Reports that the value which a path should have led to is not there.
    mutating func reportMissing() {
        // A broken reference has been reported where it stands.
        guard missing.node != RecordTree.none, missing.path >= 0 else {
            if !findings.contains(where: { $0.code == .referenceBroken }) {
                add(Finding(.fieldRequired, text: "a required value is missing", textZH: "缺少必填值"))
            }
            return
        }
        let (place, isThere) = missingPath()
        add(
            Finding(
                .fieldRequired, path: place, position: tree.position(of: missing.node),
                text: isThere ? "a required value is empty" : "a required value is missing; the path says where it belongs",
                textZH: isThere ? "必填值为空" : "缺少必填值；路径为其应在的位置"))
    }

    private func missingPath() -> (path: String, isThere: Bool) {
        let path = tables.paths[Int(missing.path)]
        let rest = tables.program.stepTexts[Int(path.firstStep + missing.step)..<Int(path.firstStep + path.stepCount)]
        let base = self.path(of: missing.node)
        return rest.isEmpty ? (base, true) : ((base == "/" ? "" : base) + "/" + rest.joined(separator: "/"), false)
    }

    private mutating func add(_ finding: Finding) {
        if findings.contains(where: { $0.code == finding.code && $0.path == finding.path && $0.position == finding.position }) {
            return
        }
        guard findings.count < options.findingsMax else {
            if !isStopped {
                isStopped = true
                findings.append(
                    Finding(
                        .countOverLimit, text: "more than \(options.findingsMax) findings (findingsMax); the rest is not listed",
                        textZH: "问题超过 \(options.findingsMax) 个(findingsMax)，其余未列出"))
            }
            return
        }
        findings.append(finding)
    }

    /// Ends the run for a limit.
    mutating func stop(_ text: String, _ textZH: String, _ code: Finding.Code) {
        guard !isStopped else { return }
        isStopped = true
        findings.append(Finding(code, text: text, textZH: textZH))
    }

    /// The path of a node: an XPath where the record was XML, a JSON pointer where it was JSON.
    func path(of node: RecordTree.NodeIndex) -> String {
        guard tree.root != RecordTree.none, nodes[0].rawName.count == 0 else { return tree.path(of: node) }
        var parts: [String] = []
        var index = node
        while index != RecordTree.none, index != tree.root {
            let current = nodes[Int(index)]
            if current.isArrayElement { parts.append(String(ordinal(of: index))) }
            parts.append(tree.text(current.rawName))
            index = current.parent
        }
        return "/" + parts.reversed().joined(separator: "/")
    }

    private func ordinal(of node: RecordTree.NodeIndex) -> Int {
        let name = tree.text(nodes[Int(node)].rawName)
        var number = 0
        var index = nodes[Int(nodes[Int(node)].parent)].firstChild
        while index != RecordTree.none, index != node {
            if tree.text(nodes[Int(index)].rawName) == name { number += 1 }
            index = nodes[Int(index)].nextSibling
        }
        return number
    }

    /// Notes where a field came from.
    mutating func trace(_ entry: Program.Entry, index: Int, outcome: Outcome) {
        var text: String?
        var node = value.node
        switch outcome {
        case .single: text = String(decoding: value.bytes, as: UTF8.self)
        case .many:
            text = values.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: ", ")
            node = values.first?.node ?? RecordTree.none
        case .absent: node = RecordTree.none
        case .failed: break
        }
        var place = node == RecordTree.none ? "" : path(of: node)
        if case .absent = outcome, missing.node != RecordTree.none, missing.path >= 0 { place = missingPath().path }
        traces.append(
            FieldTrace(
                target: tables.program.entryTargets[index], expression: tables.program.expressionTexts[Int(entry.expression)],
                sourcePath: place, position: tree.position(of: node), value: text))
    }
}
