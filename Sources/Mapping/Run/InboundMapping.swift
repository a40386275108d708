public import ExchangeModel
public import Formats

/// The form that a mapping reads.
public enum RecordFormat: String, Sendable, Hashable {
    /// XML.
    case xml
    /// JSON.
    case json
    /// Comma-separated values: a row is a record. Read only.
    case csv
    /// A workbook: a row of a sheet is a record. Read only.
    case xlsx
}

/// A compiled mapping from a platform's form to the canonical record. Safe to share between threads.
public final class InboundMapping: Sendable {
    /// `<platform>/in/<dataset>[@edition]`.
    public let name: String
    /// The mapping's own version.
    public let version: Int
    /// What the canonical record is.
    public let dataset: Dataset
    /// Version of the canonical form.
    public let canonicalVersion: Int
    /// Form of the source.
    public let sourceFormat: RecordFormat
    /// How the source is written where it is CSV; a channel may differ from it.
    public let csvDialect: CSVDialect
    /// Where the records are where the source is a workbook; a channel may differ from it.
    public let sheetDialect: SheetDialect
    /// Qualified name of the root element as the mapping writes it; nil where there is none.
    public let rootName: String?
    /// Namespace of the root element; empty when none.
    public let rootNamespace: String
    /// Schema of the source, relative to `Schemas/`; nil when the form has none.
    public let schemaName: String?
    /// Whether the file says `basis: unverified`.
    public let isUnverified: Bool
    /// The code lists it names, as bytes: what `FormVersions.codeLists` is the digest of. Empty when it names none.
    public let codeListDigestInput: [UInt8]
    /// The names that readers number for it.
    public var names: NameTable { tables.program.names }

    let tables: ProgramTables
    let rootID: NameID
    let outputFields: [String]

    init(_ file: MappingFile, program: Program, codeLists: [UInt8], namespace: String) {
        var program = program
        name = file.name
        version = file.version
        dataset = Dataset(file.to.dataset?.text ?? "")
        canonicalVersion = file.to.canonical?.version ?? 1
        sourceFormat = file.from.format.flatMap { RecordFormat(rawValue: $0.text) } ?? .xml
        csvDialect = (file.from.csv ?? CSVDialectSettings()).applied(to: CSVDialect())
        sheetDialect = (file.from.sheet ?? SheetDialectSettings()).applied(to: SheetDialect())
        rootName = file.from.root?.text
        rootNamespace = namespace
        schemaName = file.from.schema?.text
        isUnverified = file.isUnverified
        codeListDigestInput = codeLists
        if let root = file.from.root?.text {
            let local = root.split(separator: ":").last.map(String.init) ?? root
            rootID = program.names.intern(local, namespace: namespace.isEmpty ? 0 : program.names.namespace(namespace))
        } else {
            rootID = .unknown
        }
        outputFields = program.entryTargets
        tables = ProgramTables(program)
    }

    /// Maps a record that was read with `names`. All findings are collected; a failing field does not stop the others.
    public func run(_ tree: RecordTree, options: MappingOptions = MappingOptions()) -> InboundResult {
        run(tree, options: options, recorder: nil)
    }

    /// The same, with notes of what happened on the way.
    func run(_ tree: RecordTree, options: MappingOptions, recorder: RunRecorder?) -> InboundResult {
        guard tree.root != RecordTree.none, rootID == .unknown || tree[tree.root].name == rootID else { return unknownRoot(tree) }
        return tree.nodes.withUnsafeBufferPointer { nodes in
            tree.arena.withUnsafeBufferPointer { arena in
                var runner = Runner(tables: tables, tree: tree, nodes: nodes, arena: arena, options: options, form: .json)
                runner.recorder = recorder
                defer { runner.scratch.free() }
                return run(&runner)
            }
        }
    }

    private func run(_ runner: inout Runner) -> InboundResult {
        let program = tables.program
        let root = runner.tree.root
        runner.declare(program.variables, scope: root)
        var sourceTime: Instant?
        if program.sourceTime >= 0, case .single = runner.evaluateKey("sourceTime", program.sourceTime) {
            sourceTime = ZonedTime(runner.value.bytes)?.instant
            // The record's own moment decides which code-list entries hold.
            runner.setRecordTime(sourceTime ?? runner.options.recordTime)
            // What a variable held before the moment was known may rest on other entries.
            runner.declare(program.variables, scope: root)
        }
        let businessKey = text("businessKey", program.businessKey, &runner)
        let orderingKey = text("orderingKey", program.orderingKey, &runner)
        let version = text("version", program.version, &runner)
        runner.output.beginJSON()
        runner.run(0..<program.entries.count, scope: root)
        runner.output.endJSON()
        return InboundResult(
            canonical: runner.output.bytes, businessKey: businessKey, orderingKey: orderingKey, version: version,
            sourceTime: sourceTime, findings: runner.findings, traces: runner.traces)
    }

    private func text(_ name: String, _ expression: Int32, _ runner: inout Runner) -> String {
        guard expression >= 0, case .single = runner.evaluateKey(name, expression) else { return "" }
        return String(decoding: runner.value.bytes, as: UTF8.self)
    }

    private func unknownRoot(_ tree: RecordTree) -> InboundResult {
        let expected = rootName ?? ""
        let finding = Finding(
            .datasetUnknown, path: tree.root == RecordTree.none ? "" : tree.path(of: tree.root),
            position: tree.position(of: tree.root),
            text: "the root element is not \(expected), which \(name) reads", textZH: "根元素不是 \(name) 所读取的 \(expected)")
        return InboundResult(
            canonical: [], businessKey: "", orderingKey: "", version: "", sourceTime: nil, findings: [finding], traces: [])
    }
}
