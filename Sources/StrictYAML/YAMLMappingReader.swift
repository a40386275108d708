public import ExchangeModel

/// Reads the keys of one mapping and remembers which were asked for, so that `finish()` can report the others.
///
/// Not for several threads.
public final class YAMLMappingReader {
    /// The mapping's path in the file, keys joined by dots; empty at the root.
    public let path: String
    /// Where the mapping begins.
    public let position: SourcePosition
    private let members: [YAMLNode.Member]
    private let reader: YAMLReader
    private var known: [String] = []
    private var takesAll = false

    init(_ members: [YAMLNode.Member], path: String, position: SourcePosition, reader: YAMLReader) {
        self.members = members
        self.path = path
        self.position = position
        self.reader = reader
    }

    /// The value of a key; nil when it is absent. A key written without a value counts as given.
    public func optional(_ key: String) -> YAMLValueReader? {
        if !known.contains(key) { known.append(key) }
        return members.first { $0.key == key }.map { value($0) }
    }

    /// The value of a key; nil, with a finding, when it is absent.
    public func required(_ key: String) -> YAMLValueReader? {
        if let value = optional(key) { return value }
        reader.report(
            Finding(
                .fileInvalid, path: join(key), position: position, text: "\(join(key)) is required and missing",
                textZH: "缺少必填项 \(join(key))"))
        return nil
    }

    /// Every key with its place and value, in the order of the file, for mappings whose keys are names of the user's
    /// (channels, destinations). All keys count as known.
    public func entries() -> [(key: String, keyPosition: SourcePosition, value: YAMLValueReader)] {
        takesAll = true
        return members.map { ($0.key, $0.keyPosition, value($0)) }
    }

    /// Whether a key is given; it counts as known.
    public func has(_ key: String) -> Bool { optional(key) != nil }

    /// Where a key stands; the mapping's own place when it is absent.
    public func position(of key: String) -> SourcePosition { members.first { $0.key == key }?.keyPosition ?? position }

    /// Reports every key that was not asked for, with the nearest known one and the list of known ones. Called once, at
    /// the end; `mapping(_:)` of the value reader calls it.
    public func finish() {
        guard !takesAll else { return }
        let free = known.filter { name in !members.contains { $0.key == name } }
        for member in members where !known.contains(member.key) {
            // A key that is given already cannot be the one that was meant, unless no other is near.
            let nearest = Suggestion.nearest(to: member.key, among: free) ?? Suggestion.nearest(to: member.key, among: known)
            var text = "unknown key \"\(member.key)\""
            var textZH = "未知的键“\(member.key)”"
            if let nearest {
                text += "; did you mean \"\(nearest)\"?"
                textZH += "，是否应为“\(nearest)”？"
            }
            if !known.isEmpty {
                let list = known.sorted().joined(separator: ", ")
                text += " (known here: \(list))"
                textZH += "(此处可用：\(list))"
            }
            reader.report(
                Finding(.keyUnknown, path: join(member.key), position: member.keyPosition, text: text, textZH: textZH))
        }
    }

    /// Reports a finding about a key of this mapping, at its place.
    public func report(_ key: String, _ text: String, _ textZH: String, severity: Finding.Severity = .error) {
        reader.report(
            Finding(.fileInvalid, severity: severity, path: join(key), position: position(of: key), text: text, textZH: textZH))
    }

    private func value(_ member: YAMLNode.Member) -> YAMLValueReader {
        YAMLValueReader(member.value, path: join(member.key), reader: reader, keyPosition: member.keyPosition)
    }

    private func join(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}
