import ExchangeModel
import GatewayTesting
import Testing

@testable import Mapping

@Suite("Schemas of forms")
struct FormSchemaTests {
    private func findings(_ from: String) -> [String] {
        let text = """
            mapping: shop/in/thing
            version: 1
            from: \(from)
            to: { dataset: thing, canonical: 1 }
            identify: { businessKey: code, orderingKey: code, version: literal("1") }
            fields:
              title: name | trim | required
              price: amount | amount("万元")
            """
        return MappingCompilation.compile(Array(text.utf8), expectedName: "shop/in/thing", input: Workshop.input).1
            .filter { $0.severity == .error }.map(\.text).filter { !$0.contains("unknown schema file") }
    }

    @Test(
        "a schema of the form's own kind is taken",
        arguments: ["{ format: xml, root: T, schema: shop/t.xsd }", "{ format: json, schema: shop/t.schema.json }"])
    func fits(_ from: String) { #expect(findings(from).isEmpty) }

    @Test(
        "one of another kind is refused, with what to name",
        arguments: [
            ("{ format: xml, root: T, schema: shop/t.json }", "name an .xsd"),
            ("{ format: json, schema: shop/t.xsd }", "ends in .json"),
            ("{ format: csv, schema: shop/t.xsd }", "have no schema"),
            ("{ format: xlsx, schema: shop/t.json }", "have no schema"),
        ])
    func misfits(_ from: String, _ words: String) {
        #expect(findings(from).contains { $0.contains(words) }, "\(findings(from))")
    }

    @Test("JSON Schema and XSD are told apart by the file's name, and checked alike")
    func kinds() throws {
        let folder = try TemporaryDirectory()
        defer { withExtendedLifetime(folder) {} }
        try folder.write("a.json", #"{"required": ["a"], "properties": {"a": {"type": "integer"}}}"#)
        try folder.write(
            "b.xsd",
            #"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a" type="xs:integer"/></xs:schema>"#)
        let schemas = FormSchemas(folder: folder.path)
        let (json, xml) = (try schemas.schema("a.json"), try schemas.schema("b.xsd"))
        #expect(json.xml == nil && json.json != nil && xml.xml != nil && xml.json == nil)
        #expect(!json.sourceBytes.isEmpty && !xml.sourceBytes.isEmpty)
        #expect(json.check()(Array(#"{"a": 1}"#.utf8)).isEmpty && xml.check()(Array("<a>1</a>".utf8)).isEmpty)
        let findings = [json.check()(Array(#"{"a": "b"}"#.utf8)), xml.check()(Array("<a>b</a>".utf8))]
        #expect(findings.allSatisfy { $0.first?.code == .schemaViolation })
        #expect(json.check()(Array("{".utf8)).first?.code == .jsonSyntax)
        #expect(throws: GatewayError.self) { _ = try schemas.schema("missing.json") }
        #expect(throws: GatewayError.self) { _ = try schemas.schema("missing.xsd") }
    }
}
