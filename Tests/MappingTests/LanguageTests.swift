import ExchangeModel
import Formats
import Testing

@testable import Mapping

@Suite("The language, inbound")
struct InboundLanguageTests {
    @Test(
        "An expression gives its value",
        arguments: [
            ("title: A", "<T><A>x</A></T>", #""title":"x""#),
            ("title: A/B", "<T><A><B>x</B></A></T>", #""title":"x""#),
            ("title: /T/A", "<T><A>x</A></T>", #""title":"x""#),
            ("title: A/@u", "<T><A u=\"x\">y</A></T>", #""title":"x""#),
            ("title: ./@u", "<T u='x'/>", #""title":"x""#),
            ("title: A[B='2']/C", "<T><A><B>1</B><C>no</C></A><A><B>2</B><C>yes</C></A></T>", #""title":"yes""#),
            ("title: A[@k=\"2\"]", "<T><A k='1'>no</A><A k='2'>yes</A></T>", #""title":"yes""#),
            ("title: A", "<T><A>first</A><A>second</A></T>", #""title":"first""#),
            ("title: A.B", "<T><A.B>dots belong to names of XML</A.B></T>", #""title":"dots belong to names of XML""#),
            ("title: 甲/乙", "<T><甲><乙>丙</乙></甲></T>", #""title":"丙""#),
            ("tags[]: A[]", "<T><A>1</A><A> </A><A>2</A></T>", #""tags":["1","2"]"#),
            ("tags[]: A[]/B[]", "<T><A><B>1</B><B>2</B></A><A><B>3</B></A></T>", #""tags":["1","2","3"]"#),
            ("title: A", "<T/>", ""),
            ("title: A", "<T><A> \n </A></T>", ""),
            ("title: literal(\"it's\")", "<T/>", #""title":"it's""#),
            ("title: \"'it''s'\"", "<T/>", #""title":"it's""#),
            ("title: concat(A, \"-\", B)", "<T><A>1</A><B> 2 </B></T>", #""title":"1-2""#),
            ("title: concat(A, \"-\", B)", "<T><A>1</A></T>", ""),
            ("title: first(A, B, \"none\")", "<T><B>b</B></T>", #""title":"b""#),
            ("title: first(A, B, \"none\")", "<T/>", #""title":"none""#),
            ("at: datetime(A, B)", "<T><A>2019-11-21+01:00</A><B>00:00:00+01:00</B></T>", #""at":"2019-11-21T00:00:00+01:00""#),
            ("at: datetime(A, B)", "<T><A>2019-11-21</A><B>10:00:00.250Z</B></T>", #""at":"2019-11-21T10:00:00.250Z""#),
            ("at: datetime(A, B)", "<T/>", ""),
            ("title: A | required", "<T><A>x</A></T>", #""title":"x""#),
            ("title: A | default(\"d\")", "<T/>", #""title":"d""#),
            ("title: A | default(\"d\")", "<T><A>x</A></T>", #""title":"x""#),
            ("title: A | trim", "<T><A> \u{3000}x y\u{A0} </A></T>", #""title":"x y""#),
            ("title: A | upper", "<T><A>aB中ß</A></T>", #""title":"AB中ß""#),
            ("title: A | lower", "<T><A>aB中</A></T>", #""title":"ab中""#),
            ("title: A | max(2)", "<T><A>中文</A></T>", #""title":"中文""#),
            ("title: A | max-bytes(6)", "<T><A>中文</A></T>", #""title":"中文""#),
            ("title: A | max-bytes(4, \"gbk\")", "<T><A>中文</A></T>", #""title":"中文""#),
            ("title: A | mask", "<T><A>张三丰</A></T>", #""title":"张**""#),
            ("title: A | mask(3, 4)", "<T><A>13800001234</A></T>", #""title":"138****1234""#),
            ("title: A | mask(3, 4)", "<T><A>1234567</A></T>", #""title":"*******""#),
            ("tags[]: A | split(\";\")", "<T><A>a; b;;c;</A></T>", #""tags":["a","b","c"]"#),
            ("tags[]: A | split(\", \") | upper", "<T><A>a, b</A></T>", #""tags":["A","B"]"#),
            ("title: A[] | join(\";\")", "<T><A>a</A><A>b</A></T>", #""title":"a;b""#),
            ("title: A[] | join(\";\")", "<T/>", ""),
            ("colour: A | code(colour)", "<T><A> R </A></T>", #""colour":"red""#),
            ("colour: literal(\"red\")", "<T/>", #""colour":"red""#),
            ("at: A | time(\"yyyyMMddHHmmss\")", "<T><A>20260501091500</A></T>", #""at":"2026-05-01T09:15:00+08:00""#),
            ("at: A | time(\"yyyy-MM-dd HH:mm\")", "<T><A>2026-05-01 09:15</A></T>", #""at":"2026-05-01T09:15:00+08:00""#),
            ("at: A | time(\"epoch-milliseconds\")", "<T><A> 1777599000000 </A></T>", #""at":"2026-05-01T09:30:00+08:00""#),
            ("at: A | time(\"epoch-milliseconds\")", "<T><A>1777599000250</A></T>", #""at":"2026-05-01T09:30:00.250+08:00""#),
            ("at: A | time(\"epoch-milliseconds\")", "<T><A>100000000000</A></T>", #""at":"1973-03-03T17:46:40+08:00""#),
            ("day: A | date(\"epoch-milliseconds\")", "<T><A>1777564800000</A></T>", #""day":"2026-05-01""#),
            ("day: A | date(\"epoch-milliseconds\")", "<T><A>1777564799999</A></T>", #""day":"2026-04-30""#),
            ("day: A | date(\"yyyyMMdd\")", "<T><A>20240229</A></T>", #""day":"2024-02-29""#),
            ("day: A | date(\"xml\")", "<T><A>2020-11-01+01:00</A></T>", #""day":"2020-11-01""#),
            ("measure: A | decimal", "<T><A>007.50</A></T>", #""measure":"7.5""#),
            ("measure: A | decimal(3)", "<T><A>7.5</A></T>", #""measure":"7.500""#),
            ("number: A | count", "<T><A> 042 </A></T>", #""number":"42""#),
            ("number: A | count", "<T><A>0</A></T>", #""number":"0""#),
            (
                "price: A | amount(\"元\")", "<T><A>12.50</A></T>",
                #""price":{"value":"12.5","currency":"CNY","receivedUnit":"元","kind":"total"}"#
            ),
            (
                "price: A | amount(\"万元\")", "<T><A>0.000001</A></T>",
                #""price":{"value":"0.01","currency":"CNY","receivedUnit":"万元","kind":"total"}"#
            ),
            (
                "price: A | amount(\"分\", kind=\"unit\")", "<T><A>5</A></T>",
                #""price":{"value":"0.05","currency":"CNY","receivedUnit":"分","kind":"unit"}"#
            ),
            (
                "price: A | amount(unit=U, currency=C)", "<T><A>3</A><U>1</U><C>978</C></T>",
                #""price":{"value":"30000","currency":"EUR","receivedUnit":"万元","kind":"total"}"#
            ),
            (
                "price: A | amount(unit=U, currency=C)", "<T><A>3</A><U>0</U></T>",
                #""price":{"value":"3","currency":"CNY","receivedUnit":"元","kind":"total"}"#
            ),
            (
                "price: A | amount(currency=@c)", "<T><A c='978'>3</A></T>",
                #""price":{"value":"3","currency":"EUR","receivedUnit":"EUR","kind":"total"}"#
            ),
            (
                "price: A | amount(currency=\"USD\")", "<T><A>3</A></T>",
                #""price":{"value":"3","currency":"USD","receivedUnit":"USD","kind":"total"}"#
            ),
            ("id: A | identifier(\"OTHER\")", "<T><A>x-1</A></T>", #""id":{"scheme":"OTHER","value":"x-1"}"#),
            (
                "ids[]: A[] | identifier(\"OTHER\")", "<T><A>1</A><A>2</A></T>",
                #""ids":[{"scheme":"OTHER","value":"1"},{"scheme":"OTHER","value":"2"}]"#
            ),
            ("id: A | uscc", "<T><A>91440101MA5TE2T092</A></T>", #""id":{"scheme":"CN-USCC","value":"91440101MA5TE2T092"}"#),
            (
                "id: A | upper | uscc", "<T><A>91440101ma5te2t092</A></T>",
                #""id":{"scheme":"CN-USCC","value":"91440101MA5TE2T092"}"#
            ),
            ("title: A | uscc", "<T><A>91440101MA5TE2T092</A></T>", #""title":"91440101MA5TE2T092""#),
            ("id: A | organisation-code", "<T><A>MA5TE2T0-9</A></T>", #""id":{"scheme":"CN-ORGCODE","value":"MA5TE2T0-9"}"#),
            ("title: A | id-card | mask(6, 0)", "<T><A>440101199001011233</A></T>", #""title":"440101************""#),
            (
                "id: A | deal-code", "<T><A>A0112440100TE2T00053B20260501000298*</A></T>",
                #""id":{"scheme":"CN-DEAL","value":"A0112440100TE2T00053B20260501000298*"}"#
            ),
            (
                "id: A | project-code", "<T><A>2603-440106-04-01-123453</A></T>",
                #""id":{"scheme":"CN-INVEST","value":"2603-440106-04-01-123453"}"#
            ),
            ("place.scheme: literal(\"A\")\nplace.name: A", "<T><A>x</A></T>", #""place":{"scheme":"A","name":"x"}"#),
            ("place.scheme: literal(\"A\")\nplace.name: A", "<T/>", ""),
            (
                "place.scheme: literal(\"A\")\nplace.inner.note: A", "<T><A>x</A></T>",
                #""place":{"scheme":"A","inner":{"note":"x"}}"#
            ),
            (
                "place:\n  fields:\n    name: A\ntitle: A\nplace.inner.note: A", "<T><A>x</A></T>",
                #""place":{"name":"x","inner":{"note":"x"}},"title":"x""#
            ),
            (
                "items[]:\n  each: I\n  fields:\n    key: K | required\n    value: ../V",
                "<T><V>v</V><I><K>1</K></I><I><K>2</K></I></T>", #""items":[{"key":"1","value":"v"},{"key":"2","value":"v"}]"#
            ),
            (
                "items[]:\n  each: I\n  fields:\n    key: K | required\n    value: /T/V", "<T><V>v</V><I><K>1</K></I></T>",
                #""items":[{"key":"1","value":"v"}]"#
            ),
            (
                "items[]:\n  each: G[]/I\n  fields:\n    key: . | required", "<T><G><I>1</I></G><G><I>2</I></G></T>",
                #""items":[{"key":"1"},{"key":"2"}]"#
            ),
            ("items[]:\n  each: I\n  fields:\n    key: . | required", "<T/>", ""),
            ("ext.shop.ANY: { value: A, basis: unverified }", "<T><A>x</A></T>", #""ext":{"shop":{"ANY":"x"}}"#),
        ])
    func value(fields: String, xml: String, expected: String) throws {
        let outcome = try Workshop.read(fields, xml)
        #expect(outcome.faults == [])
        #expect(outcome.text == expected)
    }

    @Test(
        "A fault is named with its path",
        arguments: [
            ("title: A | required", "<T/>", "field.required /T/A"),
            ("title: A | required", "<T><A> </A></T>", "field.required /T/A"),
            ("title: A/B[C='1']/@d | required", "<T><A/></T>", "field.required /T/A/B[C='1']/@d"),
            ("tags[]: A[]/B | required", "<T/>", "field.required /T/A/B"),
            ("title: A | max(2)", "<T><A>中文字</A></T>", "field.too-long /T/A"),
            ("title: A | max-bytes(5)", "<T><A>中文</A></T>", "field.too-long /T/A"),
            ("title: A | max-bytes(3, \"gb18030\")", "<T><A>中文</A></T>", "field.too-long /T/A"),
            ("title: A | max-bytes(100, \"gbk\")", "<T><A>𠮷野家</A></T>", "field.invalid /T/A"),
            ("colour: A | code(colour)", "<T><A>X</A></T>", "code.unknown /T/A"),
            ("colour: A | code(colour)", "<T><A>r</A></T>", "code.unknown /T/A"),
            ("at: A | time(\"yyyyMMddHHmmss\")", "<T><A>20260230091500</A></T>", "time.invalid /T/A"),
            ("at: A | time(\"yyyyMMddHHmmss\")", "<T><A>20260228096000</A></T>", "time.invalid /T/A"),
            ("at: A | time(\"yyyyMMddHHmmss\")", "<T><A>2026022809150</A></T>", "time.invalid /T/A"),
            ("at: A | time(\"epoch-milliseconds\")", "<T><A>1777599000</A></T>", "time.invalid /T/A"),
            ("at: A | time(\"epoch-milliseconds\")", "<T><A>1777599000000000</A></T>", "time.invalid /T/A"),
            ("at: A | time(\"epoch-milliseconds\")", "<T><A>0177759900000</A></T>", "time.invalid /T/A"),
            ("at: A | time(\"epoch-milliseconds\")", "<T><A>1.777599E12</A></T>", "time.invalid /T/A"),
            ("at: A | time(\"epoch-milliseconds\")", "<T><A>-777599000000</A></T>", "time.invalid /T/A"),
            ("day: A | date(\"epoch-milliseconds\")", "<T><A>2026-05-01</A></T>", "time.invalid /T/A"),
            ("at: datetime(A, B)", "<T><A>2026-05-01+01:00</A></T>", "time.invalid /T/A"),
            ("at: datetime(A, B)", "<T><A>2026-05-01+01:00</A><B>09:00:00+02:00</B></T>", "time.invalid /T/A"),
            ("at: datetime(A, B)", "<T><A>2026-05-01</A><B>09:00:00</B></T>", "time.invalid /T/A"),
            ("day: A | date(\"yyyyMMdd\")", "<T><A>20250229</A></T>", "time.invalid /T/A"),
            ("day: A | date(\"xml\")", "<T><A>2026-05-01x</A></T>", "time.invalid /T/A"),
            ("measure: A | decimal", "<T><A>1e3</A></T>", "field.invalid /T/A"),
            ("measure: A | decimal(1)", "<T><A>1.25</A></T>", "field.invalid /T/A"),
            ("number: A | count", "<T><A>-1</A></T>", "field.invalid /T/A"),
            ("number: A | count", "<T><A>1234567890</A></T>", "field.invalid /T/A"),
            ("price: A | amount(\"元\")", "<T><A>1,000</A></T>", "amount.invalid /T/A"),
            ("price: A | amount(\"元\")", "<T><A>１２</A></T>", "amount.invalid /T/A"),
            ("price: A | amount(unit=U)", "<T><A>1</A></T>", "amount.unit-unknown /T/A"),
            ("price: A | amount(unit=U)", "<T><A>1</A><U/></T>", "amount.unit-unknown /T/A"),
            ("price: A | amount(unit=U)", "<T><A>1</A><U>5</U></T>", "amount.unit-unknown /T/U"),
            ("price: A | amount(unit=U)", "<T><A>1</A><U>7</U></T>", "amount.unit-unknown /T/U"),
            ("price: A | amount(currency=@c)", "<T><A>1</A></T>", "amount.unit-unknown /T/A"),
            ("price: A | amount(currency=@c)", "<T><A c='1'>1</A></T>", "amount.unit-unknown /T/A/@c"),
            ("id: A | uscc", "<T><A>91440101MA5TE2T093</A></T>", "identifier.check-digit /T/A"),
            ("id: A | uscc", "<T><A>91440101ma5te2t092</A></T>", "identifier.malformed /T/A"),
            ("items[]:\n  each: I\n  fields:\n    key: K | required", "<T><I><K>1</K></I><I/></T>", "field.required /T/I[2]/K"),
        ])
    func fault(fields: String, xml: String, expected: String) throws {
        #expect(try Workshop.read(fields, xml).faults == [expected])
    }

    @Test("An unknown code is told with the known ones; the number of a person in its place is not told")
    func unknownCode() throws {
        let finding = try #require(try Workshop.read("colour: A | code(colour)", "<T><A>mauve</A></T>").findings.first)
        #expect(finding.text.hasPrefix("the code \"mauve\" is not in the list \"colour\"; known are R, "))
        #expect(finding.textZH.contains("“mauve”") && finding.textZH.contains("可用的有 R、"))
        for number in ["440106199001011243", "13800001234", "020-00001001"] {
            let hidden = try #require(try Workshop.read("colour: A | code(colour)", "<T><A>\(number)</A></T>").findings.first)
            #expect(!hidden.text.contains(number) && !hidden.textZH.contains(number))
        }
    }

    @Test("A time that cannot be read is told with the form that is wanted")
    func wantedForm() throws {
        let outcome = try Workshop.read(
            "at: A | time(\"yyyy/MM/dd HH:mm\")\nday: B | date(\"yyyyMMdd\")", "<T><A>9 April</A><B>20260230</B></T>")
        #expect(
            outcome.findings.map(\.text) == [
                "not an existing time written as yyyy/MM/dd HH:mm", "not an existing date written as yyyyMMdd",
            ])
        let seconds = try Workshop.read("at: A | time(\"epoch-milliseconds\")", "<T><A>1777599000</A></T>")
        #expect(seconds.findings.first?.text.contains("in seconds") == true)
    }

    @Test("A failing field stops no other, and nothing is reported twice")
    func allFindings() throws {
        let outcome = try Workshop.read(
            "title: A | required\nphone: A | required\ncolour: B | code(colour)\nat: C | time(\"yyyyMMdd\")\nmeasure: D | decimal",
            "<T><B>X</B><C>x</C><D>1</D></T>")
        #expect(outcome.faults == ["field.required /T/A", "code.unknown /T/B", "time.invalid /T/C"])
        #expect(outcome.text == #""measure":"1""#)
        #expect(outcome.findings.allSatisfy { !$0.text.isEmpty && !$0.textZH.isEmpty && $0.position.line == 1 })
    }

    @Test("Identifier faults warn where the channel says so; the derived rule only ever warns")
    func warnings() throws {
        let xml = "<T><A>91440101MA5TE2T093</A><B>bad</B><C>2603-440106-04-01-123454</C></T>"
        let warned = try Workshop.read(
            "id: A | uscc\nids[]: B[] | deal-code\ntitle: C | project-code", xml, options: MappingOptions(identifierFaults: .warn)
        )
        #expect(warned.findings.map(\.severity) == [.warning, .warning, .warning])
        #expect(
            warned.text
                == #""id":{"scheme":"CN-USCC","value":"91440101MA5TE2T093"},"ids":[{"scheme":"OTHER","value":"bad"}],"title":"2603-440106-04-01-123454""#
        )
        let refused = try Workshop.read("title: C | project-code", xml)
        #expect(refused.findings.map(\.severity) == [.warning])
        #expect(refused.findings.map(\.code) == [.checkDigitWrong])
    }

    @Test("The record's day decides which entry of a code list holds")
    func effectiveDates() throws {
        let fields = "colour: A | code(colour)"
        let xml = "<T><A>G</A></T>"
        let before = Instant(year: 2025, month: 12, day: 31, hour: 15, minute: 59)
        let after = Instant(year: 2025, month: 12, day: 31, hour: 16)
        #expect(try Workshop.read(fields, xml, options: MappingOptions(recordTime: before)).text == #""colour":"green""#)
        // In China it is 1 January then.
        #expect(try Workshop.read(fields, xml, options: MappingOptions(recordTime: after)).text == #""colour":"lime""#)
    }

    @Test("Keys look an entry up in the same document")
    func keys() throws {
        let keys = "keys: { person: { each: P/X, key: \"@id\" } }"
        let xml = "<T><P><X id='a'><N>Ann</N></X><X id='b'><N>Bob</N></X><X><N>Nobody</N></X></P><R>b</R><S>c</S></T>"
        #expect(try Workshop.read("title: person(R)/N", xml, extra: keys).text == #""title":"Bob""#)
        #expect(try Workshop.read("title: person(R)/@id", xml, extra: keys).text == #""title":"b""#)
        #expect(try Workshop.read("title: person(Q)/N", xml, extra: keys).faults == [])
        #expect(try Workshop.read("title: person(Q)/N | required", xml, extra: keys).faults == ["field.required /T/Q"])
        #expect(try Workshop.read("title: person(S)/N", xml, extra: keys).faults == ["reference.broken /T/S"])
        #expect(try Workshop.read("title: person(S)/N | required", xml, extra: keys).faults == ["reference.broken /T/S"])
        #expect(try Workshop.read("title: person(R)/M | required", xml, extra: keys).faults == ["field.required /T/P/X[2]/M"])
    }

    @Test("Prefixes stand for namespaces; another prefix in the document means the same")
    func namespaces() throws {
        let namespaces = "namespaces: { a: urn:one, b: urn:two }"
        let xml = "<T xmlns:z='urn:one' xmlns:a='urn:two'><a:N>two</a:N><z:N z:k='att'>one</z:N><N>none</N></T>"
        #expect(try Workshop.read("title: a:N", xml, extra: namespaces).text == #""title":"one""#)
        #expect(try Workshop.read("title: b:N", xml, extra: namespaces).text == #""title":"two""#)
        #expect(try Workshop.read("title: N", xml, extra: namespaces).text == #""title":"none""#)
        #expect(try Workshop.read("title: a:N/@a:k", xml, extra: namespaces).text == #""title":"att""#)
    }

    @Test("Limits end a run with their name")
    func limits() throws {
        let many = "<T>" + String(repeating: "<I/>", count: 300) + "</T>"
        let findings = try Workshop.read(
            "items[]:\n  each: I\n  fields:\n    key: . | required", many, options: MappingOptions(findingsMax: 10)
        ).findings
        #expect(findings.count == 11)
        #expect(findings.last?.code == .countOverLimit)
        let square = "items[]:\n  each: I\n  fields:\n    key: /T/I[] | join(\";\") | required"
        let filled = "<T>" + String(repeating: "<I>0123456789</I>", count: 300) + "</T>"
        #expect(try Workshop.read(square, filled, options: MappingOptions(outputBytesMax: 10_000)).faults == ["limit.bytes "])
        #expect(try Workshop.read(square, filled, options: MappingOptions(visitsMax: 1000)).faults.contains("limit.count "))
    }

    @Test("Another root is another dataset")
    func root() throws {
        #expect(try Workshop.read("title: A", "<X><A>x</A></X>").faults == ["dataset.unknown /X"])
    }

    @Test("Each field says where it came from when asked")
    func traces() throws {
        let file = Workshop.inboundFile("title: A | upper\nphone: B")
        guard
            case .inbound(let mapping)? = MappingCompilation.compile(Array(file.utf8), expectedName: "", input: Workshop.input)
                .result
        else {
            Issue.record("does not compile")
            return
        }
        var tree = RecordTree()
        let problems = XMLRecordReader().read(Array("<T>\n<A>x</A></T>".utf8), names: mapping.names, into: &tree)
        #expect(problems == [])
        let traces = mapping.run(tree, options: MappingOptions(traces: true)).traces
        #expect(traces.map(\.target) == ["title", "phone"])
        #expect(traces.map(\.value) == ["X", nil])
        #expect(traces.map(\.sourcePath) == ["/T/A", "/T/B"])
        #expect(traces[0].position.line == 2)
        #expect(traces[0].expression == "A | upper")
    }
}
