public import ExchangeModel

/// One token of a JSON document: what it is and where its bytes lie in the input. Small, and owns no memory.
public struct JSONToken: Sendable, Hashable {
    /// What a token is. Commas and colons are checked and not handed out.
    public enum Kind: UInt8, Sendable {
        /// `{`
        case beginObject
        /// `}`
        case endObject
        /// `[`
        case beginArray
        /// `]`
        case endArray
        /// The name of a member; its value is the next token.
        case key
        /// A string.
        case string
        /// A number, as written.
        case number
        /// `true`
        case `true`
        /// `false`
        case `false`
        /// `null`
        case null
        /// The document is complete and nothing but white space followed.
        case end
    }

    /// What it is.
    public let kind: Kind
    /// Whether a key or string holds escapes, so that its bytes are not its text.
    public let hasEscapes: Bool
    /// First byte in the input; of keys and strings the first after the quotation mark.
    public let offset: UInt32
    /// Number of bytes; of keys and strings without the quotation marks.
    public let count: UInt32
    /// Line from 1 where the token begins.
    public let line: UInt32
    /// Column from 1 in bytes where the token begins (its quotation mark, if any).
    public let column: UInt32

    /// The bytes in the input.
    public var range: Range<Int> { Int(offset)..<Int(offset) + Int(count) }
    /// Line and column where the token begins.
    public var position: SourcePosition { SourcePosition(line: Int(line), column: Int(column)) }
}
