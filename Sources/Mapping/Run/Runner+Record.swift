internal import ExchangeModel

// Called only where a recorder is there: notes for coverage and explanations.
extension Runner {
    /// Evaluates an entry of `identify:`.
    mutating func evaluateKey(_ name: String, _ expression: Int32) -> Outcome {
        let outcome = evaluate(expression, scope: tree.root)
        if let recorder { recorder.story?.end(key: name, expression, outcome, self) }
        return outcome
    }

    /// Evaluates the expression of a variable.
    mutating func evaluate(variable number: Int32, scope: RecordTree.NodeIndex) -> Outcome {
        let variable = tables.lets[Int(number)]
        let outcome = evaluate(variable.expression, scope: scope)
        if let recorder { recorder.story?.keep(slot: variable.slot, expression: variable.expression, values: shown(outcome)) }
        return outcome
    }

    /// Evaluates an expression inside another one.
    mutating func evaluate(inner expression: Int32, scope: RecordTree.NodeIndex) -> Outcome {
        let outcome = evaluate(expression, scope: scope)
        if let recorder { recorder.story?.keep(slot: nil, expression: expression, values: shown(outcome)) }
        return outcome
    }

    /// Evaluates the expression of a `by:`.
    mutating func evaluate(groupKey expression: Int32, scope: RecordTree.NodeIndex) -> Outcome {
        let outcome = evaluate(expression, scope: scope)
        if let recorder { recorder.story?.drop(expression) }
        return outcome
    }

    func recordBegin(_ expression: Int32) { recorder?.story?.begin(expression, findings: findings.count) }

    /// A function is about to work on what there is.
    func recordStep(_ number: Int, _ outcome: Outcome) {
        guard let recorder else { return }
        let op = tables.ops[number]
        var isAbsent = false
        if case .absent = outcome { isAbsent = true }
        if op.code == .required || op.code == .default { recorder.branch(.function(Int32(number)), took: isAbsent ? 1 : 0) }
        recorder.story?.step(number, before: shown(outcome)) { expression in
            let expression = tables.expressions[Int(expression)]
            return (Int(expression.firstOp)..<Int(expression.firstOp + expression.opCount)).contains(number)
        }
    }

    func recordAlternative(of expression: Program.Expression, _ part: Int32) {
        recorder?.branch(.first(expression.sourceIndex), took: part)
    }

    func recordItems(of entry: Int, _ count: Int) {
        recorder?.branch(.each(Int32(entry)), took: count == 0 ? 0 : 1)
        recorder?.story?.items(of: entry, count: count)
    }

    func recordItem(of entry: Int, _ node: RecordTree.NodeIndex) {
        recorder?.story?.enter(item: entry, node: place(of: node))
    }

    /// Whether the condition of an entry holds.
    mutating func isHeld(_ entry: Program.Entry, _ index: Int, scope: RecordTree.NodeIndex) -> Bool {
        guard let recorder else { return holds(entry.condition, scope: scope) }
        recorder.story?.ask()
        let isHeld = holds(entry.condition, scope: scope)
        recorder.branch(.condition(Int32(index)), took: isHeld ? 1 : 0)
        if isHeld { recorder.story?.ask() } else { recorder.story?.pass(index, .condition) }
        return isHeld
    }

    /// A branch of a choice was taken, by its entry, or none.
    func recordChoice(_ choice: Int, took taken: Int?) {
        guard let recorder else { return }
        var number: Int32 = 0
        var way: Int32?
        var branch = choice + 1
        while branch < Int(tables.entries[choice].end) {
            if branch == taken { way = number } else if way != nil { recorder.story?.pass(branch, .otherBranch) }
            number += 1
            branch = Int(tables.entries[branch].end)
        }
        recorder.branch(.choice(Int32(choice)), took: way ?? number)
    }

    func recordField(_ entry: Int, _ outcome: Outcome) {
        recorder?.story?.end(entry: entry, tables.entries[entry].expression, outcome, self)
    }

