public import ExchangeModel

/// Where the fields of one run came from, or why they are empty.
///
/// It holds values of the record: for the eyes of whoever may see the record, and never for a log.
public struct MappingExplanation: Sendable, Hashable {
    /// A path that was followed.
    public struct Reading: Sendable, Hashable {
        /// As the mapping writes it.
        public let path: String
        /// The node that it led to, or the last one on the way: a JSON pointer, or an XPath.
        public let node: String
        /// Where that stands in the source.
        public let position: SourcePosition
        /// The text there; nil where a group of fields stands, or the way ended.
        public let value: String?
        /// The step that the node does not have, and those behind it; empty when the path led to its end.
        public let missing: [String]
    }

    /// A row of a code list that translated a code.
    public struct CodeEntry: Sendable, Hashable {
        /// The list.
        public let list: String
        /// The partner's code.
        public let code: String
        /// Ours.
        public let canonical: String
        /// What it means, in Chinese.
        public let labelZH: String
        /// The list's file.
        public let file: String
        /// The line there.
        public let line: Int
    }

    /// A function at work.
    public struct Step: Sendable, Hashable {
        /// As written.
        public let function: String
        /// The values given to it; nil when there was none.
        public let before: [String]?
        /// The values it gave; nil when there is none.
        public let after: [String]?
        /// The codes it translated.
        public let codes: [CodeEntry]
    }

    /// Why a field is empty.
    public struct Reason: Sendable, Hashable {
        /// In English.
        public let text: String
        /// In Chinese.
        public let textZH: String
    }

    /// One field of the output, each time that it came up.
    public struct Field: Sendable, Hashable {
        /// Its full name: `sections[0].code`; `sections[].code` where no item was written; `identify.version` for a key.
        public let target: String
        /// Its Chinese name, where the canonical form has one.
        public let label: String?
        /// The fragment that its expression stands in; nil for the mapping itself.
        public let fragment: String?
        /// Where its expression stands there.
        public let position: SourcePosition
        /// The expression as written.
        public let expression: String
        /// What was written; nil when nothing was.
        public let values: [String]?
        /// The paths that were followed.
        public let readings: [Reading]
        /// The functions in turn.
        public let steps: [Step]
        /// Why nothing was written; empty when something was.
        public let reasons: [Reason]
        /// What the field was refused for, or warned of.
        public let findings: [Finding]
        /// The order in which fields are shown.
        let order: Int
    }

    /// The mapping.
    public let mapping: String
    /// Its version.
    public let version: Int
    /// Its file.
    public let file: String
    /// The root element of the output; nil for canonical records.
    public let root: String?
    /// In the order of the mapping, keys first.
    public let fields: [Field]
    /// Everything wrong with the record.
    public internal(set) var findings: [Finding]
    /// What the mapping made; meaningless with errors.
    public let output: [UInt8]
    /// Only the first 20,000 fields are told.
    public let isCut: Bool

    /// Whether the record is refused: then nothing of it goes on.
    public var isRefused: Bool { findings.contains { $0.severity == .error } }

    /// Every name that `fields(named:)` knows, groups among them, for suggestions.
    public var fieldNames: [String] {
        var names: [String] = []
        for field in fields {
            let parts = field.target.split(separator: ".")
            for last in parts.indices {
                let name = parts[...last].joined(separator: ".")
                if names.last != name { names.append(name) }
            }
        }
        return names
    }

    /// The fields that a name stands for: the field itself, all below a group, every item where the name has no number.
    public func fields(named name: String) -> [Field] {
        let selector = FieldSelector(name, root: root)
        return fields.filter { selector.selects($0.target) }
    }
}

/// A field as a person names it: `sections[0].code`, `sections[].code`, `sections.code`, a JSON pointer or an XPath.
struct FieldSelector {
    private struct Part: Hashable {
        var name: Substring
        var index: Int?
    }

    private let parts: [Part]

    /// - Parameter root: the root element of the output, which an XPath begins with.
    init(_ name: String, root: String?) {
        var parts = Self.parts(name)
        if name.hasPrefix("/"), let root {
            if let first = parts.first, first.name == (root.split(separator: ":").last ?? "") { parts.removeFirst() }
            // An XPath counts from 1.
            for index in parts.indices { parts[index].index = parts[index].index.map { $0 - 1 } }
        }
        self.parts = parts
    }

    /// Whether a field is the one named, or lies in it, or is the whole of a part named (`code.value` of the identifier `code`).
    func selects(_ target: String) -> Bool {
        let own = Self.parts(target)
        guard !parts.isEmpty, parts.count <= own.count + 1 else { return false }
        if parts.count > own.count, !Self.members.contains(parts[parts.count - 1].name) { return false }
        return zip(parts, own).allSatisfy { asked, given in
            guard asked.name == given.name else { return false }
            guard let index = asked.index, let other = given.index else { return true }
            return index == other
        }
    }

    /// The parts of identifiers and amounts.
    private static let members: Set<Substring> = ["scheme", "value", "currency", "receivedUnit", "kind"]

    private static func parts(_ name: String) -> [Part] {
        var parts: [Part] = []
        for piece in name.split(whereSeparator: { $0 == "." || $0 == "/" }) {
            if let number = Int(piece), let last = parts.indices.last {
                parts[last].index = number
                continue
            }
            let bracket = piece.firstIndex(of: "[") ?? piece.endIndex
            let plain = piece[..<bracket]
            // Prefixes of XML may be chosen differently.
            parts.append(
                Part(
                    name: plain.split(separator: ":").last ?? plain,
                    index: Int(piece[bracket...].filter { $0 != "[" && $0 != "]" })))
        }
        return parts
    }
}
