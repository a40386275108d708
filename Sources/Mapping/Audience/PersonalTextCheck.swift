public import ExchangeModel

/// Searches a document that leaves for numbers of persons, wherever in it they stand.
///
/// A telephone number or e-mail address that is the record's own published contact (`x-published-contact` of the canonical schema: the
/// law wants it in the notice) is no fault. Identity numbers and bank cards always are. Findings tell the place, never the number.
struct PersonalTextCheck: Sendable {
    /// Dotted paths of published contacts in the canonical record.
    private let contacts: Set<String>

    init(_ schema: CanonicalSchema?) {
        var contacts: Set<String> = []
        if let schema { Self.collect(schema.root, path: "", isPublished: false, depth: 0, into: &contacts) }
        self.contacts = contacts
    }

    private static func collect(
        _ field: CanonicalSchema.Field, path: String, isPublished: Bool, depth: Int, into contacts: inout Set<String>
    ) {
        guard depth < CanonicalSchemaReader.depthMax else { return }
        let isPublished = isPublished || field.isPublishedContact
        if isPublished, field.members.isEmpty { contacts.insert(path) }
        for member in field.members {
            let inner = path.isEmpty ? member.name : "\(path).\(member.name)"
            collect(member, path: inner, isPublished: isPublished, depth: depth + 1, into: &contacts)
        }
    }

    /// What stands in the document and should not; one finding for each place and kind.
    func findings(in document: [UInt8], of record: RecordTree, rule: PersonalTextRule) -> [Finding] {
        let hits = document.withUnsafeBufferPointer { PersonalNumberScan.hits(in: $0) }
        guard !hits.isEmpty else { return [] }
        let published = published(in: record)
        let faulty = hits.filter { hit in
            guard hit.kind == .phone || hit.kind == .email else { return true }
            return !published.contains(Self.comparable(document[hit.range], hit.kind))
        }
        guard !faulty.isEmpty else { return [] }
        return Self.findings(faulty, in: document, rule: rule)
    }

    // MARK: The slow way

    private static func findings(_ hits: [PersonalNumberScan.Hit], in document: [UInt8], rule: PersonalTextRule) -> [Finding] {
        let places = TextPlaces.places(of: document, form: TextPlaces.Form(of: document))
        var counts: [(path: String, kind: PersonalNumberScan.Kind, count: Int)] = []
        var next = 0
        for hit in hits {
            while next < places.count, places[next].range.upperBound <= hit.range.lowerBound { next += 1 }
            let path = next < places.count && places[next].range.lowerBound <= hit.range.lowerBound ? places[next].path : "/"
            if let index = counts.firstIndex(where: { $0.path == path && $0.kind == hit.kind }) {
                counts[index].count += 1
            } else {
                counts.append((path, hit.kind, 1))
            }
        }
        return counts.map { path, kind, count in
            let words = kind.words
            let times = count == 1 ? "" : ", \(count) times"
            let timesZH = count == 1 ? "" : "（\(count) 处）"
            return Finding(
                .personalText, severity: rule == .refuse ? .error : .warning, path: path,
                text: "the text holds \(words.en)\(times), which does not belong before this audience",
                textZH: "文本中含有\(words.zh)\(timesZH)，不应提供给该受众")
        }
    }

    /// The record's published contacts, as they are compared.
    private func published(in record: RecordTree) -> Set<String> {
        var result: Set<String> = []
        guard !contacts.isEmpty else { return result }
        for index in record.nodes.indices where record.nodes[index].value.count > 0 {
            guard contacts.contains(Self.path(of: RecordTree.NodeIndex(index), in: record)) else { continue }
            let text = Array(record.text(record.nodes[index].value).utf8)
            for hit in PersonalNumberScan.hits(in: text) { result.insert(Self.comparable(text[hit.range], hit.kind)) }
        }
        return result
    }

    private static func path(of node: RecordTree.NodeIndex, in tree: RecordTree) -> String {
        var parts: [String] = []
        var index = node
        while index != RecordTree.none, index != tree.root {
            parts.append(tree.text(tree[index].rawName))
            index = tree[index].parent
        }
        return parts.reversed().joined(separator: ".")
    }

    /// A number without the signs in it, an address in lower case.
    private static func comparable(_ bytes: ArraySlice<UInt8>, _ kind: PersonalNumberScan.Kind) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        guard kind == .phone else { return text.lowercased() }
        let digits = text.unicodeScalars.compactMap { Characters.digitValue($0).map(String.init) }.joined()
        return digits.hasPrefix("86") && digits.count >= 12 ? String(digits.dropFirst(2)) : digits
    }
}

extension Finding.Code {
    /// A number of a person stands in text for an audience that must not see it.
    public static let personalText: Self = "text.personal-number"
}
