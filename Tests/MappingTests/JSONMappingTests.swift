import ExchangeModel
import Formats
import Testing

@testable import Mapping

@Suite("Mappings from JSON")
struct JSONMappingTests {
    private func read(_ json: String, fields: String = "title: a.title | trim\n  tags[]: a.tags[]") throws -> InboundResult {
        let text = """
            mapping: shop/in/thing
            version: 1
            from: { format: json }
            to: { dataset: thing, canonical: 1 }
            identify:
              businessKey: concat(a.key, "-", b)
              orderingKey: first(a.order, a.key)
              version: literal("1")
            fields:
              \(fields)
            """
        let (result, findings) = MappingCompilation.compile(
            Array(text.utf8), expectedName: "shop/in/thing", input: Workshop.input)
        #expect(findings.filter { $0.severity == .error } == [])
        guard case .inbound(let mapping)? = result else { throw Missing() }
        var tree = RecordTree()
        #expect(JSONRecordReader().read(Array(json.utf8), names: mapping.names, into: &tree) == [])
        return mapping.run(tree)
    }

    private struct Missing: Error {}

    @Test("a value is found by its path, whatever stands beside it")
    func values() throws {
        let result = try read(#"{"x":[[{"title":"no"}]],"a":{"tags":["1","2",null],"key":7,"title":" t "},"b":true}"#)
        #expect(result.findings == [])
        #expect(result.businessKey == "7-true" && result.orderingKey == "7")
        #expect(String(decoding: result.canonical, as: UTF8.self) == #"{"title":"t","tags":["1","2"]}"#)
    }

    @Test(
        "an object or array where one value is wanted is named, and not passed over",
        arguments: [
            (#"{"a":{"key":1,"title":{"zh":"t"}},"b":2}"#, ["field.invalid /a/title 1:23"]),
            (#"{"a":{"key":1,"title":{}},"b":2}"#, ["field.invalid /a/title 1:23"]),
            (#"{"a":{"key":1,"title":[["t"]]},"b":2}"#, ["field.invalid /a/title/0 1:24"]),
            (
                #"{"a":{"key":1,"tags":["1",{"n":"2"},[]]},"b":2}"#,
                ["field.invalid /a/tags/1 1:27", "field.invalid /a/tags/2 1:37"]
            ),
            (#"{"a":{"key":{"n":1},"order":1},"b":2}"#, ["field.invalid /a/key 1:13"]),
            (#"{"a":{"key":1,"order":{"n":1}},"b":2}"#, ["field.invalid /a/order 1:23"]),
            (#"{"a":{"key":1,"title":[],"tags":null},"b":2}"#, []),
        ])
    func groups(json: String, expected: [String]) throws {
        let result = try read(json)
        let found = result.findings.map { "\($0.code) \($0.path) \($0.position.line):\($0.position.column)" }
        #expect(found.sorted() == expected)
        #expect(result.findings.allSatisfy { $0.severity == .error && !$0.textZH.isEmpty })
    }
}
