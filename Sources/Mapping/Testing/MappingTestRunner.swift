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
                let (failures, differences) = run(test, mapping: mapping)
                results.append(
                    MappingTestResult(
                        mapping: mapping, name: test.name, file: path, position: test.position, failures: failures,
                        differences: differences))
            }
        }
        return (results, findings.sorted())
    }

    private func run(_ test: MappingTest, mapping: String) -> (failures: [String], differences: [RecordDiff.Difference]) {
        if let inbound = library.inbound(mapping) { return run(test, inbound) }
        if let outbound = library.outbound(mapping) { return run(test, outbound) }
        return (["the mapping \(mapping) is missing or has errors"], [])
    }

    private func run(_ test: MappingTest, _ mapping: InboundMapping) -> (failures: [String], differences: [RecordDiff.Difference])
    {
        var tree = RecordTree()
        var found: [Finding]
        do {
            let schema = try mapping.schemaName.map { try schemas.schema($0) }
            found = mapping.reader(schema: schema).read(test.input, names: mapping.names, into: &tree)
        } catch {
            return (["the schema cannot be used: \(error)"], [])
        }
        var output: [UInt8] = []
        var failures: [String] = []
        if tree.root != RecordTree.none {
            let result = mapping.run(tree, options: test.options)
            found += result.findings
            output = result.canonical
            let keys = [
                "businessKey": result.businessKey, "orderingKey": result.orderingKey, "version": result.version,
                "sourceTime": result.sourceTime?.description ?? "",
            ]
            for key in test.keys where keys[key.name] != key.value {
                failures.append("\(key.name): expected \"\(key.value)\", but found \"\(keys[key.name] ?? "")\"")
            }
        }
        failures += compare(test.findings, found)
        let label = { (path: String) in library.schema(of: mapping.dataset)?.labelZH(path) }
        return (failures, compare(test, output, format: .json, label: label))
    }

    private func run(_ test: MappingTest, _ mapping: OutboundMapping) -> (
        failures: [String], differences: [RecordDiff.Difference]
    ) {
        var tree = RecordTree()
        var found = JSONRecordReader().read(test.input, names: mapping.names, into: &tree)
        var output: [UInt8] = []
        if found.isEmpty {
            let result = mapping.run(tree, options: test.options)
            found += result.findings
            output = result.bytes
            if !result.isRefused, let name = mapping.schemaName {
                do {
                    found += try schemas.schema(name).check()(output)
                } catch {
                    return (["the schema cannot be used: \(error)"], [])
                }
            }
        }
        return (compare(test.findings, found), compare(test, output, format: .xml, label: { _ in nil }))
    }

    private func compare(_ expected: [MappingTest.ExpectedFinding], _ found: [Finding]) -> [String] {
        var rest = found
        var failures: [String] = []
        for finding in expected {
            if let index = rest.firstIndex(where: { finding.matches($0) }) {
                rest.remove(at: index)
            } else {
                failures.append("the finding \(finding.text) did not come")
            }
        }
        for finding in rest {
            let line = finding.position.line > 0 ? " on line \(finding.position.line)" : ""
            failures.append("unexpected finding \(finding.code) at \(finding.path)\(line): \(finding.text)")
        }
        return failures
    }

    private func compare(
        _ test: MappingTest, _ output: [UInt8], format: RecordFormat, label: (String) -> String?
    ) -> [RecordDiff.Difference] {
        var differences: [RecordDiff.Difference] = []
        if let whole = test.output {
            differences += RecordDiff(expected: whole, actual: output, format: format, label: label).differences
        }
        guard !test.expected.isEmpty else { return differences }
        let leaves = RecordDiff.leaves(of: output, format: format).leaves
        for (path, value) in test.expected {
            let actual = leaves.first { $0.path == path }?.value
            if value.isEmpty {
                // Nothing at the path and nothing below it.
                if let found = leaves.first(where: { $0.path == path || $0.path.hasPrefix(path + "/") }), !found.value.isEmpty {
                    differences.append(
                        RecordDiff.Difference(path: found.path, label: label(path), expected: nil, actual: found.value))
                }
            } else if actual != value {
                differences.append(RecordDiff.Difference(path: path, label: label(path), expected: value, actual: actual))
            }
        }
        return differences
    }
}
