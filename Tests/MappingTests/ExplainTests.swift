import ExchangeModel
import Formats
import Testing

@testable import Mapping

@Suite("Where a field comes from")
struct ExplainTests {
    private func only(_ fields: String, _ xml: String, options: MappingOptions = MappingOptions()) throws
        -> MappingExplanation.Field
    {
        let explanation = try WorkshopFolder(in: fields).explain(xml, options: options)
        return try #require(explanation.fields.first { !$0.target.hasPrefix("identify.") })
    }

    private func reasons(_ fields: String, _ xml: String) throws -> [String] { try only(fields, xml).reasons.map(\.text) }

    @Test("A value: its path, its line, and what each function made of it")
    func value() throws {
        let field = try only("title: A/B | trim | upper | max(5)", "<T>\n <A>\n  <B> ab </B></A></T>")
        #expect(field.target == "title" && field.label == "标题" && field.values == ["AB"])
        #expect(field.position == SourcePosition(line: 8, column: 10))
        #expect(field.expression == "A/B | trim | upper | max(5)")
        #expect(
            field.readings.map(\.node) == ["/T/A/B"] && field.readings[0].position.line == 3 && field.readings[0].value == " ab ")
        #expect(field.steps.map(\.function) == ["trim", "upper", "max(5)"])
        #expect(field.steps.map(\.before) == [[" ab "], ["ab"], ["AB"]])
        #expect(field.steps.map(\.after) == [["ab"], ["AB"], ["AB"]])
        #expect(field.reasons == [] && field.findings == [])
    }

    @Test("A code: the row of the list that held on the record's day")
    func code() throws {
        let shop = try WorkshopFolder(in: "colour: A | code(colour)")
        var moment = "2026-05-01T09:00:00+08:00"
        let time = try #require(moment.withUTF8 { ZonedTime($0)?.instant })
        let field = try #require(
            shop.explain("<T><A>G</A></T>", options: MappingOptions(recordTime: time)).fields(named: "colour").first)
        #expect(field.values == ["lime"])
        let entry = try #require(field.steps.first?.codes.first)
        #expect(entry.list == "colour" && entry.code == "G" && entry.canonical == "lime" && entry.labelZH == "青柠")
        #expect(entry.file == shop.mappings + "/codelists/colour.csv" && entry.line == 4)
        let out = try WorkshopFolder(out: "C: colour | code(colour)").explain(#"{"colour": "red"}"#, with: "shop/out/thing")
        let back = try #require(out.fields(named: "/OUT/C").first?.steps.first?.codes.first)
        #expect(back.code == "R" && back.canonical == "red" && back.line == 2)
    }

    @Test("Amounts show unit and currency with the rows that named them; identifiers their scheme; lists every value")
    func kinds() throws {
        let money = try only("price: P | amount(unit=U, currency=C)", "<T><P>1.5</P><U>1</U><C>978</C></T>")
        #expect(money.values == ["15000 EUR (万元, total)"])
        #expect(money.steps.first?.codes.map(\.list) == ["price-unit", "currency"])
        #expect(money.readings.map(\.path) == ["P", "U", "C"])
        #expect(try only("id: A | identifier(\"OTHER\")", "<T><A>x</A></T>").values == ["OTHER x"])
        let list = try only("tags[]: A | split(\";\") | upper", "<T><A>a;b</A></T>")
        #expect(list.target == "tags[]" && list.values == ["A", "B"] && list.steps.last?.before == ["a", "b"])
        let out = try WorkshopFolder(out: "P: price | amount(\"万元\", 2)").explain(
            #"{"price": {"value": "20000", "currency": "CNY", "receivedUnit": "元", "kind": "total"}}"#, with: "shop/out/thing")
        #expect(out.fields[0].values == ["2.00"])
        #expect(out.fields[0].steps[0].before == ["value 20000, currency CNY, receivedUnit 元, kind total"])
    }

    @Test("An empty field says which step of its path leads nowhere, and that no default is given")
    func missing() throws {
        #expect(
            try reasons("title: A/B/C", "<T>\n<A/></T>") == [
                "/T/A (line 2) has no B, so A/B/C ends there", "no default(...) is given",
            ])
        #expect(try reasons("title: A", "<T/>") == ["/T (line 1) has no A", "no default(...) is given"])
        #expect(
            try reasons("title: A[B='2']/C", "<T><A><B>1</B></A></T>")[0]
                == "/T (line 1) has no A[B='2'], so A[B='2']/C ends there")
        #expect(try reasons("title: A/@k", "<T><A/></T>")[0] == "/T/A (line 1) has no @k")
        #expect(try reasons("tags[]: A[]/B", "<T><A/></T>")[0] == "/T/A (line 1) has no B")
        #expect(
            try reasons("title: first(A, B)", "<T/>") == [
                "/T (line 1) has no A", "/T (line 1) has no B", "no default(...) is given",
            ])
        let zh = try only("title: A", "<T/>").reasons.map(\.textZH)
        #expect(zh == ["/T（第 1 行） 中没有 A", "没有给出 default(...)"])
    }

    @Test("An empty field says that its node is empty or blank, or which function left nothing")
    func blank() throws {
        #expect(try reasons("title: A", "<T><A/></T>")[0] == "/T/A (line 1) is empty")
        #expect(try reasons("title: A", "<T><A> \u{3000}</A></T>")[0] == "/T/A (line 1) is blank")
        #expect(try reasons("tags[]: A | split(\";\")", "<T><A>;;</A></T>")[0] == "split(\";\") leaves nothing")
    }

    @Test("A default shows where it steps in")
    func defaults() throws {
        let field = try only("title: A | default(\"none\") | upper", "<T/>")
        #expect(field.values == ["NONE"] && field.reasons == [])
        #expect(field.steps.map(\.function) == ["default(\"none\")", "upper"])
        #expect(field.steps[0].before == nil && field.steps[0].after == ["none"])
    }

    @Test("A field that was refused says for what, even where another field was told of it first")
    func refused() throws {
        let explanation = try WorkshopFolder(in: "title: A | required\nphone: A | required\nday: D | date(\"yyyyMMdd\")")
            .explain("<T><D>20260231</D></T>")
        #expect(explanation.isRefused)
        let fields = explanation.fields.filter { !$0.target.hasPrefix("identify.") }
        #expect(fields.map(\.values) == [nil, nil, nil])
        #expect(fields[0].findings.count == 1 && fields[1].findings.isEmpty)
        for field in fields[0...1] {
            #expect(field.reasons.map(\.text).contains { $0.hasPrefix("field.required: ") }, "\(field.reasons)")
        }
        #expect(fields[2].reasons.map(\.text).contains { $0.hasPrefix("time.invalid: ") })
        #expect(fields[2].steps.map(\.before) == [["20260231"]] && fields[2].steps[0].after == nil)
    }

    @Test("A literal in a group without content says that it opens no group")
    func literal() throws {
        let fields = "place.scheme: literal(\"A\")\nplace.name: N"
        let shop = try WorkshopFolder(in: fields)
        let empty = try #require(shop.explain("<T/>").fields(named: "place.scheme").first)
        #expect(empty.values == nil)
        #expect(empty.reasons.map(\.text) == ["nothing of the record goes into place, and a literal alone opens no group"])
        #expect(try shop.explain("<T><N>n</N></T>").fields(named: "place.scheme").first?.values == ["A"])
    }

    @Test("Items have the place that they have in the output; one that is not written has none")
    func items() throws {
        let shop = try WorkshopFolder(in: "items[]:\n  each: I\n  fields:\n    key: literal(\"k\")\n    value: V")
        let explanation = try shop.explain("<T><I><V>a</V></I><I/><I><V>c</V></I></T>")
        #expect(
            explanation.fields(named: "items[].value").map(\.target) == ["items[0].value", "items[].value", "items[1].value"])
        #expect(explanation.fields(named: "items[1].value").compactMap(\.values) == [["c"]])
        #expect(
            explanation.fields(named: "/items/1").count == 4, "the field, its neighbour, and those of the item that has no place")
        let lost = try #require(explanation.fields(named: "items[].key").first { $0.values == nil })
        #expect(
            lost.reasons.map(\.text) == ["nothing of the record goes into items (/T/I[2]), and a literal alone opens no group"])
        let none = try shop.explain("<T/>").fields(named: "items[0].key")
        #expect(none.map(\.target) == ["items[].key"])
        #expect(
            none[0].reasons.map(\.text) == ["each: I finds no item, so nothing in items is written", "/T (line 1) has no I"])
    }

    @Test("A run that ends at a limit says so of the fields that it did not reach")
    func limit() throws {
        let explanation = try WorkshopFolder(in: "items[]:\n  each: I\n  fields:\n    key: K | required\ntitle: A").explain(
            "<T>" + String(repeating: "<I><K>0123456789</K></I>", count: 200) + "<A>x</A></T>",
            options: MappingOptions(outputBytesMax: 500))
        let title = try #require(explanation.fields(named: "title").first)
        #expect(title.values == nil && title.reasons.map(\.text) == ["the run ended before this field"])
    }

    @Test("The keys of the message are explained too")
    func keys() throws {
        let keys = try WorkshopFolder(in: "title: A").explain("<T><A>x</A></T>").fields(named: "identify")
        #expect(keys.map(\.target) == ["identify.businessKey", "identify.orderingKey", "identify.version"])
        #expect(keys.map(\.values) == [["k"], ["o"], ["1"]])
    }

    @Test("A name with an index counts from 0, an XPath from 1; parts of a value stand for it; an unknown name for nothing")
    func names() throws {
        let explanation = try WorkshopFolder(out: "ROW[]:\n  each: items\n  fields:\n    K: key\nNAME: title").explain(
            #"{"items": [{"key": "a"}, {"key": "b"}]}"#, with: "shop/out/thing")
        #expect(explanation.fields(named: "ROW[0].K").map(\.values) == [["a"]])
        #expect(explanation.fields(named: "/OUT/ROW[1]/K").map(\.values) == [["a"]])
        #expect(explanation.fields(named: "ROW.K").count == 2)
        #expect(explanation.fields(named: "NAM") == [] && explanation.fields(named: "") == [])
        #expect(explanation.fields(named: "NAME.value").count == 1 && explanation.fields(named: "NAME.other") == [])
    }

    @Test("As text: one line for each thing, values in quotation marks, long ones cut")
    func text() throws {
        let field = try only("title: A | trim", "<T>\n<A> \(String(repeating: "长", count: 300))\n</A></T>")
        let lines = field.lines(mapping: "m.yaml", input: "n.xml", isChinese: false)
        #expect(lines[0].hasPrefix("title (标题) = \"长长") && lines[0].hasSuffix("...\" (900 bytes)"))
        #expect(lines[1] == "  m.yaml:8:10: A | trim")
        #expect(lines[2].hasPrefix("  A: n.xml:2 /T/A = \" 长"))
        let empty = try only("title: A", "<T/>").lines(mapping: "m.yaml", input: "n.xml", isChinese: true)
        #expect(empty == ["title（标题） = 空", "  m.yaml:8:10: A", "  原因：/T（第 1 行） 中没有 A", "  原因：没有给出 default(...)"])
    }

    @Test("A record that cannot be read has findings and no field")
    func unreadable() throws {
        let explanation = try WorkshopFolder(in: "title: A").explain("")
        #expect(explanation.isRefused && explanation.fields.isEmpty)
    }

    @Test("A run that is explained makes the same record as one that is not", arguments: ["local-a/in/tender-notice"])
    func same(name: String) throws {
        let mapping = try ShippedFiles.inbound(name)
        let bytes = try #require(FolderReader.bytes(of: ShippedFiles.recordings + "/good-02-road-first-correction/notice.xml"))
        var tree = RecordTree()
        let found = mapping.reader(schema: nil).read(bytes, names: mapping.names, into: &tree)
        #expect(found == [])
        let plain = mapping.run(tree)
        let told = mapping.run(tree, options: MappingOptions(), recorder: RunRecorder(tellsStory: true))
        #expect(plain.canonical == told.canonical && plain.findings == told.findings && plain.version == told.version)
    }

    @Test("The functions of an expression are told apart at the bars outside quotation marks and parentheses")
    func parts() {
        #expect(ExpressionText.parts("A | split(\"|\") |join('|)')| code(x)") == ["A", "split(\"|\")", "join('|)')", "code(x)"])
        #expect(ExpressionText.parts("concat(A, \"a\"\"|b\")") == ["concat(A, \"a\"\"|b\")"])
    }
}
