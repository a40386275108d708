public import ExchangeModel

/// A test beside a mapping, in `<dataset>.tests.yaml`.
struct MappingTest: Sendable {
    var name: String
    var position: SourcePosition
    var input: [UInt8]
    var options: MappingOptions
    /// Path and value; an empty value says that nothing is there.
    var expected: [(path: String, value: String)]
    /// The whole output, where the test gives it.
    var output: [UInt8]?
    var keys: [(name: String, value: String)]
    var findings: [ExpectedFinding]

    /// A finding that must come.
    struct ExpectedFinding: Sendable {
        var code: String
        var path: String?
        var line: Int?

        /// As failures show it.
        var text: String {
            code + (path.map { " at \($0)" } ?? "") + (line.map { " on line \($0)" } ?? "")
        }

        func matches(_ finding: Finding) -> Bool {
            finding.code.name == code && (path == nil || path == finding.path) && (line == nil || line == finding.position.line)
        }
    }
}

/// How one test ended.
public struct MappingTestResult: Sendable, Hashable {
    /// The mapping.
    public let mapping: String
    /// The test's name.
    public let name: String
    /// The file it stands in, and where.
    public let file: String
    /// Where in the file.
    public let position: SourcePosition
    /// What is wrong, a sentence each; empty when it passed.
    public let failures: [String]
    /// The same in Chinese.
    public let failuresZH: [String]
    /// Fields whose value is not the expected one.
    public let differences: [RecordDiff.Difference]

    /// Whether it passed.
    public var passed: Bool { failures.isEmpty && differences.isEmpty }
}
