public import ExchangeModel
internal import Formats

/// Runs the tests that stand beside mappings, with the same code as the gateway: reader, schema, mapping.
public struct MappingTestRunner: Sendable {
    private let library: MappingLibrary
    private let mappingsFolder: String
    private let schemas: FormSchemas

    /// A runner over a loaded library and the folders it came from.
    public init(library: MappingLibrary, mappings: String, schemas: String) {
        self.library = library
        mappingsFolder = mappings
        self.schemas = FormSchemas(folder: schemas)
    }

    /// Runs the tests of all mappings, or of those named. A mapping without tests gives no result; a faulty test file gives
    /// findings.
    public func run(_ names: [String]? = nil) -> (results: [MappingTestResult], findings: [FileFinding]) {
        var tallies: [String: CoverageTally] = [:]
        return run(names, &tallies)
    }

    /// The same, and what the tests prove of each good mapping, by its name; of one without tests too.
    public func runWithCoverage(
        _ names: [String]? = nil
    ) -> (results: [MappingTestResult], findings: [FileFinding], coverage: [MappingCoverage]) {
        var tallies: [String: CoverageTally] = [:]
        for name in library.names where names?.contains(name) ?? true { tallies[name] = tally(of: name) }
        let (results, findings) = run(names, &tallies)
        return (results, findings, tallies.values.map(\.coverage).sorted { $0.mapping < $1.mapping })
    }

    private func tally(of name: String) -> CoverageTally? {
        let dataset = library.inbound(name)?.dataset ?? library.outbound(name)?.dataset
        let schema = dataset.flatMap { library.schema(of: $0) }
        let label = { (path: String) in schema?.labelZH(path) }
        let plan =
            library.inbound(name).map { CoveragePlan($0, mappings: mappingsFolder, label: label) }
            ?? library.outbound(name).map { CoveragePlan($0, mappings: mappingsFolder, label: label) }
        return plan.map { CoverageTally(mapping: name, mappings: mappingsFolder, plan: $0) }
    }

    private func run(
        _ names: [String]?, _ tallies: inout [String: CoverageTally]
    ) -> (results: [MappingTestResult], findings: [FileFinding]) {
        var results: [MappingTestResult] = []
        var findings: [FileFinding] = []
        let suffix = ".tests.yaml"
        for file in FolderReader.files(below: mappingsFolder) where file.hasSuffix(suffix) {
            let mapping = String(file.dropLast(suffix.count))
            if let names, !names.contains(mapping) { continue }
            let path = mappingsFolder + "/" + file
            let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            guard let bytes = FolderReader.bytes(of: path) else { continue }
            let (tests, found) = MappingTestFile.read(bytes, mapping: mapping, folder: folder)
            findings += found.map { FileFinding(file: path, $0) }
            for test in tests {
                let outcome = run(test, mapping: mapping, &tallies[mapping])
                results.append(
                    MappingTestResult(
                        mapping: mapping, name: test.name, file: path, position: test.position,
                        failures: outcome.failures.map(\.text), failuresZH: outcome.failures.map(\.textZH),
                        differences: outcome.differences))
            }
        }
        return (results, findings.sorted())
    }

    private func run(_ test: MappingTest, mapping: String, _ tally: inout CoverageTally?) -> MappingTestOutcome {
        tally?.count(test: test)
        if let inbound = library.inbound(mapping) { return run(test, inbound, &tally) }
        if let outbound = library.outbound(mapping) { return run(test, outbound, &tally) }
        var outcome = MappingTestOutcome()
        outcome.fail("the mapping \(mapping) is missing or has errors", "映射 \(mapping) 不存在或有错误")
        return outcome
    }

    private func run(_ test: MappingTest, _ mapping: InboundMapping, _ tally: inout CoverageTally?) -> MappingTestOutcome {
        var outcome = MappingTestOutcome()
        var tree = RecordTree()
        var found: [Finding]
        do {
            let schema = try mapping.schemaName.map { try schemas.schema($0) }
            found = mapping.reader(schema: schema).read(test.input, names: mapping.names, into: &tree)
        } catch {
            outcome.fail("the schema cannot be used: \(error)", "模式无法使用：\(error)")
            return outcome
        }
        var output: [UInt8] = []
        var keys: [String: String] = [:]
        if tree.root != RecordTree.none {
            let result = mapping.run(tree, options: test.options, recorder: tally?.recorder)
            found += result.findings
            output = result.canonical
            keys = [
                "businessKey": result.businessKey, "orderingKey": result.orderingKey, "version": result.version,
                "sourceTime": result.sourceTime?.description ?? "",
            ]
        }
        let isRefused = found.contains { $0.severity == .error }
        outcome.compare(keys: test.keys, keys)
        outcome.compare(findings: test.findings, found)
        let schema = library.schema(of: mapping.dataset)
        outcome.compare(test, output, format: .json, label: { schema?.labelZH($0) })
        if !isRefused { outcome.count(in: &tally, format: .json) }
        return outcome
    }

    private func run(_ test: MappingTest, _ mapping: OutboundMapping, _ tally: inout CoverageTally?) -> MappingTestOutcome {
        var outcome = MappingTestOutcome()
        var tree = RecordTree()
        var found = JSONRecordReader().read(test.input, names: mapping.names, into: &tree)
        var output: [UInt8] = []
        if found.isEmpty {
            let result = mapping.run(tree, options: test.options, recorder: tally?.recorder)
            found += result.findings
            output = result.bytes
            if !result.isRefused, let name = mapping.schemaName {
                do {
                    found += try schemas.schema(name).check()(output)
                } catch {
                    outcome.fail("the schema cannot be used: \(error)", "模式无法使用：\(error)")
                    return outcome
                }
            }
        }
        outcome.compare(findings: test.findings, found)
        outcome.compare(test, output, format: .xml, label: { _ in nil })
        if !found.contains(where: { $0.severity == .error }) { outcome.count(in: &tally, format: .xml) }
        return outcome
    }
}
