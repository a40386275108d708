import ExchangeModel
import Testing
import XML

@Suite("Reading XML")
struct XMLParserTests {
    @Test("gives names, namespaces, attributes, text and lines")
    func reading() throws {
        let document = try document(
            """
            <?xml version="1.0"?>
            <!-- a notice -->
            <c:notice xmlns:c="urn:c" xmlns="urn:d"
              id="7" c:lang="zh">
              <title>招标 &amp; 公告 &#x41;<![CDATA[<b>]]></title>
              <?skip this?>
              <empty/>
              <title>  </title>
            </c:notice>
            """)
        let root = document.root
        #expect(root.name == "notice")
        #expect(root.rawName == "c:notice")
        #expect(root.namespace == "urn:c")
        #expect(root.line == 4, "the line on which the start tag ends")
        #expect(root.text.isEmpty, "white space beside child elements is layout")
        #expect(root.attribute("id") == "7")
        #expect(root.attribute("lang") == nil)
        #expect(root.attribute("lang", namespace: "urn:c") == "zh")
        #expect(root.children.map(\.name) == ["title", "empty", "title"])
        #expect(root.firstChild("title")?.text == "招标 & 公告 A<b>")
        #expect(root.firstChild("title")?.namespace == "urn:d")
        #expect(root.firstChild("title", namespace: "urn:c") == nil)
        #expect(root.children("title", namespace: "urn:d").last?.text == "  ", "white space that is the whole text stays")
        #expect(root.children("title").last?.path == "/c:notice/title[2]")
        #expect(root.firstChild("empty")?.path == "/c:notice/empty")
        #expect(root.firstChild("empty")?.line == 7)
        #expect(root.firstChild("empty")?.parent?.rawName == "c:notice")
        #expect(root.parent == nil)
    }

    @Test("joins text around child elements, comments and CDATA")
    func mixedText() throws {
        let root = try document("<a>one <b/>two<!-- no --> three<![CDATA[ & ]]>four</a>").root
        #expect(root.text == "one two three & four")
        let attribute = try document("<a x=' 1&#10;2 &lt;&amp;lt; \t3 '/>").root.attribute("x")
        #expect(attribute == " 1\n2 <&lt;  3 ")
    }

    @Test("keeps white space of an element without child elements, whatever stands in it")
    func whiteSpaceOfLeaves() throws {
        #expect(try document("<a>  <!-- c --></a>").root.text == "  ")
        #expect(try document("<a> <![CDATA[x]]> </a>").root.text == " x ")
        #expect(try document("<a>\n  <b> </b>\n  <!-- c -->\n</a>").root.text.isEmpty)
    }

    @Test(
        "says one thing about a document that is not well-formed, in two languages, and where",
        arguments: [
            ("   ", 1, nil, nil),
            ("plain text", 1, 1, "no root"),
            ("<a>\n<b>\n</a>", 3, nil, "does not match"),
            ("<a>\n  <b>text", 2, nil, "ends inside"),
            ("<a/><b/>", 1, 5, "follows the root"),
            ("<a/>\ntext", 2, 1, "follows the root"),
            ("<a x=1/>", 1, nil, "quotation marks"),
            ("<a x/>", 1, nil, "no value"),
            ("<a x='1' x='2'/>", 1, nil, "twice"),
            ("<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>", 1, nil, "twice"),
            ("<a x='<'/>", 1, nil, "not allowed in an attribute"),
            ("<p:a/>", 1, nil, "prefix has no namespace"),
            ("<a>\n&nbsp;</a>", 2, nil, "entity"),
            ("<a>&amp</a>", 1, nil, "semicolon"),
            ("<a>R&D</a>", 1, nil, "semicolon"),
            ("<a>R & D</a>", 1, nil, "&amp;"),
            ("<a>&#0;</a>", 1, nil, "XML does not allow"),
            ("<a>&#xFFFE;</a>", 1, nil, "XML does not allow"),
            ("<a>\u{1}</a>", 1, nil, "XML does not allow"),
            ("<a>\u{FFFF}</a>", 1, nil, "XML does not allow"),
            ("<a>]]></a>", 1, nil, "]]>"),
            ("<a><!-- -- --></a>", 1, nil, "hyphens"),
            ("<a><!-- </a>", 1, nil, "comment"),
            ("<a><![CDATA[ </a>", 1, nil, "CDATA"),
            (" <?xml version='1.0'?><a/>", 1, nil, "very beginning"),
            ("<?xml version='2.0'?><a/>", 1, nil, "declaration"),
            ("<?xml encoding='UTF-8'?><a/>", 1, nil, "declaration"),
            ("<a/>\u{0}garbage", 1, 5, "NUL"),
            ("<a>\n\u{0}</a>", 2, 1, "NUL"),
            ("{\"json\": true}", 1, 1, nil),
        ] as [(String, Int, Int?, String?)])
    func syntax(_ text: String, line: Int, column: Int?, words: String?) throws {
        let finding = try #require(refusal(text))
        #expect(finding.code == .xmlSyntax)
        #expect(finding.severity == .error)
        #expect(finding.position.line == line, "\(finding)")
        #expect(finding.position.column > 0)
        if let column { #expect(finding.position.column == column) }
        if let words { #expect(finding.text.contains(words), "\(finding.text)") }
        #expect(finding.textZH.unicodeScalars.contains { $0.value > 0x4E00 }, "\(finding.textZH)")
    }

    @Test("refuses nothing at all without naming a line")
    func empty() throws {
        let finding = try #require(refusal(""))
        #expect(finding.code == .xmlSyntax && finding.position == .unknown)
    }

    @Test("refuses a document cut at any byte")
    func truncated() {
        let whole = Array(Sample.valid.utf8)
        for count in 0..<whole.count { #expect(refusal(Array(whole[..<count])) != nil, "cut after \(count) bytes") }
        #expect(refusal(whole) == nil)
    }

    @Test("puts no text of the document into a message")
    func silence() throws {
        let finding = try #require(refusal("<a><CONTACT>13812345678</PHONE></a>"))
        #expect(!finding.text.contains("138") && !finding.textZH.contains("138"))
        let long = String(repeating: "n", count: 5000)
        let cut = try #require(refusal("<\(long)></b>"))
        #expect(cut.text.count < 200)
    }

    @Test("counts lines beyond 65,535")
    func manyLines() throws {
        let text = "<a>" + String(repeating: "\n", count: 70_000) + "<b/>\n</a>"
        #expect(try document(text).root.firstChild("b")?.line == 70_001)
        #expect(try #require(refusal(text + "<")).position.line == 70_002)
    }

    @Test("reads one document after another with one parser, whatever came before")
    func reuse() throws {
        let parser = XMLParser()
        for round in 0..<200 {
            if case .document = parser.parse(Array("<a><b>".utf8)) { Issue.record("taken") }
            guard case .document(let document) = parser.parse(Array("<a r='\(round)'><b>x</b></a>".utf8)) else {
                Issue.record("refused")
                return
            }
            #expect(document.root.attribute("r") == "\(round)")
            #expect(document.root.firstChild("b")?.text == "x")
        }
    }

    @Test("keeps documents apart that are open at once")
    func several() throws {
        let parser = XMLParser()
        let documents = (0..<50).compactMap { number -> XMLDocument? in
            if case .document(let document) = parser.parse(Array("<a\(number)>\(number)</a\(number)>".utf8)) {
                document
            } else {
                nil
            }
        }
        #expect(documents.count == 50)
        for (number, document) in documents.enumerated() {
            #expect(document.root.name == "a\(number)")
            #expect(document.root.text == "\(number)")
        }
    }
}
