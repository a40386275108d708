public import ExchangeModel

/// A JSON tree together with the place of each value in its file, for findings about files that people write.
public struct JSONDocument: Sendable {
    /// The tree.
    public let root: JSONValue
    private let positions: [String: SourcePosition]

    /// Reads a document whole.
    public init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
        self = try JSONDocument(parsing: bytes, limits: limits, keepsPositions: true)
    }

    init(parsing bytes: [UInt8], limits: JSONLimits, keepsPositions: Bool) throws(JSONError) {
        let result = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(JSONError) in
                var builder = Builder(parser: JSONParser(buffer, limits: limits), keepsPositions: keepsPositions)
                let root = try builder.value(try builder.parser.next())
                _ = try builder.parser.next()
                return (root, builder.positions)
            }
        }
        (root, positions) = try result.get()
    }

    /// The value at a JSON pointer.
    public func value(at pointer: String) -> JSONValue? { root.value(at: pointer) }

    /// Where the value at a JSON pointer begins; `.unknown` when nothing is there.
    public func position(at pointer: String) -> SourcePosition { positions[pointer] ?? .unknown }

    private struct Builder {
        var parser: JSONParser
        let keepsPositions: Bool
        var positions: [String: SourcePosition] = [:]
        var pointer = ""

        /// The value that begins with a token. Recursion is bounded by the depth limit.
        mutating func value(_ token: JSONToken) throws(JSONError) -> JSONValue {
            if keepsPositions { positions[pointer] = token.position }
            switch token.kind {
            case .beginObject: return try object()
            case .beginArray: return try array()
            case .string: return .string(parser.text(token))
            case .number: return .number(parser.text(token))
            case .true: return .boolean(true)
            case .false: return .boolean(false)
            case .null: return .null
            case .key, .endObject, .endArray, .end: preconditionFailure("the tokenizer hands out a value where one is due")
            }
        }

        private mutating func object() throws(JSONError) -> JSONValue {
            var members: [JSONValue.Member] = []
            let outer = pointer
            while true {
                let token = try parser.next()
                guard token.kind == .key else { break }
                let name = parser.text(token)
                if keepsPositions { pointer = outer + "/" + JSONPointer.segment(name) }
                members.append(JSONValue.Member(name, try value(try parser.next())))
            }
            pointer = outer
            return .object(members)
        }

        private mutating func array() throws(JSONError) -> JSONValue {
            var elements: [JSONValue] = []
            let outer = pointer
            while true {
                let token = try parser.next()
                guard token.kind != .endArray else { break }
                if keepsPositions { pointer = outer + "/\(elements.count)" }
                elements.append(try value(token))
            }
            pointer = outer
            return .array(elements)
        }
    }
}
