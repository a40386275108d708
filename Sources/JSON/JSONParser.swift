public import ExchangeModel

/// A strict pull tokenizer for one JSON document (RFC 8259): ask `next()` until it says `end` or throws.
///
/// Refused beyond the grammar: bytes that are not UTF-8, a byte order mark, lone surrogates, a key given twice in one
/// object, and whatever exceeds the limits. Numbers are not converted; they stay as written, so nothing is rounded.
/// The parser borrows the input: it must stay where it is while the parser is used
/// (`bytes.withUnsafeBufferPointer { ... }`). Tokens are ranges of the input and cost no allocation. One thread at a time.
public struct JSONParser {
    /// The bytes being read.
    public let input: UnsafeBufferPointer<UInt8>
    /// What the document may ask for.
    public let limits: JSONLimits

    let base: UnsafeRawPointer
    let end: Int
    var position = 0
    var line = 1
    var lineStart = 0
    private var state = State.start
    private var count = 0
    private var objects: UInt32 = 0
    private var frames: [Frame] = []
    private var keys = JSONKeySet()
    private var failure: JSONError?

    private enum State { case start, value, firstElement, firstKey, key, afterValue, afterRoot, failed }

    /// An object or array that is open.
    private struct Frame {
        var isObject: Bool
        var object: UInt32
        var keyMark: Int
        /// Keys so far, or the index of the current element plus one.
        var count: Int
        /// The current key, for the pointer of a finding.
        var keyOffset: UInt32
        var keyCount: UInt32
    }

    /// Begins at the first byte, which may stand somewhere in a larger text: positions count from `start` on.
    public init(
        _ input: UnsafeBufferPointer<UInt8>, limits: JSONLimits = .default,
        start: SourcePosition = SourcePosition(line: 1, column: 1)
    ) {
        self.input = input
        self.limits = limits
        line = start.line
        lineStart = 1 - start.column
        end = input.count
        // An empty buffer may have no address; with `end` 0 the stand-in is never read.
        base = UnsafeRawPointer(input.baseAddress ?? UnsafePointer(bitPattern: 1)!)
        frames.reserveCapacity(16)
    }

    /// The next token. After `end` it says `end` again; after a failure it throws the same failure again.
    public mutating func next() throws(JSONError) -> JSONToken {
        if state == .start { try start() }
        skipWhiteSpace()
        switch state {
        case .value, .firstElement:
            return try value()
        case .firstKey, .key:
            return try key()
        case .afterValue:
            return try afterValue()
        case .afterRoot:
            guard position == end else { throw fail(.trailingContent) }
            return token(.end, at: end, count: 0)
        case .start, .failed:
            // `start()` left the state `.start`; a failed parser kept its failure.
            throw failure ?? fail(.endOfInput)
        }
    }

    /// Reads over the next value whole, with everything inside it, and checks it on the way.
    public mutating func skipValue() throws(JSONError) {
        var depth = 0
        repeat {
            switch try next().kind {
            case .beginObject, .beginArray: depth += 1
            case .endObject, .endArray: depth -= 1
            case .end: return
            case .key, .string, .number, .true, .false, .null: break
            }
        } while depth > 0
    }

    /// The nesting depth after the last token: 0 outside the root.
    public var depth: Int { frames.count }

