public import ExchangeModel

/// One value of a file, to be read as one type. Each method returns nil and reports a finding when the value is not of
/// that type. Messages never repeat the value, which may be a secret, except where it is one word out of a fixed set.
public struct YAMLValueReader {
    /// The value.
    public let node: YAMLNode
    /// Its path in the file: `channels.local-a.limits`, `routes[2].to`; empty at the root.
    public let path: String
    let reader: YAMLReader
    let keyPosition: SourcePosition

    init(_ node: YAMLNode, path: String, reader: YAMLReader, keyPosition: SourcePosition = .unknown) {
        self.node = node
        self.path = path
        self.reader = reader
        self.keyPosition = keyPosition
    }

    /// Where the value begins; where its key stands when nothing was written.
    public var position: SourcePosition {
        (node.isMissing && keyPosition != .unknown) || node.position == .unknown ? keyPosition : node.position
    }

    // MARK: Structure

    /// Reads a mapping through a closure and reports its unknown keys afterwards.
    public func mapping<Result>(_ body: (YAMLMappingReader) throws -> Result) rethrows -> Result? {
        guard let mapping = mapping() else { return nil }
        let result = try body(mapping)
        mapping.finish()
        return result
    }

    /// The mapping; the caller calls `finish()` when it has asked for every key.
    public func mapping() -> YAMLMappingReader? {
        guard let members = node.members else {
            expected("a mapping (key: value)", "映射(键: 值)")
            return nil
        }
        return YAMLMappingReader(members, path: path, position: position, reader: reader)
    }

    /// The elements of a list; empty, with a finding, when it is none.
    public func list() -> [YAMLValueReader] {
        guard let elements = node.elements else {
            expected("a list", "列表")
            return []
        }
        return elements.enumerated().map { YAMLValueReader($1, path: "\(path)[\($0)]", reader: reader) }
    }

    /// The elements of a list, or the one value that stands in its place (`to: a` for `to: [a]`).
    public func listOrOne() -> [YAMLValueReader] { node.members == nil && node.elements == nil ? [self] : list() }

    /// A list of texts that are not empty.
    public func texts() -> [String] { list().compactMap { $0.text() } }

    // MARK: Scalars

    /// Text as written; empty only when `""` was written and `mayBeEmpty` says so.
    public func text(mayBeEmpty: Bool = false) -> String? {
        guard let text = scalar("text", "文本") else { return nil }
        if text.isEmpty && !mayBeEmpty {
            report("\(name) is empty", "\(nameZH) 为空")
            return nil
        }
        return text
    }

    /// A whole number in a range.
    public func integer(in range: ClosedRange<Int> = Int.min...Int.max) -> Int? {
        let bounds =
            range == Int.min...Int.max
            ? ("", "") : (" from \(range.lowerBound) to \(range.upperBound)", "(\(range.lowerBound) 至 \(range.upperBound))")
        let (text, textZH) = ("a whole number\(bounds.0)", "整数\(bounds.1)")
        guard let scalar = scalar(text, textZH) else { return nil }
        guard scalar.utf8.first != 0x2B, let value = Int(scalar), range.contains(value) else {
            expected(text, textZH)
            return nil
        }
        return value
    }

    /// True or false, spelled `true` or `false`; `yes`, `on` and `1` are neither.
    public func boolean() -> Bool? {
        guard let text = scalar("true or false", "true 或 false") else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default:
            expected("true or false", "true 或 false")
            return nil
        }
    }

    /// A length of time: a whole number and a unit, `250ms`, `30s`, `5m`, `2h`, `1d`.
    public func duration(in range: ClosedRange<Duration> = .zero ... .seconds(3_650 * 86_400)) -> Duration? {
        let bounds = (YAMLQuantity.text(of: range.lowerBound), YAMLQuantity.text(of: range.upperBound))
        let text = "a time such as 250ms, 30s, 5m, 2h or 1d, from \(bounds.0) to \(bounds.1)"
        let textZH = "时长(如 250ms、30s、5m、2h、1d)，范围 \(bounds.0) 至 \(bounds.1)"
        guard let scalar = scalar(text, textZH) else { return nil }
        guard let value = YAMLQuantity.duration(scalar), range.contains(value) else {
            expected(text, textZH)
            return nil
        }
        return value
    }

    /// A number of bytes: a whole number, alone or with `KiB`, `MiB`, `GiB`, `TiB`.
    public func byteCount(in range: ClosedRange<Int> = 0...(1 << 50)) -> Int? {
        let bounds = (YAMLQuantity.text(ofBytes: range.lowerBound), YAMLQuantity.text(ofBytes: range.upperBound))
        let text = "a size such as 100, 64KiB or 2MiB, from \(bounds.0) to \(bounds.1)"
        let textZH = "大小(如 100、64KiB、2MiB)，范围 \(bounds.0) 至 \(bounds.1)"
        guard let scalar = scalar(text, textZH) else { return nil }
        guard let value = YAMLQuantity.byteCount(scalar), range.contains(value) else {
            expected(text, textZH)
            return nil
        }
        return value
    }

    /// One word of a fixed set; otherwise the finding names the set and the nearest word.
    public func oneOf(_ words: [String]) -> String? {
        let list = words.joined(separator: ", ")
        guard let text = scalar("one of \(list)", "以下之一：\(list)") else { return nil }
        guard words.contains(text) else {
            var problem = "\(name) must be one of \(list)"
            var problemZH = "\(nameZH) 必须是以下之一：\(list)"
            if let nearest = Suggestion.nearest(to: text, among: words) {
                problem += "; did you mean \"\(nearest)\"?"
                problemZH += "，是否应为“\(nearest)”？"
            }
            report(problem, problemZH)
            return nil
        }
        return text
    }

    /// One case of an enumeration whose raw values are the words of the file.
    public func oneOf<Word: RawRepresentable & CaseIterable>(_ type: Word.Type) -> Word? where Word.RawValue == String {
        oneOf(type.allCases.map(\.rawValue)).flatMap { Word(rawValue: $0) }
    }

    // MARK: Findings

    /// Reports a finding about this value, at its place.
    public func report(
        _ text: String, _ textZH: String, code: Finding.Code = .fileInvalid, severity: Finding.Severity = .error
    ) {
        reader.report(Finding(code, severity: severity, path: path, position: position, text: text, textZH: textZH))
    }

    private var name: String { path.isEmpty ? "the file" : path }
    private var nameZH: String { path.isEmpty ? "文件" : path }

    private func expected(_ text: String, _ textZH: String) { report("\(name) must be \(text)", "\(nameZH) 必须是\(textZH)") }

    private func scalar(_ text: String, _ textZH: String) -> String? {
        guard let scalar = node.text else {
            expected(text, textZH)
            return nil
        }
        guard !node.isMissing else {
            report("\(name) has no value; it must be \(text)", "\(nameZH) 没有值，必须是\(textZH)")
            return nil
        }
        return scalar
    }
}
