public import ExchangeModel

/// A JSON document laid flat: one entry for each key and value, in the order of the document.
///
/// For readers that visit values more than once (schema validation) and must not pay for a tree: an entry is 28 octets,
/// owns no memory, and knows where its value ends, so that siblings are reached without looking inside. Text that held
/// escapes is kept unescaped beside the input. Immutable, and safe to share between threads.
public struct JSONTape: Sendable {
    /// A key or a value.
    public struct Entry: Sendable {
        /// `beginObject`, `beginArray`, `key`, or the kind of a scalar.
        public let kind: JSONToken.Kind
        let isUnescaped: Bool
        let offset: UInt32
        let count: UInt32
        let line: UInt32
        let column: UInt32
        /// The entry behind this value and everything inside it.
        public fileprivate(set) var next: Int32
        /// Members of an object, elements of an array; 0 for everything else.
        public fileprivate(set) var children: Int32

        /// Line and column where it begins; of a string its quotation mark.
        public var position: SourcePosition { SourcePosition(line: Int(line), column: Int(column)) }
    }

    /// The bytes of the document.
    public let bytes: [UInt8]
    /// The entries; the first is the root.
    public let entries: [Entry]
    private let unescaped: [UInt8]

    /// Reads a document whole.
    public init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
        self.bytes = bytes
        let result = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(JSONError) in
                var builder = Builder(parser: JSONParser(buffer, limits: limits))
                try builder.run(octets: buffer.count)
                return (builder.entries, builder.unescaped)
            }
        }
        (entries, unescaped) = try result.get()
    }

    /// Lends the entries and their text; nothing of it may be used after `body` has returned.
    @inline(__always) public func withView<R>(_ body: (View) -> R) -> R {
        bytes.withUnsafeBufferPointer { input in
            unescaped.withUnsafeBufferPointer { arena in
                entries.withUnsafeBufferPointer { body(View(entries: $0, input: input, unescaped: arena)) }
            }
        }
    }

    /// A document as it is lent by `withView`.
    public struct View {
        /// The entries; the first is the root.
        public let entries: UnsafeBufferPointer<Entry>
        let input: UnsafeBufferPointer<UInt8>
        let unescaped: UnsafeBufferPointer<UInt8>

        /// What an entry is.
        @inline(__always) public func kind(_ index: Int) -> JSONToken.Kind { entries[index].kind }

        /// The text of a key or string, unescaped; of a number its spelling.
        @inline(__always) public func text(_ index: Int) -> UnsafeBufferPointer<UInt8> {
            let entry = entries[index]
            let range = Int(entry.offset)..<Int(entry.offset) + Int(entry.count)
            return UnsafeBufferPointer(rebasing: entry.isUnescaped ? unescaped[range] : input[range])
        }

        /// The JSON pointer of an entry; a key has that of its value. A segment longer than 64 bytes is cut and ends in an
        /// ellipsis. Walks from the root: for findings.
        public func pointer(_ target: Int) -> String {
            var pointer = ""
            var container = 0
            while container != target {
                let isObject = entries[container].kind == .beginObject
                guard isObject || entries[container].kind == .beginArray else { return pointer }
                var child = container + 1
                var ordinal = 0
                while true {
                    let value = isObject ? child + 1 : child
                    if target < Int(entries[value].next) {
                        pointer += "/" + (isObject ? segment(child) : "\(ordinal)")
                        if target == child { return pointer }
                        container = value
                        break
                    }
                    child = Int(entries[value].next)
                    ordinal += 1
                    guard child < Int(entries[container].next) else { return pointer }
                }
            }
            return pointer
        }

        private func segment(_ key: Int) -> String {
            let text = text(key)
            guard text.count > 64 else { return JSONPointer.segment(String(decoding: text, as: UTF8.self)) }
            var count = 64
            while count > 0, text[count] & 0xC0 == 0x80 { count -= 1 }
            return JSONPointer.segment(String(decoding: text[..<count], as: UTF8.self)) + "…"
        }
    }

    private struct Builder {
        var parser: JSONParser
        var entries: [Entry] = []
        var unescaped: [UInt8] = []
        var open: [Int] = []

        mutating func run(octets: Int) throws(JSONError) {
            entries.reserveCapacity(min(octets / 12 + 8, 4096))
            while true {
                let token = try parser.next()
                switch token.kind {
                case .end: return
                case .endObject, .endArray:
                    entries[open.removeLast()].next = Int32(truncatingIfNeeded: entries.count)
                case .key: append(token)
                case .beginObject, .beginArray:
                    countChild()
                    open.append(entries.count)
                    append(token)
                case .string, .number, .true, .false, .null:
                    countChild()
                    append(token)
                }
            }
        }

        private mutating func countChild() {
            if let container = open.last { entries[container].children &+= 1 }
        }

        private mutating func append(_ token: JSONToken) {
            var offset = token.offset
            var count = token.count
            if token.hasEscapes {
                offset = UInt32(truncatingIfNeeded: unescaped.count)
                parser.unescape(token, into: &unescaped)
                count = UInt32(truncatingIfNeeded: unescaped.count) - offset
            }
            entries.append(
                Entry(
                    kind: token.kind, isUnescaped: token.hasEscapes, offset: offset, count: count, line: token.line,
                    column: token.column, next: Int32(truncatingIfNeeded: entries.count + 1), children: 0))
        }
    }
}
