import ExchangeModel
import Formats
import GatewayTesting
import Glibc
import Testing
import XML

@Suite("Records from XML")
struct XMLRecordReaderTests {
    private func read(_ text: String, names: NameTable = NameTable(), schema: XMLSchema? = nil) -> (RecordTree, [Finding]) {
        var tree = RecordTree()
        let findings = XMLRecordReader(schema: schema).read(Array(text.utf8), names: names, into: &tree)
        return (tree, findings)
    }

    @Test("fills the tree with names, values, attributes and lines")
    func filling() throws {
        var names = NameTable()
        let section = names.intern("SECTION")
        let title = names.intern("TITLE")
        let id = names.intern("id")
        let (tree, findings) = read(
            "<NOTICE>\n<TITLE>招标 &amp; 公告</TITLE>\n<SECTION id='1' x='2'>a<b/>b</SECTION>\n<SECTION/><OTHER/>\n</NOTICE>",
            names: names)
        #expect(findings.isEmpty)
        let root = tree.root
        #expect(tree.text(tree[root].rawName) == "NOTICE" && tree[root].name == .unknown && tree[root].value == .empty)
        let titleNode = tree.firstChild(of: root, named: title)
        #expect(tree.text(tree[titleNode].value) == "招标 & 公告")
        #expect(tree[titleNode].kind == .group && tree[titleNode].line == 2 && tree[titleNode].column == 0)
        let first = tree.firstChild(of: root, named: section)
        #expect(tree.text(tree[first].value) == "ab")
        #expect(tree.path(of: first) == "/NOTICE/SECTION[1]")
        let attribute = tree.attribute(of: first, named: id)
        #expect(tree.text(tree[attribute].value) == "1" && tree[attribute].kind == .attribute && tree[attribute].line == 3)
        #expect(tree.path(of: attribute) == "/NOTICE/SECTION[1]/@id")
        let second = tree.nextSibling(of: first, named: section)
        #expect(tree.path(of: second) == "/NOTICE/SECTION[2]" && tree[second].line == 4 && tree[second].value == .empty)
        #expect(tree.nextSibling(of: second, named: section) == RecordTree.none)
        #expect(tree.path(of: tree[second].nextSibling) == "/NOTICE/OTHER")
    }

    @Test("tells names apart by namespace, whatever the prefix")
    func namespaces() {
        var names = NameTable()
        let one = names.namespace("urn:one")
        let plain = names.intern("a")
        let inOne = names.intern("a", namespace: one)
        let (tree, _) = read(
            "<r xmlns:p='urn:one' xmlns:q='urn:two'><a/><p:a/><q:a/><a xmlns='urn:one' p:a='1' a='2'/></r>", names: names)
        let children = sequence(first: tree[tree.root].firstChild) {
            tree[$0].nextSibling == RecordTree.none ? nil : tree[$0].nextSibling
        }
        #expect(children.map { tree[$0].name } == [plain, inOne, .unknown, inOne])
        #expect(children.map { tree.text(tree[$0].rawName) } == ["a", "p:a", "q:a", "a"])
        let last = tree[tree.root].lastChild
        #expect(tree.text(tree[tree.attribute(of: last, named: inOne)].value) == "1")
        #expect(tree.text(tree[tree.attribute(of: last, named: plain)].value) == "2")
        #expect(tree.path(of: tree.attribute(of: last, named: inOne)) == "/r/a[2]/@p:a")
    }

    @Test("leaves the tree empty when the document is malformed, whatever it held before")
    func malformed() {
        let reader = XMLRecordReader()
        var tree = RecordTree()
        #expect(reader.read(Array("<a><b/></a>".utf8), names: NameTable(), into: &tree).isEmpty)
        #expect(tree.nodes.count == 2)
        for text in ["<a><b></a>", "", "<!DOCTYPE a><a/>"] {
            #expect(reader.read(Array(text.utf8), names: NameTable(), into: &tree).count == 1)
            #expect(tree.nodes.isEmpty && tree.root == RecordTree.none)
        }
        #expect(reader.read(Array("<c/>".utf8), names: NameTable(), into: &tree).isEmpty)
        #expect(tree.text(tree[tree.root].rawName) == "c")
    }

