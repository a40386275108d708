public import JSON

/// What the beginning of a JSON document says of it: the first value at a place, read without the rest of the document.
///
/// For choosing what to do with a document, which is read strictly afterwards. A fault before the place gives nil, one behind
/// it is not seen. Safe to use from any thread.
public enum JSONHead {
    /// Longest value that is looked for, in bytes; a longer one is none.
    public static let valueBytesMax = 256

    /// The string, number or boolean at a place, given by the segments of a JSON pointer; nil when there is none, or when it is
    /// empty or too long.
    public static func text(
        at segments: [String], in bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits = .default
    ) -> String? {
        var parser = JSONParser(bytes, limits: limits)
        do throws(JSONError) {
            var token = try parser.next()
            for segment in segments {
                guard let next = try descend(&parser, token, to: segment) else { return nil }
                token = next
            }
            switch token.kind {
            case .string, .number, .true, .false:
                guard token.count > 0, token.count <= valueBytesMax else { return nil }
                return parser.text(token)
            default: return nil
            }
        } catch { return nil }
    }

    /// The first token of a member, or of an element of an array.
    private static func descend(
        _ parser: inout JSONParser, _ open: JSONToken, to segment: String
    ) throws(JSONError) -> JSONToken? {
        switch open.kind {
        case .beginObject:
            while true {
                let key = try parser.next()
                guard key.kind == .key else { return nil }
                if parser.text(key) == segment { return try parser.next() }
                try parser.skipValue()
            }
        case .beginArray:
            guard let index = Int(segment), index >= 0 else { return nil }
            for _ in 0..<index {
                guard try skip(&parser, try parser.next()) else { return nil }
            }
            let token = try parser.next()
            return token.kind == .endArray ? nil : token
        default: return nil
        }
    }

    /// Reads over an element that has begun; false at the end of the array.
    private static func skip(_ parser: inout JSONParser, _ first: JSONToken) throws(JSONError) -> Bool {
        if first.kind == .endArray { return false }
        guard first.kind == .beginObject || first.kind == .beginArray else { return true }
        var depth = 1
        while depth > 0 {
            switch try parser.next().kind {
            case .beginObject, .beginArray: depth += 1
            case .endObject, .endArray: depth -= 1
            case .end: return false
            default: break
            }
        }
        return true
    }
}
