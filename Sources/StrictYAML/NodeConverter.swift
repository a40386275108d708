internal import ExchangeModel
internal import Yams

/// Walks the nodes of Yams once, takes text and places, and reports what strict files may not hold.
struct NodeConverter {
    let lines: LineTable
    let limits: YAMLLimits
    private(set) var findings: [Finding] = []
    private var count = 0
    private var isOverLimit = false
    private var reported: Set<SourcePosition> = []

    init(lines: LineTable, limits: YAMLLimits) {
        self.lines = lines
        self.limits = limits
    }

    /// The tree below a node. A node that is refused becomes an empty scalar, but a scalar with a tag or an anchor stays the text that
    /// it is: that it has a value is true, and one fault is one finding. Yams itself stops at 1000 levels, so the
    /// recursion is bounded before the depth limit is checked.
    mutating func node(_ node: Node, depth: Int) -> YAMLNode {
        let position = position(node.mark)
        let nothing = YAMLNode(.scalar("", .plain), position: position)
        guard admit(node, at: position, depth: depth) else {
            if !isOverLimit, depth <= limits.depthMax, case .scalar(let scalar) = node, !scalar.string.isEmpty {
                return YAMLNode(.scalar(scalar.string, style(scalar.style)), position: position)
            }
            return nothing
        }
        switch node {
        case .scalar(let scalar):
            return YAMLNode(.scalar(scalar.string, style(scalar.style)), position: position)
        case .sequence(let sequence):
            return YAMLNode(.sequence(sequence.map { self.node($0, depth: depth + 1) }), position: position)
        case .mapping(let mapping):
            return YAMLNode(.mapping(members(mapping, depth: depth + 1)), position: position)
        case .alias:
            report(position, "an alias (*) is not allowed; write the value out", "不允许使用别名(*)，请写出完整的值")
            return nothing
        }
    }

    private mutating func members(_ mapping: Node.Mapping, depth: Int) -> [YAMLNode.Member] {
        var members: [YAMLNode.Member] = []
        var seen: [String: Int] = [:]
        for (key, value) in mapping {
            let keyPosition = position(key.mark)
            guard admit(key, at: keyPosition, depth: depth) else { continue }
            guard case .scalar(let scalar) = key else {
                report(keyPosition, "a key must be a plain word, not a list or a mapping", "键必须是文字，不能是列表或映射")
                continue
            }
            if scalar.string == "<<", scalar.style == .plain {
                report(keyPosition, "a merge key (<<) is not allowed; write the keys out", "不允许使用合并键(<<)，请逐项写出")
                continue
            }
            if let line = seen[scalar.string] {
                report(
                    keyPosition, "the key \"\(scalar.string)\" was given before, on line \(line)",
                    "键“\(scalar.string)”重复，前一次在第 \(line) 行")
                continue
            }
            seen[scalar.string] = keyPosition.line
            members.append(YAMLNode.Member(key: scalar.string, keyPosition: keyPosition, value: node(value, depth: depth)))
        }
        return members
    }

    /// Counts a node and checks what it carries beside its content.
    private mutating func admit(_ node: Node, at position: SourcePosition, depth: Int) -> Bool {
        count += 1
        if count > limits.nodesMax {
            if !isOverLimit {
                isOverLimit = true
                report(position, "the file holds more than \(limits.nodesMax) values", "文件中的值超过 \(limits.nodesMax) 个")
            }
            return false
        }
        if depth > limits.depthMax {
            report(position, "lists and mappings nest deeper than \(limits.depthMax) levels", "列表和映射的嵌套超过 \(limits.depthMax) 层")
            return false
        }
        return hasNoProperty(at: position)
    }

    /// Tags and anchors stand before a node's content, and libyaml's mark includes them, so the byte at the mark tells
    /// them apart from content: no plain scalar begins with one of these characters. An alias is handed out by Yams as
    /// a copy of the node that has the anchor, mark and all: it is not walked either, so a pile of aliases costs
    /// nothing, and each place is reported once.
    private mutating func hasNoProperty(at position: SourcePosition) -> Bool {
        let words: (String, String)
        switch lines.byte(at: position) {
        case 0x21: words = ("a tag (!) is not allowed; every scalar is text", "不允许使用标签(!)，所有标量都按文本读取")
        case 0x26: words = ("an anchor (&) with its aliases (*) is not allowed; write the value out", "不允许使用锚点(&)和别名(*)，请写出完整的值")
        case 0x2A: words = ("an alias (*) is not allowed; write the value out", "不允许使用别名(*)，请写出完整的值")
        default: return true
        }
        if reported.insert(position).inserted { report(position, words.0, words.1) }
        return false
    }

    private func style(_ style: Node.Scalar.Style) -> YAMLNode.Style {
        switch style {
        case .singleQuoted, .doubleQuoted: .quoted
        case .literal, .folded: .block
        case .plain, .any: .plain
        }
    }

    private func position(_ mark: Mark?) -> SourcePosition {
        mark.map { lines.position(line: $0.line, character: $0.column) } ?? .unknown
    }

    private mutating func report(_ position: SourcePosition, _ text: String, _ textZH: String) {
        findings.append(YAMLDocument.problem(position, text, textZH))
    }
}
