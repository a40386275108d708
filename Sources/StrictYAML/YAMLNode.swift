public import ExchangeModel

/// A YAML document as a tree in which every scalar is text: `NO`, `0101` and `1.10` stay what was written.
public struct YAMLNode: Sendable, Hashable {
    /// What the node is.
    public let content: Content
    /// Where it begins: line and column from 1, the column in bytes.
    public let position: SourcePosition

    /// A node at a place; tests and programs that make trees use it too.
    public init(_ content: Content, position: SourcePosition = .unknown) {
        self.content = content
        self.position = position
    }

    /// What a node is.
    public indirect enum Content: Sendable, Hashable {
        /// Text, with the way it was written.
        case scalar(String, Style)
        /// A list.
        case sequence([YAMLNode])
        /// Keys and values in the order of the file; the reader refused keys that are no scalars or come twice.
        case mapping([Member])
    }

    /// How a scalar was written.
    public enum Style: Sendable, Hashable {
        /// Without marks; an empty plain scalar is a key without a value.
        case plain
        /// In single or double quotation marks.
        case quoted
        /// As a block after `|` or `>`.
        case block
    }

    /// One key and its value.
    public struct Member: Sendable, Hashable {
        /// The key.
        public let key: String
        /// Where the key stands.
        public let keyPosition: SourcePosition
        /// The value.
        public let value: YAMLNode

        /// A member.
        public init(key: String, keyPosition: SourcePosition = .unknown, value: YAMLNode) {
            self.key = key
            self.keyPosition = keyPosition
            self.value = value
        }
    }

    /// The text of a scalar, else nil.
    public var text: String? { if case .scalar(let text, _) = content { text } else { nil } }
    /// The elements of a sequence, else nil.
    public var elements: [YAMLNode]? { if case .sequence(let elements) = content { elements } else { nil } }
    /// The members of a mapping, else nil.
    public var members: [Member]? { if case .mapping(let members) = content { members } else { nil } }
    /// Whether nothing was written: `key:` without a value.
    public var isMissing: Bool { content == .scalar("", .plain) }

    /// The value of a key; nil when this is no mapping or has no such key.
    public subscript(_ key: String) -> YAMLNode? { members?.first { $0.key == key }?.value }
}
