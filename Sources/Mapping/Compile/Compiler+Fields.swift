internal import ExchangeModel

// The output's plan: fields, groups, repeated groups and choices.
extension Compiler {
    mutating func compileChildren(
        of node: TargetNode, target: CanonicalSchema.Field?, path: String, scope: SourceScope, isCertain: Bool
    ) {
        for child in node.children {
            let outer = origin
            origin = child.origin ?? outer
            defer { origin = outer }
            let childPath = path.isEmpty ? child.name : "\(path).\(child.name)"
            var field: CanonicalSchema.Field?
            if isInbound {
                if let target {
                    field = target.member(child.name)
                    if field == nil {
                        reportUnknown(
                            child.position, childPath, child.name,
                            kind: "field of the canonical \(path.isEmpty ? file.to.dataset?.text ?? "record" : path)",
                            kindZH: "规范字段", among: target.members.map(\.name))
                        continue
                    }
                }
            } else if !Self.isElementName(child.name, prefixes: namespaceNumbers) {
                report(
                    child.position, childPath,
                    "\"\(child.name)\" is not the name of an XML element, or its prefix is not declared",
                    "“\(child.name)”不是 XML 元素名，或前缀未声明")
                continue
            }
            if let field, field.isArray != child.isRepeated {
                report(
                    child.position, childPath,
                    field.isArray
                        ? "\"\(childPath)\" repeats; write \"\(childPath)[]\""
                        : "\"\(childPath)\" does not repeat; write it without []",
                    field.isArray ? "“\(childPath)”可重复，应写作“\(childPath)[]”" : "“\(childPath)”不可重复，应去掉 []")
                continue
            }
            let certain = isCertain && (field?.isRequired ?? false)
            compileNode(child, field: field, path: childPath, scope: scope, mustBeCertain: certain)
        }
        if isInbound, let target {
            for required in target.members
            where required.isRequired && node.child(required.name) == nil && (isCertain || !node.children.isEmpty) {
                let name = path.isEmpty ? required.name : "\(path).\(required.name)"
                let label = required.labelZH.isEmpty ? "" : " (\(required.labelZH))"
                report(
                    node.position, name, "the canonical field \"\(name)\"\(label) is required and never set",
                    "必填规范字段“\(name)”\(label) 从未设置")
            }
        }
    }

    /// One field, group or choice; `mustBeCertain` when the canonical record demands it.
    private mutating func compileNode(
        _ node: TargetNode, field: CanonicalSchema.Field?, path: String, scope: SourceScope, mustBeCertain: Bool
    ) {
        if !node.branches.isEmpty {
            return compileChoice(node, field: field, path: path, scope: scope, mustBeCertain: mustBeCertain)
        }
        if mustBeCertain, let when = node.when, field.map({ $0.members.isEmpty || $0.kind != .group }) ?? false {
            report(
                when.position, path,
                "\"\(path)\" is required in the canonical record: a condition needs choose: with a last branch that has none",
                "“\(path)”在规范记录中为必填：有条件时请用 choose:，并以一个无条件分支结尾")
        }
        if let value = node.value {
            compileValue(node, value, field: field, path: path, scope: scope, mustBeCertain: mustBeCertain)
        } else {
            compileGroup(node, field: field, path: path, scope: scope, isCertain: mustBeCertain || node.isRepeated)
        }
    }

    private mutating func compileChoice(
        _ node: TargetNode, field: CanonicalSchema.Field?, path: String, scope: SourceScope, mustBeCertain: Bool
    ) {
        let index = program.entries.count
        program.entries.append(
            Program.Entry(
                kind: .choice, emit: .text, name: entryName(node.name), expression: -1, each: -1, end: 0))
        program.entryTargets.append(path)
        note(node)
        for branch in node.branches {
            if let value = branch.value {
                compileValue(branch, value, field: field, path: path, scope: scope, mustBeCertain: mustBeCertain)
            } else {
                compileGroup(
                    branch, field: field, path: path, scope: scope, isCertain: mustBeCertain || branch.isRepeated, isBranch: true)
            }
        }
        program.entries[index].end = Int32(program.entries.count)
        if mustBeCertain, let last = node.branches.last, let when = last.when {
            report(
                when.position, path,
                "\"\(path)\" is required in the canonical record: the last branch of choose: may have no when:",
                "“\(path)”在规范记录中为必填：choose: 的最后一个分支不能有 when:")
        }
    }

