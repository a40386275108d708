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

    /// A name with an expression: an entry of `let:` or `zip:`.
    struct Variable: Sendable {
        var name: String
        var position: SourcePosition
        var value: Text
    }

    /// An entry of `fields:`.
    struct Field: Sendable {
        var name: String
        var position: SourcePosition
        var content: Content
        var isUnverified: Bool
        /// The condition of its `when:`.
        var when: Text?

        /// What the field holds.
        indirect enum Content: Sendable {
            case value(Text)
            case group(Group)
            /// The first branch whose condition holds.
            case choice([Field])
        }

        /// The name ends in `[]`.
        var isRepeated: Bool { name.hasSuffix("[]") }
        /// The name without `[]`.
        var plainName: String { isRepeated ? String(name.dropLast(2)) : name }
    }

    /// A group of fields, or a repeated one.
    struct Group: Sendable {
        /// Path of the items.
        var each: Text?
        /// What items of one group share; one item of the output for each group.
        var by: Text?
        /// Lists of equal length that are walked side by side.
        var zip: [Variable] = []
        /// Variables that hold inside.
        var lets: [Variable] = []
        /// Names of fragments whose fields are written here.
        var uses: [Text] = []
        var fields: [Field] = []
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
    /// The whole record: variables, fragments and fields.
    var body: Group
    var fieldsPosition: SourcePosition
}

/// Reads mapping files: keys, types, and nothing of expressions.
struct MappingFileReader {

    /// Reads a file. `expectedName` is what its place says: `local-a/in/tender-notice`.
    static func read(_ bytes: [UInt8], expectedName: String) -> (file: MappingFile?, findings: [Finding]) {
        let yaml = YAMLReader(parsing: bytes)
        let file = yaml.mapping { MappingFileReader().file($0, expectedName: expectedName) } ?? nil
        return (file, yaml.findings)
    }

    private func file(_ mapping: YAMLMappingReader, expectedName: String) -> MappingFile? {
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
        let isUnverified = MappingFieldsReader.basis(mapping)
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
                        if let entry, let text = MappingFile.Text(entry) { identify.append((name, entry.position, text)) }
                    }
                }
            }
        }
        var fields = MappingFieldsReader()
        let (body, fieldsPosition) = fields.body(mapping)
        return MappingFile(
            name: name, namePosition: nameValue?.position ?? mapping.position, platform: parts[0], direction: direction,
            version: version, isUnverified: isUnverified, audience: audience, from: from, to: to, namespaces: namespaces,
            keys: keys,
            identify: identify, identifyPosition: identifyPosition, body: body, fieldsPosition: fieldsPosition)
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
                let each = reader.required("each").flatMap { MappingFile.Text($0) }
                let key = reader.required("key").flatMap { MappingFile.Text($0) }
                if let each, let key {
                    keys.append(MappingFile.Key(name: entry.key, position: entry.keyPosition, each: each, key: key))
                }
            }
        }
        return keys
    }

    private func text(_ value: YAMLValueReader?) -> MappingFile.Text? { value.flatMap { MappingFile.Text($0) } }
}
