internal import ExchangeModel
internal import StrictYAML

/// A mapping file as it was written, before names and functions are looked up.
struct MappingFile: Sendable {
    /// Text of the file with its place; offsets of expressions count from the first byte of the text.
    struct Text: Sendable {
        var text: String
        var position: SourcePosition
        /// Whether an offset in the text is an offset on the line (plain and quoted scalars on one line).
        var isOnOneLine: Bool

        /// The place of a byte of the text.
        func position(at offset: Int) -> SourcePosition {
            guard isOnOneLine, position.column > 0 else { return position }
            return SourcePosition(line: position.line, column: position.column + offset)
        }
    }

    /// Which way records flow.
    enum Direction: String, Sendable {
        /// From a platform's form to the canonical one.
        case inbound = "in"
        /// From the canonical form to a platform's.
        case outbound = "out"
    }

    /// One end of the mapping.
    struct Form: Sendable {
        /// `xml`, `json`, `csv` or `xlsx`.
        var format: Text?
        /// How CSV is written.
        var csv: CSVDialectSettings?
        /// Where in a workbook the records are.
        var sheet: SheetDialectSettings?
        var root: Text?
        var schema: Text?
        var contentType: Text?
        var dataset: Text?
        var canonical: (version: Int, position: SourcePosition)?
        var position: SourcePosition
    }

    /// An entry of `keys:`.
    struct Key: Sendable {
        var name: String
        var position: SourcePosition
        var each: Text
        var key: Text
    }

    /// An entry of `fields:`.
    struct Field: Sendable {
        var name: String
        var position: SourcePosition
        var content: Content
        var isUnverified: Bool

        /// What the field holds.
        indirect enum Content: Sendable {
            case value(Text)
            case group(each: Text?, fields: [Field])
        }

        /// The name ends in `[]`.
        var isRepeated: Bool { name.hasSuffix("[]") }
        /// The name without `[]`.
        var plainName: String { isRepeated ? String(name.dropLast(2)) : name }
    }

    /// `<platform>/<in|out>/<dataset>[@edition]`.
    var name: String
    var namePosition: SourcePosition
    var platform: String
    var direction: Direction
    var version: Int
    var isUnverified: Bool
    var audience: Text?
    var from: Form
    var to: Form
    var namespaces: [(prefix: String, uri: String, position: SourcePosition)]
    var keys: [Key]
    var identify: [(name: String, position: SourcePosition, value: Text)]
    var identifyPosition: SourcePosition
    var fields: [Field]
    var fieldsPosition: SourcePosition
}

/// Reads mapping files: keys, types, and nothing of expressions.
struct MappingFileReader {
    /// Groups inside each other.
    static let depthMax = 12
    /// Fields of one mapping.
    static let fieldsMax = 2000

    private let reader: YAMLReader
    private var fieldCount = 0

    /// Reads a file. `expectedName` is what its place says: `local-a/in/tender-notice`.
    static func read(_ bytes: [UInt8], expectedName: String) -> (file: MappingFile?, findings: [Finding]) {
        let yaml = YAMLReader(parsing: bytes)
        var reader = MappingFileReader(reader: yaml)
        let file = yaml.mapping { reader.file($0, expectedName: expectedName) } ?? nil
        return (file, yaml.findings)
    }

    private init(reader: YAMLReader) { self.reader = reader }

