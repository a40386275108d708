import ExchangeModel
import Testing

@testable import Mapping

@Suite("Conditions, choices, variables, lists and groups")
struct LanguageConditionTests {
    @Test(
        "A condition decides whether a field is written",
        arguments: [
            ("A", "<T><A>x</A></T>", true), ("A", "<T><A> </A></T>", false), ("A", "<T/>", false),
            ("A", "<T><A><B/></A></T>", true),
            ("A/@u", "<T><A u='1'/></T>", true), ("A = '1'", "<T><A> 1 </A></T>", true), ("A = '1'", "<T><A>01</A></T>", false),
            ("A = 1", "<T><A>1</A></T>", true), ("A = ''", "<T/>", false), ("A != '1'", "<T><A>2</A></T>", true),
            ("A != '1'", "<T/>", true), ("A = B", "<T><A>x</A><B>x</B></T>", true), ("A = B", "<T/>", false),
            ("A < 10", "<T><A>9.5</A></T>", true), ("A < 10", "<T><A>10.0</A></T>", false),
            ("A <= 10", "<T><A>10.0</A></T>", true),
            ("A > -1", "<T><A>-0.5</A></T>", true), ("A >= 1.5", "<T><A>1.49999999999999999999</A></T>", false),
            ("A > '123456789012345678901234567890123456'", "<T><A>0.123456789012345678901234567890123456</A></T>", false),
            ("A > '2026-01-01'", "<T><A>2026-05-01</A></T>", true), ("A < 10", "<T/>", false),
            ("A > '2026-05-01T00:00:00Z'", "<T><A>2026-05-01T07:59:59+08:00</A></T>", false),
            ("A > '2026-05-01T00:00:00Z'", "<T><A>2026-05-01T08:00:01+08:00</A></T>", true),
            ("A in ('1', '2')", "<T><A>2</A></T>", true), ("A in ('1', 2)", "<T><A>3</A></T>", false),
            ("A in ('1')", "<T/>", false),
            ("A = '1' and B = '2'", "<T><A>1</A><B>2</B></T>", true), ("A = '1' and B = '2'", "<T><A>1</A></T>", false),
            ("A = '1' or B = '2' and C", "<T><A>1</A></T>", true), ("(A = '1' or B) and C", "<T><A>1</A></T>", false),
            ("not(A)", "<T/>", true), ("not ( A or B )", "<T><B>x</B></T>", false), ("not(not(A))", "<T><A>x</A></T>", true),
            ("and = 'or'", "<T><and>or</and></T>", true), ("A[B='1']", "<T><A><B>2</B></A><A><B>1</B></A></T>", true),
            ("A[B!='1']/C = 'x'", "<T><A><B>1</B><C>y</C></A><A><C>x</C></A></T>", true),
        ])
    func condition(condition: String, xml: String, expected: Bool) throws {
        let outcome = try Workshop.read("title:\n  when: \(condition)\n  value: literal(\"yes\")", xml)
        #expect(outcome.text == (expected ? #""title":"yes""# : ""))
        #expect(outcome.faults == [])
    }

    @Test("What cannot be put in an order refuses the record and says where")
    func order() throws {
        let fields = "title: { when: A < 10, value: A }"
        #expect(try Workshop.read(fields, "<T><A>ten</A></T>").faults == ["field.invalid /T/A"])
        #expect(try Workshop.read(fields, "<T><A>2026-05-01</A></T>").faults == ["field.invalid /T/A"])
    }

    @Test("Groups and the items of repeated groups have conditions, asked from where their paths begin")
    func groups() throws {
        let group = "place:\n  when: KIND = '1'\n  fields: { name: N }"
        #expect(try Workshop.read(group, "<T><KIND>1</KIND><N>x</N></T>").text == #""place":{"name":"x"}"#)
        #expect(try Workshop.read(group, "<T><KIND>2</KIND><N>x</N></T>").text == "")
        let items = "items[]:\n  each: I\n  when: S != 'gone'\n  fields: { key: K | required }"
        let xml = "<T><I><K>1</K></I><I><S>gone</S></I><I><K>3</K><S>here</S></I></T>"
        #expect(try Workshop.read(items, xml).text == #""items":[{"key":"1"},{"key":"3"}]"#)
        #expect(try Workshop.read(items, "<T><I><S>gone</S></I></T>").text == "")
    }

