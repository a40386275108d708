internal import ExchangeModel

extension Compiler {
    /// Compiles a path that stands alone; -1 when it is faulty.
    mutating func path(_ text: MappingFile.Text, takesAllAtEnd: Bool, scope: SourceScope) -> Int32 {
        var inner = scope
        return path(text, takesAllAtEnd: takesAllAtEnd, scope: scope, inner: &inner)
    }

    /// Compiles the path of an `each:`; `inner` becomes the level that its items stand on.
    mutating func path(
        _ text: MappingFile.Text, takesAllAtEnd: Bool, scope: SourceScope, inner: inout SourceScope
    ) -> Int32 {
        if takesAllAtEnd { inner.origin = FormTrace.unknown }
        var parsed: SourcePath
        do throws(ExpressionProblem) {
            parsed = try ExpressionParser.path(text.text, dotJoins: dotJoins)
        } catch {
            report(text.position(at: error.offset), text.text, error.text, error.textZH)
            return -1
        }
        if takesAllAtEnd {
            if parsed.steps.isEmpty, parsed.anchor == .group {
                // The items of the group themselves.
            } else {
                guard let last = parsed.steps.indices.last, !parsed.steps[last].isAttribute else {
                    report(text.position, text.text, "a repeated group needs a path to elements", "重复组需要指向元素的路径")
                    return -1
                }
                if parsed.steps[last].place == 0 { parsed.steps[last].takesAll = true }
            }
        }
        guard let compiled = compile(parsed, in: text, scope: scope) else { return -1 }
        if takesAllAtEnd {
            if !isInbound, !scope.fields.isEmpty {
                if compiled.fields.last?.kind != .group {
                    report(text.position, text.text, "each: needs a group of fields", "each: 需要字段组")
                }
                readFields.removeLast()
            }
            inner.fields = compiled.fields
            inner.depth = start(of: parsed, scope: scope) + parsed.steps.count
            inner.origin = trace.noteEach()
        } else if program.paths[Int(compiled.index)].takesAll {
            report(text.position, text.text, "one node is wanted here, not several", "此处只能是单个节点")
        }
        return compiled.index
    }

    /// How deep a path begins.
    func start(of path: SourcePath, scope: SourceScope) -> Int {
        switch path.anchor {
        case .current, .key: scope.depth
        // The first step of an XML path is the root element itself.
        case .root: isInbound && !dotJoins ? -1 : 0
        case .parent(let levels): scope.depth - levels
        case .variable(let name): scope.variables[name]?.node?.depth ?? scope.depth
        case .group: scope.group?.depth ?? scope.depth
        }
    }

    /// Compiles a parsed path; `fields` are the canonical fields from the root to its end, for outbound mappings.
    mutating func compile(
        _ path: SourcePath, in text: MappingFile.Text, scope: SourceScope, isArgument: Bool = false
    ) -> (index: Int32, fields: [CanonicalSchema.Field])? {
        var steps = path.steps
        var result = Program.Path(
            anchor: .current, anchorArgument: 0, keyPath: -1, firstStep: 0, stepCount: 0, takesAll: false)
        var fields = scope.fields
        switch path.anchor {
        case .current:
            // `@unit` as an argument belongs to the node that the value came from.
            if isArgument, steps.count == 1, steps[0].isAttribute { result.anchor = .value }
        case .root:
            result.anchor = .root
            fields = Array(fields.prefix(1))
            if isInbound, !dotJoins {
                guard let first = steps.first else {
                    report(text.position(at: path.offset), text.text, "the path names no element", "路径没有元素名")
                    return nil
                }
                if let root = file.from.root, root.text != first.name.text {
                    report(
                        text.position(at: first.name.offset), text.text,
                        "the root element is \"\(root.text)\", not \"\(first.name.text)\"",
                        "根元素是“\(root.text)”，不是“\(first.name.text)”")
                    return nil
                }
                steps.removeFirst()
            }
        case .parent(let levels):
            result.anchor = .parent
            result.anchorArgument = Int32(levels)
            guard levels <= scope.depth else {
                report(
                    text.position(at: path.offset), text.text,
                    "the path leaves the document: only \(scope.depth) levels are above", "路径超出文档：上方只有 \(scope.depth) 层")
                return nil
            }
            fields = Array(fields.dropLast(levels))
        case .variable(let name):
            let place = text.position(at: path.offset)
            guard let variable = variable(name, at: place, text.text, scope: scope) else { return nil }
            guard let node = variable.node else {
                report(
                    place, text.text, "the variable \"\(name)\" is a value; only a variable that is a path leads on",
                    "变量“\(name)”是值；只有内容为路径的变量才能继续")
                return nil
            }
            result.anchor = .variable
            result.anchorArgument = variable.slot
            fields = node.fields
        case .group:
            guard let group = scope.group else {
                report(
                    text.position(at: path.offset), text.text, "group() stands inside a group with by: only",
                    "group() 只能用在带 by: 的组内")
                return nil
            }
            result.anchor = .group
            fields = group.fields
        case .key(let name, let offset):
            guard let number = program.keyNames.firstIndex(of: name) else {
                reportUnknown(
                    text.position(at: offset), text.text, name, kind: "key or function", kindZH: "键或函数",
                    among: program.keyNames + MappingFunction.all.filter(\.isSource).map(\.name) + [MappingFunction.groupName])
                return nil
            }
            guard let argument = path.keyArgument.first, let inner = compile(argument, in: text, scope: scope) else { return nil }
            if program.paths[Int(inner.index)].takesAll {
                report(text.position(at: argument.offset), text.text, "a key look-up takes one value", "键查找只接受一个值")
                return nil
            }
            result.anchor = .key
            result.anchorArgument = Int32(number)
            result.keyPath = inner.index
            if !isInbound, number < keyFields.count { fields = keyFields[number] }
        }
        guard let resolved = resolve(steps, from: fields, in: text) else { return nil }
        result.firstStep = Int32(program.steps.count)
        result.stepCount = Int32(resolved.steps.count)
        result.takesAll = steps.contains { $0.takesAll } || path.anchor == .group
        program.steps += resolved.steps
        // As findings show them: a path to one place has no [].
        program.stepTexts += steps.map { step in
            var step = step
            step.takesAll = false
            return step.text
        }
        program.paths.append(result)
        program.pathTexts.append(path.text(separator: separator))
        program.notes.paths.append(place(text.position(at: path.offset)))
        if !isInbound, resolved.fields.count > 1 {
            let read = resolved.fields.dropFirst().map(\.name).joined(separator: ".")
            readFields.append((read, text.position(at: path.offset)))
        }
        trace.note(path, in: text, scope: scope, isArgument: isArgument, fragment: origin)
        return (Int32(program.paths.count - 1), resolved.fields)
    }