    private mutating func compileGroup(
        _ node: TargetNode, field: CanonicalSchema.Field?, path: String, scope: SourceScope, isCertain: Bool,
        isBranch: Bool = false
    ) {
        if let field, field.members.isEmpty, field.wildcard.isEmpty {
            report(
                node.position, path, "\"\(path)\" is \(field.kind.words.en), not a group of fields",
                "“\(path)”是\(field.kind.words.zh)，不是字段组")
            return
        }
        var entry = Program.Entry(
            kind: node.isRepeated ? .repeated : .group, emit: .text, name: entryName(node.name), expression: -1, each: -1, end: 0)
        var inner = scope
        if let each = node.each { entry.each = self.path(each, takesAllAtEnd: true, scope: scope, inner: &inner) }
        var level = Program.Level()
        if let by = node.by, node.each != nil {
            if let key = expression(by, scope: inner, target: nil, targetPath: path) {
                if key.shape.isMany || key.shape.kind == .money || key.shape.kind == .group {
                    report(by.position, path, "by: needs one text", "by: 需要单个文本")
                }
                level.key = key.index
            }
            inner.group = SourceScope.Level(fields: inner.fields, depth: inner.depth, origin: inner.origin)
        }
        level.lists = declareLists(node.zip, in: &inner)
        level.variables = declare(node.lets, in: &inner)
        if let when = node.when {
            // Of a branch it is asked once; else of each item.
            entry.isAskedOnce = isBranch && node.isRepeated
            entry.condition = condition(when, scope: entry.isAskedOnce ? scope : inner, targetPath: path)
        }
        if !level.isEmpty {
            entry.level = Int32(program.levels.count)
            program.levels.append(level)
        }
        let index = program.entries.count
        program.entries.append(entry)
        program.entryTargets.append(path)
        note(node)
        compileChildren(of: node, target: field, path: path, scope: inner, isCertain: isCertain)
        program.entries[index].end = Int32(program.entries.count)
    }

    private mutating func compileValue(
        _ node: TargetNode, _ value: MappingFile.Text, field: CanonicalSchema.Field?, path: String, scope: SourceScope,
        mustBeCertain: Bool
    ) {
        let condition = node.when.map { self.condition($0, scope: scope, targetPath: path) } ?? -1
        guard let compiled = expression(value, scope: scope, target: field, targetPath: path) else { return }
        var emit = Program.Emit.text
        if isInbound {
            guard let field else { return }
            if mustBeCertain, !compiled.shape.isCertain {
                report(
                    value.position, path, "\"\(path)\" is required in the canonical record: end with | required or default(...)",
                    "“\(path)”在规范记录中为必填：请以 | required 或 default(...) 结束")
            }
            guard checkTarget(compiled.shape, field: field, node: node, path: path, position: value.position) else { return }
            switch field.kind {
            case .money: emit = .money
            case .identifier: emit = field.isArray ? .identifierList : .identifier
            default: emit = field.isArray ? .list : .text
            }
        } else {
            checkOutput(compiled.shape, node: node, path: path, position: value.position)
            emit = node.isRepeated ? .list : .text
        }
        program.entries.append(
            Program.Entry(
                kind: .value, emit: emit, name: entryName(node.name), expression: compiled.index, each: -1,
                end: Int32(program.entries.count + 1), condition: condition))
        program.entryTargets.append(path)
        note(node)
    }
}
