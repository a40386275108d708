internal import ExchangeModel

extension FormChecker {
    /// The members from the root down to where a path leads.
    typealias Chain = [FormModel.Member]

    /// Follows every path that an inbound mapping reads.
    mutating func checkSource(_ root: FormModel.Member) {
        var chains: [Chain?] = []
        for read in trace.reads {
            fragment = read.fragment
            guard !read.isOfValue, let start = start(of: read, root, chains) else {
                chains.append(nil)
                continue
            }
            let chain = follow(read.path, from: start, in: read.text, isEach: read.isEach)
            if let chain, read.isEach, !read.path.steps.isEmpty { checkRepeats(read, chain, depth: start.count) }
            chains.append(chain)
        }
        for value in trace.values {
            fragment = value.fragment
            checkValue(value, chains)
        }
        fragment = nil
    }

    /// Where a path begins; nil where that is not known.
    private func start(of read: FormTrace.Read, _ root: FormModel.Member, _ chains: [Chain?]) -> Chain? {
        func base(_ origin: Int) -> Chain? {
            if origin == FormTrace.root { return [root] }
            return chains.indices.contains(origin) ? chains[origin] : nil
        }
        switch read.path.anchor {
        case .current, .variable, .group: return base(read.origin)
        case .root: return [root]
        case .parent(let levels):
            guard let chain = base(read.origin), chain.count > levels else { return nil }
            return Array(chain.dropLast(levels))
        case .key(let name, _): return trace.keyOrigins[name].flatMap(base)
        }
    }

    /// The members of a path's steps; nil, with a finding, where the schema has not one of them.
    private mutating func follow(_ path: SourcePath, from start: Chain, in text: MappingFile.Text, isEach: Bool) -> Chain? {
        var chain = start
        var steps = path.steps[...]
        // Of XML the first step from the root is the root element, which the compiler looked at.
        if path.anchor == .root, file.from.format?.text == "xml" { steps = steps.dropFirst() }
        for (number, step) in zip(steps.indices, steps) {
            if step.isAny {
                chain.append(FormModel.Member(name: step.name.local, isClear: false))
                continue
            }
            guard let parent = chain.last, let member = member(step.name, isAttribute: step.isAttribute, of: parent, in: text)
            else { return nil }
            if let predicate = step.predicate { checkPredicate(predicate, of: member, in: text) }
            let isLast = number == steps.index(before: steps.endIndex)
            if member.repeats, member.isClear, !step.takesAll, step.predicate == nil, step.place == 0,
                !(isEach && isLast)
            {
                let place = text.position(at: step.name.offset)
                report(
                    place, text.text,
                    "\(labelled(member)) repeats in \(schemaName), and this takes the first alone; write \"\(step.text)[]\", or choose one with a predicate",
                    "“\(member.name)”在 \(schemaName) 中可重复，此处只取第一个；应写作“\(step.text)[]”，或用谓词选一个", severity: .warning)
            }
            chain.append(member)
        }
        return chain
    }

    /// A member of a name; one that stands for anything where the schema is open; nil, with a finding, where there is none.
    private mutating func member(
        _ name: SourcePath.Name, isAttribute: Bool, of parent: FormModel.Member, in text: MappingFile.Text
    ) -> FormModel.Member? {
        guard let namespace = namespace(of: name) else { return nil }
        let shape = model.shape(of: parent)
        if let member = shape.member(name.local, namespace: namespace, isAttribute: isAttribute) { return member }
        if shape.isOpen {
            return FormModel.Member(name: name.local, namespace: namespace, isAttribute: isAttribute, isClear: false)
        }
        let among = shape.members.filter { $0.isAttribute == isAttribute }
        let shown = (isAttribute ? "@" : "") + name.text
        let (hint, hintZH) = hint(
            (isAttribute ? "@" : "") + name.local, among.map { written($0) }, sameName: among.first { $0.name == name.local })
        let place = parent.name.isEmpty ? "the record" : "\"\(parent.name)\""
        let placeZH = parent.name.isEmpty ? "记录" : "“\(parent.name)”"
        report(
            text.position(at: name.offset), text.text, "\(schemaName) has no \"\(shown)\" in \(place)\(hint)",
            "\(schemaName) 的\(placeZH)中没有“\(shown)”\(hintZH)", code: .keyUnknown)
        return nil
    }

    private mutating func checkPredicate(
        _ predicate: SourcePath.Predicate, of parent: FormModel.Member, in text: MappingFile.Text
    ) {
        guard let member = member(predicate.name, isAttribute: predicate.isAttribute, of: parent, in: text) else { return }
        if predicate.test == .equals, let refusal = model.shape(of: member).rules.refusal(of: predicate.value) {
            report(
                text.position(at: predicate.name.offset), text.text,
                "\"\(predicate.value)\" is never a value of \"\(member.name)\": it \(refusal.en)",
                "“\(member.name)”不会取值“\(predicate.value)”：\(refusal.zh)", severity: .warning)
        }
    }

    /// An `each:` over what stands there once.
    private mutating func checkRepeats(_ read: FormTrace.Read, _ chain: Chain, depth: Int) {
        let own = chain.dropFirst(depth)
        guard !own.isEmpty, own.allSatisfy({ !$0.repeats && $0.isClear }), let last = own.last else { return }
        report(
            read.text.position(at: read.path.offset), read.text.text, "\(labelled(last)) never repeats in \(schemaName)",
            "“\(last.name)”在 \(schemaName) 中不重复", severity: .warning)
    }

