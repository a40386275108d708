internal import ExchangeModel

/// A partner's form as a draft sees it: a schema, or what a sample shows.
struct DraftForm {
    /// `xml`, `json`, `csv` or `xlsx`.
    var format: String
    var model: FormModel
    var root: FormModel.Member
    /// Values that a sample holds, by the names that lead to them.
    var samples: [[String]: [String]] = [:]
    /// Prefixes for the namespaces of the form.
    var prefixes: [(prefix: String, uri: String)] = []
    /// What `csv:` or `sheet:` must say, such as `encoding: gb18030`.
    var dialect: [String] = []
    /// Headers of columns that no path can be written with, and names for them.
    var columns: [(title: String, name: String)] = []

    /// The separator of steps in paths.
    var separator: String { format == "xml" ? "/" : "." }

    /// A member as paths and fields name it.
    func written(_ member: FormModel.Member) -> String {
        let prefix = prefixes.first { $0.uri == member.namespace && !member.namespace.isEmpty }?.prefix
        return (member.isAttribute ? "@" : "") + (prefix.map { $0 + ":" } ?? "") + member.name
    }

    /// In a sample a group that repeats may stand once: one that is called as a repeated group of the canonical form is taken for it.
    mutating func markRepeated(_ canonical: CanonicalSchema) {
        let groups = canonical.root.members.filter { $0.isArray && $0.kind == .group }.map { NameSimilarity.words(of: [$0.name]) }
        for (index, member) in model.shapes[root.shape].members.enumerated()
        where !model.shape(of: member).members.isEmpty && groups.contains(NameSimilarity.words(of: [member.name])) {
            model.shapes[root.shape].members[index].repeats = true
        }
    }

    /// Everything that holds a text, with what is known of its form.
    func leaves() -> [DraftLeaf] {
        model.leaves(of: root).compactMap { members in
            // The text of an element that has nothing but attributes is its own; of others it is layout.
            let shape = model.shape(of: members[members.count - 1])
            if shape.members.contains(where: { !$0.isAttribute }), !shape.isOpen { return nil }
            let names = members.map(\.name)
            var leaf = DraftLeaf(names: names)
            // A name in Chinese is its own label.
            leaf.labels = members.map { member in
                member.label.isEmpty && member.name.unicodeScalars.contains { $0.value >= 0x2E80 } ? member.name : member.label
            }
            leaf.repeats = members.map(\.repeats)
            leaf.required = members.map(\.isRequired)
            leaf.members = members
            leaf.rules = shape.rules
            leaf.form = samples[names].map { DraftValueForm(samples: $0) } ?? DraftValueForm(rules: shape.rules)
            return leaf
        }
    }
}

/// One field of either side.
struct DraftLeaf {
    var names: [String]
    var labels: [String] = []
    var repeats: [Bool] = []
    var required: [Bool] = []
    /// The partner's side.
    var members: [FormModel.Member] = []
    var rules = ValueRules()
    var form = DraftValueForm()
    /// The canonical side: the fields from below the root down.
    var fields: [CanonicalSchema.Field] = []

    init(names: [String]) { self.names = names }

    /// Steps down to the outermost repeated group that it stands in, not counting itself; 0 when there is none.
    var groupDepth: Int { (repeats.dropLast().firstIndex(of: true) ?? -1) + 1 }
    /// The names of that group.
    var group: [String] { Array(names.prefix(groupDepth)) }
    /// Something behind the group repeats, itself included.
    var isMany: Bool { repeats.dropFirst(groupDepth).contains(true) }
    /// The last label.
    var label: String { labels.last ?? "" }

    /// The fields of a canonical form that hold values: identifiers, amounts and regions are one each.
    static func canonical(_ schema: CanonicalSchema) -> [DraftLeaf] {
        var result: [DraftLeaf] = []
        func walk(_ field: CanonicalSchema.Field, _ above: [CanonicalSchema.Field]) {
            let path = above + [field]
            if field.kind == .group {
                // Extensions of a platform have no fields of their own.
                for member in field.members where above.count < FormModel.depthMax { walk(member, path) }
                return
            }
            var leaf = DraftLeaf(names: path.map(\.name))
            leaf.labels = path.map(\.labelZH)
            leaf.repeats = path.map(\.isArray)
            leaf.required = path.map(\.isRequired)
            leaf.fields = path
            result.append(leaf)
        }
        for field in schema.root.members { walk(field, []) }
        return result
    }
}

/// What the values of a field look like.
struct DraftValueForm: Equatable {
    /// A time or day, by the pattern that reads it.
    var time: String?
    var isDay = false
    /// Only numbers.
    var isNumber = false
    /// Eighteen characters of a credit code.
    var isCreditCode = false
    /// Something is known at all.
    var isKnown = false

    static let times = [
        "yyyyMMddHHmmss", "yyyy-MM-dd HH:mm:ss", "yyyy/MM/dd HH:mm:ss", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-dd HH:mm",
        "yyyy/MM/dd HH:mm",
        "yyyyMMddHHmm", EpochMilliseconds.name,
    ]
    static let days = ["yyyyMMdd", "yyyy-MM-dd", "yyyy/MM/dd", "yyyy.MM.dd", "yyyy年MM月dd日"]

    init() {}

    /// From values that were sent.
    init(samples: [String]) {
        let values = samples.map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }.map(String.init)
        guard !values.isEmpty else { return }
        isKnown = true
        func all(_ pattern: String) -> Bool {
            if pattern == EpochMilliseconds.name {
                // Milliseconds of the years 1990 to 2100.
                return values.allSatisfy { value in Int64(value).map { $0 > 631_152_000_000 && $0 < 4_102_444_800_000 } ?? false }
            }
            var problem = ""
            guard let compiled = TimePattern(pattern, problem: &problem) else { return false }
            return values.allSatisfy { value in
                var text = value
                return text.withUTF8 { compiled.parse($0) } != nil
            }
        }
        if let pattern = Self.times.first(where: all) {
            time = pattern
        } else if let pattern = Self.days.first(where: all) {
            (time, isDay) = (pattern, true)
        }
        isNumber = values.allSatisfy { value in
            var text = value
            return (try? text.withUTF8 { try ExactDecimal($0) }) != nil
        }
        isCreditCode = values.allSatisfy { value in
            value.utf8.count == 18 && value.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x5A) }
        }
    }

    /// From what a schema asks.
    init(rules: ValueRules) {
        isKnown =
            rules.kind == .date || rules.kind == .dateTime || rules.kind == .decimal || rules.kind == .integer
            || rules.kind == .boolean || rules.enumeration != nil || !rules.patterns.isEmpty
        guard isKnown else { return }
        func takes(_ text: String) -> Bool { rules.refusal(of: text) == nil }
        isNumber = ["1", "1.00", "1.0000", "1.000000"].contains(where: takes) && !takes("A") && !takes("中")
        isCreditCode = !isNumber && takes("91350100M000100Y43") && !takes("91350100M000100Y4") && !takes("中")
        // What takes any digit, or any text, is no time.
        guard !isNumber, !takes("A1") else { return }
        func all(_ pattern: String) -> Bool { TimeSamples.written(by: pattern).allSatisfy(takes) }
        if rules.kind == .dateTime {
            time = "yyyy-MM-ddTHH:mm:ss"
        } else if let pattern = Self.times.first(where: all) {
            time = pattern
        } else if let pattern = Self.days.first(where: all) {
            (time, isDay) = (pattern, true)
        }
    }
}
