import ExchangeModel
import GatewayTesting
import Testing
import XML

@Suite("XML Schema")
struct XMLSchemaTests {
    /// The sample schema, compiled.
    static func sample() throws -> XMLSchema { try schema(Sample.schema) }

    static func schema(_ text: String) throws -> XMLSchema {
        let directory = try TemporaryDirectory("xml-schema")
        defer { withExtendedLifetime(directory) {} }
        try directory.write("sample.xsd", text)
        return try XMLSchema(name: "sample.xsd", folder: directory.path)
    }

    private func findings(_ text: String) throws -> [Finding] { try Self.sample().validate(try document(text)) }

    @Test("finds nothing in a valid document")
    func valid() throws { #expect(try findings(Sample.valid).isEmpty) }

    @Test(
        "names path, line and rule of a violation, in two languages, without the value",
        arguments: [
            ("A1234", "A12", "/NOTICE/CODE", 3, "pattern [A-Z][0-9]{4}", "格式"),
            ("招标公告", "SECRETSECRETSECRET", "/NOTICE/TITLE", 4, "length 18, longer than the maximum 10", "超过上限 10"),
            ("招标公告", "", "/NOTICE/TITLE", 4, "shorter than the minimum 1", "少于下限 1"),
            ("<NATURE>1", "<NATURE>SECRET", "/NOTICE/NATURE", 5, "not one of '1', '2'", "允许的范围"),
            ("12.50", "SECRET", "/NOTICE/PRICE", 6, "not of the type", "类型"),
            ("12.50", "-1", "/NOTICE/PRICE", 6, "less than the minimum 0", "小于下限"),
            ("12.50", "1000", "/NOTICE/PRICE", 6, "must be less than 1000", "必须小于"),
            ("12.50", "1.2345", "/NOTICE/PRICE", 6, "more than 2 fractional digits", "小数位数"),
            ("13800000000", "SECRET", "/NOTICE/CONTACT_PHONE", 7, "length 6, but must have 11; ", "应为 11；"),
            ("<DAYS>60", "<DAYS>SECRET", "/NOTICE/SECTION[2]/DAYS", 9, "not of type xs:int", "类型 xs:int"),
            ("id=\"2\"", "id=\"SECRET\"", "/NOTICE/SECTION[2]/@id", 9, "not of type xs:int", "类型 xs:int"),
            ("SECTION id=\"2\"", "SECTION", "/NOTICE/SECTION[2]", 9, "the attribute id is missing", "缺少属性 id"),
            ("id=\"2\"", "id=\"2\" extra=\"SECRET\"", "/NOTICE/SECTION[2]/@extra", 9, "attribute is not allowed", "不允许该属性"),
            ("<NATURE>1</NATURE>\n", "\n", "/NOTICE/PRICE", 6, "not allowed here; expected is NATURE", "应为 NATURE"),
            ("<DAYS>60</DAYS>", "", "/NOTICE/SECTION[2]", 9, "a child element is missing; expected is DAYS", "缺少子元素，应有 DAYS"),
            ("<DAYS>60</DAYS>", "<DAYS>60</DAYS><MORE/>", "/NOTICE/SECTION[2]/MORE", 9, "not allowed here", "不允许该元素"),
            ("<DAYS>60</DAYS>", "SECRET<DAYS>60</DAYS>", "/NOTICE/SECTION[2]", 9, "may have no text", "不允许有文本"),
            (
                "<SECTION id=\"1\">", "<EMPTY>SECRET</EMPTY><SECTION id=\"1\">", "/NOTICE/EMPTY", 8,
                "must be empty, but has text", "必须为空"
            ),
            ("<NATURE>1</NATURE>", "<NATURE><b>1</b></NATURE>", "/NOTICE/NATURE", 5, "no child elements", "子元素"),
            ("id=\"2\"", "id=\"1\"", "/NOTICE/SECTION[2]", 9, "key", "唯一"),
        ])
    func violations(_ part: String, _ other: String, path: String, line: Int, text: String, textZH: String) throws {
        let findings = try findings(Sample.valid.replacing(part, with: other))
        let finding = try #require(findings.first)
        #expect(findings.count == 1, "\(findings)")
        #expect(finding.code == .schemaViolation)
        #expect(finding.path == path)
        #expect(finding.position == SourcePosition(line: line))
        #expect(finding.text.contains(text), "\(finding.text)")
        #expect(finding.textZH.contains(textZH), "\(finding.textZH)")
        #expect(!finding.text.contains("SECRET") && !finding.textZH.contains("SECRET"))
    }

    @Test("lists all violations in the order of the document")
    func several() throws {
        let text = Sample.valid.replacing("A1234", with: "x").replacing("12.50", with: "y").replacing("<DAYS>60", with: "<DAYS>z")
        let findings = try findings(text)
        #expect(findings.map(\.path) == ["/NOTICE/CODE", "/NOTICE/PRICE", "/NOTICE/SECTION[2]/DAYS"])
        #expect(findings.map(\.position.line) == [3, 6, 9])
    }

    @Test("lists a bounded number of violations and says that there are more")
    func bounded() throws {
        let sections = (0..<1000).map { "<SECTION id=\"\($0)\"><DAYS>x</DAYS></SECTION>" }.joined()
        let findings = try findings("<NOTICE><CODE>A1234</CODE><TITLE>t</TITLE><NATURE>1</NATURE>\(sections)</NOTICE>")
        #expect(findings.count == XMLSchema.findingsMax + 1)
        #expect(findings.last?.code == .countOverLimit)
    }

    @Test("refuses a root that the schema does not know")
    func otherRoot() throws {
        let finding = try #require(try findings("<OTHER/>").first)
        #expect(finding.path == "/OTHER" && finding.code == .schemaViolation)
    }

    @Test("keeps lines beyond 65,535 and prefixes in paths")
    func longDocument() throws {
        let schema = try Self.schema(
            """
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:n" elementFormDefault="qualified">
            <xs:element name="a"><xs:complexType><xs:sequence><xs:element name="b" type="xs:int" maxOccurs="9"/></xs:sequence></xs:complexType></xs:element>
            </xs:schema>
            """)
        let text = "<n:a xmlns:n='urn:n'>" + String(repeating: "\n", count: 70_000) + "<n:b>1</n:b><n:b>x</n:b></n:a>"
        let finding = try #require(schema.validate(try document(text)).first)
        #expect(finding.path == "/n:a/n:b[2]")
        #expect(finding.position.line == 70_001)
    }

    @Test("ignores where a document says its schema is")
    func schemaLocation() throws {
        let directory = try TemporaryDirectory("xml-schema")
        defer { withExtendedLifetime(directory) {} }
        try directory.write("other.xsd", Sample.schema.replacing("[A-Z][0-9]{4}", with: ".*"))
        let schema = try Self.sample()
        let hint =
            "<NOTICE xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:noNamespaceSchemaLocation='\(directory.path)/other.xsd' xsi:schemaLocation='urn:x \(directory.path)/other.xsd'>"
        let text = Sample.valid.replacing("<NOTICE>", with: hint)
        #expect(schema.validate(try document(text)).isEmpty)
        #expect(schema.validate(try document(text.replacing("A1234", with: "x"))).count == 1)
    }

    @Test("validates the same in every encoding")
    func encodings() throws {
        let schema = try Self.sample()
        for broken in [false, true] {
            let text = broken ? Sample.valid.replacing("招标公告", with: "招标公告招标公告招标公告") : Sample.valid
            let wide = XMLEncodingTests.utf16(text.replacing("UTF-8", with: "UTF-16"), big: true, mark: true)
            #expect(schema.validate(try document(wide)).count == (broken ? 1 : 0))
            let halves = text.replacing("UTF-8", with: "GBK").split(separator: "招标公告", omittingEmptySubsequences: false)
            var national: [UInt8] = []
            for (index, half) in halves.enumerated() {
                if index > 0 { national += XMLEncodingTests.gbk }
                national += Array(half.utf8)
            }
            let findings = schema.validate(try document(national))
            #expect(findings.map(\.position.line) == (broken ? [4] : []))
        }
    }

    @Test("gives the same verdicts from many tasks that share one schema")
    func concurrent() async throws {
        let schema = try Self.sample()
        let parser = XMLParser()
        let good = Array(Sample.valid.utf8)
        let bad = Array(Sample.valid.replacing("A1234", with: "x").replacing("<DAYS>60", with: "<DAYS>z").utf8)
        let wrong = await withTaskGroup(of: Int.self) { group in
            for task in 0..<16 {
                group.addTask {
                    var wrong = 0
                    for round in 0..<500 {
                        let isBad = (round + task).isMultiple(of: 5)
                        guard case .document(let document) = parser.parse(isBad ? bad : good) else {
                            wrong += 1
                            continue
                        }
                        let paths = schema.validate(document).map(\.path)
                        if paths != (isBad ? ["/NOTICE/CODE", "/NOTICE/SECTION[2]/DAYS"] : []) { wrong += 1 }
                    }
                    return wrong
                }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }
}
