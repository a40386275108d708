internal import ExchangeModel
internal import StrictYAML

/// Reads `let:`, `use:` and `fields:` with everything in them, of mappings and fragments.
struct MappingFieldsReader {
    /// Groups inside each other.
    static let depthMax = 12
    /// Fields of one file, branches counted.
    static let fieldsMax = 2000
    /// Variables of one level.
    static let variablesMax = 100

    private var fieldCount = 0

    /// The body of a mapping or fragment, and where its fields begin.
    mutating func body(_ mapping: YAMLMappingReader) -> (body: MappingFile.Group, position: SourcePosition) {
        var body = MappingFile.Group()
        body.lets = Self.variables(mapping.optional("let"))
        body.uses = Self.uses(mapping.optional("use"))
        // A mapping may consist of fragments alone.
        let value = body.uses.isEmpty ? mapping.required("fields") : mapping.optional("fields")
        if let value {
            body.fields = fields(value, depth: 0)
            if body.fields.isEmpty, value.node.members?.isEmpty ?? false { value.report("fields is empty", "fields 为空") }
        }
        return (body, value?.position ?? mapping.position)
    }

    /// `basis: unverified`.
    static func basis(_ mapping: YAMLMappingReader) -> Bool { mapping.optional("basis")?.oneOf(["unverified"]) != nil }

    private mutating func fields(_ value: YAMLValueReader, depth: Int) -> [MappingFile.Field] {
        guard depth < Self.depthMax else {
            value.report("groups nest deeper than \(Self.depthMax)", "字段组嵌套超过 \(Self.depthMax) 层")
            return []
        }
        guard let mapping = value.mapping() else { return [] }
        var fields: [MappingFile.Field] = []
        for entry in mapping.entries() {
            guard count(entry.value) else { break }
            if let field = field(entry.key, entry.keyPosition, entry.value, depth: depth) { fields.append(field) }
        }
        return fields
    }

    /// Counts one field more; false, reported once, when there are too many.
    private mutating func count(_ value: YAMLValueReader) -> Bool {
        fieldCount += 1
        if fieldCount == Self.fieldsMax + 1 {
            value.report("the mapping has more than \(Self.fieldsMax) fields", "映射的字段超过 \(Self.fieldsMax) 个")
        }
        return fieldCount <= Self.fieldsMax
    }

    private mutating func field(
        _ name: String, _ position: SourcePosition, _ value: YAMLValueReader, depth: Int
    ) -> MappingFile.Field? {
        guard value.node.members != nil else {
            return MappingFile.Text(value).map {
                MappingFile.Field(name: name, position: position, content: .value($0), isUnverified: false)
            }
        }
        guard let mapping = value.mapping() else { return nil }
        defer { mapping.finish() }
        let isUnverified = Self.basis(mapping)
        _ = mapping.optional("note")?.text()
        if mapping.has("choose") {
            let branches = mapping.optional("choose")?.list() ?? []
            if mapping.has("when") {
                mapping.report("when", "the conditions of choose: stand in its branches", "choose: 的条件写在各分支中")
                _ = mapping.optional("when")
            }
            let fields = branches.compactMap { branch($0, name, depth: depth) }
            guard fields.count == branches.count, !fields.isEmpty else {
                if branches.isEmpty { mapping.report("choose", "choose: has no branch", "choose: 没有分支") }
                return nil
            }
            for (number, branch) in fields.enumerated() where branch.when == nil && number + 1 < fields.count {
                branches[number + 1].report(
                    "this branch is never reached: the one before it has no when:", "该分支永远不会执行：前一个分支没有 when:")
                break
            }
            return MappingFile.Field(name: name, position: position, content: .choice(fields), isUnverified: isUnverified)
        }
        return content(mapping, name, position, isUnverified: isUnverified, depth: depth)
    }

    private mutating func branch(_ value: YAMLValueReader, _ name: String, depth: Int) -> MappingFile.Field? {
        guard count(value), let mapping = value.mapping() else { return nil }
        defer { mapping.finish() }
        let isUnverified = Self.basis(mapping)
        _ = mapping.optional("note")?.text()
        return content(mapping, name, value.position, isUnverified: isUnverified, depth: depth)
    }

    /// `value:` or a group, each with an optional `when:`.
    private mutating func content(
        _ mapping: YAMLMappingReader, _ name: String, _ position: SourcePosition, isUnverified: Bool, depth: Int
    ) -> MappingFile.Field? {
        let when = mapping.optional("when").flatMap { MappingFile.Text($0) }
        if mapping.has("value") {
            guard let text = mapping.optional("value").flatMap({ MappingFile.Text($0) }) else { return nil }
            return MappingFile.Field(
                name: name, position: position, content: .value(text), isUnverified: isUnverified, when: when)
        }
        var group = MappingFile.Group()
        group.each = mapping.optional("each").flatMap { MappingFile.Text($0) }
        group.by = mapping.optional("by").flatMap { MappingFile.Text($0) }
        group.zip = Self.variables(mapping.optional("zip"))
        group.lets = Self.variables(mapping.optional("let"))
        group.uses = Self.uses(mapping.optional("use"))
        guard let inner = group.uses.isEmpty ? mapping.required("fields") : mapping.optional("fields") else {
            guard !group.uses.isEmpty else { return nil }
            return MappingFile.Field(
                name: name, position: position, content: .group(group), isUnverified: isUnverified, when: when)
        }
        group.fields = fields(inner, depth: depth + 1)
        return MappingFile.Field(name: name, position: position, content: .group(group), isUnverified: isUnverified, when: when)
    }

    private static func variables(_ value: YAMLValueReader?) -> [MappingFile.Variable] {
        guard let value, let mapping = value.mapping() else { return [] }
        var variables: [MappingFile.Variable] = []
        for entry in mapping.entries() {
            guard variables.count < variablesMax else {
                entry.value.report("more than \(variablesMax) variables on one level", "同一层的变量超过 \(variablesMax) 个")
                break
            }
            if let text = MappingFile.Text(entry.value) {
                variables.append(MappingFile.Variable(name: entry.key, position: entry.keyPosition, value: text))
            }
        }
        return variables
    }

    /// One name, or a list of them.
    private static func uses(_ value: YAMLValueReader?) -> [MappingFile.Text] {
        (value?.listOrOne() ?? []).compactMap { MappingFile.Text($0) }
    }
}

extension MappingFile.Text {
    /// A scalar with its place.
    init?(_ value: YAMLValueReader) {
        guard let text = value.text() else { return nil }
        self.init(text: text, position: value.position, isOnOneLine: false)
        if case .scalar(_, let style) = value.node.content {
            isOnOneLine = style != .block && !text.utf8.contains(0x0A)
            if style == .quoted { position.column += 1 }
        }
    }
}
