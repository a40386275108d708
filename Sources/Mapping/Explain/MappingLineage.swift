public import ExchangeModel

/// Where each field of a mapping comes from, without a record: the table that an auditor reads.
public struct MappingLineage: Sendable, Hashable {
    /// One field.
    public struct Row: Sendable, Hashable {
        /// The field that is written, `sections[].code`; `identify.version` for a key.
        public let target: String
        /// Its Chinese name in the canonical form; outbound, that of the field read for it. Empty where there is none.
        public let labelZH: String
        /// The record is refused without it: by the mapping, or by the canonical form wherever the group around it is there.
        public let isRequired: Bool
        /// The paths read, from the root of the source.
        public let sources: [String]
        /// The functions as written, from left to right; a literal as such.
        public let functions: [String]
        /// The code lists named.
        public let codeLists: [String]
        /// Who may see the field: its class in the canonical form. Outbound, who may see all that is read for it.
        public let audiences: [String]
        /// `basis: unverified` stands at the field or the whole mapping.
        public let isUnverified: Bool
        /// Its own `when:` as written; nil when it has none.
        public let condition: String?
        /// The file that the field stands in: the mapping's, or a fragment's.
        public let file: String
        /// Where it stands there.
        public let position: SourcePosition

        /// What a person reads: the field, then a line for each thing that there is to say of it.
        public func lines(isChinese: Bool) -> [String] {
            let name = labelZH.isEmpty ? target : isChinese ? "\(target)（\(labelZH)）" : "\(target) (\(labelZH))"
            let words =
                (isRequired ? [isChinese ? "必填" : "required"] : [])
                + (isUnverified ? [isChinese ? "依据未核实" : "basis unverified"] : [])
            var lines = [([name] + words).joined(separator: isChinese ? "，" : ", ")]
            lines.append("  \(file):\(position.line):\(position.column)")
            let parts: [(en: String, zh: String, list: [String], separator: String)] = [
                ("from", "来源", sources, "; "), ("functions", "函数", functions, " | "), ("code lists", "代码表", codeLists, ", "),
                ("may be seen by", "可见受众", audiences, ", "),
            ]
            for part in parts where !part.list.isEmpty {
                lines.append("  \(isChinese ? part.zh + "：" : part.en + ": ")\(part.list.joined(separator: part.separator))")
            }
            return lines
        }
    }

    /// The mapping.
    public let mapping: String
    /// Its version.
    public let version: Int
    /// Its file.
    public let file: String
    /// The audience that an outbound mapping is written for; nil for an inbound one.
    public let audience: String?
    /// In the order of the mapping, keys first.
    public let rows: [Row]

    init(_ mapping: InboundMapping, file: String, schema: CanonicalSchema?) {
        self.mapping = mapping.name
        version = mapping.version
        self.file = file
        audience = nil
        let builder = LineageBuilder(
            program: mapping.tables.program, outline: ProgramOutline(mapping), schema: schema, isInbound: true,
            isUnverified: mapping.isUnverified, name: mapping.name, file: file)
        rows = builder.keys() + builder.rows()
    }

    init(_ mapping: OutboundMapping, file: String, schema: CanonicalSchema?) {
        self.mapping = mapping.name
        version = mapping.version
        self.file = file
        audience = mapping.audience.name
        rows =
            LineageBuilder(
                program: mapping.tables.program, outline: ProgramOutline(mapping), schema: schema, isInbound: false,
                isUnverified: mapping.isUnverified, name: mapping.name, file: file
            ).rows()
    }