    @Test("builds the tree of a document that breaks its schema, with paths that the tree has too")
    func schema() throws {
        let directory = try TemporaryDirectory("formats")
        defer { withExtendedLifetime(directory) {} }
        try directory.write(
            "a.xsd",
            "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:element name='a'><xs:complexType><xs:sequence><xs:element name='b' type='xs:int' maxOccurs='3'/></xs:sequence></xs:complexType></xs:element></xs:schema>"
        )
        let schema = try XMLSchema(name: "a.xsd", folder: directory.path)
        let (tree, findings) = read("<a>\n<b>1</b>\n<b>x</b></a>", schema: schema)
        #expect(findings.map(\.path) == ["/a/b[2]"] && findings.map(\.position.line) == [3])
        #expect(tree.path(of: tree[tree.root].lastChild) == "/a/b[2]")
        let reader = XMLRecordReader(schema: schema)
        #expect(reader.check(Array("<a><b>1</b></a>".utf8)).isEmpty)
        #expect(reader.check(Array("<a><b>x</b></a>".utf8)).map(\.code) == [.schemaViolation])
        #expect(reader.check(Array("<a><b>".utf8)).map(\.code) == [.xmlSyntax])
    }

    @Test("reads from many tasks at once")
    func concurrent() async {
        let reader = XMLRecordReader()
        var names = NameTable()
        let b = names.intern("b")
        let table = names
        let wrong = await withTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var tree = RecordTree()
                    var wrong = 0
                    for round in 0..<300 {
                        let findings = reader.read(Array("<a><b>\(task).\(round)</b></a>".utf8), names: table, into: &tree)
                        let node = tree.root == RecordTree.none ? RecordTree.none : tree.firstChild(of: tree.root, named: b)
                        if !findings.isEmpty || node == RecordTree.none || tree.text(tree[node].value) != "\(task).\(round)" {
                            wrong += 1
                        }
                    }
                    return wrong
                }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }

    static let vectors = getenv("TENDERBRIDGE_VECTORS").map { String(cString: $0) }

    @Test(
        "reads real eForms notices with their namespaces", .enabled(if: vectors != nil, "needs TENDERBRIDGE_VECTORS"),
        arguments: [
            "cn_24_minimal", "cn_24_cumbria", "can_24_minimal", "can-modif_24_value", "can_24_no_tenders", "change-cn_24_void",
            "INVALID_cn_24_stage-1",
        ])
    func eForms(_ name: String) throws {
        let directory = try #require(Self.vectors)
        let bytes = try FileBytes.read("\(directory)/payloads/eforms/\(name).xml")
        var names = NameTable()
        let basic = names.namespace("urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2")
        let folder = names.intern("ContractFolderID", namespace: basic)
        var tree = RecordTree()
        #expect(XMLRecordReader().read(bytes, names: names, into: &tree).isEmpty)
        #expect(tree.text(tree[tree.root].rawName).hasSuffix("Notice"))
        let node = tree.firstChild(of: tree.root, named: folder)
        #expect(node != RecordTree.none)
        #expect(tree.path(of: node).hasSuffix("/cbc:ContractFolderID"))
        #expect(tree[node].line > 10)
        #expect(tree[node].value.count == (name.hasPrefix("INVALID") ? 0 : 36), "a UUID")
        // Each line noted is a line on which the element's tag stands.
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        for index in tree.nodes.indices where tree.nodes[index].kind == .group && index > 0 {
            let tag = Array(("<" + tree.text(tree.nodes[index].rawName)).utf8)
            let line = lines[Int(tree.nodes[index].line) - 1]
            #expect(line.indices.contains { line[$0...].starts(with: tag) })
        }
    }
}

/// Whole files for tests.
enum FileBytes {
    static func read(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TestingFailure("open \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65536)
        while case let count = Glibc.read(descriptor, &block, block.count), count > 0 {
            content.append(contentsOf: block[..<count])
        }
        return content
    }
}
