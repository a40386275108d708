public import ExchangeModel

/// A compiled mapping from the canonical record to a platform's form. Safe to share between threads.
public final class OutboundMapping: Sendable {
    /// `<platform>/out/<dataset>[@edition]`.
    public let name: String
    /// The mapping's own version.
    public let version: Int
    /// What the canonical record is.
    public let dataset: Dataset
    /// Version of the canonical form.
    public let canonicalVersion: Int
    /// The audience that the mapping is written for.
    public let audience: Audience
    /// Root element of the output.
    public let root: String
    /// Schema of the output, relative to `Schemas/`; nil when the form has none.
    public let schemaName: String?
    /// Media type of the output.
    public let contentType: String
    /// Whether the file says `basis: unverified`.
    public let isUnverified: Bool
    /// The code lists it names, as bytes: what `FormVersions.codeLists` is the digest of. Empty when it names none.
    public let codeListDigestInput: [UInt8]
    /// The names that readers number for it.
    public var names: NameTable { tables.program.names }

    /// The code lists that it uses.
    var codeListNames: [String] { tables.program.listNames }
    let tables: ProgramTables
    let outputFields: [String]
    private let namespaces: [(prefix: String, uri: String)]
    /// Canonical fields read, each with who may see it.
    private let fields: [(path: String, audiences: [String])]
    /// What its own audience wants of numbers of persons, and the search for them.
    private let personalText: PersonalTextRule?
    private let personalCheck: PersonalTextCheck

    init(
        _ file: MappingFile, program: Program, codeLists: [UInt8], fields: [(path: String, audiences: [String])],
        personalText: PersonalTextRule?, schema: CanonicalSchema?
    ) {
        self.personalText = personalText
        personalCheck = PersonalTextCheck(schema)
        name = file.name
        version = file.version
        dataset = Dataset(file.from.dataset?.text ?? "")
        canonicalVersion = file.from.canonical?.version ?? 1
        audience = Audience(file.audience?.text ?? "")
        root = file.to.root?.text ?? ""
        schemaName = file.to.schema?.text
        contentType = file.to.contentType?.text ?? "application/xml; charset=utf-8"
        isUnverified = file.isUnverified
        codeListDigestInput = codeLists
        namespaces = file.namespaces.map { ($0.prefix, $0.uri) }
        self.fields = fields
        outputFields = program.entryTargets
        tables = ProgramTables(program)
    }

    /// Maps a canonical record that was read with `names`.
    public func run(_ canonical: RecordTree, options: MappingOptions = MappingOptions()) -> OutboundResult {
        run(canonical, options: options, recorder: nil)
    }

    /// The same, with notes of what happened on the way.
    func run(_ canonical: RecordTree, options: MappingOptions, recorder: RunRecorder?) -> OutboundResult {
        guard canonical.root != RecordTree.none else {
            let finding = Finding(.fieldRequired, text: "the canonical record is empty", textZH: "规范记录为空")
            return OutboundResult(bytes: [], findings: [finding], traces: [])
        }
        return canonical.nodes.withUnsafeBufferPointer { nodes in
            canonical.arena.withUnsafeBufferPointer { arena in
                var runner = Runner(tables: tables, tree: canonical, nodes: nodes, arena: arena, options: options, form: .xml)
                runner.recorder = recorder
                defer { runner.scratch.free() }
                runner.declare(tables.program.variables, scope: canonical.root)
                runner.output.beginXML(root: root, namespaces: namespaces)
                runner.run(0..<tables.program.entries.count, scope: canonical.root)
                runner.output.endXML()
                let bytes = runner.output.bytes
                var findings = runner.findings
                if let rule = PersonalTextRule.stricter(personalText, options.personalText) {
                    findings += personalCheck.findings(in: bytes, of: canonical, rule: rule)
                }
                return OutboundResult(bytes: bytes, findings: findings, traces: runner.traces)
            }
        }
    }

    /// The canonical fields that this mapping sends and an audience may not see; a destination is refused when it is not
    /// empty. A field without a class is for nobody.
    public func fieldsNotPermitted(for audience: Audience) -> [String] {
        fields.filter { !$0.audiences.contains(audience.name) }.map(\.path)
    }
}
