import ExchangeModel
import Testing
import XML

@Suite("Writing XML")
struct XMLWriterTests {
    private func text(_ writer: XMLWriter) -> String { String(decoding: writer.bytes, as: UTF8.self) }

    @Test("writes declaration, elements, attributes and text")
    func plain() throws {
        var writer = XMLWriter()
        writer.declaration()
        try writer.startElement("c:notice")
        try writer.attribute("xmlns:c", "urn:c")
        try writer.attribute("说明", "a<b>&\"c\"\t\n\r")
        try writer.element("TITLE", "招标 & 公告 <1> ]]> \"x\"\r\n")
        try writer.startElement("EMPTY")
        writer.endElement()
        try writer.element("BLANK", "")
        #expect(writer.depth == 1)
        writer.endElement()
        #expect(
            text(writer) == """
                <?xml version="1.0" encoding="UTF-8"?>
                <c:notice xmlns:c="urn:c" 说明="a&lt;b&gt;&amp;&quot;c&quot;&#9;&#10;&#13;"><TITLE>招标 &amp; 公告 &lt;1&gt; ]]&gt; "x"&#13;
                </TITLE><EMPTY/><BLANK/></c:notice>
                """)
        let root = try document(writer.bytes).root
        #expect(root.attribute("说明") == "a<b>&\"c\"\t\n\r")
        #expect(root.firstChild("TITLE")?.text == "招标 & 公告 <1> ]]> \"x\"\r\n")
    }

    @Test("takes names that were checked before")
    func checkedNames() throws {
        let (a, b) = (try #require(XMLName("p:a")), try #require(XMLName("公告")))
        #expect(XMLName("a b") == nil && XMLName("") == nil)
        #expect(b.description == "公告")
        var writer = XMLWriter()
        writer.startElement(a)
        try Array("u".utf8).withUnsafeBufferPointer { try writer.attribute(try #require(XMLName("xmlns:p")), $0) }
        try Array("1<2".utf8).withUnsafeBufferPointer { try writer.element(b, $0) }
        let bad: [UInt8] = [0]
        #expect(throws: XMLWriterError.self) { try bad.withUnsafeBufferPointer { try writer.element(b, $0) } }
        writer.startElement(b)
        #expect(throws: XMLWriterError.self) { try bad.withUnsafeBufferPointer { try writer.attribute(b, $0) } }
        writer.endElement()
        writer.endElement()
        #expect(text(writer) == "<p:a xmlns:p=\"u\"><公告>1&lt;2</公告><公告/></p:a>")
        #expect(writer.depth == 0)
    }

    @Test("indents elements, but never beside text")
    func indented() throws {
        var writer = XMLWriter(indentation: 2)
        writer.declaration()
        try writer.startElement("a")
        try writer.element("b", "1")
        try writer.startElement("c")
        try writer.text("x")
        try writer.element("d", "y")
        writer.endElement()
        writer.endElement()
        #expect(text(writer) == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>\n  <b>1</b>\n  <c>x<d>y</d></c>\n</a>")
    }

    @Test("escapes each special character at each place of a word of eight bytes")
    func everyOffset() throws {
        let specials: [(UInt8, String, String)] = [
            (0x26, "&amp;", "&amp;"), (0x3C, "&lt;", "&lt;"), (0x3E, "&gt;", "&gt;"), (0x22, "\"", "&quot;"),
            (0x0D, "&#13;", "&#13;"), (0x09, "\t", "&#9;"), (0x0A, "\n", "&#10;"), (0x7F, "\u{7F}", "\u{7F}"), (0x27, "'", "'"),
        ]
        for (byte, inText, inAttribute) in specials {
            for count in 1...20 {
                for index in 0..<count {
                    var value = [UInt8](repeating: UInt8(ascii: "z"), count: count)
                    value[index] = byte
                    let before = String(repeating: "z", count: index)
                    let after = String(repeating: "z", count: count - index - 1)
                    var writer = XMLWriter()
                    try writer.startElement("a")
                    try value.withUnsafeBufferPointer { try writer.text($0) }
                    writer.endElement()
                    #expect(text(writer) == "<a>\(before)\(inText)\(after)</a>")
                    writer.removeAll()
                    try writer.startElement("a")
                    try writer.attribute("b", String(decoding: value, as: UTF8.self))
                    writer.endElement()
                    #expect(text(writer) == "<a b=\"\(before)\(inAttribute)\(after)\"/>")
                }
            }
        }
    }

    @Test("refuses each character that XML cannot carry, at any place, and writes nothing of the value")
    func illegalCharacters() throws {
        let controls = Array(UInt32(0)..<0x20).filter { ![9, 10, 13].contains($0) } + [0xFFFE, 0xFFFF]
        for scalar in controls {
            let character = String(try #require(Unicode.Scalar(scalar)))
            for index in 0..<12 {
                var writer = XMLWriter()
                try writer.startElement("a")
                let value = String(repeating: "x", count: index) + character + String(repeating: "y", count: 12)
                #expect(throws: XMLWriterError.self) { try writer.text(value) }
                #expect(throws: XMLWriterError.self) { try writer.attribute("b", value) }
                do {
                    try writer.element("c", value)
                } catch {
                    #expect(error.kind == .character(scalar))
                    #expect(error.offset == index)
                    #expect(error.text.contains("U+") && error.textZH.contains("U+"))
                }
                #expect(writer.depth == 1)
                try writer.text("ok")
                writer.endElement()
                #expect(text(writer) == "<a>ok</a>")
            }
        }
    }

    @Test(
        "refuses bytes that are no UTF-8",
        arguments: [[0x80], [0xC0, 0x80], [0xE6, 0x8B], [0xED, 0xA0, 0x80], [0xF5, 0, 0, 0]] as [[UInt8]])
    func encoding(_ bad: [UInt8]) throws {
        var writer = XMLWriter()
        try writer.startElement("a")
        let value = Array("正文 text ".utf8) + bad
        #expect(throws: XMLWriterError.self) { try value.withUnsafeBufferPointer { try writer.text($0) } }
        writer.endElement()
        #expect(text(writer) == "<a/>")
    }

    @Test(
        "refuses what is no name",
        arguments: ["", "1a", "-a", "a b", "a>", "a/", ":a", "a:", "a:b:c", "a:1", "<", "a\u{0}", "a=", "×", "\u{301}a"])
    func badNames(_ name: String) {
        var writer = XMLWriter()
        #expect(throws: XMLWriterError.self) { try writer.startElement(name) }
        #expect(writer.bytes.isEmpty)
        #expect(!XMLName.isQualifiedName(name))
    }

    @Test("takes names of all scripts", arguments: ["a", "_a", "A1-b.c", "p:a", "公告", "公告:标题", "é", "a·b", "𠀀"])
    func goodNames(_ name: String) throws {
        #expect(XMLName.isQualifiedName(name))
        let declared = name.contains(":") ? " xmlns:\(name.split(separator: ":")[0])='u'" : ""
        #expect(try document("<\(name)\(declared)/>").root.rawName == name, "libxml2 agrees")
    }

    @Test("writes random text so that reading gives it back")
    func roundTrip() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("XMLWriterTests.roundTrip seed \(seed)")
        var random = SeededRandom(seed: seed)
        let alphabet = Array("ab<>&\"'\t\n\r é公告𠀀\u{E000}\u{7F}\u{85}\u{2028}]]>".unicodeScalars)
        for _ in 0..<2000 {
            var value = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0..<40, using: &random) { value.append(alphabet.randomElement(using: &random) ?? "x") }
            let text = String(value)
            var writer = XMLWriter()
            try writer.startElement("a")
            try writer.attribute("b", text)
            try writer.text(text)
            writer.endElement()
            let root = try document(writer.bytes).root
            #expect(Array(root.text.utf8) == Array(text.utf8), "seed \(seed)")
            #expect(Array((root.attribute("b") ?? "").utf8) == Array(text.utf8), "seed \(seed)")
        }
    }
}
