/// A JSON document as a tree: for configuration, answers and the command line, not for the hot path.
///
/// Members keep the order of the document; numbers stay as written, so no digit is lost.
public indirect enum JSONValue: Sendable, Hashable {
    /// An object.
    case object([Member])
    /// An array.
    case array([JSONValue])
    /// A string.
    case string(String)
    /// A number as it was spelled.
    case number(String)
    /// True or false.
    case boolean(Bool)
    /// Null.
    case null

    /// A member of an object.
    public struct Member: Sendable, Hashable {
        /// The key.
        public var name: String
        /// The value.
        public var value: JSONValue

        /// A member.
        public init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// Reads a document whole.
    public init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
        self = try JSONDocument(parsing: bytes, limits: limits, keepsPositions: false).root
    }

    /// Reads a document whole.
    public init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }

    /// The document as bytes.
    public func bytes(pretty: Bool = false) -> [UInt8] { JSONWriter.bytes(pretty: pretty) { $0.value(self) } }

    /// The document as text.
    public func text(pretty: Bool = false) -> String { String(decoding: bytes(pretty: pretty), as: UTF8.self) }

    // MARK: Looking inside

    /// The value of a member; nil when this is no object or has no such member.
    public subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// An element; nil when this is no array or is shorter.
    public subscript(_ index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The value at a JSON pointer (RFC 6901); nil when nothing is there or the pointer is none.
    public func value(at pointer: String) -> JSONValue? {
        guard let segments = JSONPointer.segments(pointer) else { return nil }
        var value = self
        for segment in segments {
            let next: JSONValue?
            switch value {
            case .object: next = value[segment]
            case .array: next = Self.index(segment).flatMap { value[$0] }
            default: next = nil
            }
            guard let next else { return nil }
            value = next
        }
        return value
    }

    /// The members of an object, else nil.
    public var members: [Member]? { if case .object(let members) = self { members } else { nil } }
    /// The elements of an array, else nil.
    public var elements: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
    /// The text of a string, else nil.
    public var string: String? { if case .string(let text) = self { text } else { nil } }
    /// A boolean, else nil.
    public var boolean: Bool? { if case .boolean(let flag) = self { flag } else { nil } }
    /// A number's spelling, else nil.
    public var number: String? { if case .number(let text) = self { text } else { nil } }
    /// A number spelled as a whole number that fits, else nil (`1.0` and `1e3` are not spelled so).
    public var integer: Int? { number.flatMap { Int($0) } }
    /// A number as binary floating point, else nil. Never for money.
    public var double: Double? { number.flatMap { Double($0) } }
    /// Whether this is null.
    public var isNull: Bool { self == .null }

    /// An array index as RFC 6901 spells it: digits without a leading zero.
    private static func index(_ segment: String) -> Int? {
        guard segment == "0" || (segment.utf8.first.map { $0 >= 0x31 && $0 <= 0x39 } ?? false) else { return nil }
        return Int(segment)
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    public init(integerLiteral value: Int) { self = .number(String(value)) }
    /// True or false.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    /// Null.
    public init(nilLiteral: ()) { self = .null }
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object; members keep their order.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(elements.map { Member($0.0, $0.1) }) }
}
