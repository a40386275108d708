internal import ExchangeModel

/// Builds the output's tree from the fields of a mapping and the fragments it uses.
struct TargetTree {
    /// Whether `.` in a name separates groups (canonical form), or cannot occur (XML).
    let splitsDots: Bool
    /// All fragments by name.
    let fragments: [String: FragmentFile]
    private(set) var findings: [Finding] = []
    /// Fragments that were used, in order.
    private(set) var used: [String] = []
    /// The fragment whose fields are being added.
    private var origin: TargetNode.Origin?

    init(splitsDots: Bool, fragments: [String: FragmentFile]) {
        self.splitsDots = splitsDots
        self.fragments = fragments
    }

    /// Adds what a group holds: its variables, the fields of its fragments, its own fields.
    mutating func add(_ group: MappingFile.Group, to node: TargetNode) {
        for use in group.uses { add(use, besides: group, to: node) }
        node.lets += group.lets.map { TargetNode.Variable(variable: $0, origin: origin) }
        add(group.fields, to: node)
    }

    /// Adds a fragment; a field that the mapping writes itself beside `use:` takes the place of the fragment's.
    private mutating func add(_ use: MappingFile.Text, besides group: MappingFile.Group, to node: TargetNode) {
        guard let fragment = fragments[use.text] else {
            var text = "unknown fragment \"\(use.text)\""
            var textZH = "未知的片段“\(use.text)”"
            if let nearest = Suggestion.nearest(to: use.text, among: Array(fragments.keys)) {
                text += "; did you mean \"\(nearest)\"?"
                textZH += "，是否应为“\(nearest)”？"
            }
            findings.append(Finding(.keyUnknown, path: use.text, position: use.position, text: text, textZH: textZH))
            return
        }
        if !used.contains(use.text) { used.append(use.text) }
        origin = TargetNode.Origin(fragment: fragment.name, use: use.position)
        defer { origin = nil }
        node.lets += fragment.body.lets.map { TargetNode.Variable(variable: $0, origin: origin) }
        let own = Set(group.fields.map(\.plainName))
        add(fragment.body.fields.filter { !own.contains($0.plainName) }, to: node)
    }

    private mutating func add(_ fields: [MappingFile.Field], to parent: TargetNode) {
        for field in fields {
            var parts =
                splitsDots
                ? field.plainName.split(separator: ".", omittingEmptySubsequences: false).map(String.init) : [field.plainName]
            guard !parts.contains("") else {
                report(field.position, field.name, "a part of the name \"\(field.name)\" is empty", "字段名“\(field.name)”有空段")
                continue
            }
            let last = parts.removeLast()
            var group = parent
            var isBlocked = false
            for part in parts {
                if let known = group.child(part) {
                    guard known.isPlainGroup else {
                        report(
                            field.position, field.name,
                            "\"\(part)\" is a value, a repeated group or a group with conditions or variables, so \"\(field.name)\" cannot stand in it",
                            "“\(part)”已是值、重复组或带条件、变量的组，“\(field.name)”不能放入其中")
                        isBlocked = true
                        break
                    }
                    group = known
                } else {
                    let node = TargetNode(name: part, position: field.position, isRepeated: false)
                    node.origin = origin
                    group.children.append(node)
                    group = node
                }
            }
            if !isBlocked { place(field, named: last, in: group) }
        }
    }

    private mutating func place(_ field: MappingFile.Field, named name: String, in group: TargetNode) {
        let known = group.child(name)
        if case .group(let inner) = field.content, !field.isRepeated, field.when == nil, inner.isPlain, let known,
            known.isPlainGroup
        {
            return add(inner, to: known)
        }
        guard known == nil else {
            report(field.position, field.name, "\"\(field.name)\" is set twice", "“\(field.name)”被设置了两次")
            return
        }
        group.children.append(node(field, named: name))
    }

    private mutating func node(_ field: MappingFile.Field, named name: String) -> TargetNode {
        let node = TargetNode(name: name, position: field.position, isRepeated: field.isRepeated)
        node.origin = origin
        node.when = field.when
        node.isUnverified = field.isUnverified
        switch field.content {
        case .value(let text): node.value = text
        case .choice(let branches): node.branches = branches.map { self.node($0, named: name) }
        case .group(let inner):
            node.each = inner.each
            node.by = inner.by
            node.zip = inner.zip
            let outer = origin
            add(inner, to: node)
            origin = outer
            check(inner, of: field, node)
        }
        return node
    }

    private mutating func check(_ group: MappingFile.Group, of field: MappingFile.Field, _ node: TargetNode) {
        // A fragment that is not known was reported itself.
        if node.children.isEmpty, group.uses.allSatisfy({ fragments[$0.text] != nil }) {
            report(field.position, field.name, "the group \"\(field.name)\" is empty", "字段组“\(field.name)”为空")
        }
        let repeats = group.each != nil || !group.zip.isEmpty
        if field.isRepeated, !repeats {
            report(
                field.position, field.name, "the repeated group \"\(field.name)\" needs each: with a path, or zip: with lists",
                "重复组“\(field.name)”缺少 each: 路径或 zip: 列表")
        }
        if !field.isRepeated, repeats {
            let key = group.each == nil ? "zip:" : "each:"
            report(
                field.position, field.name, "\(key) needs a repeated group; write \"\(field.name)[]\"",
                "\(key) 只用于重复组，应写作“\(field.name)[]”")
        }
        if group.each != nil, let first = group.zip.first {
            report(first.position, field.name, "a group repeats by each: or by zip:, not by both", "重复组按 each: 或 zip: 重复，不能同时使用")
        }
        if let by = group.by, group.each == nil {
            report(by.position, field.name, "by: groups the items of each:, which is not there", "by: 用于对 each: 的项分组，但没有 each:")
        }
    }

    private mutating func report(_ position: SourcePosition, _ path: String, _ text: String, _ textZH: String) {
        let finding = Finding(.fileInvalid, path: path, position: position, text: text, textZH: textZH)
        findings.append(origin.map { finding.moved(to: $0) } ?? finding)
    }
}

extension MappingFile.Group {
    /// Neither repeated nor with variables: its fields may be merged into another group of the same name.
    fileprivate var isPlain: Bool { each == nil && by == nil && zip.isEmpty && lets.isEmpty }
}

extension Finding {
    /// A finding about a fragment, shown where the fragment is used: it may be right in another mapping.
    func moved(to origin: TargetNode.Origin) -> Finding {
        var moved = self
        let place = "fragments/\(origin.fragment).yaml:\(position.line):\(position.column)"
        moved.position = origin.use
        moved.text = "\(place): \(text)"
        moved.textZH = "\(place)：\(textZH)"
        return moved
    }
}
