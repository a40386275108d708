internal import ExchangeModel

/// The output's tree while it is compiled: dotted names (`tenderProject.code`) are merged into their groups.
final class TargetNode {
    let name: String
    let position: SourcePosition
    let isRepeated: Bool
    var value: MappingFile.Text?
    var each: MappingFile.Text?
    var children: [TargetNode] = []

    init(name: String, position: SourcePosition, isRepeated: Bool) {
        self.name = name
        self.position = position
        self.isRepeated = isRepeated
    }

    /// A child by name.
    func child(_ name: String) -> TargetNode? { children.first { $0.name == name } }
}

/// Builds the tree.
struct TargetTree {
    /// Whether `.` in a name separates groups (canonical form), or cannot occur (XML).
    let splitsDots: Bool
    private(set) var findings: [Finding] = []

    init(splitsDots: Bool) { self.splitsDots = splitsDots }

    mutating func add(_ fields: [MappingFile.Field], to parent: TargetNode) {
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
                    if known.value != nil || known.isRepeated {
                        report(
                            field.position, field.name,
                            "\"\(part)\" is a value or a repeated group already, so \"\(field.name)\" cannot stand in it",
                            "“\(part)”已是值或重复组，“\(field.name)”不能放入其中")
                        isBlocked = true
                        break
                    }
                    group = known
                } else {
                    let node = TargetNode(name: part, position: field.position, isRepeated: false)
                    group.children.append(node)
                    group = node
                }
            }
            if !isBlocked { place(field, named: last, in: group) }
        }
    }

    private mutating func place(_ field: MappingFile.Field, named name: String, in group: TargetNode) {
        let known = group.child(name)
        if case .group(nil, let inner) = field.content, !field.isRepeated, let known, known.value == nil, !known.isRepeated {
            return add(inner, to: known)
        }
        guard known == nil else {
            report(field.position, field.name, "\"\(field.name)\" is set twice", "“\(field.name)”被设置了两次")
            return
        }
        let node = TargetNode(name: name, position: field.position, isRepeated: field.isRepeated)
        group.children.append(node)
        switch field.content {
        case .value(let text): node.value = text
        case .group(let each, let inner):
            node.each = each
            add(inner, to: node)
            if node.children.isEmpty {
                report(field.position, field.name, "the group \"\(field.name)\" is empty", "字段组“\(field.name)”为空")
            }
            if field.isRepeated, each == nil {
                report(
                    field.position, field.name, "the repeated group \"\(field.name)\" needs each: with a path",
                    "重复组“\(field.name)”缺少 each: 路径")
            }
            if !field.isRepeated, each != nil {
                report(
                    field.position, field.name, "each: needs a repeated group; write \"\(field.name)[]\"",
                    "each: 只用于重复组，应写作“\(field.name)[]”")
            }
        }
    }

    private mutating func report(_ position: SourcePosition, _ path: String, _ text: String, _ textZH: String) {
        findings.append(Finding(.fileInvalid, path: path, position: position, text: text, textZH: textZH))
    }
}