    /// As CSV (RFC 4180): a header row, fields in quotation marks where they need them, CRLF, UTF-8 with a byte-order mark, by which
    /// spreadsheets know it. A cell that a spreadsheet would take for a formula begins with an apostrophe instead.
    public func csv() -> [UInt8] {
        var lines = [
            [
                "target", "label_zh", "required", "source_paths", "functions", "when", "code_lists", "audiences", "basis",
                "mapping",
                "version",
                "file", "line", "column",
            ]
        ]
        for row in rows {
            lines.append([
                row.target, row.labelZH, row.isRequired ? "yes" : "no", row.sources.joined(separator: "; "),
                row.functions.joined(separator: " | "), row.condition ?? "", row.codeLists.joined(separator: "; "),
                row.audiences.joined(separator: "; "),
                row.isUnverified ? "unverified" : "", mapping, "\(version)", row.file, "\(row.position.line)",
                "\(row.position.column)",
            ])
        }
        let text = lines.map { $0.map(Self.cell).joined(separator: ",") + "\r\n" }.joined()
        return [0xEF, 0xBB, 0xBF] + Array(text.utf8)
    }

    /// One cell: `=`, `+`, `-`, `@`, a tab or a line end in front would begin a formula in a spreadsheet.
    static func cell(_ text: String) -> String {
        var text = text
        if let first = text.unicodeScalars.first, ["=", "+", "-", "@", "\t", "\r", "\n"].contains(first) { text = "'" + text }
        guard text.unicodeScalars.contains(where: { ["\"", ",", "\r", "\n"].contains($0) }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

/// Reads a compiled mapping field by field.
private struct LineageBuilder {
    let program: Program
    let outline: ProgramOutline
    let schema: CanonicalSchema?
    let isInbound: Bool
    let isUnverified: Bool
    let name: String
    let file: String

    func keys() -> [MappingLineage.Row] {
        let keys: [(name: String, expression: Int32)] = [
            ("businessKey", program.businessKey), ("orderingKey", program.orderingKey), ("version", program.version),
            ("sourceTime", program.sourceTime),
        ]
        return keys.filter { $0.expression >= 0 }.map { key in
            row(
                "identify.\(key.name)", label: "", key.expression, scope: [], place: program.notes.identify[key.name], entry: nil)
        }
    }

    func rows() -> [MappingLineage.Row] {
        outline.fields.map { field in
            let label = FieldLabel.zh(of: field, program: program, outline: outline, isInbound: isInbound) { schema?.labelZH($0) }
            return row(
                field.target, label: label ?? "", program.entries[field.entry].expression, scope: field.scope,
                place: program.notes.entries[field.entry].place, entry: field.entry)
        }
    }

    private func row(
        _ target: String, label: String, _ number: Int32, scope: [String], place: ProgramNotes.Place?, entry: Int?
    ) -> MappingLineage.Row {
        let expression = program.expressions[Int(number)]
        let parts = ExpressionText.parts(program.expressionTexts[Int(number)])
        let ops = program.ops[Int(expression.firstOp)..<Int(expression.firstOp + expression.opCount)]
        let (sources, lists) = outline.sources(of: number, scope: scope)
        let note = entry.map { program.notes.entries[$0] }
        let folder = file.dropLast(name.count + 6)
        let field = isInbound ? canonicalField(target) : nil
        return MappingLineage.Row(
            target: target, labelZH: label,
            isRequired: ops.contains { $0.code == .required } || field?.isRequired ?? false, sources: sources,
            functions: expression.source == .path ? Array(parts.dropFirst()) : parts, codeLists: lists,
            audiences: isInbound ? field?.audiences ?? [] : common(sources),
            isUnverified: isUnverified || note?.isUnverified ?? false, condition: note?.condition?.text,
            file: place?.file(mapping: name, in: String(folder)) ?? file, position: place?.position ?? .unknown)
    }

    private func canonicalField(_ path: String) -> CanonicalSchema.Field? {
        schema?.root.field(at: path.split(separator: "[]").joined())
    }

    /// Who may see every one of the canonical fields; nobody where none is read.
    private func common(_ paths: [String]) -> [String] {
        guard let first = paths.first else { return [] }
        var audiences = canonicalField(first)?.audiences ?? []
        for path in paths.dropFirst() {
            let other = canonicalField(path)?.audiences ?? []
            audiences.removeAll { !other.contains($0) }
        }
        return audiences
    }
}
