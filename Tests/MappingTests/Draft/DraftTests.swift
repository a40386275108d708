import ExchangeModel
import GatewayTesting
import Testing

@testable import Mapping

@Suite("First drafts of mappings")
struct DraftTests {
    private func draft(
        _ name: String, from source: String, audience: String? = nil, root: String? = nil
    ) throws -> MappingDraft {
        let bytes = try #require(FolderReader.bytes(of: source))
        let schemas = ShippedFiles.schemas + "/"
        return try draft(
            name, source, bytes, audience: audience, root: root,
            schema: source.hasPrefix(schemas) ? String(source.dropFirst(schemas.count)) : nil)
    }

    private func draft(
        _ name: String, _ source: String, _ bytes: [UInt8], audience: String? = nil, root: String? = nil, schema: String? = nil
    ) throws -> MappingDraft {
        let parts = name.split(separator: "/").map(String.init)
        return try MappingDraft.make(
            .init(
                platform: parts[0], isInbound: parts[1] == "in", dataset: parts[2], audience: audience, root: root,
                sourceName: source,
                source: bytes, schemaName: schema), input: MutatedMappingTests.input)
    }

    /// Target and path of every field of a mapping whose expression begins with a path.
    private func fields(_ text: [UInt8], _ name: String) throws -> [String: String] {
        let file = try #require(MappingFileReader.read(text, expectedName: name).file)
        let dotJoins = file.direction == .outbound || file.from.format?.text != "xml"
        var result: [String: String] = [:]
        func walk(_ fields: [MappingFile.Field], _ above: String) {
            for field in fields {
                let path = above + field.plainName
                switch field.content {
                case .value(let text):
                    let parsed = try? ExpressionParser.expression(
                        text.text, dotJoins: dotJoins, isFunction: MappingFunction.isSource)
                    guard case .path(let source)? = parsed?.source else { continue }
                    result[path] = source.text(separator: ".").replacing("[]", with: "")
                case .group(let inner): walk(inner.fields, path + ".")
                case .choice: break
                }
            }
        }
        walk(file.body.fields, "")
        return result
    }