    /// Numbers the names of steps and follows them through the canonical schema.
    private mutating func resolve(
        _ steps: [SourcePath.Step], from start: [CanonicalSchema.Field], in text: MappingFile.Text
    ) -> (steps: [Program.Step], fields: [CanonicalSchema.Field])? {
        var fields = start
        var result: [Program.Step] = []
        var isFaulty = false
        for step in steps {
            guard let namespace = namespaceNumber(step.name, at: text.position(at: step.name.offset)) else {
                isFaulty = true
                continue
            }
            if !isInbound, !fields.isEmpty, !follow(step, &fields, in: text) { return nil }
            var compiled = Program.Step(
                name: step.isAny ? .unknown : program.names.intern(step.name.local, namespace: namespace),
                isAttribute: step.isAttribute, takesAll: step.takesAll, place: Int32(step.place), isAny: step.isAny)
            if let predicate = step.predicate {
                guard let namespace = namespaceNumber(predicate.name, at: text.position(at: predicate.name.offset)) else {
                    isFaulty = true
                    continue
                }
                compiled.predicateName = program.names.intern(predicate.name.local, namespace: namespace)
                compiled.predicateIsAttribute = predicate.isAttribute
                compiled.predicateValue = program.constant(predicate.value)
                compiled.predicate = Program.Step.Predicate(predicate.test)
            }
            result.append(compiled)
        }
        return isFaulty ? nil : (result, fields)
    }

    private mutating func follow(
        _ step: SourcePath.Step, _ fields: inout [CanonicalSchema.Field], in text: MappingFile.Text
    ) -> Bool {
        let place = text.position(at: step.name.offset)
        let before = fields.dropFirst().map(\.name).joined(separator: ".")
        let name = before.isEmpty ? step.name.local : "\(before).\(step.name.local)"
        if step.isAttribute {
            report(place, name, "the canonical record has no attributes", "规范记录没有属性")
            return false
        }
        if step.isAny {
            // What is not named cannot be judged by who may see it.
            report(place, name, "\"*\" reads a partner's form only; name the canonical field", "“*”只用于读取对方格式，请写出规范字段名")
            return false
        }
        guard let parent = fields.last else { return true }
        guard let field = parent.member(step.name.local) else {
            reportUnknown(
                place, name, step.name.local, kind: before.isEmpty ? "canonical field" : "field of the canonical \(before)",
                kindZH: "规范字段", among: parent.members.map(\.name))
            return false
        }
        if field.isArray, !step.takesAll, step.predicate == nil, step.place == 0 {
            report(
                place, name, "\"\(name)\" repeats; write \"\(step.name.local)[]\", or choose one with a predicate",
                "“\(name)”可重复：应写作“\(step.name.local)[]”，或用谓词选一个")
            return false
        }
        if !field.isArray, step.takesAll || step.place != 0 {
            report(place, name, "\"\(name)\" does not repeat; write it without []", "“\(name)”不可重复，应去掉 []")
            return false
        }
        if let predicate = step.predicate, field.member(predicate.name.local) == nil {
            reportUnknown(
                text.position(at: predicate.name.offset), name, predicate.name.local, kind: "field of the canonical \(name)",
                kindZH: "规范字段", among: field.members.map(\.name))
            return false
        }
        if let predicate = step.predicate {
            // What comes out shows what a predicate found: its field must be for the audience as well.
            readFields.append(("\(name).\(predicate.name.local)", text.position(at: predicate.name.offset)))
        }
        fields.append(field)
        return true
    }
}
