import ExchangeModel
import Testing
import XML

@Suite("Hostile XML")
struct XMLLimitTests {
    @Test(
        "refuses every document type declaration before anything is expanded or fetched",
        arguments: [
            "<!DOCTYPE a><a/>",
            "<?xml version='1.0'?>\n<!-- c --><!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
            "<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/x.dtd\"><a/>",
            "<!DOCTYPE a PUBLIC \"-//x\" \"http://127.0.0.1:1/x.dtd\" [<!ENTITY % p SYSTEM \"http://127.0.0.1:1/p\"> %p;]><a/>",
            "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><a>&x;</a>",
            "<!DOCTYPE a [<!ENTITY x \"" + String(repeating: "A", count: 10_000) + "\">]><a>"
                + String(repeating: "&x;", count: 10_000) + "</a>",
            "<a><!DOCTYPE a></a>",
        ])
    func doctype(_ text: String) throws {
        let finding = try #require(refusal(text))
        #expect(finding.code == .xmlDoctype)
        #expect(finding.position.line > 0 && finding.position.column > 0)
    }

    @Test("never expands a billion laughs, also not in UTF-16")
    func billionLaughs() throws {
        var text = "<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [\n<!ENTITY lol0 \"lol\">\n"
        for level in 1...9 {
            text += "<!ENTITY lol\(level) \"" + String(repeating: "&lol\(level - 1);", count: 10) + "\">\n"
        }
        text += "]>\n<lolz>&lol9;</lolz>"
        let finding = try #require(refusal(text))
        #expect(finding.code == .xmlDoctype)
        #expect(finding.position == SourcePosition(line: 2, column: 1))
        let wide = XMLEncodingTests.utf16(text, big: true, mark: true)
        #expect(try #require(refusal(wide)).code == .xmlDoctype)
    }

    @Test("takes a declaration inside a comment, CDATA or text for what it is")
    func noDoctype() throws {
        #expect(
            try document("<!-- <!DOCTYPE a> --><a><![CDATA[<!DOCTYPE a>]]>&lt;!DOCTYPE a></a>").root.text
                == "<!DOCTYPE a><!DOCTYPE a>")
    }

    @Test("refuses a size over the limit, and takes one at the limit")
    func bytes() throws {
        let text = "<a>" + String(repeating: "x", count: 93) + "</a>"
        #expect(refusal(text, XMLLimits(bytesMax: 100)) == nil)
        #expect(try #require(refusal(text, XMLLimits(bytesMax: 99))).code == .bytesOverLimit)
    }

    @Test("refuses a depth over the limit, also when nothing is ever closed")
    func depth() throws {
        func nested(_ levels: Int) -> String {
            String(repeating: "<a>", count: levels) + String(repeating: "</a>", count: levels)
        }
        #expect(refusal(nested(64)) == nil)
        let finding = try #require(refusal(nested(65)))
        #expect(finding.code == .depthOverLimit)
        #expect(finding.position == SourcePosition(line: 1, column: 64 * 3 + 1))
        #expect(try #require(refusal(String(repeating: "<a>", count: 1_000_000))).code == .depthOverLimit)
        #expect(try #require(refusal(nested(251), XMLLimits(depthMax: 10_000))).code == .depthOverLimit)
        #expect(refusal(nested(250), XMLLimits(depthMax: 10_000)) == nil)
        #expect(refusal("<a>" + String(repeating: "<b x='>'/><c></c>", count: 1000) + "</a>", XMLLimits(depthMax: 2)) == nil)
    }

    @Test("refuses more nodes than the limit")
    func nodes() throws {
        let text = "<a>" + String(repeating: "<b/>", count: 99) + "</a>"
        #expect(refusal(text, XMLLimits(nodesMax: 100)) == nil)
        #expect(try #require(refusal(text, XMLLimits(nodesMax: 99))).code == .countOverLimit)
        #expect(try #require(refusal("<a>" + String(repeating: "<b/>", count: 2_000_000) + "</a>")).code == .countOverLimit)
        #expect(try #require(refusal("<a x='1' y='2'/>", XMLLimits(nodesMax: 2))).code == .countOverLimit)
        let comments = "<a>" + String(repeating: "<!---->", count: 100_000) + "</a>"
        #expect(refusal(comments) == nil, "comments make no nodes")
    }

    @Test("refuses more attributes in one element than the limit, before they are compared with each other")
    func attributes() throws {
        func element(_ count: Int) -> String { "<a" + (0..<count).map { " a\($0)=''" }.joined() + "/>" }
        #expect(refusal(element(256)) == nil)
        #expect(try #require(refusal(element(257))).code == .countOverLimit)
        // libxml2 would compare each pair of them, for minutes.
        #expect(try #require(refusal(element(300_000))).code == .countOverLimit)
    }

    @Test("refuses more namespace declarations in force than the limit")
    func namespaces() throws {
        let opened = (0..<30).map { level in
            "<a" + (0..<10).map { " xmlns:n\(level)x\($0)='u'" }.joined() + ">"
        }
        let text = opened.joined() + String(repeating: "</a>", count: 30)
        let finding = try #require(refusal(text))
        #expect(finding.code == .countOverLimit)
        #expect(finding.text.contains("namespace"))
        let siblings = "<r>" + String(repeating: "<a xmlns:n='u' xmlns='v'/>", count: 1000) + "</r>"
        #expect(refusal(siblings) == nil, "those out of force do not count")
    }

    @Test("stops at the first fault of a large document")
    func stops() throws {
        let text = "<a><b></c>" + String(repeating: "<x>&y;</z>", count: 500_000)
        let limits = XMLLimits(nodesMax: 1 << 30, attributesMax: 256)
        #expect(try #require(refusal(text, limits)).position == SourcePosition(line: 1, column: 11))
    }

    @Test("opens no file and no network for xsi:schemaLocation, xml:base, catalogs or XInclude")
    func nothingIsFetched() throws {
        let root = try document(
            """
            <?oasis-xml-catalog catalog="http://127.0.0.1:1/catalog.xml"?>
            <?xml-stylesheet href="http://127.0.0.1:1/x.xsl"?>
            <a xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xml:base="http://127.0.0.1:1/" x="1"
               xsi:schemaLocation="urn:a http://127.0.0.1:1/a.xsd" xsi:noNamespaceSchemaLocation="file:///etc/passwd" y="2">
              <xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>
            </a>
            """
        ).root
        #expect(root.firstChild("include")?.text == "")
        #expect(root.attribute("x") == "1" && root.attribute("y") == "2")
        #expect(root.attribute("schemaLocation", namespace: "http://www.w3.org/2001/XMLSchema-instance") == nil)
    }
}
