import ExchangeModel
import Testing

@testable import Mapping

@Suite("The language, outbound")
struct OutboundLanguageTests {
    static let money = #"{"price":{"value":"12345.6789","currency":"CNY","receivedUnit":"元","kind":"total"}}"#

    @Test(
        "An expression gives its element",
        arguments: [
            ("A: title", #"{"title":"a<b>&\"c\""}"#, #"<A>a&lt;b&gt;&amp;"c"</A>"#),
            ("A: title | upper", #"{"title":"é a"}"#, "<A>é A</A>"),
            ("A: place.inner.note", #"{"place":{"inner":{"note":"n"}}}"#, "<A>n</A>"),
            ("A: place/inner/note", #"{"place":{"inner":{"note":"n"}}}"#, "<A>n</A>"),
            ("A: tags[] | join(\"|\")", #"{"tags":["1","2"]}"#, "<A>1|2</A>"),
            ("A[]: tags[]", #"{"tags":["1","2"]}"#, "<A>1</A><A>2</A>"),
            ("A: items[].key | join(\";\")", #"{"items":[{"key":"1"},{"key":"2"}]}"#, "<A>1;2</A>"),
            ("A: items[key='2'].value", #"{"items":[{"key":"1","value":"x"},{"key":"2","value":"y"}]}"#, "<A>y</A>"),
            ("A: colour | code(colour)", #"{"colour":"red"}"#, "<A>R</A>"),
            ("A: at | time(\"yyyyMMddHHmmss\")", #"{"at":"2026-05-01T01:15:00Z"}"#, "<A>20260501091500</A>"),
            ("A: at | time(\"epoch-milliseconds\")", #"{"at":"2026-05-01T09:30:00.250+08:00"}"#, "<A>1777599000250</A>"),
            ("A: at | date(\"yyyyMMdd\")", #"{"at":"2026-04-30T16:00:00Z"}"#, "<A>20260501</A>"),
            ("A: day | date(\"yyyy/MM/dd\")", #"{"day":"2026-05-01"}"#, "<A>2026/05/01</A>"),
            ("A: price | amount(\"元\")", money, "<A>12345.6789</A>"),
            ("A: price | amount(\"元\", 6)", money, "<A>12345.678900</A>"),
            ("A: price | amount(\"万元\")", money, "<A>1.23456789</A>"),
            ("A: price.value\nB: price.currency", money, "<A>12345.6789</A><B>CNY</B>"),
            ("A: id.value | uscc", #"{"id":{"scheme":"CN-USCC","value":"91440101MA5TE2T092"}}"#, "<A>91440101MA5TE2T092</A>"),
            ("A: number | count\nB: measure | decimal(2)", #"{"number":"3","measure":"1.5"}"#, "<A>3</A><B>1.50</B>"),
            ("A: literal(\"x\")", "{}", "<A>x</A>"),
            ("G:\n  fields:\n    A: literal(\"x\")\n    B: title", "{}", ""),
            ("G:\n  fields:\n    A: literal(\"x\")\n    B: title", #"{"title":"t"}"#, "<G><A>x</A><B>t</B></G>"),
            (
                "I[]:\n  each: items[]\n  fields:\n    K: key\n    T: ../title\n    U: /title",
                #"{"title":"t","items":[{"key":"1"},{"key":"2"}]}"#,
                "<I><K>1</K><T>t</T><U>t</U></I><I><K>2</K><T>t</T><U>t</U></I>"
            ),
            (
                "I[]:\n  each: items\n  fields:\n    P: price | amount(\"元\")",
                #"{"items":[{"key":"1","price":{"value":"2","currency":"CNY","receivedUnit":"元","kind":"unit"}}]}"#,
                "<I><P>2</P></I>"
            ),
            ("A: title", "{}", ""),
        ])
    func value(fields: String, json: String, expected: String) throws {
        let outcome = try Workshop.write(fields, json)
        #expect(outcome.faults == [])
        #expect(outcome.text == expected)
    }

    @Test(
        "A fault is named with its pointer",
        arguments: [
            ("A: title | required", "{}", "field.required /title"),
            ("A: title | required", #"{"title":""}"#, "field.required /title"),
            ("A: title | max(1)", #"{"title":"ab"}"#, "field.too-long /title"),
            ("A: title", #"{"title":"a\u0001b"}"#, "field.invalid /title"),
            ("A: colour | code(colour)", #"{"colour":"mauve"}"#, "code.unknown /colour"),
            ("A: at | time(\"yyyy\")", #"{"at":"yesterday"}"#, "time.invalid /at"),
            ("A: price | amount(\"元\", 2)", money, "amount.invalid /price"),
            (
                "A: price | amount(\"元\")", #"{"price":{"value":"1","currency":"EUR","receivedUnit":"EUR","kind":"total"}}"#,
                "amount.unit-unknown /price"
            ),
            (
                "A: price | amount(\"元\")", #"{"price":{"value":"1","currency":"CNY","receivedUnit":"元","kind":"rate"}}"#,
                "amount.invalid /price"
            ),
            ("A: price | amount(\"元\")", #"{"price":{"value":"1"}}"#, "amount.invalid /price"),
            (
                "I[]:\n  each: items\n  fields:\n    P: value | required", #"{"items":[{"key":"1","value":"v"},{"key":"2"}]}"#,
                "field.required /items/1/value"
            ),
        ])
    func fault(fields: String, json: String, expected: String) throws {
        #expect(try Workshop.write(fields, json).faults == [expected])
    }

    @Test("A field reaches only the audiences that its class names")
    func audience() {
        func faults(_ fields: String, _ audience: String) -> [String] {
            Workshop.lint(Workshop.outboundFile(fields, audience: audience), name: "shop/out/thing").map {
                "\($0.position.line):\($0.position.column) \($0.path)"
            }
        }
        #expect(faults("A: title", "public") == [])
        #expect(faults("A: phone", "supervision") == [])
        #expect(faults("A: phone", "public") == ["7:6 phone"])
        #expect(faults("A: unclassed", "public") == ["7:6 unclassed"])
        #expect(faults("A: id.value", "public") == [])
        #expect(faults("A: title\nB: concat(title, phone)", "public") == ["8:20 phone"])
        #expect(faults("A: items[phone='1'].key", "public") == ["7:12 items"])
        #expect(faults("A: ext.shop.ANY", "public") == ["7:6 ext.shop.ANY"])
    }
}
