public import ExchangeModel
internal import Formats

/// What differs between two documents, field by field, as a person reads it.
public struct RecordDiff: Sendable, Hashable {
    /// One field that differs.
    public struct Difference: Sendable, Hashable, CustomStringConvertible {
        /// JSON pointer, or XPath for XML.
        public let path: String
        /// The field's Chinese name where it is known.
        public let label: String?
        /// The value wanted; nil when the field should not be there.
        public let expected: String?
        /// The value found; nil when the field is not there.
        public let actual: String?

        /// A difference.
        public init(path: String, label: String?, expected: String?, actual: String?) {
            self.path = path
            self.label = label
            self.expected = expected
            self.actual = actual
        }

        /// The same in Chinese.
        public var descriptionZH: String {
            let name = label.map { "\(path)（\($0)）" } ?? path
            switch (expected, actual) {
            case (let expected?, let actual?): return "\(name)：应为“\(expected)”，实为“\(actual)”"
            case (let expected?, nil): return "\(name)：应为“\(expected)”，实际缺失"
            case (nil, let actual?): return "\(name)：不应有值，实为“\(actual)”"
            case (nil, nil): return "\(name)：相同"
            }
        }

        /// `path (label): expected "a", but found "b"`.
        public var description: String {
            let name = label.map { "\(path) (\($0))" } ?? path
            switch (expected, actual) {
            case (let expected?, let actual?): return "\(name): expected \"\(expected)\", but found \"\(actual)\""
            case (let expected?, nil): return "\(name): expected \"\(expected)\", but it is missing"
            case (nil, let actual?): return "\(name): expected nothing, but found \"\(actual)\""
            case (nil, nil): return "\(name): equal"
            }
        }
    }

    /// A value of a document at its path.
    public struct Leaf: Sendable, Hashable {
        /// JSON pointer, or XPath for XML.
        public let path: String
        /// Its text; of JSON values other than strings with their kind.
        public let value: String
    }

    /// Everything that differs, in the order of the expected document, then what is there beyond it.
    public let differences: [Difference]

    /// Whether nothing differs.
    public var isEmpty: Bool { differences.isEmpty }

    /// Compares two documents of one format. Layout, the order of JSON members, comments and prefixes of XML count for
    /// nothing; the order of repeated elements counts. A document that cannot be read is one difference at its root.
    public init(
        expected: [UInt8], actual: [UInt8], format: RecordFormat, label: (String) -> String? = { _ in nil }
    ) {
        let (left, leftFault) = Self.leaves(of: expected, format: format)
        let (right, rightFault) = Self.leaves(of: actual, format: format)
        if let fault = leftFault ?? rightFault {
            let whose = leftFault == nil ? "the document found" : "the expected document"
            differences = [
                Difference(path: "/", label: nil, expected: "a readable document", actual: "\(whose): \(fault.text)")
            ]
            return
        }
        differences = Self.compare(left, right, label: label)
    }

    /// Compares two lists of values.
    public static func compare(_ expected: [Leaf], _ actual: [Leaf], label: (String) -> String? = { _ in nil }) -> [Difference] {
        var rest = Dictionary(actual.map { ($0.path, $0.value) }, uniquingKeysWith: { first, _ in first })
        var result: [Difference] = []
        for leaf in expected {
            let found = rest.removeValue(forKey: leaf.path)
            if found != leaf.value {
                result.append(Difference(path: leaf.path, label: label(leaf.path), expected: leaf.value, actual: found))
            }
        }
        for leaf in actual where rest[leaf.path] != nil {
            result.append(Difference(path: leaf.path, label: label(leaf.path), expected: nil, actual: leaf.value))
        }
        return result
    }

    /// Every value of a document with its path, in the order of the document; a finding when it cannot be read.
    public static func leaves(of bytes: [UInt8], format: RecordFormat) -> (leaves: [Leaf], fault: Finding?) {
        var tree = RecordTree()
        let findings =
            switch format {
            case .json: JSONRecordReader().read(bytes, names: NameTable(), into: &tree)
            case .xml: XMLRecordReader().read(bytes, names: NameTable(), into: &tree)
            case .csv: CSVRecordReader().read(bytes, names: NameTable(), into: &tree)
            case .xlsx: SheetRecordReader().read(bytes, names: NameTable(), into: &tree)
            }
        if let fault = findings.first(where: { $0.severity == .error }) { return ([], fault) }
        var result: [Leaf] = []
        if tree.root != RecordTree.none {
            let root = format == .xml ? "/" + localName(tree, tree.root) : ""
            collect(tree, tree.root, path: root, format: format, into: &result)
        }
        return (result, nil)
    }

    private static func collect(
        _ tree: RecordTree, _ node: RecordTree.NodeIndex, path: String, format: RecordFormat, into result: inout [Leaf]
    ) {
        var attribute = tree[node].firstAttribute
        while attribute != RecordTree.none {
            result.append(
                Leaf(path: "\(path)/@\(localName(tree, attribute))", value: tree.text(tree[attribute].value)))
            attribute = tree[attribute].nextSibling
        }
        guard tree[node].firstChild != RecordTree.none else {
            if format == .xml || tree[node].kind != .group { result.append(Leaf(path: path, value: value(tree, node))) }
            return
        }
        var counts: [String: Int] = [:]
        var totals: [String: Int] = [:]
        var child = tree[node].firstChild
        while child != RecordTree.none {
            totals[localName(tree, child), default: 0] += 1
            child = tree[child].nextSibling
        }
        child = tree[node].firstChild
        while child != RecordTree.none {
            let name = localName(tree, child)
            let number = counts[name, default: 0]
            counts[name] = number + 1
            var childPath = "\(path)/\(name)"
            if format == .json {
                if tree[child].isArrayElement { childPath += "/\(number)" }
            } else if totals[name, default: 1] > 1 {
                childPath += "[\(number + 1)]"
            }
            collect(tree, child, path: childPath, format: format, into: &result)
            child = tree[child].nextSibling
        }
    }

    /// The name without its prefix, which two documents may choose differently.
    private static func localName(_ tree: RecordTree, _ node: RecordTree.NodeIndex) -> String {
        let name = tree.text(tree[node].rawName)
        return name.split(separator: ":").last.map(String.init) ?? name
    }

    private static func value(_ tree: RecordTree, _ node: RecordTree.NodeIndex) -> String {
        let text = tree.text(tree[node].value)
        switch tree[node].kind {
        case .number: return text + " (number)"
        case .boolean: return text + " (boolean)"
        case .null: return "null"
        case .group, .attribute, .text: return text
        }
    }
}
