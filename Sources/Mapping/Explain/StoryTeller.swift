internal import ExchangeModel

/// Turns the notes of a run into what a person reads.
struct StoryTeller {
    private let program: Program
    private let outline: ProgramOutline
    private let isInbound: Bool
    private let mappings: String
    private let label: (String) -> String?
    /// Everything wrong with the record.
    private let findings: [Finding]
    private let fieldsByEntry: [Int: ProgramOutline.Field]

    init(
        program: Program, outline: ProgramOutline, isInbound: Bool, mappings: String, label: @escaping (String) -> String?,
        findings: [Finding]
    ) {
        self.program = program
        self.outline = outline
        self.isInbound = isInbound
        self.mappings = mappings
        self.label = label
        self.findings = findings
        fieldsByEntry = Dictionary(outline.fields.map { ($0.entry, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The fields in the order of the mapping, keys first.
    func fields(of story: RunStory?) -> [MappingExplanation.Field] {
        guard let story else { return [] }
        var result = story.fields.map { explained($0) }
        let named = Set(result.map(\.target))
        var told = story.isCut ? Set(outline.fields.map(\.entry)) : Set(result.map(\.order))
        for passed in story.passed {
            for field in outline.fields where (passed.entry..<Int(program.entries[passed.entry].end)).contains(field.entry) {
                told.insert(field.entry)
                let explanation = unreached(field, passed)
                // Another branch of the choice speaks for the same field.
                if !named.contains(explanation.target) { result.append(explanation) }
            }
        }
        for field in outline.fields
        where !told.contains(field.entry) && (!story.fields.isEmpty || !story.passed.isEmpty) {
            result.append(unreached(field, nil))
        }
        // Sorting by entry keeps the items of a group in their order: `sorted` is stable.
        return result.sorted { $0.order < $1.order }
    }

    // MARK: Fields that came up

    private func explained(_ field: RunStory.Field) -> MappingExplanation.Field {
        let planned = field.entry.flatMap { fieldsByEntry[$0] }
        let place = program.notes.expressions[Int(field.expression)].place
        var readings: [MappingExplanation.Reading] = []
        for reading in field.readings.map({ self.reading($0) }) where !readings.contains(reading) { readings.append(reading) }
        let steps = steps(field)
        let isWritten = field.ending == .written && (!field.isLiteral || isOpen(field.frame))
        return MappingExplanation.Field(
            target: field.key.map { "identify.\($0)" } ?? planned.map { target($0.target, field.frame) } ?? "",
            label: planned.flatMap { name(of: $0) }, fragment: place.fragment, position: place.position,
            expression: program.expressionTexts[Int(field.expression)], values: isWritten ? field.values : nil,
            readings: readings,
            steps: steps, reasons: isWritten ? [] : reasons(field, readings, steps), findings: field.findings,
            order: field.entry ?? -1)
    }

    private func reading(_ reading: RunStory.Reading) -> MappingExplanation.Reading {
        MappingExplanation.Reading(
            path: program.pathTexts[Int(reading.path)], node: reading.node.path, position: reading.node.position,
            value: reading.text, missing: reading.rest)
    }

    private func steps(_ field: RunStory.Field) -> [MappingExplanation.Step] {
        var steps: [MappingExplanation.Step] = []
        if !field.rows.isEmpty {
            steps.append(
                MappingExplanation.Step(
                    function: "", before: nil, after: field.steps.first?.before, codes: field.rows.map { code($0) }))
        }
        for step in field.steps {
            let functions = ExpressionText.functions(of: step.expression, in: program)
            let first = Int(program.expressions[Int(step.expression)].firstOp)
            let isDemand = program.ops[step.op].code == .required || program.ops[step.op].code == .default
            // Where there is nothing, only what demands or replaces it is of interest.
            if step.before == nil, step.after == nil, !isDemand { continue }
            steps.append(
                MappingExplanation.Step(
                    function: functions.indices.contains(step.op - first) ? functions[step.op - first] : "", before: step.before,
                    after: step.after, codes: step.rows.map { code($0) }))
        }
        return steps
    }

    private func code(_ number: Int) -> MappingExplanation.CodeEntry {
        let row = program.codeRows[number]
        let table = program.codeTables.first { ($0.firstRow..<$0.firstRow + $0.rowCount).contains(Int32(number)) }
        let list = table.map { program.listNames[Int($0.list)] } ?? ""
        let (from, to) = (text(row.from), text(row.to))
        return MappingExplanation.CodeEntry(
            list: list, code: isInbound ? from : to, canonical: isInbound ? to : from,
            labelZH: program.notes.codeRows[number].labelZH, file: "\(mappings)/codelists/\(list).csv",
            line: program.notes.codeRows[number].line)
    }

    private func text(_ constant: Program.Constant) -> String {
        String(decoding: program.constants[Int(constant.offset)..<Int(constant.offset + constant.count)], as: UTF8.self)
    }

    // MARK: Reasons

    private func reasons(
        _ field: RunStory.Field, _ readings: [MappingExplanation.Reading], _ steps: [MappingExplanation.Step]
    ) -> [MappingExplanation.Reason] {
        if field.isLiteral, field.ending == .written { return groupReasons(field) }
        var reasons = readings.compactMap { Self.reason($0) }
        if let step = steps.first(where: { $0.before != nil && $0.after == nil }), field.ending == .absent {
            reasons.append(
                MappingExplanation.Reason(text: "\(step.function) leaves nothing", textZH: "\(step.function) 之后没有剩下任何内容"))
        }
        if field.ending == .failed {
            let own = field.findings.filter { $0.severity == .error }
            // What was found at the same place before is not reported again.
            let shown = own.isEmpty ? findings.filter { finding in readings.contains { Self.place($0) == finding.path } } : own
            reasons += shown.map { MappingExplanation.Reason(text: "\($0.code): \($0.text)", textZH: "\($0.code)：\($0.textZH)") }
        } else if !program.ops[range(field.expression)].contains(where: { $0.code == .default }) {
            reasons.append(MappingExplanation.Reason(text: "no default(...) is given", textZH: "没有给出 default(...)"))
        }
        return reasons
    }

    private func range(_ expression: Int32) -> Range<Int> {
        let expression = program.expressions[Int(expression)]
        return Int(expression.firstOp)..<Int(expression.firstOp + expression.opCount)
    }

    /// The path under which the runner reports what is missing.
    private static func place(_ reading: MappingExplanation.Reading) -> String {
        reading.missing.isEmpty
            ? reading.node : (reading.node == "/" ? "" : reading.node) + "/" + reading.missing.joined(separator: "/")
    }

    private static func reason(_ reading: MappingExplanation.Reading) -> MappingExplanation.Reason? {
        let line = reading.position.line > 0 ? " (line \(reading.position.line))" : ""
        let lineZH = reading.position.line > 0 ? "（第 \(reading.position.line) 行）" : ""
        if let step = reading.missing.first {
            let more = reading.missing.count > 1 ? ", so \(reading.path) ends there" : ""
            let moreZH = reading.missing.count > 1 ? "，路径 \(reading.path) 到此为止" : ""
            return MappingExplanation.Reason(
                text: "\(reading.node)\(line) has no \(step)\(more)", textZH: "\(reading.node)\(lineZH) 中没有 \(step)\(moreZH)")
        }
        guard let value = reading.value, !value.contains(where: { !$0.isWhitespace && $0 != "\u{A0}" && $0 != "\u{3000}" }) else {
            return nil
        }
        let (word, wordZH) = value.isEmpty ? ("empty", "为空") : ("blank", "只有空白")
        return MappingExplanation.Reason(text: "\(reading.node)\(line) is \(word)", textZH: "\(reading.node)\(lineZH) \(wordZH)")
    }

    private func groupReasons(_ field: RunStory.Field) -> [MappingExplanation.Reason] {
        var frame: RunStory.Frame? = field.frame
        while let group = frame, group.isOpen { frame = group.parent }
        let name = frame.map { program.entryTargets[$0.entry] } ?? ""
        let item = frame?.node.map { " (\($0.path))" } ?? ""
        return [
            MappingExplanation.Reason(
                text: "nothing of the record goes into \(name)\(item), and a literal alone opens no group",
                textZH: "记录中没有内容进入 \(name)\(item)，仅有固定文本不会写出字段组")
        ]
    }

    private func isOpen(_ frame: RunStory.Frame) -> Bool {
        var current: RunStory.Frame? = frame
        while let group = current {
            if !group.isOpen { return false }
            current = group.parent
        }
        return true
    }

    // MARK: Fields that did not come up

    private func unreached(_ field: ProgramOutline.Field, _ passed: RunStory.Passed?) -> MappingExplanation.Field {
        let expression = program.entries[field.entry].expression
        let place = program.notes.expressions[Int(expression)].place
        let readings = passed?.readings.map { reading($0) } ?? []
        return MappingExplanation.Field(
            target: passed.map { target(field.target, $0.frame) } ?? field.target, label: name(of: field),
            fragment: place.fragment,
            position: place.position, expression: program.expressionTexts[Int(expression)], values: nil, readings: readings,
            steps: [], reasons: reasons(passed, readings), findings: [], order: field.entry)
    }

    private func reasons(
        _ passed: RunStory.Passed?, _ readings: [MappingExplanation.Reading]
    ) -> [MappingExplanation.Reason] {
        guard let passed else {
            return [MappingExplanation.Reason(text: "the run ended before this field", textZH: "运行在此字段之前已结束")]
        }
        let name = program.entryTargets[passed.entry]
        switch passed.cause {
        case .noItem:
            let each = program.entries[passed.entry].each
            let path = each >= 0 ? "each: \(ProgramOutline.eachText(each, program))" : "zip:"
            return [
                MappingExplanation.Reason(
                    text: "\(path) finds no item, so nothing in \(name) is written", textZH: "\(path) 没有找到任何项，因此不写出 \(name) 中的内容")
            ] + readings.compactMap { Self.reason($0) }
        case .condition:
            let text = program.notes.entries[passed.entry].condition?.text ?? ""
            return [MappingExplanation.Reason(text: "when: \(text) does not hold", textZH: "when: \(text) 不成立")]
                + readings.compactMap { Self.reason($0) }
        case .otherBranch:
            return [
                MappingExplanation.Reason(
                    text: "an earlier branch of choose: is taken for \(name)", textZH: "\(name) 的 choose: 已采用前面的分支")
            ]
        }
    }

    // MARK: Names

    /// The name with the places of the items that were written.
    private func target(_ name: String, _ frame: RunStory.Frame) -> String {
        var places: [Int?] = []
        var current: RunStory.Frame? = frame
        while let group = current {
            if group.item != nil { places.append(group.place) }
            current = group.parent
        }
        var result = ""
        var rest = name[...]
        for place in places.reversed() {
            guard let bracket = rest.firstRange(of: "[]") else { break }
            result += rest[..<bracket.lowerBound] + (place.map { "[\($0)]" } ?? "[]")
            rest = rest[bracket.upperBound...]
        }
        return result + rest
    }

    private func name(of field: ProgramOutline.Field) -> String? {
        FieldLabel.zh(of: field, program: program, outline: outline, isInbound: isInbound, label: label)
    }
}

/// The Chinese name of a field: of the canonical field that is written, or, outbound, of the one that is read for it.
enum FieldLabel {
    static func zh(
        of field: ProgramOutline.Field, program: Program, outline: ProgramOutline, isInbound: Bool, label: (String) -> String?
    ) -> String? {
        if isInbound { return label(field.target) }
        let paths = outline.sources(of: program.entries[field.entry].expression, scope: field.scope).paths
        guard var path = paths.first else { return nil }
        // The name of an identifier says more than that of its value.
        if path.hasSuffix(".value") { path.removeLast(".value".count) }
        return label(path)
    }
}
