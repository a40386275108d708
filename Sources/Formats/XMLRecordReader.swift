public import ExchangeModel
public import XML

/// Reads a record from XML: parses, checks against a schema if there is one, and fills a tree.
///
/// Keep one reader per channel or mapping; it keeps parser contexts for reuse. Safe to use from several threads at once,
/// each with its own tree.
public struct XMLRecordReader: Sendable {
    /// The schema that documents are checked against.
    public let schema: XMLSchema?
    /// What a document may ask for.
    public let limits: XMLLimits
    private let parser: XMLParser

    /// A reader with limits and, where the form has one, a schema.
    public init(limits: XMLLimits = .default, schema: XMLSchema? = nil) {
        self.limits = limits
        parser = XMLParser(limits: limits)
        self.schema = schema
    }

    /// Fills the tree, and returns every finding.
    ///
    /// A document that is not well-formed, or over a limit, gives one finding and an empty tree. One that breaks the
    /// schema gives all violations and the tree as well, so that later steps can add theirs. Elements keep their prefix
    /// in `rawName`; `name` is that of the table for namespace and local name. Columns are unknown (0); a line is that on
    /// which the start tag ends.
    public func read(_ bytes: [UInt8], names: NameTable, into tree: inout RecordTree) -> [Finding] {
        bytes.withUnsafeBufferPointer { read($0, names: names, into: &tree) }
    }

    /// The same from bytes that live only during the call.
    public func read(_ bytes: UnsafeBufferPointer<UInt8>, names: NameTable, into tree: inout RecordTree) -> [Finding] {
        tree.removeAll()
        switch parser.parse(bytes) {
        case .refused(let finding): return [finding]
        case .document(let document):
            var builder = XMLRecordBuilder(tree: &tree, names: names)
            document.walk(&builder)
            builder.handBack(&tree)
            return schema?.validate(document) ?? []
        }
    }

    /// Only parses: the finding for which a document is no XML; nil when it is.
    func syntaxFinding(_ bytes: [UInt8]) -> Finding? {
        switch parser.parse(bytes) {
        case .refused(let finding): finding
        case .document: nil
        }
    }

    /// Parses and checks, without a tree: for bytes that this gateway wrote and is about to send.
    public func check(_ bytes: [UInt8]) -> [Finding] {
        switch parser.parse(bytes) {
        case .refused(let finding): [finding]
        case .document(let document): schema?.validate(document) ?? []
        }
    }
}

/// Fills a tree from a walk over a document.
struct XMLRecordBuilder: XMLVisitor {
    private var tree = RecordTree(nodeCapacity: 0, arenaCapacity: 0)
    private let names: NameTable
    /// The element that began last and has not ended.
    private var current = RecordTree.none
    /// Namespaces seen, by the address of their name, which stands still while the document lives.
    private var namespaces: [(address: UnsafePointer<UInt8>, number: UInt32?)] = []

    /// Takes over the tree, with its memory.
    init(tree: inout RecordTree, names: NameTable) {
        self.names = names
        swap(&self.tree, &tree)
    }

    /// Gives the tree back.
    mutating func handBack(_ tree: inout RecordTree) { swap(&self.tree, &tree) }

    mutating func startElement(_ element: XMLElementView) {
        let name = id(of: element.localName, namespace: element.namespace)
        let rawName = store(prefix: element.prefix, localName: element.localName)
        let value = element.text.isEmpty ? .empty : tree.store(element.text)
        current = tree.append(
            name: name, kind: .group, rawName: rawName, value: value, position: SourcePosition(line: element.line), to: current)
    }

    mutating func attribute(_ attribute: XMLAttributeView) {
        let name = id(of: attribute.localName, namespace: attribute.namespace)
        let rawName = store(prefix: attribute.prefix, localName: attribute.localName)
        let value = attribute.text.isEmpty ? .empty : tree.store(attribute.text)
        _ = tree.append(
            name: name, kind: .attribute, rawName: rawName, value: value,
            position: SourcePosition(line: Int(tree[current].line)), to: current)
    }

    mutating func endElement() { current = tree[current].parent }

    private mutating func store(prefix: UnsafeBufferPointer<UInt8>, localName: UnsafeBufferPointer<UInt8>) -> RecordTree.Slice {
        if prefix.isEmpty { return tree.store(localName) }
        // Stored one after the other, the three are one run of the arena.
        let start = tree.store(prefix)
        _ = Self.colon.withUnsafeBufferPointer { tree.store($0) }
        _ = tree.store(localName)
        return RecordTree.Slice(offset: Int(start.offset), count: prefix.count + 1 + localName.count)
    }

    private static let colon = [UInt8(ascii: ":")]

    private mutating func id(of localName: UnsafeBufferPointer<UInt8>, namespace: UnsafeBufferPointer<UInt8>) -> NameID {
        guard let address = namespace.baseAddress, !namespace.isEmpty else { return names.id(of: localName) }
        for known in namespaces where known.address == address {
            return known.number.map { names.id(of: localName, namespace: $0) } ?? .unknown
        }
        let number = names.namespaceNumber(namespace)
        namespaces.append((address, number))
        return number.map { names.id(of: localName, namespace: $0) } ?? .unknown
    }
}
