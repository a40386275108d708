public import ExchangeModel

/// What a change of a mapping does to real records: field by field, grouped by what caused it.
///
/// Collects one record after another; value type, one owner.
public struct MappingDiff: Sendable {
    /// What one version of a mapping made of a record.
    public struct Outcome: Sendable {
        /// The output; empty when the record is refused.
        public var output: [UInt8]
        /// Everything found.
        public var findings: [Finding]
        /// Where each field came from.
        public var traces: [FieldTrace]

        /// An outcome.
        public init(output: [UInt8], findings: [Finding], traces: [FieldTrace]) {
            self.output = output
            self.findings = findings
            self.traces = traces
        }

        /// Whether the record is refused.
        public var isRefused: Bool { findings.contains { $0.severity == .error } }
    }

    /// What happens to a field or a record.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Records that were taken are refused.
        case refused
        /// Records that were refused are taken.
        case taken
        /// Records are refused for something else.
        case findings
        /// The field has another value.
        case changes
        /// The field is not written any more.
        case disappears
        /// The field is written now.
        case appears
    }

    /// Differences of one kind, field and cause.
    public struct Group: Sendable, Hashable {
        /// What happens.
        public let kind: Kind
        /// The field of the output without the numbers of its items, or the path of the findings.
        public let field: String
        /// Its Chinese name where it is known.
        public let label: String?
        /// Why, in English.
        public let cause: String
        /// Why, in Chinese.
        public let causeZH: String
        /// How many differences.
        public fileprivate(set) var count: Int
        /// The document in which it occurred first.
        public let document: String
        /// The value before, in that document; nil when there was none.
        public let old: String?
        /// The value after.
        public let new: String?
    }

    /// Groups, the most frequent of each kind first.
    public var groups: [Group] {
        Kind.allCases.flatMap { kind in
            found.values.filter { $0.kind == kind }.sorted {
                $0.count != $1.count ? $0.count > $1.count : ($0.field, $0.cause) < ($1.field, $1.cause)
            }
        }
    }
    /// Records compared.
    public private(set) var documents = 0
    /// Of them, those of which both versions make the same.
    public private(set) var equal = 0

    /// Groups kept; further ones are counted only.
    public static let groupsMax = 1000
    /// Differences that fell into no group for the limit.
    public private(set) var notGrouped = 0

    private struct Key: Hashable {
        var kind: Kind
        var field: String
        var cause: String
    }

    private let format: RecordFormat
    private let changedLists: [String]
    private let label: @Sendable (String) -> String?
    private var found: [Key: Group] = [:]

    /// A comparison of outputs of a form. `changedLists` are the code lists that differ between the two versions, `label` gives the
    /// Chinese name of a field.
    public init(format: RecordFormat, changedLists: [String], label: @escaping @Sendable (String) -> String? = { _ in nil }) {
        self.format = format
        self.changedLists = changedLists
        self.label = label
    }

    /// Compares what two versions made of a document.
    public mutating func add(_ document: String, old: Outcome, new: Outcome) {
        documents += 1
        if old.isRefused || new.isRefused { return addRefusals(document, old, new) }
        let differences = RecordDiff(expected: old.output, actual: new.output, format: format).differences
        if differences.isEmpty { equal += 1 }
        for difference in differences {
            let field = Self.field(difference.path, format: format)
            let kind: Kind = difference.actual == nil ? .disappears : difference.expected == nil ? .appears : .changes
            let (cause, causeZH) = cause(of: field, old.traces, new.traces)
            add(
                kind, field, cause, causeZH, document: document, old: difference.expected, new: difference.actual)
        }
    }

    private mutating func addRefusals(_ document: String, _ old: Outcome, _ new: Outcome) {
        let before = Self.errors(old)
        let after = Self.errors(new)
        if old.isRefused, new.isRefused, before == after {
            equal += 1
            return
        }
        let kind: Kind = !old.isRefused ? .refused : !new.isRefused ? .taken : .findings
        let shown = new.isRefused ? after.subtracting(before) : before
        for finding in (shown.isEmpty ? before.subtracting(after) : shown).sorted(by: { ($0.path, $0.code) < ($1.path, $1.code) })
        {
            add(
                kind, finding.path, "\(finding.code): \(finding.text)", "\(finding.code)：\(finding.textZH)", document: document,
                old: nil, new: nil)
        }
    }

    private struct Fault: Hashable {
        var code, path, text, textZH: String
    }

    private static func errors(_ outcome: Outcome) -> Set<Fault> {
        Set(
            outcome.findings.filter { $0.severity == .error }.map {
                Fault(code: $0.code.name, path: field($0.path, format: nil), text: $0.text, textZH: $0.textZH)
            })
    }

    private mutating func add(
        _ kind: Kind, _ field: String, _ cause: String, _ causeZH: String, document: String, old: String?, new: String?
    ) {
        let key = Key(kind: kind, field: field, cause: cause)
        if found[key] != nil {
            found[key]?.count += 1
        } else if found.count < Self.groupsMax {
            found[key] = Group(
                kind: kind, field: field, label: label(field), cause: cause, causeZH: causeZH, count: 1, document: document,
                old: old,
                new: new)
        } else {
            notGrouped += 1
        }
    }

    // MARK: Causes

    private func cause(of field: String, _ old: [FieldTrace], _ new: [FieldTrace]) -> (String, String) {
        let before = Self.expression(of: field, in: old)
        let after = Self.expression(of: field, in: new)
        switch (before, after) {
        case (nil, nil): return ("literals that go with other fields", "随其他字段写出的固定文本")
        case (nil, let after?): return ("new: \(after)", "新增：\(after)")
        case (let before?, nil): return ("taken out: \(before)", "已删除：\(before)")
        case (let before?, let after?) where before != after:
            return ("\(before)  ->  \(after)", "\(before)  ->  \(after)")
        case (let same?, _):
            if let list = changedLists.first(where: { same.contains("code(\($0)") || same.contains("code(\"\($0)") }) {
                return ("the code list \"\(list)\" changed", "代码表“\(list)”已变更")
            }
            return ("\(same), whose variable, key, fragment or condition changed", "\(same)，其变量、键、片段或条件已变更")
        }
    }

    /// The expression that wrote a field: of an amount or identifier, that of the whole.
    private static func expression(of field: String, in traces: [FieldTrace]) -> String? {
        let plain = field.replacing("[]", with: "")
        // A choice has several entries for one field; the one that gave a value wrote it.
        let own = traces.filter { plain == $0.target || plain.hasPrefix($0.target + ".") }
        return (own.last { $0.value != nil } ?? own.last)?.expression
    }

    /// A path without the numbers of items: `/sections/0/code` and `/A/SECTION[2]/CODE` as `sections[].code` and `SECTION.CODE`.
    private static func field(_ path: String, format: RecordFormat?) -> String {
        var parts = path.split(separator: "/").map(String.init)
        if format == .xml, !parts.isEmpty { parts.removeFirst() }
        var result: [String] = []
        for part in parts {
            if Int(part) != nil, let last = result.last {
                if !last.hasSuffix("[]") { result[result.count - 1] = last + "[]" }
            } else if let bracket = part.firstIndex(of: "["), part.hasSuffix("]"),
                Int(part[part.index(after: bracket)...].dropLast()) != nil
            {
                result.append(String(part[..<bracket]))
            } else {
                result.append(part)
            }
        }
        return format == nil ? "/" + result.joined(separator: "/") : result.joined(separator: ".")
    }
}
