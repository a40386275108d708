public import ExchangeModel
internal import Formats
public import Mapping
internal import Metrics
internal import Outbox
internal import Store

/// Makes a destination's bytes: canonical record, mapping, schema check. Pure work for the processor; safe from any task.
public struct OutboundForm: Sendable {
    private let mapping: OutboundMapping
    private let check: (@Sendable ([UInt8]) -> [Finding])?
    private let reader: JSONRecordReader
    private let contentType: String
    private let versions: FormVersions
    private let options: MappingOptions

    /// - Parameters:
    ///   - schema: what the bytes are checked against before they are frozen; nil only where there is none.
    ///   - contentType: media type sent with them.
    ///   - versions: what is recorded with them.
    public init(
        mapping: OutboundMapping, schema: FormSchema?, contentType: String, versions: FormVersions, options: MappingOptions
    ) {
        self.mapping = mapping
        check = schema?.check()
        self.contentType = contentType
        self.versions = versions
        self.options = options
        reader = JSONRecordReader()
    }

    /// The frozen form, or every finding.
    func make(from canonical: [UInt8], recordTime: Instant?) -> Preparation {
        var options = options
        options.recordTime = recordTime
        var tree = RecordTree()
        let readFindings = reader.read(canonical, names: mapping.names, into: &tree)
        guard readFindings.isEmpty else { return .failed(readFindings) }
        let result = mapping.run(tree, options: options)
        var findings = result.findings.filter { $0.severity == .error }
        if let check { findings += check(result.bytes) }
        if let first = findings.first {
            // The cause is the code of the first finding, out of a fixed set.
            Counter(
                label: "tenderbridge_mapping_failures_total", dimensions: [("mapping", mapping.name), ("cause", first.code.name)]
            )
            .increment()
            return .failed(findings)
        }
        var form = FrozenForm(bytes: result.bytes, contentType: contentType, versions: versions)
        form.warnings = result.findings.filter { $0.code == .personalText }
        return .ready(form)
    }
}