    /// The bytes of a token, of keys and strings between the quotation marks and still escaped.
    public func bytes(_ token: JSONToken) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: input[token.range])
    }

    /// Appends what a key or a string means; other tokens are appended as written.
    public func unescape(_ token: JSONToken, into text: inout [UInt8]) {
        if token.hasEscapes { JSONEscape.appendUnescaped(bytes(token), to: &text) } else { text.append(contentsOf: bytes(token)) }
    }

    /// What a key or a string means, as a `String`; not for the hot path.
    public func text(_ token: JSONToken) -> String {
        guard token.hasEscapes else { return String(decoding: bytes(token), as: UTF8.self) }
        var text: [UInt8] = []
        unescape(token, into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The JSON pointer (RFC 6901) of the value, key or container of the last token. A segment longer than 64 bytes is
    /// cut and ends in an ellipsis.
    public var pointer: String {
        var pointer = ""
        for frame in frames where frame.count > 0 {
            if frame.isObject {
                let range = Int(frame.keyOffset)..<Int(frame.keyOffset) + Int(frame.keyCount)
                pointer += "/" + JSONPointer.segment(UnsafeBufferPointer(rebasing: input[range]), bytesMax: 64)
            } else {
                pointer += "/\(frame.count - 1)"
            }
        }
        return pointer
    }

    // MARK: Grammar

    private mutating func start() throws(JSONError) {
        guard end <= limits.bytesMax else { throw fail(.bytes(max: limits.bytesMax)) }
        if end >= 3, input[0] == 0xEF, input[1] == 0xBB, input[2] == 0xBF { throw fail(.byteOrderMark) }
        if end >= 2,
            (input[0] == 0xFE && input[1] == 0xFF) || (input[0] == 0xFF && input[1] == 0xFE) || input[0] == 0 || input[1] == 0
        {
            throw fail(.wideEncoding)
        }
        state = .value
        skipWhiteSpace()
        guard position < end else { throw fail(.empty) }
    }

    private mutating func value() throws(JSONError) -> JSONToken {
        guard position < end else { throw fail(.endOfInput) }
        let byte = input[position]
        if byte == 0x5D, state == .firstElement { return closeFrame(.endArray) }
        if byte == 0x5D, let frame = frames.last, !frame.isObject { throw fail(.trailingComma) }
        count += 1
        guard count <= limits.countMax else { throw fail(.count(max: limits.countMax)) }
        if let last = frames.indices.last, !frames[last].isObject { frames[last].count += 1 }
        let start = position
        switch byte {
        case 0x22:
            let escapes = try string()
            state = frames.isEmpty ? .afterRoot : .afterValue
            return token(.string, at: start + 1, count: position - start - 2, hasEscapes: escapes, from: start)
        case 0x7B, 0x5B: return try open(isObject: byte == 0x7B)
        case 0x2D, 0x30...0x39:
            try number()
            state = frames.isEmpty ? .afterRoot : .afterValue
            return token(.number, at: start, count: position - start)
        case 0x74: return try literal("true", .true)
        case 0x66: return try literal("false", .false)
        case 0x6E: return try literal("null", .null)
        default: throw fail(.valueExpected)
        }
    }

    private mutating func key() throws(JSONError) -> JSONToken {
        guard position < end else { throw fail(.endOfInput) }
        guard input[position] == 0x22 else {
            if input[position] == 0x7D {
                if state == .firstKey { return closeFrame(.endObject) }
                throw fail(.trailingComma)
            }
            throw fail(.keyExpected)
        }
        let start = position
        let escapes = try string()
        let result = token(.key, at: start + 1, count: position - start - 2, hasEscapes: escapes, from: start)
        let last = frames.count - 1
        let isNew = keys.insert(
            UnsafeBufferPointer(rebasing: input[result.range]), offset: start + 1, hasEscapes: escapes,
            object: frames[last].object, mark: frames[last].keyMark, known: frames[last].count, input: input)
        frames[last].keyOffset = result.offset
        frames[last].keyCount = result.count
        frames[last].count += 1
        guard isNew else { throw fail(.duplicateKey, at: start) }
        skipWhiteSpace()
        guard position < end else { throw fail(.endOfInput) }
        guard input[position] == 0x3A else { throw fail(.colonExpected) }
        position += 1
        state = .value
        return result
    }

    private mutating func afterValue() throws(JSONError) -> JSONToken {
        guard position < end else { throw fail(.endOfInput) }
        let isObject = frames[frames.count - 1].isObject
        switch input[position] {
        case 0x2C:
            position += 1
            skipWhiteSpace()
            state = isObject ? .key : .value
            return isObject ? try key() : try value()
        case 0x7D where isObject: return closeFrame(.endObject)
        case 0x5D where !isObject: return closeFrame(.endArray)
        default: throw fail(isObject ? .commaOrBraceExpected : .commaOrBracketExpected)
        }
    }

    private mutating func open(isObject: Bool) throws(JSONError) -> JSONToken {
        guard frames.count < limits.depthMax else { throw fail(.depth(max: limits.depthMax)) }
        objects &+= 1
        frames.append(
            Frame(isObject: isObject, object: objects, keyMark: keys.mark, count: 0, keyOffset: 0, keyCount: 0))
        let result = token(isObject ? .beginObject : .beginArray, at: position, count: 1)
        position += 1
        state = isObject ? .firstKey : .firstElement
        return result
    }

    private mutating func closeFrame(_ kind: JSONToken.Kind) -> JSONToken {
        let result = token(kind, at: position, count: 1)
        position += 1
        keys.close(mark: frames[frames.count - 1].keyMark)
        frames.removeLast()
        state = frames.isEmpty ? .afterRoot : .afterValue
        return result
    }

    private mutating func literal(_ word: StaticString, _ kind: JSONToken.Kind) throws(JSONError) -> JSONToken {
        let length = word.utf8CodeUnitCount
        guard position + length <= end else { throw fail(.valueExpected) }
        for index in 0..<length where input[position + index] != word.utf8Start[index] { throw fail(.valueExpected) }
        let result = token(kind, at: position, count: length)
        position += length
        state = frames.isEmpty ? .afterRoot : .afterValue
        return result
    }

    // MARK: Positions and failures

    @inline(__always) private mutating func skipWhiteSpace() {
        while position < end {
            switch input[position] {
            case 0x20, 0x09, 0x0D: position &+= 1
            case 0x0A:
                position &+= 1
                line &+= 1
                lineStart = position
            default: return
            }
        }
    }

    @inline(__always) private func token(
        _ kind: JSONToken.Kind, at offset: Int, count: Int, hasEscapes: Bool = false, from start: Int? = nil
    ) -> JSONToken {
        JSONToken(
            kind: kind, hasEscapes: hasEscapes, offset: UInt32(truncatingIfNeeded: offset),
            count: UInt32(truncatingIfNeeded: count), line: UInt32(truncatingIfNeeded: line),
            column: UInt32(truncatingIfNeeded: (start ?? offset) - lineStart + 1))
    }

    /// Keeps the failure, so that asking again cannot read on, and hands it back to be thrown.
    @inline(never) mutating func fail(_ problem: JSONProblem, at offset: Int? = nil) -> JSONError {
        let words = problem.words
        let error = JSONError(
            Finding(
                problem.code, path: pointer,
                position: SourcePosition(line: line, column: (offset ?? position) - lineStart + 1), text: words.text,
                textZH: words.textZH))
        failure = error
        state = .failed
        return error
    }
}
