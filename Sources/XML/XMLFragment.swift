/// The content of an element as it was written: for a document that travels inside another one.
public struct XMLFragment: Sendable, Hashable {
    /// The text of it in UTF-8, markup included.
    public let bytes: [UInt8]
    /// Declarations of prefixes in force there, as written (`xmlns:p="urn:p"`), without the default namespace.
    let declarations: [Declaration]

    struct Declaration: Sendable, Hashable {
        /// `xmlns:p`.
        var name: [UInt8]
        /// With quotation marks.
        var value: [UInt8]
    }

    /// Cuts out the content of every child of one element, in document order. The element is named by the way to it from the
    /// root: the number, from 0, of a child element on each level.
    ///
    /// The bytes must be a document that `XMLParser` takes; of others the answer is empty or cut off.
    public static func contents(
        ofChildrenAt path: [Int], of bytes: UnsafeBufferPointer<UInt8>, limits: XMLLimits
    ) -> [XMLFragment] {
        let result = XMLSource.withText(of: bytes, limits: limits) { text in
            var cutter = FragmentCutter(path: path, text: text)
            cutter.run()
            return cutter.found
        }
        switch result {
        case .success(let fragments): return fragments
        case .failure: return []
        }
    }

    /// The content as a document of its own: without white space around it, and with the prefixes declared that it uses and
    /// took from around it. An element without prefix stays in no namespace, as it was before it was put in: a default
    /// namespace of the outer document is that document's.
    public var document: [UInt8] {
        let start = bytes.firstIndex { $0 > 0x20 } ?? bytes.endIndex
        let end = (bytes.lastIndex { $0 > 0x20 } ?? -1) + 1
        guard start < end else { return [] }
        let content = Array(bytes[start..<end])
        let used = declarations.filter { content.containsPrefix($0.name.dropFirst(6)) }
        if used.isEmpty { return content }
        return content.withUnsafeBufferPointer { text in
            var scanner = XMLHeadScanner(text)
            while let token = scanner.next() {
                guard case .start(let tag) = token else { continue }
                let own = Self.declarations(in: tag.attributes).map(\.name)
                let place = scanner.pieceStart + 1 + tag.name.count
                let added = used.filter { !own.contains($0.name) }.flatMap { [0x20] + $0.name + [UInt8(ascii: "=")] + $0.value }
                return Array(text[..<place]) + added + Array(text[place...])
            }
            return content
        }
    }

    static func declarations(in attributes: UnsafeBufferPointer<UInt8>) -> [Declaration] {
        var found: [Declaration] = []
        XMLHeadScanner.eachAttribute(in: attributes) { name, value in
            if name.count > 6, name.starts(with: "xmlns:".utf8) {
                found.append(Declaration(name: Array(name), value: Array(value)))
            }
            return true
        }
        return found
    }
}

/// Follows a well-formed document to the children of one element.
private struct FragmentCutter {
    /// Levels from the root down to the element's children.
    private let levels: Int
    private let path: [Int]
    private let text: UnsafeBufferPointer<UInt8>
    private var depth = 0
    /// Levels that are on the way; the children of the last one are cut out.
    private var matched = 0
    /// Child elements seen of the deepest element on the way.
    private var children = 0
    private var declared: [[XMLFragment.Declaration]] = []
    private var start = 0
    private(set) var found: [XMLFragment] = []

    init(path: [Int], text: UnsafeBufferPointer<UInt8>) {
        self.path = path
        self.text = text
        levels = path.count + 2
    }

    mutating func run() {
        var scanner = XMLHeadScanner(text)
        while let token = scanner.next() {
            switch token {
            case .text: continue
            case .start(let tag):
                begin(tag, contentStart: scanner.offset)
                if tag.isEmpty, end(contentEnd: scanner.offset) { return }
            case .end:
                if end(contentEnd: scanner.pieceStart) { return }
            }
        }
    }

    private mutating func begin(_ tag: XMLHeadScanner.Tag, contentStart: Int) {
        defer { depth += 1 }
        guard depth == matched, matched < levels else { return }
        let isOnTheWay = matched == 0 || matched == levels - 1 || children == path[matched - 1]
        children += 1
        guard isOnTheWay else { return }
        declared.append(XMLFragment.declarations(in: tag.attributes))
        matched += 1
        if matched == levels { start = contentStart } else { children = 0 }
    }

    /// True when the element whose children are wanted has ended.
    private mutating func end(contentEnd: Int) -> Bool {
        depth -= 1
        guard depth < matched else { return false }
        if matched == levels {
            found.append(XMLFragment(bytes: Array(text[start..<contentEnd]), declarations: inForce()))
        } else {
            return true
        }
        matched -= 1
        declared.removeLast()
        return false
    }

    /// The innermost declaration of each prefix.
    private func inForce() -> [XMLFragment.Declaration] {
        var result: [XMLFragment.Declaration] = []
        for declaration in declared.reversed().joined() where !result.contains(where: { $0.name == declaration.name }) {
            result.append(declaration)
        }
        return result
    }
}

extension [UInt8] {
    /// Whether a prefix and its colon occur; somewhere in text counts too, and only adds a declaration that nobody needs.
    fileprivate func containsPrefix(_ prefix: ArraySlice<UInt8>) -> Bool {
        let word = Array(prefix) + [UInt8(ascii: ":")]
        guard count >= word.count else { return false }
        return withUnsafeBufferPointer { text in
            var from = 0
            while let found = UTF8Scan.find(word[0], in: text, from: from), found + word.count <= text.count {
                if text[found..<(found + word.count)].elementsEqual(word) { return true }
                from = found + 1
            }
            return false
        }
    }
}