    @Test("The first branch whose condition holds is taken, and only that one")
    func choice() throws {
        let value =
            "title:\n  choose:\n    - { when: A = '1', value: literal(\"one\") }\n    - { when: A = '2', value: B | required }\n    - { value: literal(\"other\") }"
        #expect(try Workshop.read(value, "<T><A>1</A></T>").text == #""title":"one""#)
        #expect(try Workshop.read(value, "<T><A>2</A><B>two</B></T>").text == #""title":"two""#)
        #expect(try Workshop.read(value, "<T><A>2</A></T>").faults == ["field.required /T/B"])
        #expect(try Workshop.read(value, "<T/>").text == #""title":"other""#)
        let group =
            "place:\n  choose:\n    - { when: A, fields: { name: A } }\n    - { fields: { inner.note: B } }\nphone: C"
        #expect(try Workshop.read(group, "<T><A>a</A><C>c</C></T>").text == #""place":{"name":"a"},"phone":"c""#)
        #expect(try Workshop.read(group, "<T><B>b</B></T>").text == #""place":{"inner":{"note":"b"}}"#)
        let repeated =
            "items[]:\n  choose:\n    - { when: I, each: I, fields: { key: . | required } }\n    - { each: J, fields: { key: ./@k | required } }"
        #expect(try Workshop.read(repeated, "<T><J k='1'/><J k='2'/></T>").text == #""items":[{"key":"1"},{"key":"2"}]"#)
        #expect(try Workshop.read(repeated, "<T><I>i</I><J k='1'/></T>").text == #""items":[{"key":"i"}]"#)
    }

