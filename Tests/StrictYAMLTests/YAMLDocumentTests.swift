import ExchangeModel
import StrictYAML
import Testing

/// `line:column text` of each finding.
func places(_ findings: [Finding]) -> [String] { findings.map { "\($0.position.line):\($0.position.column) \($0.text)" } }

@Suite("YAMLDocument")
struct YAMLDocumentTests {
    @Test("reads every scalar as the text that was written")
    func textOnly() throws {
        let document = YAMLDocument(
            parsing: """
                a: NO
                b: 0101
                c: 1.10
                d: "on"
                e: '2026-05-01'
                f: ~
                g:
                h: |
                  two
                  lines
                i: [null, 0x1F, "x: y"]
                j: {k: Yes}
                12: number
                """)
        #expect(document.findings.isEmpty)
        let root = try #require(document.root)
        #expect(root.members?.map(\.key) == ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "12"])
        #expect(
            ["a", "b", "c", "d", "e", "f", "g", "h"].map { root[$0]?.text } == [
                "NO", "0101", "1.10", "on", "2026-05-01", "~", "", "two\nlines\n",
            ])
        #expect(root["i"]?.elements?.map(\.text) == ["null", "0x1F", "x: y"])
        #expect(root["j"]?["k"]?.text == "Yes")
        #expect(root["g"]?.isMissing == true)
        #expect(root["d"]?.content == .scalar("on", .quoted))
        #expect(root["h"]?.content == .scalar("two\nlines\n", .block))
    }

    @Test("gives line and column in bytes, after Chinese text and Windows line ends too")
    func positions() throws {
        let document = YAMLDocument(parsing: "名称: 值\r\nlist:\r\n  - {键: 甲, k: v}\r\n  - x\r\n")
        let root = try #require(document.root)
        #expect(root.members?[0].keyPosition == SourcePosition(line: 1, column: 1))
        #expect(root["名称"]?.position == SourcePosition(line: 1, column: 9))
        let members = root["list"]?.elements?[0].members
        #expect(members?[0].keyPosition == SourcePosition(line: 3, column: 6))
        #expect(members?[1].keyPosition == SourcePosition(line: 3, column: 16))
        #expect(members?[1].value.position == SourcePosition(line: 3, column: 19))
        #expect(root["list"]?.elements?[1].position == SourcePosition(line: 4, column: 5))
    }

    @Test("passes over a byte order mark")
    func byteOrderMark() {
        let document = YAMLDocument(parsing: [0xEF, 0xBB, 0xBF] + Array("a: b\n".utf8))
        #expect(document.findings.isEmpty)
        #expect(document.root?["a"]?.text == "b")
        #expect(document.root?.members?[0].keyPosition == SourcePosition(line: 1, column: 1))
    }

    @Test(
        "refuses what strict files may not hold, at its place",
        arguments: [
            ("a: 1\nb: 2\na: 3\n", "3:1", "twice"),
            ("x:\n  - a: 1\n    'a': 2\n", "3:5", "twice"),
            ("x:\n  a: 1\ny:\n  b: 1\n  b : 2\n", "5:3", "twice"),
            ("{a: 1, a: 2}", "1:2", "twice"),
            ("a: 1\n\"1\": x\n1: y\n", "3:1", "twice"),
            ("a: &x 1\nb: 2\n", "1:4", "anchor"),
            ("a: &x {k: v}\n", "1:4", "anchor"),
            ("&x a: 1\n", "1:1", "anchor"),
            ("a: &x [1]\nb: *x\n", "1:4", "anchor"),
            ("a: *x\n", "1:4", "alias"),
            ("a: !!str 1\n", "1:4", "tag"),
            ("a: !foo {}\n", "1:4", "tag"),
            ("a: ! x\n", "1:4", "tag"),
            ("a: !!str 'x'\n", "1:4", "tag"),
            ("!!str a: x\n", "1:1", "tag"),
            ("a: !!set {x}\n", "1:4", "tag"),
            ("b: {c: d}\n<<: {a: 1}\n", "2:1", "merge"),
            ("[a, b]: 1\n", "1:1", "key must be"),
            ("? {a: b}\n: 1\n", "1:3", "key must be"),
            ("a: 1\n---\nb: 2\n", "2:1", "second document"),
            ("", "1:1", "no YAML document"),
            ("# only a comment\n", "1:1", "no YAML document"),
            ("a: [1, 2\n", "2:1", "not well-formed"),
            ("a: \"x\n", "2:1", "not well-formed"),
            ("a: b: c\n", "1:5", "not well-formed"),
            ("a:\n\t- x\n", "2:1", "not well-formed"),
            ("a: 1\n b: 2\n", "2:3", "not well-formed"),
            ("a: @x\n", "1:4", "not well-formed"),
            ("a: \u{1}\n", "1:4", "not well-formed"),
        ])
    func refuses(text: String, place: String, words: String) throws {
        let document = YAMLDocument(parsing: text)
        try #require(document.findings.count == 1, "\(places(document.findings))")
        let finding = document.findings[0]
        #expect("\(finding.position.line):\(finding.position.column)" == place, "\(finding.text)")
        #expect(finding.text.contains(words), "\(finding.text)")
        #expect(finding.code == .fileInvalid)
        #expect(!finding.textZH.isEmpty)
    }

    @Test("reports several faults of one file together")
    func several() {
        let document = YAMLDocument(parsing: "a: &x 1\nb: !!int 2\n<<: {}\n[q]: 1\nc: 3\n")
        #expect(document.findings.map(\.position.line) == [1, 2, 3, 4])
        #expect(document.root?["c"]?.text == "3")
    }

    @Test("refuses bytes that are not UTF-8, with their place")
    func encoding() {
        let document = YAMLDocument(parsing: Array("a: b\nc: ".utf8) + [0xB9, 0xAB] + Array("\n".utf8))
        #expect(document.root == nil)
        #expect(places(document.findings) == ["2:4 the bytes here are not valid UTF-8"])
    }

    @Test("keeps the limits on bytes, depth and nodes")
    func limits() {
        let limits = YAMLLimits(bytesMax: 60, depthMax: 2, nodesMax: 6)
        #expect(YAMLDocument(parsing: "a: {b: c}", limits: limits).findings.isEmpty)
        #expect(YAMLDocument(parsing: "a: {b: {c: d}}", limits: limits).findings.first?.text.contains("2 levels") == true)
        let many = YAMLDocument(parsing: "[1,2,3,4,5,6,7,8]", limits: limits)
        #expect(many.findings.count == 1 && many.findings[0].text.contains("more than 6"))
        #expect(
            YAMLDocument(parsing: String(repeating: "#", count: 61), limits: limits).findings.first?.text.contains("60 bytes")
                == true)
        let deep = YAMLDocument(parsing: String(repeating: "[", count: 200_000))
        #expect(deep.root == nil && deep.findings.count == 1)
        let nested = YAMLDocument(parsing: String(repeating: "[", count: 500) + String(repeating: "]", count: 500))
        #expect(nested.findings.count == 1 && nested.findings[0].text.contains("32 levels"))
    }

    @Test("spends nothing on a pile of aliases")
    func aliases() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<30 {
            text += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ",") + "]\n"
        }
        #expect(YAMLDocument(parsing: text).findings.count == 30)
    }
}