    /// Of the fields of a shipped mapping: how many a draft has alike, how many there are, and which it has otherwise.
    private func compared(_ draft: MappingDraft, with name: String) throws -> (right: Int, all: Int, wrong: [String]) {
        let shipped = try fields(try #require(FolderReader.bytes(of: "\(ShippedFiles.mappings)/\(name).yaml")), name)
            .filter { !$0.key.hasPrefix("ext.") }
        let drafted = try fields(Array(draft.text.utf8), name)
        let wrong = drafted.filter { shipped[$0.key] != $0.value }
            .map { "\($0.key): \($0.value), not \(shipped[$0.key] ?? "-")" }.sorted()
        return (shipped.filter { drafted[$0.key] == $0.value }.count, shipped.count, wrong)
    }

    private func show(_ draft: MappingDraft) -> [String] {
        draft.findings.map { "\($0.position.line):\($0.position.column) \($0.text)" }
    }

    /// A finding about what the draft itself says is needed.
    private func isNeeded(_ finding: Finding, _ draft: MappingDraft) -> Bool {
        finding.path == "identify" || draft.needed.contains { $0.hasPrefix(finding.path) }
    }

    /// What `map lint` finds in the text as it was written.
    private func linted(_ draft: MappingDraft, _ name: String) -> [Finding] {
        MappingCompilation.compile(Array(draft.text.utf8), expectedName: name, input: MutatedMappingTests.input).findings
    }

    /// The floors are what was measured (95, 93, 95 and 96 of a hundred) less a little; a change that loses a field is seen.
    @Test(
        "Of a shipped mapping the draft from its schema has nine fields in ten, hardly any wrong, and no finding",
        arguments: [
            ("local-a/in/tender-notice", "local-a/tender-notice.xsd", 95, 0),
            ("local-b/in/tender-notice", "local-b/tender-notice.schema.json", 93, 1),
            ("provincial/out/tender-notice", "provincial/tender-notice.xsd", 95, 0),
            ("credit/out/penalty", "credit/penalty.xsd", 96, 0),
        ])
    func floors(name: String, schema: String, floor: Int, wrongMax: Int) throws {
        let audience = ["provincial": "province", "credit": "credit"][String(name.prefix { $0 != "/" })]
        let made = try draft(name, from: ShippedFiles.schemas + "/" + schema, audience: audience)
        let (right, all, wrong) = try compared(made, with: name)
        print("\(name): \(right) of \(all) right, \(wrong.count) otherwise \(wrong)")
        #expect(right * 100 >= floor * all, "\(right) of \(all)")
        #expect(wrong.count <= wrongMax, "\(wrong)")
        #expect(made.needed == [] && show(made) == [])
        #expect(linted(made, name) == made.findings)
        #expect(made.text.contains("basis: unverified\n") && made.text.contains("version: 1\n"))
    }

    @Test(
        "From samples alone: XML, rows of CSV and of a workbook",
        arguments: [
            ("local-a/in/tender-notice", "good-01-road-notice", 60),
            ("local-b/in/penalty", "csv-01-collusion-line-ends-in-a-field", 90),
        ])
    func samples(name: String, recording: String, floor: Int) throws {
        let folder = "\(ShippedFiles.recordings)/\(recording)"
        let file = try #require(
            FolderReader.files(below: folder).first { ["notice.xml", "penalty.csv"].contains($0) })
        let made = try draft(name, from: "\(folder)/\(file)")
        let (right, all, wrong) = try compared(made, with: name)
        print("\(name) from a sample: \(right) of \(all) right, \(wrong.count) otherwise \(wrong)")
        #expect(right * 100 >= floor * all, "\(right) of \(all)")
        #expect(wrong.count * 10 <= all)
        for finding in made.findings { #expect(isNeeded(finding, made), "\(finding.text)") }
    }

    @Test("Forms of values are told from samples: times, days, numbers, credit codes")
    func forms() throws {
        let sample = #"""
            {"dataKey": "k-1", "dataTimestamp": 1777599015123, "platform": {"operatorCode": "91350100M000100Y43"},
             "tenderProject": {"code": "T"}, "notice": {"title": "公告", "sendTime": "2026-05-01 09:30:00", "media": ["a", "b"]},
             "bid": {"deadline": "20260501093000"}, "document": {"price": 500.5},
             "sections": [{"code": "S1", "start": "2026-05-02"}, {"code": "S2", "start": "2026-05-03", "odd name": 1}]}
            """#
        let made = try draft("local-b/in/tender-notice", "notice.json", Array(sample.utf8))
        for line in [
            "from: { format: json }", "  version: dataTimestamp   # guess",
            "sourceTime: dataTimestamp | time(\"epoch-milliseconds\")",
            "publishedAt: notice.sendTime | time(\"yyyy-MM-dd HH:mm:ss\") | required",
            "bid.deadline: bid.deadline | time(\"yyyyMMddHHmmss\")",
            "media[]: notice.media[] | trim", "document.price: document.price | amount(\"元\")",
            "source.platform: platform.operatorCode | trim | uscc",
            "      plannedStart: start | date(\"yyyy-MM-dd\")", "  # needed: tenderer.name", "#   sections[].odd name",
        ] { #expect(made.text.contains(line), "\(line) in\n\(made.text)") }
        #expect(made.needed.contains("tenderer.name") && made.needed.contains("nature"))
        // What is found is what is needed, and nothing else.
        for finding in made.findings { #expect(isNeeded(finding, made), "\(finding.text)") }
        #expect(linted(made, "local-b/in/tender-notice") == made.findings)
    }

    @Test("A platform without codes gets the fields with codes as remarks, and nothing that does not compile but what is needed")
    func newPlatform() throws {
        let made = try draft("city-x/in/tender-notice", from: ShippedFiles.schemas + "/local-a/tender-notice.xsd")
        #expect(made.needed == ["nature", "bulletinType"])
        #expect(
            made.text.contains(
                "  # nature: NOTICE_NATURE   # guess 1.00: 公告性质; needs codes of city-x in codelists/notice-nature.csv"))
        #expect(Set(made.findings.map(\.path)) == ["nature", "bulletinType"])
    }

    @Test("Namespaces, attributes and repeated elements of a sample in XML")
    func namespaces() throws {
        let sample = """
            <p:NOTICE xmlns:p="urn:p" id="7" url="http://a.example"><p:TITLE lang="zh">公告</p:TITLE><DATA_KEY>1</DATA_KEY><p:DATA_TIMESTAMP>20260501093000</p:DATA_TIMESTAMP>
              <p:SECTION><p:SECTION_CODE>a</p:SECTION_CODE><p:SECTION_NAME>x</p:SECTION_NAME></p:SECTION>
              <p:SECTION><p:SECTION_CODE>b</p:SECTION_CODE><p:SECTION_NAME>y</p:SECTION_NAME></p:SECTION></p:NOTICE>
            """
        let made = try draft("city-x/in/tender-notice", "a.xml", Array(sample.utf8))
        for line in [
            "root: p:NOTICE", "  url: '@url | trim'", "namespaces: { p: \"urn:p\" }", "title: p:TITLE | trim | required",
            "source.recordKey: DATA_KEY",
            "each: p:SECTION",
            "      code: p:SECTION_CODE | trim | identifier(\"CN-SECTION\") | required", "#   @id",
        ] { #expect(made.text.contains(line), "\(line) in\n\(made.text)") }
        for finding in made.findings { #expect(isNeeded(finding, made), "\(finding.text)") }
    }

    @Test("Names and labels of a partner cannot break out of their place")
    func hostile() throws {
        let xsd = """
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="R"><xs:complexType><xs:sequence>
            <xs:element name="TITLE" type="xs:string"><xs:annotation><xs:documentation>公告标题&#10;fields: { }&#10;audience: public</xs:documentation></xs:annotation></xs:element>
            <xs:element name="X" type="xs:string"><xs:annotation><xs:documentation>: "'# {[</xs:documentation></xs:annotation></xs:element>
            </xs:sequence></xs:complexType></xs:element></xs:schema>
            """
        let made = try draft("city-x/in/tender-notice", "a.xsd", Array(xsd.utf8))
        #expect(
            MappingFileReader.read(Array(made.text.utf8), expectedName: "city-x/in/tender-notice").findings.map(\.path).allSatisfy
            { $0.hasPrefix("identify") })
        let json =
            "{\"a\\nfields: x\": 1, \"title\": \"t\", \"\\\"\": {\"b c\": [1, 2]}, \"sections odd\": [{\"code\": 1}, {\"code\": 2}]}"
        let odd = try draft("city-x/in/tender-notice", "a.json", Array(json.utf8))
        for finding in linted(odd, "city-x/in/tender-notice") { #expect(isNeeded(finding, odd), "\(finding.text)\n\(odd.text)") }
        let csv = "\"金额(万元): \"\"x\"\"\",公告标题\n1,t\n"
        let rows = try draft("city-x/in/tender-notice", "a.csv", Array(csv.utf8))
        #expect(rows.text.contains("names: { \"金额(万元): \\\"x\\\"\": 金额万元x }"), "\(rows.text)")
        #expect(rows.text.contains("title: 公告标题 | trim | required"))
    }

    @Test(
        "What cannot be drafted is refused with what to do",
        arguments: [
            ("x/in/nothing", "a.xml", "<a/>", "there is no canonical form"), ("X Y/in/penalty", "a.xml", "<a/>", "small letters"),
            ("x/out/penalty", "a.xml", "<a/>", "needs an audience"), ("x/in/penalty", "a.xml", "<a>", "no XML"),
            ("x/in/penalty", "a.json", "{", "no JSON"), ("x/in/penalty", "a.doc", "x", "does not say what it is"),
            ("x/in/penalty", "a.xsd", "<a/>", "no XML Schema"), ("x/in/penalty", "a.csv", "a,b\n", "no header and rows"),
            (
                "x/in/penalty", "a.xsd",
                "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><xs:element name=\"A\"/><xs:element name=\"B\"/></xs:schema>",
                "several root elements"
            ),
        ])
    func refused(name: String, source: String, text: String, words: String) {
        #expect {
            try draft(name, source, Array(text.utf8))
        } throws: { error in
            "\(error)".contains(words)
        }
    }

    @Test("An outbound draft leaves out what its audience may not see")
    func audience() throws {
        let made = try draft(
            "provincial/out/tender-notice", from: ShippedFiles.schemas + "/provincial/tender-notice.xsd", audience: "public")
        #expect(!made.text.contains("contact.phone") && made.text.contains("TENDERER_NAME: tenderer.name"))
        #expect(show(made) == [])
    }

    @Test(
        "Words of names, and how alike labels are",
        arguments: [
            ("TENDERER_PHONE_NUMBER", ["tenderer", "contact", "phone", "code"]), ("sendTime", ["publish", "time"]),
            ("公告标题", ["公告标题"]), ("BID_SECTIONS", ["bid", "section"]), ("", []),
        ])
    func words(name: String, words: [String]) { #expect(NameSimilarity.words(of: [name]) == words) }

    @Test("Likeness of labels is between nothing and the same, whichever comes first")
    func labels() {
        #expect(NameSimilarity.ofLabels("招标项目编号", "招标项目编号: opaque") == 1)
        #expect(NameSimilarity.ofLabels("招标人名称", "") == 0 && NameSimilarity.ofLabels("甲", "乙") == 0)
        let (left, right) = ("招标代理机构名称", "招标人名称")
        #expect(NameSimilarity.ofLabels(left, right) == NameSimilarity.ofLabels(right, left))
        #expect(NameSimilarity.ofLabels(left, right) < 0.6)
    }
}