    private mutating func file(_ mapping: YAMLMappingReader, expectedName: String) -> MappingFile? {
        let nameValue = mapping.required("mapping")
        let name = nameValue?.text() ?? expectedName
        if name != expectedName, !expectedName.isEmpty {
            nameValue?.report(
                "the mapping is named \"\(name)\", but its place says \"\(expectedName)\"",
                "映射名为“\(name)”，但按其位置应为“\(expectedName)”")
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        var direction = MappingFile.Direction.inbound
        if parts.count == 3, let known = MappingFile.Direction(rawValue: parts[1]), !parts[0].isEmpty, !parts[2].isEmpty {
            direction = known
        } else {
            nameValue?.report(
                "a mapping is named <platform>/in/<dataset> or <platform>/out/<dataset>", "映射名应为 <平台>/in/<数据集> 或 <平台>/out/<数据集>")
        }
        let version = mapping.required("version")?.integer(in: 1...1_000_000) ?? 1
        let from = form(mapping.required("from"), isCanonical: direction == .outbound)
        let to = form(mapping.required("to"), isCanonical: direction == .inbound)
        let audience = direction == .outbound ? text(mapping.required("audience")) : nil
        let isUnverified = basis(mapping)
        _ = mapping.optional("note")?.text()
        var namespaces: [(prefix: String, uri: String, position: SourcePosition)] = []
        if let value = mapping.optional("namespaces") {
            _ = value.mapping { entries in
                for entry in entries.entries() {
                    if let uri = entry.value.text() { namespaces.append((entry.key, uri, entry.keyPosition)) }
                }
            }
        }
        var keys: [MappingFile.Key] = []
        var identify: [(name: String, position: SourcePosition, value: MappingFile.Text)] = []
        var identifyPosition = mapping.position
        if direction == .inbound {
            _ = mapping.optional("keys")?.mapping { keys = Self.keys($0) }
            if let value = mapping.required("identify") {
                identifyPosition = value.position
                _ = value.mapping { reader in
                    for (name, isRequired) in Self.identifyKeys {
                        let entry = isRequired ? reader.required(name) : reader.optional(name)
                        if let entry, let text = Self.text(entry) { identify.append((name, entry.position, text)) }
                    }
                }
            }
        }
        let fieldsValue = mapping.required("fields")
        let fields = fieldsValue.map { self.fields($0, depth: 0) } ?? []
        if let fieldsValue, fields.isEmpty, fieldsValue.node.members?.isEmpty ?? false {
            fieldsValue.report("fields is empty", "fields 为空")
        }
        return MappingFile(
            name: name, namePosition: nameValue?.position ?? mapping.position, platform: parts[0], direction: direction,
            version: version, isUnverified: isUnverified, audience: audience, from: from, to: to, namespaces: namespaces,
            keys: keys,
            identify: identify, identifyPosition: identifyPosition, fields: fields,
            fieldsPosition: fieldsValue?.position ?? mapping.position)
    }

    /// The parts of a message's identity and whether each must be given.
    static let identifyKeys = [("businessKey", true), ("orderingKey", true), ("version", true), ("sourceTime", false)]

    private func form(_ value: YAMLValueReader?, isCanonical: Bool) -> MappingFile.Form {
        var form = MappingFile.Form(position: value?.position ?? .unknown)
        _ = value?.mapping { reader in
            if isCanonical {
                form.dataset = text(reader.required("dataset"))
                if let version = reader.required("canonical"), let number = version.integer(in: 1...1_000_000) {
                    form.canonical = (number, version.position)
                }
            } else {
                let format = reader.required("format")
                if format?.oneOf(["xml", "json", "csv", "xlsx"]) != nil { form.format = text(format) }
                if let csv = reader.optional("csv") {
                    form.csv = csv.mapping { CSVDialectSettings(reading: $0) }
                    if format?.node.text != "csv" {
                        csv.report("csv: says how CSV is written; the format is another", "csv: 用于说明 CSV 的写法，但格式不是 csv")
                    }
                }
                if let sheet = reader.optional("sheet") {
                    form.sheet = sheet.mapping { SheetDialectSettings(reading: $0) }
                    if format?.node.text != "xlsx" {
                        sheet.report(
                            "sheet: says where the records of a workbook are; the format is another",
                            "sheet: 用于说明工作簿中记录的位置，但格式不是 xlsx")
                    }
                }
                form.root = text(reader.optional("root"))
                form.schema = text(reader.optional("schema"))
                if let schema = form.schema, let format = form.format { Self.checkSchema(schema, of: format.text, reader) }
                form.contentType = text(reader.optional("contentType"))
            }
        }
        return form
    }

    /// A schema is of the form's own kind; rows of CSV and sheets have none.
    private static func checkSchema(_ schema: MappingFile.Text, of format: String, _ form: YAMLMappingReader) {
        switch format {
        case "xml" where FormSchemas.isJSON(schema.text):
            form.report(
                "schema", "the form is XML, and \(schema.text) is a JSON Schema; name an .xsd",
                "格式为 XML，\(schema.text) 却是 JSON Schema；请使用 .xsd")
        case "json" where !FormSchemas.isJSON(schema.text):
            form.report(
                "schema", "the form is JSON; name a JSON Schema, a file that ends in .json", "格式为 JSON，请使用以 .json 结尾的 JSON Schema"
            )
        case "csv", "xlsx":
            form.report(
                "schema", "rows of \(format) have no schema; the fields of the mapping say what must be there",
                "\(format) 的行没有结构定义；请在映射的字段中规定")
        default: break
        }
    }

    private static func keys(_ mapping: YAMLMappingReader) -> [MappingFile.Key] {
        var keys: [MappingFile.Key] = []
        for entry in mapping.entries() {
            _ = entry.value.mapping { reader in
                let each = reader.required("each").flatMap { text($0) }
                let key = reader.required("key").flatMap { text($0) }
                if let each, let key {
                    keys.append(MappingFile.Key(name: entry.key, position: entry.keyPosition, each: each, key: key))
                }
            }
        }
        return keys
    }

    private mutating func fields(_ value: YAMLValueReader, depth: Int) -> [MappingFile.Field] {
        guard depth < Self.depthMax else {
            value.report("groups nest deeper than \(Self.depthMax)", "字段组嵌套超过 \(Self.depthMax) 层")
            return []
        }
        guard let mapping = value.mapping() else { return [] }
        var fields: [MappingFile.Field] = []
        for entry in mapping.entries() {
            fieldCount += 1
            guard fieldCount <= Self.fieldsMax else {
                if fieldCount == Self.fieldsMax + 1 {
                    entry.value.report("the mapping has more than \(Self.fieldsMax) fields", "映射的字段超过 \(Self.fieldsMax) 个")
                }
                break
            }
            if let field = field(entry.key, entry.keyPosition, entry.value, depth: depth) { fields.append(field) }
        }
        return fields
    }

    private mutating func field(
        _ name: String, _ position: SourcePosition, _ value: YAMLValueReader, depth: Int
    ) -> MappingFile.Field? {
        guard value.node.members != nil else {
            return Self.text(value).map {
                MappingFile.Field(name: name, position: position, content: .value($0), isUnverified: false)
            }
        }
        guard let mapping = value.mapping() else { return nil }
        defer { mapping.finish() }
        let isUnverified = basis(mapping)
        _ = mapping.optional("note")?.text()
        if mapping.has("value") {
            guard let text = text(mapping.optional("value")) else { return nil }
            return MappingFile.Field(name: name, position: position, content: .value(text), isUnverified: isUnverified)
        }
        let each = text(mapping.optional("each"))
        guard let inner = mapping.required("fields") else { return nil }
        let fields = self.fields(inner, depth: depth + 1)
        return MappingFile.Field(
            name: name, position: position, content: .group(each: each, fields: fields), isUnverified: isUnverified)
    }

    private func basis(_ mapping: YAMLMappingReader) -> Bool { mapping.optional("basis")?.oneOf(["unverified"]) != nil }

    private func text(_ value: YAMLValueReader?) -> MappingFile.Text? { value.flatMap { Self.text($0) } }

    private static func text(_ value: YAMLValueReader) -> MappingFile.Text? {
        guard let text = value.text() else { return nil }
        var position = value.position
        var isOnOneLine = false
        if case .scalar(_, let style) = value.node.content {
            isOnOneLine = style != .block && !text.utf8.contains(0x0A)
            if style == .quoted { position.column += 1 }
        }
        return MappingFile.Text(text: text, position: position, isOnOneLine: isOnOneLine)
    }
}
