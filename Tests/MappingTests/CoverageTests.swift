import ExchangeModel
import GatewayTesting
import Testing

@testable import Mapping

// `Workshop.inboundFile` has seven lines in front of the fields: the first field stands on line 8.
@Suite("What tests beside a mapping prove")
struct CoverageTests {
    private let thing = "<T><A>x</A><B>y</B></T>"

    @Test("A target field counts when its value is compared, not when it is only written")
    func compared() throws {
        let fields = "title: A\nphone: B\ncolour: literal(\"red\")"
        let shop = try WorkshopFolder(
            in: fields, tests: "  - { name: one, input: '\(thing)', expect: { /title: x } }")
        let coverage = try shop.coverage()
        #expect(
            coverage.gaps(.targetFields) == [
                "6 identify.businessKey", "6 identify.orderingKey", "6 identify.version", "9 phone", "10 colour",
            ])
        #expect(coverage.share(.targetFields) == MappingCoverage.Share(covered: 1, total: 6))
        let gap = try #require(coverage.gaps.first { $0.name == "phone" })
        #expect(
            gap.line(isChinese: false) == "\(shop.inFile):9:3: gap: target field \"phone\": no expectation compares its value")
        #expect(gap.line(isChinese: true) == "\(shop.inFile):9:3: gap: 目标字段“phone”：没有测试比较其值")
        #expect(coverage.tests == 1)
    }

    @Test("A whole output compares every field that occurs in it, keys: the keys of the message")
    func whole() throws {
        let coverage = try WorkshopFolder(
            in: "title: A\nphone: B\ncolour: literal(\"red\")",
            tests: """
                  - name: one
                    input: '\(thing)'
                    output: '{"title": "x", "phone": "y", "colour": "red"}'
                    keys: { businessKey: k, orderingKey: o, version: "1" }
                """
        ).coverage()
        #expect(coverage.gaps(.targetFields) == [])
        #expect(coverage.share(.targetFields).percent == 100)
    }

    @Test("An absence that is expected counts; a comparison that fails, and one in a refused record, do not")
    func absent() throws {
        let fields = "title: A\nphone: P"
        let absent = try WorkshopFolder(in: fields, tests: "  - { name: one, input: '\(thing)', expect: { /phone: \"\" } }")
            .coverage()
        #expect(!absent.gaps(.targetFields).contains("9 phone"))
        let failing = try WorkshopFolder(in: fields, tests: "  - { name: one, input: '\(thing)', expect: { /title: z } }")
            .coverage(passing: false)
        #expect(failing.gaps(.targetFields).contains("8 title"))
        let refused = try WorkshopFolder(
            in: "title: A\nphone: P | required",
            tests: "  - { name: one, input: '\(thing)', expect: { /title: x }, findings: [{ code: field.required }] }"
        ).coverage()
        #expect(refused.gaps(.targetFields).contains("8 title"))
    }

    @Test("Of identifiers and amounts the value must be compared, not only scheme or currency")
    func parts() throws {
        let fields =
            "id: A | identifier(\"OTHER\")\nprice: B | amount(\"元\")\nids[]: A | split(\";\") | identifier(\"OTHER\")\ntags[]: A | split(\";\")"
        let input = "<T><A>a;b</A><B>1</B></T>"
        let partly = try WorkshopFolder(
            in: fields,
            tests:
                "  - { name: one, input: '\(input)', expect: { /id/scheme: OTHER, /price/currency: CNY, /ids/0/scheme: OTHER } }"
        ).coverage()
        #expect(Array(partly.gaps(.targetFields).suffix(4)) == ["8 id", "9 price", "10 ids[]", "11 tags[]"])
        let wholly = try WorkshopFolder(
            in: fields,
            tests:
                "  - { name: one, input: '\(input)', expect: { /id/value: a;b, /price/value: \"1\", /ids/1/value: b, /tags/0: a } }"
        ).coverage()
        #expect(wholly.gaps(.targetFields).count == 3)
    }

    @Test("Items of a repeated group count as one field, in JSON and in XML")
    func repeated() throws {
        let fields = "items[]:\n  each: I\n  fields:\n    key: K | required\n    value: V"
        let coverage = try WorkshopFolder(
            in: fields,
            tests:
                "  - { name: one, input: '<T><I><K>a</K></I><I><K>b</K><V>c</V></I></T>', expect: { /items/1/key: b, /items/1/value: c } }"
        ).coverage()
        #expect(coverage.gaps(.targetFields).count == 3)
        #expect(coverage.gaps(.branches) == ["9 each", "11 required"])
        let out = try WorkshopFolder(
            out: "ROW[]:\n  each: items\n  fields:\n    K: key\n    V: value\nNAME: title",
            outTests: """
                  - name: one
                    input: '{"title": "t", "items": [{"key": "a", "value": "v"}, {"key": "b"}]}'
                    expect: { "/OUT/ROW[2]/K": b, "/OUT/ROW[2]/V": "", "/OUT/NAME": t }
                """
        ).coverage()
        #expect(out.gaps(.targetFields) == [])
    }

    @Test("A source path counts when a record has a value there, arguments and look-ups among them")
    func paths() throws {
        let fields = "title: first(A, N/M)\nphone: B\nprice: P | amount(unit=U, currency=C)"
        let coverage = try WorkshopFolder(
            in: fields,
            tests: """
                  - { name: one, input: '<T><A>x</A><B> </B><P>1</P><U>0</U></T>', expect: { /title: x } }
                """
        ).coverage()
        #expect(coverage.gaps(.sourcePaths) == ["8 N/M", "9 B", "10 C"])
        let gap = try #require(coverage.gaps.first { $0.name == "N/M" })
        #expect(gap.position.column == 19)
        #expect(gap.text == "source path \"N/M\": no record of a test has a value there")
    }

    @Test("A row of a code list counts when a test translates it; rows of other partners are nobody's business")
    func codes() throws {
        let fields = "colour: A | code(colour)"
        let shop = try WorkshopFolder(
            in: fields,
            tests: """
                  - { name: one, input: '<T><A>G</A></T>', expect: { /colour: lime }, recordTime: 2026-05-01T09:00:00+08:00 }
                """)
        let coverage = try shop.coverage()
        #expect(coverage.gaps(.codeEntries) == ["2 colour: R -> red", "3 colour: G -> green"])
        let gap = try #require(coverage.gaps.first { $0.kind == .codeEntries })
        #expect(gap.file == shop.mappings + "/codelists/colour.csv")
        #expect(gap.text == "code list colour: no test translates \"R\" (红) to \"red\"")
        let out = try WorkshopFolder(
            out: "C: colour | code(colour)", outTests: "  - { name: one, input: '{\"colour\": \"red\"}', expect: { /OUT/C: R } }"
        ).coverage()
        #expect(out.gaps(.codeEntries) == ["3 colour: green -> G", "4 colour: lime -> G"])
    }

    @Test("Each way of required, default, first and each: is a branch of its own")
    func branches() throws {
        let fields = """
            title: first(A, B, "none")
            phone: first(P, Q)
            day: D | default("20260101") | date("yyyyMMdd")
            unclassed: A | required
            items[]: { each: I, fields: { key: K | required } }
            """
        let shop = try WorkshopFolder(
            in: fields, tests: "  - { name: one, input: '<T><A>x</A><D>20260501</D></T>', expect: { /title: x } }")
        let coverage = try shop.coverage()
        #expect(
            coverage.gaps.filter { $0.kind == .branches }.map { "\($0.position.line) \($0.text)" } == [
                "8 first: no test takes its part 2, B", "8 first: no test takes its part 3, \"none\"",
                "9 first: no test takes its part 1, P", "9 first: no test takes its part 2, Q",
                "10 default: no test lacks the value",
                "11 required: no test lacks the value",
                "12 each: no test has an item of \"I\"",
                "12 required: no test has a value here", "12 required: no test lacks the value",
            ])
        let more = try WorkshopFolder(
            in: fields,
            tests: """
                  - { name: one, input: '<T><A>x</A><D>20260501</D><P>1</P></T>', expect: { /title: x } }
                  - { name: two, input: '<T><B>x</B><Q>2</Q><I/></T>', findings: [{ code: field.required }, { code: field.required }] }
                  - { name: three, input: '<T><I><K>k</K></I></T>', findings: [{ code: field.required }] }
                """
        ).coverage()
        #expect(more.gaps(.branches) == [])
    }

    @Test("A mapping without tests has nothing but gaps, and what there is nothing of is whole")
    func none() throws {
        let coverage = try WorkshopFolder(in: "title: A").coverage()
        #expect(coverage.share(.targetFields).percent == 0 && coverage.tests == 0)
        #expect(coverage.share(.codeEntries) == MappingCoverage.Share(covered: 0, total: 0))
        #expect(coverage.share(.codeEntries).percent == 100)
        #expect(MappingCoverage.Share(covered: 199, total: 200).percent == 99)
    }

    @Test("A test that fails says for single paths and keys what was expected and what was found, in both languages")
    func failures() throws {
        let shop = try WorkshopFolder(
            in: "title: A\nphone: B",
            tests: """
                  - name: one
                    input: '\(thing)'
                    expect: { /title: z, /number: "7", /phone: "" }
                    keys: { businessKey: other }
                    findings: [{ code: field.required, path: /T/A }]
                """)
        let result = try #require(
            MappingTestRunner(library: shop.load(), mappings: shop.mappings, schemas: shop.schemas).run().results.first)
        #expect(
            result.differences.map(\.description) == [
                #"/title (标题): expected "z", but found "x""#, #"/number: expected "7", but it is missing"#,
                #"/phone: expected nothing, but found "y""#,
            ])
        #expect(result.differences.map(\.descriptionZH) == ["/title（标题）：应为“z”，实为“x”", "/number：应为“7”，实际缺失", "/phone：不应有值，实为“y”"])
        #expect(
            result.failures == [
                #"businessKey: expected "other", but found "k""#, "the finding field.required at /T/A did not come",
            ])
        #expect(result.failuresZH == ["businessKey：应为“other”，实为“k”", "预期的问题未出现：field.required at /T/A"])
    }

    @Test("The shipped mappings' tests compare at least 95 percent of the target fields")
    func shipped() {
        let runner = MappingTestRunner(
            library: ShippedFiles.library, mappings: ShippedFiles.mappings, schemas: ShippedFiles.schemas)
        let coverage = runner.runWithCoverage().coverage
        #expect(coverage.map(\.mapping) == ShippedFiles.library.names)
        for mapping in coverage {
            #expect(mapping.share(.targetFields).percent >= 95, "\(mapping.gaps(.targetFields))")
            #expect(mapping.share(.sourcePaths).percent >= 95, "\(mapping.gaps(.sourcePaths))")
        }
    }
}

