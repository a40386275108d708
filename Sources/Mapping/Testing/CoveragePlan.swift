internal import ExchangeModel

/// Everything of one mapping that tests may prove, and by which note of a run each is proved.
struct CoveragePlan {
    /// What proves an item.
    enum Proof: Hashable {
        /// A comparison of the value at one of these paths of the output.
        case comparison([[String]])
        /// A comparison of an entry of `identify:`.
        case key(String)
        /// One of these paths.
        case reading([Int32])
        /// A row of a code table.
        case row(Int32)
        /// A way at a branch.
        case way(RunRecorder.Branch, Int32)
    }

    private let program: Program
    private let outline: ProgramOutline
    private let isInbound: Bool
    private let name: String
    private let folder: String
    private let listsFolder: String
    private let label: (String) -> String?
    /// Entries that are branches of a choice: their conditions are its ways.
    private var branches: Set<Int> = []
    private(set) var items: [(item: MappingCoverage.Item, proof: Proof)] = []

    /// - Parameters:
    ///   - mappings: the folder of mappings, for the names of files.
    ///   - label: the Chinese name of a canonical field.
    init(_ mapping: InboundMapping, mappings: String, label: @escaping (String) -> String?) {
        self.init(
            mapping.tables.program, ProgramOutline(mapping), isInbound: true, name: mapping.name, mappings: mappings, label: label
        )
    }

    init(_ mapping: OutboundMapping, mappings: String, label: @escaping (String) -> String?) {
        self.init(
            mapping.tables.program, ProgramOutline(mapping), isInbound: false, name: mapping.name, mappings: mappings,
            label: label)
    }

    private init(
        _ program: Program, _ outline: ProgramOutline, isInbound: Bool, name: String, mappings: String,
        label: @escaping (String) -> String?
    ) {
        self.program = program
        self.outline = outline
        self.isInbound = isInbound
        self.label = label
        self.name = name
        folder = mappings
        listsFolder = "\(mappings)/codelists"
        addFields()
        addPaths()
        addCodes()
        addBranches()
    }

    // MARK: Fields

    private mutating func addFields() {
        for (name, place) in program.notes.identify.sorted(by: { $0.key < $1.key }) {
            add(
                .targetFields, place, "identify.\(name)", .key(name), "identify.\(name): no test compares it under keys:",
                "identify.\(name)：没有测试在 keys: 中比较它")
        }
        var known: Set<String> = []
        // The branches of a choice write one field.
        for field in outline.fields where known.insert(field.target).inserted {
            let entry = program.entries[field.entry]
            // Of an identifier and an amount the value itself must be compared, not only its scheme or currency.
            let hasValue = entry.emit == .identifier || entry.emit == .identifierList || entry.emit == .money
            let name = labelled(field.target, field)
            add(
                .targetFields, program.notes.entries[field.entry].place, field.target,
                .comparison([hasValue ? field.names + ["value"] : field.names]),
                "target field \(name.en): no expectation compares its value", "目标字段\(name.zh)：没有测试比较其值")
        }
    }

    /// With the Chinese name of the canonical field that is written, or that is read for it.
    private func labelled(_ target: String, _ field: ProgramOutline.Field) -> (en: String, zh: String) {
        guard let label = label(of: field) else { return ("\"\(target)\"", "“\(target)”") }
        return ("\"\(target)\" (\(label))", "“\(target)”（\(label)）")
    }

    private func label(of field: ProgramOutline.Field) -> String? {
        FieldLabel.zh(of: field, program: program, outline: outline, isInbound: isInbound, label: label)
    }

    // MARK: Paths

    private mutating func addPaths() {
        var places: [String: Int] = [:]
        for number in program.paths.indices {
            let place = program.notes.paths[number]
            let text = program.pathTexts[number]
            let key = "\(place.fragment ?? "") \(place.position.line):\(place.position.column) \(text)"
            if let known = places[key], case .reading(let paths) = items[known].proof {
                items[known].proof = .reading(paths + [Int32(number)])
                continue
            }
            places[key] = items.count
            add(
                .sourcePaths, place, text, .reading([Int32(number)]),
                "source path \"\(text)\": no record of a test has a value there", "源路径“\(text)”：没有测试记录在此有值")
        }
    }

    // MARK: Codes

    private mutating func addCodes() {
        for table in program.codeTables {
            let list = program.listNames[Int(table.list)]
            let rows = Int(table.firstRow)..<Int(table.firstRow + table.rowCount)
            for number in rows {
                let row = program.codeRows[number]
                // An earlier row that holds on all its days always wins.
                let isShadowed = (rows.lowerBound..<number).contains { earlier in
                    let other = program.codeRows[earlier]
                    return bytes(other.from) == bytes(row.from) && other.validFrom <= row.validFrom
                        && other.validTo >= row.validTo
                }
                if isShadowed { continue }
                let note = program.notes.codeRows[number]
                let (from, to) = (text(row.from), text(row.to))
                let meaning = note.labelZH.isEmpty ? "" : " (\(note.labelZH))"
                let meaningZH = note.labelZH.isEmpty ? "" : "（\(note.labelZH)）"
                items.append(
                    (
                        MappingCoverage.Item(
                            kind: .codeEntries, file: "\(listsFolder)/\(list).csv",
                            position: SourcePosition(line: note.line, column: 1), name: "\(list): \(from) -> \(to)",
                            text: "code list \(list): no test translates \"\(from)\"\(meaning) to \"\(to)\"",
                            textZH: "代码表 \(list)：没有测试将“\(from)”\(meaningZH)转换为“\(to)”"), .row(Int32(number))
                    ))
            }
        }
    }

