internal import ExchangeModel
internal import JSON

/// What the mappings need to know of a dataset's canonical form, read from `Schemas/canonical/<dataset>.json`.
///
/// Immutable after loading; safe to share between threads.
public struct CanonicalSchema: Sendable {
    /// The dataset.
    public let dataset: String
    /// Version of the form (`x-version`).
    public let version: Int
    let root: Field

    /// What kind of value a field holds.
    enum Kind: Sendable, Hashable {
        case text, code, instant, date, decimal, count
        /// `{scheme, value}`, whatever it identifies.
        case identifier
        /// `{value, currency, receivedUnit, kind}`.
        case money
        /// Named members.
        case group

        /// For messages.
        var words: (en: String, zh: String) {
            switch self {
            case .text: ("text", "文本")
            case .code: ("a code", "代码")
            case .instant: ("a time", "时间")
            case .date: ("a date", "日期")
            case .decimal: ("a decimal number", "小数")
            case .count: ("a whole number", "整数")
            case .identifier: ("an identifier", "标识符")
            case .money: ("an amount", "金额")
            case .group: ("a group of fields", "字段组")
            }
        }
    }

    /// One field.
    struct Field: Sendable {
        var name: String
        var kind: Kind
        var isArray: Bool
        var isRequired: Bool
        var labelZH: String
        var codeList: String?
        /// Who may see it; nil when nothing says so, which means nobody.
        var audiences: [String]?
        /// Allowed values, where the schema lists them.
        var allowed: [String]
        /// Whom or what its value identifies (`x-identity`); nil when the schema does not say.
        var identity: IdentityKind?
        /// Its value is a contact that the law wants in the published text (`x-published-contact`).
        var isPublishedContact = false
        /// Most characters of a text, where the schema limits them.
        var maxLength: Int?
        var members: [Field]
        /// The form of any other member (`ext`).
        var wildcard: [Field]

        /// A member by name; a wildcard stands for every name.
        func member(_ name: String) -> Field? {
            if let found = members.first(where: { $0.name == name }) { return found }
            guard var field = wildcard.first else { return nil }
            field.name = name
            return field
        }
    }

    /// The Chinese label of a field given by its JSON pointer or dotted path, indexes left out of account.
    public func labelZH(_ path: String) -> String? {
        var field = root
        for part in path.split(whereSeparator: { $0 == "/" || $0 == "." }) {
            let name = part.hasSuffix("[]") ? String(part.dropLast(2)) : String(part)
            if Int(name) != nil { continue }
            guard let next = field.member(name) else { return nil }
            field = next
        }
        return field.labelZH.isEmpty ? nil : field.labelZH
    }
}

/// Reads the schema file.
struct CanonicalSchemaReader {
    /// `$ref` and members inside each other.
    static let depthMax = 24

    private let document: JSONDocument
    private(set) var findings: [Finding] = []