    /// A path to a value that ends at a group of elements.
    private mutating func checkText(_ path: SourcePath, in text: MappingFile.Text, _ chains: [Chain?]) {
        guard let member = chain(of: path, in: text, chains)?.last, let step = path.steps.last else { return }
        let shape = model.shape(of: member)
        guard !shape.takesText, !shape.isOpen else { return }
        let inner = shape.members.filter { !$0.isAttribute }.map { written($0) }
        report(
            text.position(at: step.name.offset), text.text,
            "\(labelled(member)) holds fields and no text" + (inner.isEmpty ? "" : "; name one of them: \(Self.listed(inner))"),
            "“\(member.name)”由下级字段组成，没有文本" + (inner.isEmpty ? "" : "；请指定其中之一：\(Self.listed(inner))"), severity: .warning)
    }

    /// Where a path of an expression leads.
    private func chain(of path: SourcePath, in text: MappingFile.Text, _ chains: [Chain?]) -> Chain? {
        trace.reads.firstIndex { $0.path == path && $0.text.position == text.position }.flatMap { chains[$0] }
    }

    // MARK: Values

    /// What functions make of a value whose rules the schema tells.
    private mutating func checkValue(_ value: FormTrace.Value, _ chains: [Chain?]) {
        if case .call(let call) = value.expression.source {
            for argument in call.arguments {
                if case .path(let path) = argument.value { checkText(path, in: value.text, chains) }
            }
        }
        guard case .path(let path) = value.expression.source, let member = chain(of: path, in: value.text, chains)?.last else {
            return
        }
        // Groups may be counted; nothing else takes them.
        if !value.expression.calls.contains(where: { $0.name == "number-of" }) { checkText(path, in: value.text, chains) }
        for argument in value.expression.calls.flatMap(\.arguments) {
            guard case .path(let path) = argument.value, path.anchor == .current, path.steps.count == 1, path.steps[0].isAttribute
            else { continue }
            _ = self.member(path.steps[0].name, isAttribute: true, of: member, in: value.text)
        }
        let shape = model.shape(of: member)
        guard !shape.isOpen || member.shape != 0, shape.takesText else { return }
        for call in value.expression.calls {
            switch call.name {
            case "trim", "required": continue
            case "time", "date": checkTime(call, shape.rules, member, in: value.text)
            case "code": checkCoverage(call, shape.rules, member, in: value.text)
            default: break
            }
            return
        }
    }

    private mutating func checkTime(
        _ call: Expression.Call, _ rules: ValueRules, _ member: FormModel.Member, in text: MappingFile.Text
    ) {
        // Several patterns are tried one after the other: one that can be is enough.
        var first: (argument: Expression.Argument, pattern: String, sample: String, refusal: (en: String, zh: String))?
        for argument in call.arguments where argument.label == nil {
            guard case .text(let pattern) = argument.value else { return }
            let samples = TimeSamples.written(by: pattern)
            let refusals = samples.compactMap { rules.refusal(of: $0) }
            guard let sample = samples.first, refusals.count == samples.count, let refusal = refusals.first else { return }
            if first == nil { first = (argument, pattern, sample, refusal) }
        }
        guard let (argument, pattern, sample, refusal) = first else { return }
        report(
            text.position(at: argument.offset), text.text,
            "\(labelled(member)) never looks like \"\(pattern)\": \(sample) \(refusal.en) in \(schemaName)",
            "“\(member.name)”不会是“\(pattern)”的形式：按 \(schemaName)，\(sample) \(refusal.zh)")
    }

    private mutating func checkCoverage(
        _ call: Expression.Call, _ rules: ValueRules, _ member: FormModel.Member, in text: MappingFile.Text
    ) {
        guard let values = rules.enumeration, let argument = call.arguments.first, let list = codeList(argument),
            !passesUnknown(call)
        else { return }
        let known = Set(list.rows(of: file.platform, inbound: true).map(\.code))
        // A row says what every other code means.
        if known.contains(CodeList.anyOther) { return }
        let missing = values.filter { !known.contains($0) && !$0.isEmpty }
        guard !missing.isEmpty else { return }
        report(
            text.position(at: argument.offset), text.text,
            "the list \"\(list.name)\" has no code of \"\(file.platform)\" for \(Self.listed(missing)), which \(schemaName) allows in \"\(member.name)\"",
            "代码表“\(list.name)”中“\(file.platform)”缺少代码 \(Self.listed(missing))，而 \(schemaName) 的“\(member.name)”允许这些值",
            severity: .warning)
    }

    /// What has no row is let through: that the list leaves something out is meant so.
    func passesUnknown(_ call: Expression.Call) -> Bool {
        call.arguments.contains { $0.label == "unknown" && $0.value == .text("pass") }
    }

    /// The list that an argument of `code` names.
    func codeList(_ argument: Expression.Argument) -> CodeList? {
        switch argument.value {
        case .text(let name): input.codeLists[name]
        case .path(let path): path.word.flatMap { input.codeLists[$0] }
        case .number, .template: nil
        }
    }
}

/// Times as a pattern writes them: enough to see whether a schema can take its form.
enum TimeSamples {
    static func written(by pattern: String) -> [String] {
        if pattern == EpochMilliseconds.name { return ["1777599015123", "915148800000"] }
        if pattern == "xml" { return ["2026-05-01", "2026-05-01+08:00"] }
        var problem = ""
        guard let compiled = TimePattern(pattern, problem: &problem) else { return [] }
        let times = [
            CivilTime(year: 2026, month: 5, day: 1, hour: 9, minute: 30, second: 15, millisecond: 123),
            CivilTime(year: 1999, month: 12, day: 31, hour: 23, minute: 5, second: 59, millisecond: 0),
        ]
        return times.map { time in
            var bytes: [UInt8] = []
            compiled.write(time, to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