    // MARK: Branches

    private mutating func addBranches() {
        for number in program.expressions.indices {
            let expression = program.expressions[number]
            let place = program.notes.expressions[number].place
            if expression.source == .first { addAlternatives(of: expression, place) }
            var hasDefault = false
            for op in expression.firstOp..<expression.firstOp + expression.opCount {
                switch program.ops[Int(op)].code {
                case .required:
                    add(.function(op), 0, place, "required", "required: no test has a value here", "required：没有测试在此有值")
                    if hasDefault { continue }
                    add(.function(op), 1, place, "required", "required: no test lacks the value", "required：没有测试缺少该值")
                case .default:
                    hasDefault = true
                    add(.function(op), 0, place, "default", "default: no test has a value here", "default：没有测试在此有值")
                    add(.function(op), 1, place, "default", "default: no test lacks the value", "default：没有测试缺少该值")
                default: break
                }
            }
        }
        for number in program.entries.indices { addWays(of: Int32(number)) }
    }

    /// The ways of a repeated group, a condition, a choice.
    private mutating func addWays(of number: Int32) {
        let entry = program.entries[Int(number)]
        let note = program.notes.entries[Int(number)]
        if entry.kind == .repeated {
            let place = entry.each >= 0 ? program.notes.paths[Int(entry.each)] : note.place
            let text = entry.each >= 0 ? "\"\(ProgramOutline.eachText(entry.each, program))\"" : program.entryTargets[Int(number)]
            let word = entry.each >= 0 ? "each" : "zip"
            add(.each(number), 1, place, word, "\(word): no test has an item of \(text)", "\(word)：没有测试含有 \(text) 的项")
            add(.each(number), 0, place, word, "\(word): every test has an item of \(text)", "\(word)：所有测试都含有 \(text) 的项")
        }
        if let condition = note.condition, !branches.contains(Int(number)) {
            let text = condition.text
            add(.condition(number), 1, condition.place, "when", "when: in no test \(text) holds", "when：没有测试使 \(text) 成立")
            add(.condition(number), 0, condition.place, "when", "when: in every test \(text) holds", "when：所有测试中 \(text) 都成立")
        }
        guard entry.kind == .choice else { return }
        var way: Int32 = 0
        var isCertain = false
        var branch = Int(number) + 1
        while branch < Int(entry.end) {
            branches.insert(branch)
            let note = program.notes.entries[branch]
            let text = note.condition.map { "when: \($0.text)" } ?? "the last"
            let textZH = note.condition.map { "when: \($0.text)" } ?? "最后"
            add(
                .choice(number), way, note.condition?.place ?? note.place, "choose",
                "choose: no test takes the branch \(way + 1), \(text)",
                "choose：没有测试采用第 \(way + 1) 个分支（\(textZH)）")
            // A repeated group without items passes the choice on.
            isCertain = isCertain || note.condition == nil && program.entries[branch].kind != .repeated
            way += 1
            branch = Int(program.entries[branch].end)
        }
        if isCertain { return }
        add(.choice(number), way, note.place, "choose", "choose: in every test a branch is taken", "choose：所有测试都采用了某个分支")
    }

    private mutating func addAlternatives(of expression: Program.Expression, _ place: ProgramNotes.Place) {
        let first = RunRecorder.Branch.first(expression.sourceIndex)
        var isCertain = false
        for number in 0..<expression.partCount {
            let part = program.parts[Int(expression.sourceIndex + number)]
            let text =
                part.path >= 0
                ? program.pathTexts[Int(part.path)]
                : part.slot >= 0 ? "$" + program.notes.slotNames[Int(part.slot)] : "\"\(self.text(part.constant))\""
            isCertain = isCertain || (part.isConstant && part.constant.count > 0)
            add(
                first, number, place, "first", "first: no test takes its part \(number + 1), \(text)",
                "first：没有测试取第 \(number + 1) 部分 \(text)")
        }
        if isCertain { return }
        add(first, expression.partCount, place, "first", "first: every test has one of its parts", "first：所有测试都有其中一部分")
    }

    // MARK: Items

    private mutating func add(
        _ branch: RunRecorder.Branch, _ way: Int32, _ place: ProgramNotes.Place, _ name: String, _ text: String, _ textZH: String
    ) {
        add(.branches, place, name, .way(branch, way), text, textZH)
    }

    private mutating func add(
        _ kind: MappingCoverage.Kind, _ place: ProgramNotes.Place, _ name: String, _ proof: Proof, _ text: String,
        _ textZH: String
    ) {
        items.append(
            (
                MappingCoverage.Item(
                    kind: kind, file: place.file(mapping: self.name, in: folder), position: place.position, name: name,
                    text: text,
                    textZH: textZH), proof
            ))
    }

    private func bytes(_ constant: Program.Constant) -> ArraySlice<UInt8> {
        program.constants[Int(constant.offset)..<Int(constant.offset + constant.count)]
    }

    private func text(_ constant: Program.Constant) -> String { String(decoding: bytes(constant), as: UTF8.self) }
}