@Suite("The page of coverage")
struct CoveragePageTests {
    @Test("It is well-formed whatever the mapping holds, links each gap to its line, and fetches nothing")
    func page() async throws {
        let fields =
            "title: A[B='<&\"x']/C | default(\"]]>\")\nphone: P     # <script>alert(1)</script> & more\ncolour: A | code(colour)"
        let shop = try WorkshopFolder(in: fields, tests: "  - { name: one, input: '<T><P>1</P></T>', expect: { /phone: \"1\" } }")
        let coverage = try shop.coverage()
        let page = CoveragePage([coverage]) { FolderReader.bytes(of: $0) }.bytes()
        let text = String(decoding: page, as: UTF8.self)
        #expect(!text.contains("<script") && !text.contains("src=") && !text.contains("@import") && !text.contains("url("))
        #expect(text.contains("&lt;script&gt;"))
        #expect(text.contains("目标字段") && text.contains("target fields"))
        // The first field is a gap and red; the second is proved and green; comments and heads have no colour.
        #expect(text.contains("<a href=\"#m1-8\">\(CoveragePage.escaped(shop.inFile)):8:3</a>"))
        #expect(
            text.contains("<span class=\"line part\" id=\"m1-8\">") || text.contains("<span class=\"line none\" id=\"m1-8\">"))
        #expect(text.contains("<span class=\"line full\" id=\"m1-9\">"))
        #expect(text.contains("<span class=\"line\" id=\"m1-2\">"))
        let file = shop.folder.file("page.html")
        try shop.folder.write("page.html", text)
        if FolderReader.bytes(of: "/usr/bin/xmllint") != nil {
            let lint = try await ChildProcess.run(["/usr/bin/xmllint", "--noout", "--nonet", file])
            #expect(lint.isEmpty, "\(lint)")
        }
    }

    @Test("Text is escaped, and what XML cannot hold is replaced")
    func escaping() {
        #expect(CoveragePage.escaped("a<b>&\"'\u{1}\u{FFFE}\n路") == "a&lt;b&gt;&amp;&quot;&#39;\u{FFFD}\u{FFFD}\n路")
    }
}
