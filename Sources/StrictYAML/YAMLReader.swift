public import ExchangeModel

/// Reads one YAML file into typed values and collects every finding on the way, instead of stopping at the first.
///
/// A reader is handed out to `YAMLMappingReader` and `YAMLValueReader`, which report to it. Not for several threads.
public final class YAMLReader {
    /// Everything wrong so far, the document's own findings first.
    public private(set) var findings: [Finding]
    private let node: YAMLNode?

    /// Begins with a document; its findings are taken over.
    public init(_ document: YAMLDocument) {
        findings = document.findings
        node = document.root
    }

    /// Begins with a file's bytes.
    public convenience init(parsing bytes: [UInt8], limits: YAMLLimits = .default) {
        self.init(YAMLDocument(parsing: bytes, limits: limits))
    }

    /// The root; nil when the file cannot be read as YAML.
    public var root: YAMLValueReader? { node.map { YAMLValueReader($0, path: "", reader: self) } }

    /// Reads the root as a mapping and reports its unknown keys; nil when it is none.
    public func mapping<Result>(_ body: (YAMLMappingReader) throws -> Result) rethrows -> Result? {
        try root?.mapping(body)
    }

    /// Whether anything was found that refuses the file.
    public var hasErrors: Bool { findings.contains { $0.severity == .error } }

    /// Adds a finding.
    public func report(_ finding: Finding) { findings.append(finding) }
}