    /// Reads a file's bytes; nil with findings when it is not usable.
    static func read(dataset: String, bytes: [UInt8]) -> (schema: CanonicalSchema?, findings: [Finding]) {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: bytes)
        } catch {
            return (nil, [error.finding])
        }
        var reader = CanonicalSchemaReader(document: document)
        let root = reader.field("", document.root, at: "", inherited: nil, depth: 0)
        let version = document.root["x-version"]?.integer ?? 0
        if version < 1 {
            reader.report("/x-version", "x-version must be a whole number from 1", "x-version 必须是从 1 开始的整数")
        }
        if let name = document.root["x-dataset"]?.string, name != dataset {
            reader.report(
                "/x-dataset", "the dataset is \"\(name)\", but the file is \"\(dataset)\"", "数据集为“\(name)”，与文件名“\(dataset)”不符")
        }
        return (CanonicalSchema(dataset: dataset, version: version, root: root), reader.findings)
    }

    private init(document: JSONDocument) { self.document = document }

    mutating func report(_ pointer: String, _ text: String, _ textZH: String) {
        findings.append(
            Finding(.fileInvalid, path: pointer, position: document.position(at: pointer), text: text, textZH: textZH))
    }

    /// `inherited` is what a value type's parts take over; parts of a group take nothing over: no class, no audience.
    private mutating func field(
        _ name: String, _ value: JSONValue, at pointer: String, inherited: [String]?, depth: Int
    ) -> CanonicalSchema.Field {
        var field = CanonicalSchema.Field(
            name: name, kind: .text, isArray: false, isRequired: false, labelZH: value["x-label-zh"]?.string ?? "",
            codeList: value["x-codelist"]?.string, audiences: audiences(value) ?? inherited, allowed: [], members: [],
            wildcard: [])
        readIdentity(value, at: pointer, into: &field)
        defer { checkSecrecy(value, field, at: pointer) }
        guard depth < Self.depthMax else {
            report(pointer, "fields nest deeper than \(Self.depthMax)", "字段嵌套超过 \(Self.depthMax) 层")
            return field
        }
        var definition = value
        var place = pointer
        var typeName = ""
        if let reference = value["$ref"]?.string {
            guard reference.hasPrefix("#"), let target = document.value(at: String(reference.dropFirst())) else {
                report(pointer, "$ref \"\(reference)\" leads nowhere in this file", "$ref “\(reference)”在本文件中不存在")
                return field
            }
            typeName = String(reference.split(separator: "/").last ?? "")
            definition = target
            place = String(reference.dropFirst())
            if field.labelZH.isEmpty { field.labelZH = target["x-label-zh"]?.string ?? "" }
            if field.codeList == nil { field.codeList = target["x-codelist"]?.string }
            if audiences(value) == nil, let own = audiences(target) { field.audiences = own }
            if field.identity == nil { readIdentity(target, at: place, into: &field) }
        }
        field.allowed = definition["enum"]?.elements?.compactMap(\.string) ?? []
        field.maxLength = value["maxLength"]?.integer ?? definition["maxLength"]?.integer
        if definition["type"]?.string == "array" {
            guard let items = definition["items"] else {
                report(place, "an array needs items", "数组缺少 items")
                return field
            }
            var element = self.field(name, items, at: place + "/items", inherited: field.audiences, depth: depth + 1)
            if !field.labelZH.isEmpty { element.labelZH = field.labelZH }
            element.codeList = element.codeList ?? field.codeList
            element.audiences = field.audiences ?? element.audiences
            element.identity = field.identity ?? element.identity
            element.isArray = true
            return element
        }
        guard definition["type"]?.string == "object" else {
            field.kind = Self.kind(typeName, hasCodeList: field.codeList != nil)
            return field
        }
        field.kind = typeName == "money" ? .money : .group
        // A type without an audience of its own is a value (an identifier, an amount): its parts are seen with the whole.
        let handedDown = !typeName.isEmpty && audiences(definition) == nil ? field.audiences : nil
        let required =
            (definition["required"]?.elements ?? []).compactMap(\.string)
            + (value["$ref"] == nil ? [] : (value["required"]?.elements ?? []).compactMap(\.string))
        for member in definition["properties"]?.members ?? [] {
            var child = self.field(
                member.name, member.value, at: "\(place)/properties/\(member.name)", inherited: handedDown, depth: depth + 1)
            child.isRequired = required.contains(member.name)
            field.members.append(child)
        }
        if Set(field.members.map(\.name)) == ["scheme", "value"] { field.kind = .identifier }
        if let pattern = definition["patternProperties"]?.members?.first {
            field.wildcard = [
                self.field("*", pattern.value, at: "\(place)/patternProperties", inherited: handedDown, depth: depth + 1)
            ]
        } else if let open = definition["additionalProperties"], open.members != nil {
            field.wildcard = [
                self.field("*", open, at: "\(place)/additionalProperties", inherited: field.audiences, depth: depth + 1)
            ]
        }
        return field
    }

    private func audiences(_ value: JSONValue) -> [String]? { value["x-audience"]?.elements?.compactMap(\.string) }

    private static func kind(_ typeName: String, hasCodeList: Bool) -> CanonicalSchema.Kind {
        switch typeName {
        case "code": .code
        case "instant": .instant
        case "date": .date
        case "decimal": .decimal
        case "count": .count
        default: hasCodeList ? .code : .text
        }
    }
}