    @Test(
        "Variables stand for values and for places",
        arguments: [
            ("let: { v: A | upper }", "title: $v", "<T><A>x</A></T>", #""title":"X""#),
            ("let: { v: A | upper }", "title: concat($v, \"-\", B)", "<T><A>x</A><B>b</B></T>", #""title":"X-b""#),
            ("let: { v: A | upper }", "title: first($v, B)", "<T><B>b</B></T>", #""title":"b""#),
            ("let: { v: A | upper }", "title: { when: $v = 'X', value: B }", "<T><A>x</A><B>b</B></T>", #""title":"b""#),
            ("let: { v: A | upper }", "title: { when: not($v), value: B }", "<T><B>b</B></T>", #""title":"b""#),
            ("let: { v: \"P[R='2']\" }", "title: $v/N", "<T><P><R>1</R></P><P><R>2</R><N>n</N></P></T>", #""title":"n""#),
            ("let: { v: P, w: $v/Q }", "title: $w/@k", "<T><P><Q k='x'/></P></T>", #""title":"x""#),
            ("let: { v: A, w: $v | lower, x: $w }", "title: $x", "<T><A>X</A></T>", #""title":"x""#),
            ("let: { v: 'A[]' }", "tags[]: $v | upper", "<T><A>x</A><A>y</A></T>", #""tags":["X","Y"]"#),
            ("let: { v: 'A[] | upper' }", "tags[]: $v", "<T><A>x</A><A>y</A></T>", #""tags":["X","Y"]"#),
            ("let: { v: A | split(\";\") }", "title: $v | join(\"+\")", "<T><A>x;y</A></T>", #""title":"x+y""#),
            (
                "let: { v: P }", "items[]: { each: $v/I, fields: { key: . | required } }", "<T><P><I>1</I><I>2</I></P></T>",
                #""items":[{"key":"1"},{"key":"2"}]"#
            ),
            (
                "let: { v: P/Q }", "items[]: { each: $v/I, fields: { key: ../../N | required } }",
                "<T><P><N>n</N><Q><I/></Q></P></T>",
                #""items":[{"key":"n"}]"#
            ),
            (
                "let: { v: A | decimal }", "measure: B | multiply($v) | decimal(2)", "<T><A>1.5</A><B>3</B></T>",
                #""measure":"4.50""#
            ),
            (
                "let: { v: U }", "price: A | amount(unit=$v)", "<T><A>3</A><U>1</U></T>",
                #""price":{"value":"30000","currency":"CNY","receivedUnit":"万元","kind":"total"}"#
            ),
        ])
    func variable(extra: String, fields: String, xml: String, expected: String) throws {
        let outcome = try Workshop.read(fields.replacing("[]: {", with: "[]:\n  {"), xml, extra: extra)
        #expect(outcome.text == expected)
        #expect(outcome.faults == [])
    }

    @Test("A variable of a level is worked out anew for each item, and only when it is asked for")
    func levels() throws {
        let fields =
            "items[]:\n  each: I\n  let: { k: K | upper, bad: X | decimal | required }\n  fields: { key: $k | required, value: { when: X, value: $bad } }"
        let outcome = try Workshop.read(fields, "<T><I><K>a</K></I><I><K>b</K><X>1.0</X></I></T>")
        #expect(outcome.text == #""items":[{"key":"A"},{"key":"B","value":"1"}]"#)
        #expect(outcome.faults == [])
        let failing = try Workshop.read(
            "items[]:\n  each: I\n  let: { k: K | required }\n  fields: { key: $k | required, value: $k }", "<T><I/></T>")
        #expect(failing.faults == ["field.required /T/I/K"])
    }

    @Test("Lists of one length become items side by side; a place without a value stays a place")
    func zip() throws {
        let fields =
            "items[]:\n  zip: { n: 'N[]', p: P | split(\";\") }\n  fields: { key: $n | trim | required, value: $p }"
        #expect(
            try Workshop.read(fields, "<T><N>a</N><N>b </N><N>c</N><P>1;;3</P></T>").text
                == #""items":[{"key":"a","value":"1"},{"key":"b"},{"key":"c","value":"3"}]"#)
        #expect(try Workshop.read(fields, "<T/>").text == "")
        let uneven = try Workshop.read(fields, "<T><N>a</N><N>b</N><P>1</P></T>")
        #expect(uneven.faults == ["field.invalid /T/N[1]"])
        #expect(uneven.findings.first?.text == "lists that belong together have different lengths: 2, 1")
        let trimmed =
            "items[]:\n  zip: { n: 'N[] | trim', p: 'P[] | upper' }\n  when: $n\n  fields: { key: $n | required, value: $p }"
        #expect(
            try Workshop.read(trimmed, "<T><N> </N><N>b</N><P>x</P><P>y</P></T>").text == #""items":[{"key":"b","value":"Y"}]"#)
    }

    @Test("Items that share a key become one item, in the order in which keys appear")
    func grouping() throws {
        let fields =
            "items[]:\n  each: R\n  by: K\n  fields: { key: K | required, value: group()/V | join(\"+\"), price: group()/A | sum | amount(\"元\") }"
        let xml =
            "<T><R><K>b</K><V>1</V><A>0.1</A></R><R><K>a</K><V>2</V></R><R><K> b </K><V>3</V><A>0.2</A></R></T>"
        #expect(
            try Workshop.read(fields, xml).text
                == #""items":[{"key":"b","value":"1+3","price":{"value":"0.3","currency":"CNY","receivedUnit":"元","kind":"total"}},{"key":"a","value":"2"}]"#
        )
        #expect(try Workshop.read(fields, "<T><R><K>a</K></R><R/></T>").faults == ["field.required /T/R[2]"])
        let counted =
            "items[]:\n  each: R\n  by: K | upper\n  fields: { key: K | required, value: group()/K | number-of }"
        #expect(
            try Workshop.read(counted, "<T><R><K>a</K></R><R><K>A</K></R></T>").text == #""items":[{"key":"a","value":"2"}]"#)
        let inner =
            "items[]:\n  each: R\n  by: K\n  fields:\n    key: K | required\n    value: 'group()/V[] | join(\",\")'"
        #expect(try Workshop.read(inner, xml).text == #""items":[{"key":"b","value":"1,3"},{"key":"a","value":"2"}]"#)
    }

    @Test("A variable of a group holds what it was declared with, also when a group inside asks for it first")
    func groupVariable() throws {
        let fields =
            "items[]:\n  each: R\n  by: K\n  let: { all: 'group()/V | join(\"+\")' }\n  fields:\n    key: K | required\n    value: { when: K, value: $all }"
        let xml = "<T><R><K>a</K><V>1</V></R><R><K>b</K><V>2</V></R><R><K>a</K><V>3</V></R></T>"
        #expect(try Workshop.read(fields, xml).text == #""items":[{"key":"a","value":"1+3"},{"key":"b","value":"2"}]"#)
        // Groups inside groups: outbound forms nest freely.
        let nested =
            "G[]:\n  each: items\n  by: key\n  let: { all: 'group()/value | join(\"+\")' }\n  fields:\n    I[]:\n      each: group()\n      by: value\n      fields: { V: value, A: $all }"
        let json = #"{"items":[{"key":"a","value":"1"},{"key":"a","value":"2"},{"key":"a","value":"1"}]}"#
        #expect(
            try Workshop.write(nested, json).text
                == "<G><I><V>1</V><A>1+2+1</A></I><I><V>2</V><A>1+2+1</A></I></G>")
    }

    @Test(
        "Paths choose by place, by difference, by being there, and by any name",
        arguments: [
            ("A[2]", "<T><A>1</A><A>2</A></T>", "2"), ("A[3]", "<T><A>1</A><A>2</A></T>", ""),
            ("A[last]", "<T><A>1</A><A>2</A></T>", "2"),
            ("A[@k!='1'][2]", "<T><A k='1'>1</A><A>2</A><A k='2'>3</A></T>", "3"),
            ("A[B]/C", "<T><A><C>1</C></A><A><B>x</B><C>2</C></A></T>", "2"),
            ("A[@k]", "<T><A>1</A><A k=''>2</A><A k='x'>3</A></T>", "3"), ("'*/C'", "<T><A/><B><C>1</C></B></T>", ""),
            ("'*[C]/C'", "<T><A/><B><C>1</C></B></T>", "1"), ("'*[2]'", "<T><A>1</A><B>2</B></T>", "2"),
            ("A[] | number-of | hash(\"sha256\") | substring(1, 6)", "<T><A>1</A></T>", "6b86b2"),
            ("A[2][] | join(\"\")", "<T/>", "!"),
        ])
    func places(path: String, xml: String, expected: String) throws {
        if expected == "!" {
            #expect(!Workshop.lint(Workshop.inboundFile("title: \(path)")).isEmpty)
            return
        }
        #expect(try Workshop.read("title: \(path)", xml).text == (expected.isEmpty ? "" : "\"title\":\"\(expected)\""))
    }

    @Test("Outbound, conditions, choices and variables speak of canonical fields")
    func outbound() throws {
        let json = #"{"title":"t","colour":"red","items":[{"key":"1"},{"key":"2","value":"v"}],"tags":["a","b"]}"#
        #expect(try Workshop.write("A: { when: colour = 'red', value: title }", json).text == "<A>t</A>")
        #expect(try Workshop.write("A: { when: colour = 'lime', value: title }", json).text == "")
        #expect(try Workshop.write("A: { when: price, value: title }", json).text == "")
        #expect(
            try Workshop.write("I[]:\n  each: items\n  when: value\n  fields: { K: key }", json).text == "<I><K>2</K></I>")
        let choice = "A:\n  choose:\n    - { when: place.name, value: place.name }\n    - { value: title }"
        #expect(try Workshop.write(choice, json).text == "<A>t</A>")
        #expect(try Workshop.write(choice, #"{"title":"t","place":{"name":"p"}}"#).text == "<A>p</A>")
        #expect(try Workshop.write("A: tags[2]", json).text == "<A>b</A>")
        #expect(try Workshop.write("A: template(\"{title}/{colour | code(colour)}\")", json).text == "<A>t/R</A>")
        #expect(
            try Workshop.write("I[]:\n  each: items\n  by: key\n  fields: { N: group()/key | join(\"\") }", json).text
                == "<I><N>1</N></I><I><N>2</N></I>")
    }
}
