/// What the beginning of a document says of it, without a parser: its root element, or the first text at a path.
///
/// For choosing what to do with a document, which is parsed strictly afterwards: nothing here refuses anything. A document
/// that is cut off, or not well-formed behind what was asked for, gives its answer all the same. UTF-8 is not copied. Safe to
/// use from any thread.
public enum XMLHead {
    /// A root element.
    public struct Root: Sendable, Hashable {
        /// Its name without prefix.
        public let name: String
        /// Its namespace; empty when it has none.
        public let namespace: String
    }

    /// Longest value that is looked for, in bytes; a longer one is none.
    public static let valueBytesMax = 256

    /// The encoding that the XML declaration names, and where the name stands; nil when there is none. For bytes that extend
    /// ASCII.
    public static func declaredEncoding(of bytes: UnsafeBufferPointer<UInt8>) -> (name: String, place: Range<Int>)? {
        XMLEncoding.declaration(in: bytes).map { ($0.name, $0.offset..<($0.offset + $0.name.utf8.count)) }
    }

    /// The root element; nil when none begins within the bytes.
    public static func root(of bytes: UnsafeBufferPointer<UInt8>) -> Root? {
        // Nearly always it begins within the first page; other encodings need not be decoded whole for it.
        if bytes.count > pageBytes, let found = firstRoot(of: UnsafeBufferPointer(rebasing: bytes[..<pageBytes])) { return found }
        return firstRoot(of: bytes)
    }

    private static let pageBytes = 4096

    private static func firstRoot(of bytes: UnsafeBufferPointer<UInt8>) -> Root? {
        text(of: bytes) { text in
            var scanner = XMLHeadScanner(text)
            while let token = scanner.next() {
                guard case .start(let tag) = token else { continue }
                let (prefix, local) = split(tag.name)
                let declaration = prefix.isEmpty ? Array("xmlns".utf8) : Array("xmlns:".utf8) + prefix
                let namespace = XMLHeadScanner.attribute(in: tag.attributes) { $0.elementsEqual(declaration) }
                return Root(
                    name: String(decoding: local, as: UTF8.self),
                    namespace: namespace.map { String(decoding: $0, as: UTF8.self) } ?? "")
            }
            return nil
        }
    }

    /// The text directly inside the first element at a path of local names, the root's first, without white space around it;
    /// a last step that begins with `@` names an attribute. Nil when there is none, when it is empty or too long.
    public static func text(at path: [String], in bytes: UnsafeBufferPointer<UInt8>) -> String? {
        text(of: bytes) { text in
            var search = PathSearch(path: path.map { Array($0.utf8) })
            var scanner = XMLHeadScanner(text)
            while let token = scanner.next() {
                if let found = search.take(token) {
                    let trimmed = found.drop { $0 <= 0x20 }
                    guard let last = trimmed.lastIndex(where: { $0 > 0x20 }), last - trimmed.startIndex < valueBytesMax else {
                        return nil
                    }
                    return String(decoding: trimmed[...last], as: UTF8.self)
                }
            }
            return nil
        }
    }

    /// Follows the open elements as far as they are those of the path.
    private struct PathSearch {
        let path: [[UInt8]]
        private var depth = 0
        private var matched = 0
        private var value: [UInt8]?

        init(path: [[UInt8]]) { self.path = path }

        /// The value, as soon as it is whole.
        mutating func take(_ token: XMLHeadScanner.Token) -> [UInt8]? {
            switch token {
            case .text(let text, let isLiteral):
                // A value that is too long need not be gathered whole.
                guard let gathered = value, depth == path.count, gathered.count <= 4 * valueBytesMax else { return nil }
                value = gathered + (isLiteral ? Array(text.prefix(valueBytesMax * 2)) : XMLHeadScanner.unescaped(text))
                return nil
            case .start(let tag):
                let (_, local) = split(tag.name)
                if matched == depth, depth < path.count, local.elementsEqual(path[depth]) {
                    matched += 1
                    if matched == path.count { value = [] }
                    if matched == path.count - 1, let name = path.last, name.first == UInt8(ascii: "@") {
                        let found = XMLHeadScanner.attribute(in: tag.attributes) {
                            split($0).local.elementsEqual(name.dropFirst())
                        }
                        if let found { return found }
                    }
                }
                depth += 1
                return tag.isEmpty ? end() : nil
            case .end: return end()
            }
        }

        private mutating func end() -> [UInt8]? {
            if depth == path.count, matched == path.count { return value ?? [] }
            depth -= 1
            matched = min(matched, max(0, depth))
            return nil
        }
    }

    private static func split(
        _ name: UnsafeBufferPointer<UInt8>
    ) -> (prefix: UnsafeBufferPointer<UInt8>, local: UnsafeBufferPointer<UInt8>) {
        guard let colon = name.firstIndex(of: UInt8(ascii: ":")) else {
            return (UnsafeBufferPointer(rebasing: name[0..<0]), name)
        }
        return (UnsafeBufferPointer(rebasing: name[..<colon]), UnsafeBufferPointer(rebasing: name[(colon + 1)...]))
    }

    /// Lends the bytes as UTF-8, as far as they can be read; other encodings by mark and declaration.
    private static func text<R>(of bytes: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> R?) -> R? {
        switch XMLEncoding.signature(of: bytes) {
        case .utf32: return nil
        case .utf16(let encoding): return encoding.decodeUTF16(bytes).bytes.withUnsafeBufferPointer(body)
        case .utf8Mark: return body(bytes)
        case .none:
            switch XMLEncoding.declaration(in: bytes).flatMap({ XMLEncoding(declared: $0.name) }) {
            case .gb18030?, .gbk?, .gb2312?:
                let declared = XMLEncoding.declaration(in: bytes).flatMap { XMLEncoding(declared: $0.name) }
                return declared?.decodeNational(bytes)?.bytes.withUnsafeBufferPointer(body) ?? nil
            default: return body(bytes)
            }
        }
    }
}
