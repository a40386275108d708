import ExchangeModel
import Formats
import GatewayTesting
import Testing
import XML

@Suite("The head of a payload")
struct PayloadHeadTests {
    private func root(_ bytes: [UInt8]) -> XMLHead.Root? { bytes.withUnsafeBufferPointer(XMLHead.root) }
    private func value(_ path: [String], _ text: String) -> String? {
        Array(text.utf8).withUnsafeBufferPointer { XMLHead.text(at: path, in: $0) }
    }

    @Test(
        "the root element is found behind whatever may stand before it",
        arguments: [
            ("<a/>", "a", ""), ("\u{FEFF}<?xml version='1.0'?>\n<a b='>'>", "a", ""), ("<!-- <x> --><?p <y>?>\n<甲 />", "甲", ""),
            ("<p:a xmlns='urn:0' xmlns:p=\"urn:1\">", "a", "urn:1"), ("<a x='1' xmlns = 'urn:&amp;2'>", "a", "urn:&2"),
            ("<a\n\txmlns='u'\n>cut", "a", "u"),
        ])
    func roots(text: String, name: String, namespace: String) {
        let found = root(Array(text.utf8))
        #expect(found?.name == name && found?.namespace == namespace, "\(text)")
    }

    @Test(
        "no root where none begins within the bytes, or none could be read",
        arguments: ["", "<", "<a", "<a b='", "text", "<!-- <a>", "<!DOCTYPE a><a>", "<?xml <a>", "<>", "</a>"])
    func noRoot(text: String) { #expect(root(Array(text.utf8)) == nil, "\(text)") }

    @Test("national encodings and UTF-16 are read, also cut off in the middle of a character")
    func encodings() {
        let gbk: [UInt8] = Array("<?xml version='1.0' encoding='GBK'?><".utf8) + [0xB1, 0xEA] + Array(">".utf8) + [0xB1]
        #expect(root(gbk)?.name == "标")
        for count in [4000, 4090, 4096, 20_000] {
            let far = Array("<?xml version='1.0' encoding='GBK'?><!--".utf8) + Array(repeating: 0x20, count: count)
            let whole = far + Array("--><".utf8) + [0xB1, 0xEA] + Array(" xmlns='u'/>".utf8)
            #expect(root(whole) == root(Array("<标 xmlns='u'/>".utf8)), "\(count)")
        }
        let units = Array("<?xml version='1.0'?><标>".utf16)
        let utf16 = units.flatMap { (unit: UInt16) -> [UInt8] in [UInt8(unit & 0xFF), UInt8(unit >> 8)] } + [0x3C]
        #expect(root([0xFF, 0xFE] + utf16)?.name == "标")
    }

    @Test("the first value at a path, as the document means it")
    func values() {
        #expect(value(["a", "b"], "<x:a><c><b>0</b></c><b> 1&amp;2<!-- n --><![CDATA[<3>]]> </b><b>9</b>") == "1&2<3>")
        #expect(value(["a", "b", "@t"], "<a t='0'><b/><b u='1' t='&#x4E00;'>") == "一")
        #expect(value(["a"], "<a> v </a>") == "v")
        #expect(value(["a", "b"], "<a><c/><d><b>1</b></d><b>2</b></a>") == "2")
        for (path, text) in [
            (["a", "b"], "<a><b/></a>"), (["a", "b"], "<a><b>  </b></a>"), (["b"], "<a><b>1</b></a>"), (["a", "b"], "<a><b>1"),
            (["a", "b"], "<a><b>\(String(repeating: "x", count: 300))</b></a>"), (["a", "b", "c"], "<a><b>1</b><c>2</c></a>"),
        ] { #expect(value(path, text) == nil, "\(text)") }
    }

    @Test("the value at a JSON pointer, without the rest of the document")
    func json() {
        func value(_ path: [String], _ text: String) -> String? {
            Array(text.utf8).withUnsafeBufferPointer { JSONHead.text(at: path, in: $0) }
        }
        #expect(value(["a", "b"], #"{"x":[1,{"b":0}],"a":{"c":{},"b":"\u4e00"},"#) == "一")
        #expect(value(["a", "1", "b"], #"{"a":[{"b":0},{"b":1}]}"#) == "1")
        #expect(value(["a"], #"{"a":12345678901234567890.10}"#) == "12345678901234567890.10")
        for (path, text) in [
            (["a"], #"{"a":null}"#), (["a"], #"{"a":{}}"#), (["a", "2"], #"{"a":[0,1]}"#), (["a", "x"], #"{"a":[0]}"#),
            (["a"], "[1]"), (["a"], ""), (["a"], #"{"b":1,"#), (["a"], #"{"a":""}"#), (["a", "b"], #"{"a":"b"}"#),
        ] { #expect(value(path, text) == nil, "\(text)") }
    }

    @Test("patterns of file names")
    func patterns() {
        for (pattern, name, fits) in [
            ("*.xml", "a.xml", true), ("*.xml", "a.xml.tmp", false), ("*", "", true), ("?", "", false),
            ("NOTICE_*_?.csv", "NOTICE_a_b_1.csv", true),
            ("a*b*c", "aXXbYYbc", true), ("公告??.xlsx", "公告01.xlsx", true), ("A.xml", "a.xml", false), ("**a", "ba", true),
            ("a[0]", "a[0]", true),
        ] { #expect(FileNamePattern(pattern).fits(name) == fits, "\(pattern) \(name)") }
        // No pattern takes exponential time.
        #expect(!FileNamePattern(String(repeating: "*a", count: 40)).fits(String(repeating: "a", count: 255) + "b"))
    }

    @Test("damaged documents never trap")
    func damage() {
        let seed = TestSeed.choose()
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let documents = [
            "<?xml version='1.0'?><p:a xmlns:p='u' t='1'><b>1&amp;<![CDATA[x]]></b><!-- c --></p:a>",
            #"{"a":{"b":[1,{"c":"x"}]}}"#,
        ].map { Array($0.utf8) }
        for _ in 0..<3000 {
            var bytes = documents[Int(random.next() % 2)]
            for _ in 0..<(1 + random.next() % 4) {
                let at = Int(random.next() % UInt64(bytes.count))
                if random.next() % 3 == 0 {
                    bytes.removeSubrange(at...)
                } else {
                    bytes[at] = UInt8(truncatingIfNeeded: random.next())
                }
                if bytes.isEmpty { break }
            }
            bytes.withUnsafeBufferPointer {
                _ = XMLHead.root(of: $0)
                _ = XMLHead.text(at: ["a", "b"], in: $0)
                _ = XMLHead.text(at: ["a", "@t"], in: $0)
                _ = JSONHead.text(at: ["a", "b", "1", "c"], in: $0)
            }
        }
    }
}
