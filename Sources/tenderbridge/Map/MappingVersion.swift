internal import ExchangeModel
internal import Formats
internal import Mapping

/// One version of a mapping with everything around it, in a folder or at a revision of a git repository.
struct MappingVersion {
    private enum Compiled {
        case inbound(InboundMapping, FormSchema?)
        case outbound(OutboundMapping, FormSchema?)
    }

    /// `<platform>/<in or out>/<dataset>`.
    let name: String
    private let compiled: Compiled
    private let library: MappingLibrary
    private let place: MappingPlace
    private let checkout: RevisionCheckout?

    /// Loads `FILE` or `REVISION:FILE`.
    init(_ words: String) throws {
        var file = words
        var checkout: RevisionCheckout?
        if !LocalFiles.exists(words), let colon = words.firstIndex(of: ":") {
            let made = try RevisionCheckout(revision: String(words[..<colon]), file: String(words[words.index(after: colon)...]))
            file = made.file
            checkout = made
        }
        self.checkout = checkout
        place = try MappingPlace(containing: file, schemas: nil)
        let (library, findings) = place.load()
        self.library = library
        name = place.name(ofFile: file) ?? file
        guard let compiled = try Self.compiled(name, library, place) else {
            let own = findings.first { $0.finding.severity == .error && $0.file == file }?.finding
            throw GatewayError(
                .configuration, attempted: "load the mapping", subject: words,
                happened: own.map { "line \($0.position.line): \($0.text)" } ?? "there is no such mapping without errors",
                remedy: "see tenderbridge map lint")
        }
        self.compiled = compiled
    }

    /// A mapping of a library that was loaded.
    init(name: String, library: MappingLibrary, place: MappingPlace) throws {
        guard let compiled = try Self.compiled(name, library, place) else {
            throw GatewayError(
                .configuration, attempted: "load the mapping", subject: name, happened: "there is no such mapping without errors",
                remedy: "see tenderbridge map lint")
        }
        self.name = name
        self.library = library
        self.place = place
        self.compiled = compiled
        checkout = nil
    }

    private static func compiled(_ name: String, _ library: MappingLibrary, _ place: MappingPlace) throws -> Compiled? {
        let registry = FormSchemas(folder: place.schemas)
        if let mapping = library.inbound(name) {
            return .inbound(mapping, try mapping.schemaName.map { try registry.schema($0) })
        }
        guard let mapping = library.outbound(name) else { return nil }
        return .outbound(mapping, try mapping.schemaName.map { try registry.schema($0) })
    }

    /// Whether it reads a partner's form.
    var isInbound: Bool { if case .inbound = compiled { true } else { false } }

    /// The Chinese name of a canonical field.
    var label: @Sendable (String) -> String? {
        guard case .inbound(let mapping, _) = compiled, let schema = library.schema(of: mapping.dataset) else {
            return { _ in nil }
        }
        return { schema.labelZH($0) }
    }

    /// Code lists of which another version has another content.
    func listsThatDiffer(from other: MappingVersion) -> [String] {
        let folder = place.mappings + "/codelists"
        let names = Set(LocalFiles.names(in: folder) + LocalFiles.names(in: other.place.mappings + "/codelists"))
        return names.filter { $0.hasSuffix(".csv") }.sorted().filter { name in
            let own = try? LocalFiles.read("\(folder)/\(name)")
            let others = try? LocalFiles.read("\(other.place.mappings)/codelists/\(name)")
            return own != others
        }.map { String($0.dropLast(4)) }
    }

    /// What it makes of the records of a document; nil when the document is not of its form.
    func run(_ bytes: [UInt8], split: RecordSplit?) throws -> [MappingDiff.Outcome]? {
        switch compiled {
        case .inbound(let mapping, let schema):
            let isRows = mapping.sourceFormat == .csv || mapping.sourceFormat == .xlsx
            if let split = split ?? (isRows ? .rows : nil), split != .document {
                return try cut(bytes, by: split, mapping, schema)
            }
            return run(mapping, schema, bytes).map { [$0] }
        case .outbound(let mapping, let schema): return try run(mapping, schema, bytes).map { [$0] }
        }
    }

    private func run(_ mapping: InboundMapping, _ schema: FormSchema?, _ bytes: [UInt8]) -> MappingDiff.Outcome? {
        var tree = RecordTree()
        let read = mapping.reader(schema: schema).read(bytes, names: mapping.names, into: &tree)
        guard tree.root != RecordTree.none else {
            // What is not even of this syntax belongs to another form.
            let isForeign = read.contains { $0.code == .xmlSyntax || $0.code == .jsonSyntax || $0.code == .datasetUnknown }
            return isForeign ? nil : MappingDiff.Outcome(output: [], findings: read, traces: [])
        }
        let result = mapping.run(tree, options: MappingOptions(traces: true))
        if result.findings.contains(where: { $0.code == .datasetUnknown }) { return nil }
        return MappingDiff.Outcome(output: result.canonical, findings: read + result.findings, traces: result.traces)
    }

    private func run(_ mapping: OutboundMapping, _ schema: FormSchema?, _ bytes: [UInt8]) throws -> MappingDiff.Outcome? {
        var tree = RecordTree()
        guard JSONRecordReader().read(bytes, names: mapping.names, into: &tree).isEmpty else { return nil }
        let result = mapping.run(tree, options: MappingOptions(traces: true))
        var findings = result.findings
        if !result.isRefused, let schema { findings += schema.check()(result.bytes) }
        return MappingDiff.Outcome(output: result.bytes, findings: findings, traces: result.traces)
    }

    /// Runs it over every record of a document of many; nil when the document cannot be read.
    private func cut(
        _ bytes: [UInt8], by split: RecordSplit, _ mapping: InboundMapping, _ schema: FormSchema?
    ) throws -> [MappingDiff.Outcome]? {
        var options = RecordSplit.Options()
        options.csv = mapping.csvDialect
        options.sheet = mapping.sheetDialect
        options.xmlSchema = schema?.xml
        options.jsonCheck = schema?.json
        guard let form = RecordSplit.Form(rawValue: mapping.sourceFormat.rawValue), split.problem(with: form) == nil,
            let cutter = split.cutter(for: form, names: mapping.names, options: options)
        else {
            throw GatewayError(
                .usage, attempted: "split documents by", subject: split.text,
                happened: "\(mapping.sourceFormat.rawValue) is not cut so",
                remedy: "name the place of the records as the form has it")
        }
        var outcomes: [MappingDiff.Outcome] = []
        var tree = RecordTree()
        bytes.withUnsafeBufferPointer { cutter.append($0) }
        cutter.finish()
        while true {
            switch cutter.next(into: &tree) {
            case .needsBytes, .end: return outcomes
            case .record:
                let result = mapping.run(tree, options: MappingOptions(traces: true))
                outcomes.append(
                    MappingDiff.Outcome(
                        output: result.canonical, findings: result.findings.map(cutter.named), traces: result.traces))
            case .refused(_, let findings): outcomes.append(MappingDiff.Outcome(output: [], findings: findings, traces: []))
            case .unreadable(let findings):
                // What stands before the fault counts; a document of which nothing can be read is of another form.
                guard !outcomes.isEmpty else { return nil }
                outcomes.append(MappingDiff.Outcome(output: [], findings: findings, traces: []))
            }
        }
    }
}
