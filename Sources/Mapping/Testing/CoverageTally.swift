internal import ExchangeModel

/// Sums what the tests of one mapping prove. Belongs to one thread.
struct CoverageTally {
    private let mapping: String
    private let file: String
    private let plan: CoveragePlan
    /// Given to every run of a test.
    let recorder = RunRecorder()
    private var compared: Set<[String]> = []
    private var keys: Set<String> = []
    private var tests = 0

    init(mapping: String, mappings: String, plan: CoveragePlan) {
        self.mapping = mapping
        file = "\(mappings)/\(mapping).yaml"
        self.plan = plan
    }

    mutating func count(test: MappingTest) { tests += 1 }

    /// A value of the output was compared and is the expected one; or nothing was expected and nothing is there.
    mutating func compared(path: String, format: RecordFormat) { compared.insert(Self.names(path, format)) }

    /// A key of the message was compared and is the expected one.
    mutating func compared(key: String) { keys.insert(key) }

    /// What is proved so far.
    var coverage: MappingCoverage {
        var items: [MappingCoverage.Item] = []
        for entry in plan.items {
            var item = entry.item
            item.isCovered = isProved(entry.proof)
            items.append(item)
        }
        // By kind, the mapping's own file first, from top to bottom.
        let kinds = MappingCoverage.Kind.allCases
        items = kinds.flatMap { kind in
            items.filter { $0.kind == kind }.sorted {
                ($0.file == file ? 0 : 1, $0.file, $0.position.line, $0.position.column)
                    < ($1.file == file ? 0 : 1, $1.file, $1.position.line, $1.position.column)
            }
        }
        var result = MappingCoverage(mapping: mapping, file: file, items: items)
        result.tests = tests
        return result
    }

    private func isProved(_ proof: CoveragePlan.Proof) -> Bool {
        switch proof {
        case .comparison(let paths): paths.contains { compared.contains($0) }
        case .key(let name): keys.contains(name)
        case .reading(let paths): paths.contains { recorder.pathsRead.contains($0) }
        case .row(let row): recorder.rowsUsed.contains(row)
        case .way(let branch, let way): recorder.ways[branch]?.contains(way) ?? false
        }
    }

    /// The names on the way to a value, without the places of repeated ones: of a JSON pointer, or of an XPath below the root element.
    static func names(_ path: String, _ format: RecordFormat) -> [String] {
        let parts = path.split(separator: "/").map(String.init)
        guard format == .xml else { return parts.filter { Int($0) == nil } }
        return parts.dropFirst().map { part in part.firstIndex(of: "[").map { String(part[..<$0]) } ?? part }
    }
}
