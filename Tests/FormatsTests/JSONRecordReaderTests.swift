import ExchangeModel
import Formats
import JSON
import Testing

@Suite("Records from JSON")
struct JSONRecordReaderTests {
    private func read(_ text: String, names: NameTable = NameTable(), limits: JSONLimits = .default) -> (RecordTree, [Finding]) {
        var tree = RecordTree()
        let findings = JSONRecordReader(limits: limits).read(Array(text.utf8), names: names, into: &tree)
        return (tree, findings)
    }

    /// A tree as text: names, kinds and values.
    private func shown(_ tree: RecordTree, _ node: RecordTree.NodeIndex) -> String {
        let item = tree[node]
        var text = tree.text(item.rawName) + (item.isArrayElement ? "*" : "")
        switch item.kind {
        case .group:
            var children: [String] = []
            var child = item.firstChild
            while child != RecordTree.none {
                children.append(shown(tree, child))
                child = tree[child].nextSibling
            }
            text += "{" + children.joined(separator: " ") + "}"
        case .text: text += "'" + tree.text(item.value) + "'"
        case .number, .boolean: text += "=" + tree.text(item.value)
        case .null: text += "=null"
        case .attribute: text += "?"
        }
        return text
    }

    @Test(
        "turns objects into groups, members into nodes and array elements into siblings",
        arguments: [
            ("{}", "{}"),
            (#"{"a":"x","b":1.50,"c":true,"d":false,"e":null,"f":""}"#, "{a'x' b=1.50 c=true d=false e=null f''}"),
            (#"{"a":{"b":{"c":"1"}},"d":"2"}"#, "{a{b{c'1'}} d'2'}"),
            (#"{"a":["1","2"],"b":["3"],"c":[]}"#, "{a*'1' a*'2' b*'3'}"),
            (#"{"a":[{"b":1},{"b":[2,3]},null],"c":4}"#, "{a*{b=1} a*{b*=2 b*=3} a*=null c=4}"),
            (#"{"a":[[1,2],[],[{"b":3}]],"c":4}"#, "{a*{a*=1 a*=2} a*{} a*{a*{b=3}} c=4}"),
            (#"{"\u516c\u544a":"a\"\n\u62db\ud840\udc00","k\n":"1"}"#, "{公告'a\"\n招𠀀' k\n'1'}"),
        ])
    func shapes(_ text: String, expected: String) {
        let (tree, findings) = read(text)
        #expect(findings.isEmpty)
        #expect(shown(tree, tree.root) == expected)
    }

    @Test("one byte-order mark before a whole document is passed over and counts in no column; a second one is no JSON")
    func byteOrderMark() {
        let (tree, findings) = read("\u{FEFF}{\"a\":\"x\"}")
        #expect(findings.isEmpty && shown(tree, tree.root) == "{a'x'}")
        #expect(read("\u{FEFF}{\"a\":x}").1.map(\.position) == [SourcePosition(line: 1, column: 6)])
        #expect(read("\u{FEFF}\u{FEFF}{}").1.map(\.code) == [.encodingInvalid])
        #expect(read("\u{FEFF}").1.map(\.code) == [.jsonSyntax])
        var part = RecordTree()
        let bytes = Array("\u{FEFF}{}".utf8)
        let inside = bytes.withUnsafeBufferPointer {
            JSONRecordReader().read($0, names: NameTable(), into: &part, start: SourcePosition(line: 2, column: 1))
        }
        #expect(inside.map(\.code) == [.encodingInvalid])
    }

    @Test("finds names of the table, escaped or not, and notes line and column")
    func names() {
        var names = NameTable()
        let title = names.intern("公告")
        let (tree, _) = read("{\n  \"\\u516c告\": \"x\",\n  \"公告2\": 1, \"s\": [{\"公告\": 2}]}", names: names)
        let node = tree.firstChild(of: tree.root, named: title)
        #expect(tree.text(tree[node].value) == "x")
        #expect(tree.position(of: node) == SourcePosition(line: 2, column: 16))
        let group = tree[tree.root].lastChild
        #expect(tree[group].isArrayElement && tree.text(tree[tree.firstChild(of: group, named: title)].value) == "2")
        #expect(tree[tree.root].name == .unknown && tree[tree.root].kind == .group)
    }

    @Test("refuses a root that is no object", arguments: ["[]", "[{\"a\":1}]", "\"x\"", "1", "true", "null"])
    func roots(_ text: String) {
        let (tree, findings) = read(text)
        #expect(findings.map(\.code) == [.jsonRootInvalid])
        #expect(tree.nodes.isEmpty)
    }

    @Test(
        "gives one finding and no tree for what is not JSON",
        arguments: [
            ("", Finding.Code.jsonSyntax), ("{", .jsonSyntax), ("{\"a\":1", .jsonSyntax), ("{\"a\":1}x", .jsonSyntax),
            ("{\"a\":1,}", .jsonSyntax),
            ("{\"a\":1,\"a\":2}", .jsonDuplicateKey), ("{\"a\":\"\\ud800\"}", .encodingInvalid),
            ("{\"a\":" + String(repeating: "[", count: 100), .depthOverLimit), ("<a/>", .jsonSyntax),
        ])
    func refusals(_ text: String, code: Finding.Code) {
        let (tree, findings) = read(text)
        #expect(findings.map(\.code) == [code])
        #expect(tree.nodes.isEmpty)
    }

    @Test("holds to its limits")
    func limits() {
        #expect(read("{\"a\":[1,2,3]}", limits: JSONLimits(countMax: 3)).1.map(\.code) == [.countOverLimit])
        #expect(read("{\"a\":[1,2,3]}", limits: JSONLimits(bytesMax: 5)).1.map(\.code) == [.bytesOverLimit])
    }
}
