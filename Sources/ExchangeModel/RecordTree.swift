/// A record in memory, whatever form it came in: XML element, JSON object, CSV row, later a sheet row.
///
/// Nodes lie in one array, text in one arena of UTF-8 bytes; a reader fills it, compiled mappings walk it. Repeated
/// XML elements and the elements of a JSON array look the same: siblings of one name. Build once, then read only; not
/// meant to be mutated while shared. Limits are the reader's business.
public struct RecordTree: Sendable {
    /// Index of a node; -1 is "none".
    public typealias NodeIndex = Int32
    /// No node.
    public static let none: NodeIndex = -1

    /// What a node is.
    public enum Kind: UInt8, Sendable {
        /// XML element, JSON object, or CSV row.
        case group
        /// XML attribute.
        case attribute
        /// JSON string, or field of a CSV row.
        case text
        /// JSON number, as written.
        case number
        /// JSON true or false, as written.
        case boolean
        /// JSON null.
        case null
    }

    /// A run of bytes in the arena.
    public struct Slice: Sendable, Hashable {
        /// First byte.
        public var offset: UInt32
        /// Number of bytes.
        public var count: UInt32
        /// A run.
        public init(offset: Int, count: Int) {
            self.offset = UInt32(offset)
            self.count = UInt32(count)
        }
        /// Nothing.
        public static let empty = Slice(offset: 0, count: 0)
    }

    /// One element, attribute or member.
    public struct Node: Sendable {
        /// The compiled number of its name, or `.unknown`.
        public var name: NameID
        /// What it is.
        public var kind: Kind
        /// Whether it is an element of a JSON array (so that a path can be written as a pointer).
        public var isArrayElement: Bool
        /// Its name as written, prefix included.
        public var rawName: Slice
        /// Text directly inside it, pieces joined, not trimmed.
        public var value: Slice
        /// Line and column from 1, or 0.
        public var line: UInt32
        /// Column from 1, or 0 where the reader gives none.
        public var column: UInt32
        /// The links.
        public var parent, firstChild, lastChild, nextSibling, firstAttribute: NodeIndex
    }

    /// All nodes; the root is number 0.
    public private(set) var nodes: [Node] = []
    /// All text.
    public private(set) var arena: [UInt8] = []

    /// An empty tree with room for a record of usual size.
    public init(nodeCapacity: Int = 128, arenaCapacity: Int = 4096) {
        nodes.reserveCapacity(nodeCapacity)
        arena.reserveCapacity(arenaCapacity)
    }

    /// The root node.
    public var root: NodeIndex { nodes.isEmpty ? Self.none : 0 }

    /// The node at an index.
    @inlinable public subscript(_ index: NodeIndex) -> Node {
        _read { yield nodes[Int(index)] }
    }

    // MARK: Building

    /// Empties the tree and keeps its memory.
    public mutating func removeAll() {
        nodes.removeAll(keepingCapacity: true)
        arena.removeAll(keepingCapacity: true)
    }

    /// Copies bytes into the arena.
    public mutating func store(_ bytes: UnsafeBufferPointer<UInt8>) -> Slice {
        let slice = Slice(offset: arena.count, count: bytes.count)
        arena.append(contentsOf: bytes)
        return slice
    }

    /// Appends a node below a parent (or as root with `none`) and returns its index.
    public mutating func append(
        name: NameID, kind: Kind, rawName: Slice, value: Slice = .empty, position: SourcePosition, isArrayElement: Bool = false,
        to parent: NodeIndex
    ) -> NodeIndex {
        let index = NodeIndex(nodes.count)
        nodes.append(
            Node(
                name: name, kind: kind, isArrayElement: isArrayElement, rawName: rawName, value: value,
                line: UInt32(clamping: position.line), column: UInt32(clamping: position.column), parent: parent,
                firstChild: Self.none, lastChild: Self.none, nextSibling: Self.none, firstAttribute: Self.none))
        guard parent != Self.none else { return index }
        if kind == .attribute {
            nodes[Int(index)].nextSibling = nodes[Int(parent)].firstAttribute
            nodes[Int(parent)].firstAttribute = index
        } else if nodes[Int(parent)].firstChild == Self.none {
            nodes[Int(parent)].firstChild = index
            nodes[Int(parent)].lastChild = index
        } else {
            nodes[Int(nodes[Int(parent)].lastChild)].nextSibling = index
            nodes[Int(parent)].lastChild = index
        }
        return index
    }

    /// Sets the text of a node.
    public mutating func setValue(_ value: Slice, of node: NodeIndex) { nodes[Int(node)].value = value }

    // MARK: Reading

    /// The first child element of a name at or after a sibling; `none` when there is none.
    @inlinable public func firstChild(of node: NodeIndex, named name: NameID) -> NodeIndex {
        next(from: nodes[Int(node)].firstChild, named: name)
    }

    /// The next sibling of the same name.
    @inlinable public func nextSibling(of node: NodeIndex, named name: NameID) -> NodeIndex {
        next(from: nodes[Int(node)].nextSibling, named: name)
    }

    /// An attribute by name.
    @inlinable public func attribute(of node: NodeIndex, named name: NameID) -> NodeIndex {
        next(from: nodes[Int(node)].firstAttribute, named: name)
    }

    @usableFromInline func next(from start: NodeIndex, named name: NameID) -> NodeIndex {
        var index = start
        while index != Self.none, nodes[Int(index)].name != name { index = nodes[Int(index)].nextSibling }
        return index
    }

    /// Lends the bytes of a slice.
    @inlinable public func withBytes<R>(_ slice: Slice, _ body: (UnsafeBufferPointer<UInt8>) throws -> R) rethrows -> R {
        try arena.withUnsafeBufferPointer { buffer in
            try body(UnsafeBufferPointer(rebasing: buffer[Int(slice.offset)..<Int(slice.offset) + Int(slice.count)]))
        }
    }

    /// The text of a slice, for messages and tests.
    public func text(_ slice: Slice) -> String { withBytes(slice) { String(decoding: $0, as: UTF8.self) } }

    /// The source position of a node.
    public func position(of node: NodeIndex) -> SourcePosition {
        node == Self.none
            ? .unknown : SourcePosition(line: Int(nodes[Int(node)].line), column: Int(nodes[Int(node)].column))
    }

    /// An XPath-like path from the root, with `[n]` only where several siblings share the name:
    /// `/GCJS_NOTICE/SECTION[2]/LIMITE_TIME`, `/a/b/@id`.
    public func path(of node: NodeIndex) -> String {
        var parts: [String] = []
        var index = node
        while index != Self.none {
            let current = nodes[Int(index)]
            var part = (current.kind == .attribute ? "@" : "") + text(current.rawName)
            if current.kind != .attribute, current.parent != Self.none, let number = ordinal(of: index) { part += "[\(number)]" }
            parts.append(part)
            index = current.parent
        }
        return "/" + parts.reversed().joined(separator: "/")
    }

    private func ordinal(of node: NodeIndex) -> Int? {
        let name = text(nodes[Int(node)].rawName)
        var position = 0
        var total = 0
        var index = nodes[Int(nodes[Int(node)].parent)].firstChild
        while index != Self.none {
            if text(nodes[Int(index)].rawName) == name {
                total += 1
                if index == node { position = total }
            }
            index = nodes[Int(index)].nextSibling
        }
        return total > 1 ? position : nil
    }
}
