internal import ExchangeModel

/// The columns of a file, numbered for a mapping.
struct CSVHeader {
    /// Names one behind another, as they go into each record's tree, and where each stands.
    private(set) var bytes: [UInt8] = []
    private(set) var slices: [RecordTree.Slice] = []
    private(set) var ids: [NameID] = []

    var count: Int { ids.count }

    /// What `init` found; the header is of use without any.
    var findings: [Finding] { faults.list }
    private var faults = HeaderFindings()

    /// Takes the texts of the header row, each with its place.
    init(_ texts: [(text: String, position: SourcePosition)], renamed: [String: String], names: NameTable) {
        var seen: [String: Int] = [:]
        for (index, (text, position)) in texts.enumerated() {
            let title = Self.trimmed(text)
            let name = renamed[title] ?? title
            if name.isEmpty {
                faults.add(CSVFinding.nameMissing(column: index + 1, at: position))
            } else if let other = seen[name] {
                faults.add(CSVFinding.nameTwice(column: index + 1, other: other, at: position))
            } else {
                seen[name] = index + 1
            }
            let utf8 = Array(name.utf8)
            slices.append(RecordTree.Slice(offset: bytes.count, count: utf8.count))
            bytes += utf8
            ids.append(utf8.withUnsafeBufferPointer { names.id(of: $0) })
        }
        // The names of a header that was looked for in the wrong row, or cut at the wrong separator, are nobody's; that some of them
        // are empty or equal says nothing more.
        if names.count > 0, ids.allSatisfy({ $0 == .unknown }) {
            faults.replace(by: CSVFinding.nothingKnown(columns: count, at: texts.first?.position ?? .unknown))
        }
        faults.close(.csvHeader, at: texts.first?.position ?? .unknown)
    }

    /// The name of a column from 0, as a path.
    func path(_ column: Int) -> String {
        guard column < count else { return "" }
        let slice = slices[column]
        return "/" + String(decoding: bytes[Int(slice.offset)..<Int(slice.offset + slice.count)], as: UTF8.self)
    }

    /// Without blanks of any width around it.
    private static func trimmed(_ text: String) -> String {
        let isText = { (scalar: Unicode.Scalar) in !scalar.properties.isWhitespace && scalar != "\u{FEFF}" }
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: isText), let last = scalars.lastIndex(where: isText) else { return "" }
        return String(scalars[first...last])
    }
}
