public import ExchangeModel
public import JSON

/// Reads a record from JSON into a tree, and checks it where there is a schema.
///
/// An object becomes a group, a member a node of its name; the elements of an array become sibling nodes of the array's
/// name, marked `isArrayElement` (an empty array leaves nothing; the elements of an array in an array stand in a group of
/// the same name). Strings are unescaped, numbers and booleans stay as written. The root is a group without a name. One
/// UTF-8 byte-order mark before a whole document is passed over and counts in no column.
/// Safe to use from several threads at once, each with its own tree.
public struct JSONRecordReader: Sendable {
    /// What a document may ask for.
    public let limits: JSONLimits

    /// What documents are checked against.
    public let check: (any JSONDocumentCheck)?

    /// A reader with limits, by default the same number of nodes as for XML, and, where the form has one, a schema.
    public init(
        limits: JSONLimits = JSONLimits(bytesMax: 8 << 20, depthMax: 64, countMax: 100_000), check: (any JSONDocumentCheck)? = nil
    ) {
        self.limits = limits
        self.check = check
    }

    /// Fills the tree; a document that cannot be read gives one finding, with JSON pointer, line and column, and an empty tree. One
    /// that breaks the schema gives all violations and the tree as well, so that later steps can add theirs.
    public func read(_ bytes: [UInt8], names: NameTable, into tree: inout RecordTree) -> [Finding] {
        bytes.withUnsafeBufferPointer { read($0, names: names, into: &tree) }
    }

    /// The same from bytes that live only during the call; of a stream, `start` is where they begin in it.
    public func read(
        _ bytes: UnsafeBufferPointer<UInt8>, names: NameTable, into tree: inout RecordTree,
        start: SourcePosition = SourcePosition(line: 1, column: 1)
    ) -> [Finding] {
        tree.removeAll()
        // RFC 8259, section 8.1: a mark before the document may be passed over, and what comes from editors often has one.
        let isWhole = start == SourcePosition(line: 1, column: 1)
        let hasMark = isWhole && bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
        let document = hasMark ? UnsafeBufferPointer(rebasing: bytes[3...]) : bytes
        var parser = JSONParser(document, limits: limits, start: start)
        do throws(JSONError) {
            let root = try parser.next()
            guard root.kind == .beginObject else {
                return [
                    Finding(
                        .jsonRootInvalid, position: root.position,
                        text: root.kind == .beginArray
                            ? "a record is a JSON object, and this document is an array; send each of its elements as a message of its own"
                            : "a record is a JSON object; this document is another value",
                        textZH: root.kind == .beginArray
                            ? "记录必须是 JSON 对象，但本文档是数组；请将每个元素单独发送" : "记录必须是 JSON 对象，但本文档是其他类型的值")
                ]
            }
            try Self.fill(&tree, from: &parser, root, names)
            guard let check else { return [] }
            var findings = check.findings(in: document, limits: limits)
            for index in findings.indices where findings[index].position.line > 0 {
                if findings[index].position.line == 1 { findings[index].position.column += start.column - 1 }
                findings[index].position.line += start.line - 1
            }
            return findings
        } catch {
            tree.removeAll()
            return [error.finding]
        }
    }

    /// An object or array that is open.
    private struct Level {
        /// The group that children are added to: of an array, the group that the array stands in.
        var node: RecordTree.NodeIndex
        var isArray: Bool
        /// The name that elements of an array carry.
        var name: NameID
        var rawName: RecordTree.Slice
    }

    private static func fill(
        _ tree: inout RecordTree, from parser: inout JSONParser, _ root: JSONToken, _ names: NameTable
    ) throws(JSONError) {
        var scratch: [UInt8] = []
        let rootNode = tree.append(
            name: .unknown, kind: .group, rawName: .empty, position: root.position, to: RecordTree.none)
        var level = Level(node: rootNode, isArray: false, name: .unknown, rawName: .empty)
        var outer: [Level] = []
        while true {
            let token = try parser.next()
            let kind: RecordTree.Kind
            switch token.kind {
            case .key:
                (level.name, level.rawName) = key(token, parser, names, &tree, &scratch)
                continue
            case .end: return
            case .endObject, .endArray:
                // After the root's end the parser says `.end` or throws.
                if let up = outer.popLast() { level = up }
                continue
            case .beginArray where !level.isArray:
                outer.append(level)
                level.isArray = true
                continue
            case .beginObject, .beginArray: kind = .group
            case .string: kind = .text
            case .number: kind = .number
            case .true, .false: kind = .boolean
            case .null: kind = .null
            }
            let node = tree.append(
                name: level.name, kind: kind, rawName: level.rawName, position: token.position, isArrayElement: level.isArray,
                to: level.node)
            switch token.kind {
            case .beginObject, .beginArray:
                outer.append(level)
                level.node = node
                level.isArray = token.kind == .beginArray
            case .null: break
            default:
                guard token.count > 0 else { continue }
                if token.hasEscapes {
                    scratch.removeAll(keepingCapacity: true)
                    parser.unescape(token, into: &scratch)
                    let value = scratch.withUnsafeBufferPointer { tree.store($0) }
                    tree.setValue(value, of: node)
                } else {
                    let value = tree.store(parser.bytes(token))
                    tree.setValue(value, of: node)
                }
            }
        }
    }

    private static func key(
        _ token: JSONToken, _ parser: JSONParser, _ names: NameTable, _ tree: inout RecordTree, _ scratch: inout [UInt8]
    ) -> (NameID, RecordTree.Slice) {
        guard token.hasEscapes else {
            let bytes = parser.bytes(token)
            return (names.id(of: bytes), tree.store(bytes))
        }
        scratch.removeAll(keepingCapacity: true)
        parser.unescape(token, into: &scratch)
        return scratch.withUnsafeBufferPointer { (names.id(of: $0), tree.store($0)) }
    }
}

extension Finding.Code {
    /// A JSON document whose root is no object, where a record is expected.
    public static let jsonRootInvalid: Self = "json.root"
}
