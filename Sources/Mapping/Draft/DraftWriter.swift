internal import ExchangeModel

/// Writes the text of a draft.
struct DraftWriter {
    let request: MappingDraft.Request
    let form: DraftForm
    let isSchema: Bool
    let canonical: CanonicalSchema
    let input: CompilerInput
    let leaves: [DraftLeaf]
    let targets: [DraftLeaf]
    let matcher: DraftMatcher
    var lines: [String] = []
    var guesses = 0
    var needed: [String] = []
    /// Fields of the form that the draft writes or reads.
    var used: Set<Int> = []

    init(request: MappingDraft.Request, form: DraftForm, isSchema: Bool, canonical: CanonicalSchema, input: CompilerInput) {
        self.request = request
        self.form = form
        self.isSchema = isSchema
        self.canonical = canonical
        self.input = input
        leaves = form.leaves()
        let all = DraftLeaf.canonical(canonical)
        if let audience = request.audience, !request.isInbound {
            // What the audience may not see is no candidate.
            targets = all.filter {
                Compiler.audiences(of: $0.names.joined(separator: "."), in: canonical)?.contains(audience) ?? false
            }
        } else {
            targets = all
        }
        matcher = DraftMatcher(form: leaves, canonical: targets, dataset: request.dataset, joins: !request.isInbound)
    }

    // MARK: Head

    mutating func head() {
        let direction = request.isInbound ? "in" : "out"
        lines.append(
            "# A first draft from \(request.sourceName.split(separator: "/").last ?? ""). Each guess is marked with its likeness (1 is certain) and with what the field is called;"
        )
        lines.append("# read every line, take the marks away, and raise the version when it is right.")
        lines.append("mapping: \(request.platform)/\(direction)/\(request.dataset)")
        lines.append("version: 1")
        lines.append("basis: unverified")
        if let audience = request.audience, !request.isInbound { lines.append("audience: \(audience)") }
        var parts = ["format: \(form.format)"]
        if form.format == "xml" { parts.append("root: \(form.written(form.root))") }
        if let schema = request.schemaName, isSchema { parts.append("schema: \(schema)") }
        var dialect = form.dialect
        if !form.columns.isEmpty {
            let names = form.columns.map { "\(Self.quoted($0.title)): \($0.name)" }.joined(separator: ", ")
            dialect.append("names: { \(names) }")
        }
        if !dialect.isEmpty { parts.append("\(form.format == "csv" ? "csv" : "sheet"): { \(dialect.joined(separator: ", ")) }") }
        let foreign = "{ \(parts.joined(separator: ", ")) }"
        let own = "{ dataset: \(request.dataset), canonical: \(canonical.version) }"
        lines.append("from: \(request.isInbound ? foreign : own)")
        lines.append("to: \(request.isInbound ? own : foreign)")
        if isSchema, request.schemaName == nil {
            lines.append(
                "# needed: the schema lies outside the folder of schemas; copy it to Schemas/\(request.platform)/ and name it here"
            )
        }
        if !form.prefixes.isEmpty {
            let used = form.prefixes.map { "\($0.prefix): \(Self.quoted($0.uri))" }.joined(separator: ", ")
            lines.append("namespaces: { \(used) }")
        }
    }

    /// A text of YAML in double quotation marks.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case "\n", "\r", "\t": result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// A remark on one line: what a file calls a field is not ours, so nothing of it may end the line.
    static func remark(_ text: String) -> String {
        String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 }.prefix(120))
    }

    static func shown(_ score: Double) -> String {
        let hundredths = Int((score * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }

    /// `# guess 0.82: 公告标题`.
    func mark(_ pair: DraftMatcher.Pair, _ called: String, _ remark: String? = nil) -> String {
        let also = remark.map { "; \($0)" } ?? ""
        return "   # guess \(Self.shown(pair.score)): \(Self.remark(called))\(also)"
    }

    /// What the form calls a field: its label without the remarks behind it, or its names.
    func called(_ leaf: DraftLeaf) -> String {
        let head = String(leaf.label.prefix { !",，;；:：。".contains($0) }.drop { $0 == " " })
        return head.isEmpty ? leaf.names.joined(separator: form.separator) : head
    }

    /// An expression as a scalar of YAML: what begins with `@` must stand in quotation marks.
    static func scalar(_ expression: String) -> String {
        expression.hasPrefix("@") ? "'\(expression.replacing("'", with: "''"))'" : expression
    }

    // MARK: Paths

    /// The path to a field from the level that its group begins at; nil where no path can be written.
    func path(_ leaf: DraftLeaf, from depth: Int, keepsAll: Bool) -> String? {
        var steps: [String] = []
        for index in depth..<leaf.names.count {
            let member = leaf.members[index]
            guard DraftFormReader.isStep(member.name) || form.format == "xml" else { return nil }
            let written = form.written(member)
            steps.append(leaf.repeats[index] && keepsAll ? written + "[]" : written)
        }
        return steps.joined(separator: form.separator)
    }

    /// The path to a canonical field.
    func path(_ leaf: DraftLeaf, from depth: Int) -> String {
        (depth..<leaf.names.count).map { leaf.names[$0] + (leaf.repeats[$0] ? "[]" : "") }.joined(separator: ".")
    }

    /// Whether a list has codes of the platform.
    func hasCodes(_ list: String) -> Bool { input.codeLists[list]?.partners.contains(request.platform) ?? false }

    /// The lines at the end: what of the form nothing reads.
    mutating func unused(_ heading: String) {
        let rest = leaves.indices.filter { !used.contains($0) }
        guard !rest.isEmpty else { return }
        lines.append("")
        lines.append("# \(heading)")
        for index in rest {
            let leaf = leaves[index]
            let name = leaf.members.enumerated().map { form.written($1) + (leaf.repeats[$0] ? "[]" : "") }.joined(
                separator: form.separator)
            let label = leaf.label.isEmpty ? "" : " (\(Self.remark(leaf.label)))"
            let near = matcher.candidates(ofForm: index)
                .map { "\(targets[$0.canonical].names.joined(separator: ".")) \(Self.shown($0.score))" }.joined(separator: ", ")
            lines.append("#   \(Self.remark(name))\(label)\(near.isEmpty ? "" : ": perhaps \(near)")")
        }
    }
}