    func recordFault() { recorder?.story?.fault(findings.last) }

    // MARK: Paths

    func recordRead(_ path: Int32, _ node: RecordTree.NodeIndex) {
        guard let recorder else { return }
        let bytes = text(of: node)
        let isGroup = nodes[Int(node)].firstChild != RecordTree.none
        if isGroup || Self.hasContent(bytes) { recorder.read(path: path) }
        recorder.story?.read(
            RunStory.Reading(
                path: path, node: place(of: node), text: isGroup ? nil : noted(bytes), rest: []))
    }

    mutating func recordReads(_ path: Int32, from start: RecordTree.NodeIndex) {
        for value in values { recordRead(path, value.node) }
        guard values.isEmpty, recorder?.story != nil else { return }
        // Where the first way along the path ended.
        let kept = (missing, visitsLeft)
        defer { (missing, visitsLeft) = kept }
        let path = tables.paths[Int(path)]
        var node = start
        for number in path.firstStep..<path.firstStep + path.stepCount {
            let next = firstMatch(tables.steps[Int(number)], of: node)
            guard next != RecordTree.none else {
                missing.node = node
                missing.step = number - path.firstStep
                return recordMiss()
            }
            node = next
        }
    }

    /// The path in `missing` led no further.
    func recordMiss() {
        guard let story = recorder?.story, missing.path >= 0, missing.node != RecordTree.none else { return }
        let path = tables.paths[Int(missing.path)]
        let rest = tables.program.stepTexts[Int(path.firstStep + missing.step)..<Int(path.firstStep + path.stepCount)]
        story.read(RunStory.Reading(path: missing.path, node: place(of: missing.node), text: nil, rest: Array(rest)))
    }

    private func place(of node: RecordTree.NodeIndex) -> RunStory.Node {
        RunStory.Node(path: path(of: node), position: tree.position(of: node))
    }

    // MARK: Values

    /// The values as people read them; nil when there is none.
    func shown(_ outcome: Outcome) -> [String]? {
        switch outcome {
        case .absent, .failed: nil
        case .single: [shown(value)]
        case .many: values.map { shown($0) }
        }
    }

    /// Text as it is noted: not more than a person would read.
    private func noted(_ bytes: Bytes) -> String {
        guard bytes.count > RunStory.valueBytesMax else { return String(decoding: bytes, as: UTF8.self) }
        return String(decoding: bytes.prefix(RunStory.valueBytesMax), as: UTF8.self) + "..."
    }

    private func shown(_ value: Value) -> String {
        let text = noted(value.bytes)
        if value.second.count > 0 {
            let parts = [value.first, value.second, value.third].map { String(decoding: $0, as: UTF8.self) }
            return "\(text) \(parts[0]) (\(parts[1]), \(parts[2]))"
        }
        if value.first.count > 0 { return "\(String(decoding: value.first, as: UTF8.self)) \(text)" }
        guard text.isEmpty, value.node != RecordTree.none, nodes[Int(value.node)].firstChild != RecordTree.none else {
            return text
        }
        var members: [String] = []
        var child = nodes[Int(value.node)].firstChild
        while child != RecordTree.none {
            members.append("\(tree.text(nodes[Int(child)].rawName)) \(tree.text(nodes[Int(child)].value))")
            child = nodes[Int(child)].nextSibling
        }
        return members.joined(separator: ", ")
    }
}

extension RunStory {
    /// The end of a field of the plan, or of an entry of `identify:`.
    fileprivate func end(
        entry: Int? = nil, key: String? = nil, _ expression: Int32, _ outcome: Runner.Outcome, _ runner: borrowing Runner
    ) {
        let ending: Ending =
            switch outcome {
            case .absent: .absent
            case .failed: .failed
            case .single, .many: .written
            }
        end(
            entry: entry, key: key, expression: expression, ending: ending, values: runner.shown(outcome),
            isLiteral: runner.tables.expressions[Int(expression)].isConstant, findings: runner.findings)
    }
}
