public import ExchangeModel
public import Formats

/// Answers where the fields of a record came from, with the same code as the gateway: reader, schema, mapping.
public struct MappingExplainer: Sendable {
    private let library: MappingLibrary
    private let mappingsFolder: String
    private let schemas: FormSchemas

    /// Answers over a loaded library and the folders it came from.
    public init(library: MappingLibrary, mappings: String, schemas: String) {
        self.library = library
        mappingsFolder = mappings
        self.schemas = FormSchemas(folder: schemas)
    }

    /// Runs a mapping on one record and tells the story of each field; nil when there is no good mapping of the name. A record
    /// that cannot be read gives its findings and no field.
    ///
    /// - Throws: `.configuration` when the schema of the form cannot be used.
    public func explain(
        _ name: String, input: [UInt8], options: MappingOptions = MappingOptions()
    ) throws(GatewayError) -> MappingExplanation? {
        if let mapping = library.inbound(name) { return try explain(mapping, input, options) }
        if let mapping = library.outbound(name) { return try explain(mapping, input, options) }
        return nil
    }

    private func explain(
        _ mapping: InboundMapping, _ input: [UInt8], _ options: MappingOptions
    ) throws(GatewayError) -> MappingExplanation {
        var schema: FormSchema?
        if let name = mapping.schemaName { schema = try schemas.schema(name) }
        return explain(mapping, input: input, reader: mapping.reader(schema: schema), options: options)
    }

    private func explain(
        _ mapping: OutboundMapping, _ input: [UInt8], _ options: MappingOptions
    ) throws(GatewayError) -> MappingExplanation {
        var explanation = explain(mapping, canonical: input, options: options)
        if !explanation.isRefused, let name = mapping.schemaName {
            explanation.findings += try schemas.schema(name).check()(explanation.output)
        }
        return explanation
    }

    /// Tells the story of a payload that a reader of one's own reads. Pure work for the processor.
    public func explain(
        _ mapping: InboundMapping, input: [UInt8], reader: RecordReader, options: MappingOptions
    ) -> MappingExplanation {
        var tree = RecordTree()
        var findings = reader.read(input, names: mapping.names, into: &tree)
        let recorder = RunRecorder(tellsStory: true)
        var output: [UInt8] = []
        if tree.root != RecordTree.none {
            let result = mapping.run(tree, options: options, recorder: recorder)
            findings += result.findings
            output = result.canonical
        }
        let canonical = library.schema(of: mapping.dataset)
        let teller = StoryTeller(
            program: mapping.tables.program, outline: ProgramOutline(mapping), isInbound: true, mappings: mappingsFolder,
            label: { canonical?.labelZH($0) }, findings: findings)
        return MappingExplanation(
            mapping: mapping.name, version: mapping.version, file: "\(mappingsFolder)/\(mapping.name).yaml", root: nil,
            fields: teller.fields(of: recorder.story), findings: findings, output: output, isCut: recorder.story?.isCut ?? false)
    }

    /// Tells the story of a canonical record on its way out, without the check of the document against its schema. Pure work for
    /// the processor.
    public func explain(_ mapping: OutboundMapping, canonical input: [UInt8], options: MappingOptions) -> MappingExplanation {
        var tree = RecordTree()
        var findings = JSONRecordReader().read(input, names: mapping.names, into: &tree)
        let recorder = RunRecorder(tellsStory: true)
        var output: [UInt8] = []
        if findings.isEmpty {
            let result = mapping.run(tree, options: options, recorder: recorder)
            findings = result.findings
            output = result.bytes
        }
        let canonical = library.schema(of: mapping.dataset)
        let teller = StoryTeller(
            program: mapping.tables.program, outline: ProgramOutline(mapping), isInbound: false, mappings: mappingsFolder,
            label: { canonical?.labelZH($0) }, findings: findings)
        return MappingExplanation(
            mapping: mapping.name, version: mapping.version, file: "\(mappingsFolder)/\(mapping.name).yaml", root: mapping.root,
            fields: teller.fields(of: recorder.story), findings: findings, output: output, isCut: recorder.story?.isCut ?? false)
    }

    /// Where each field of a mapping comes from, without a record; nil when there is no good mapping of the name.
    public func lineage(of name: String) -> MappingLineage? {
        if let mapping = library.inbound(name) {
            return MappingLineage(mapping, file: "\(mappingsFolder)/\(name).yaml", schema: library.schema(of: mapping.dataset))
        }
        if let mapping = library.outbound(name) {
            return MappingLineage(mapping, file: "\(mappingsFolder)/\(name).yaml", schema: library.schema(of: mapping.dataset))
        }
        return nil
    }
}
