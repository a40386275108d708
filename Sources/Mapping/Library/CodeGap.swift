/// A canonical value that a mapping may meet and has no code for: a record with it cannot be sent.
public struct CodeGap: Sendable, Hashable {
    /// The mapping, `provincial/out/tender-notice`.
    public let mapping: String
    /// The code list.
    public let list: String
    /// The canonical value without a code.
    public let value: String
    /// Its Chinese name in another partner's row.
    public let labelZH: String
}

extension MappingLibrary {
    /// The gaps of all outbound mappings, sorted by mapping and list: values of lists they use that their platform has no code for.
    public var codeGaps: [CodeGap] {
        var gaps: [CodeGap] = []
        for name in names {
            guard let mapping = outbound(name) else { continue }
            let platform = String(name.prefix { $0 != "/" })
            for list in mapping.codeListNames.sorted() {
                guard let list = codeLists[list] else { continue }
                let known = Set(list.rows(of: platform, inbound: false).map(\.canonical))
                if known.contains(CodeList.anyOther) { continue }
                for value in list.canonicalValues where !known.contains(value) {
                    let label = list.entries.first { $0.canonical == value }?.labelZH ?? ""
                    gaps.append(CodeGap(mapping: name, list: list.name, value: value, labelZH: label))
                }
            }
        }
        return gaps
    }
}
