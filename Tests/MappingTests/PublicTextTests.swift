import ExchangeModel
import Formats
import JSON
import Testing

@testable import Mapping

@Suite("Text for everybody is searched for numbers of persons")
struct PublicTextTests {
    private static let schema = """
        {"x-dataset": "thing", "x-version": 1, "type": "object", "x-audience": ["public"], "properties": {
          "title": {"$ref": "#/$defs/text", "x-audience": ["public", "province"]},
          "content": {"$ref": "#/$defs/text", "x-audience": ["public", "province"]},
          "contact": {"type": "object", "x-published-contact": true, "x-audience": ["province"], "properties": {
            "phone": {"$ref": "#/$defs/text", "x-identity": "phone", "x-audience": ["province"]},
            "email": {"$ref": "#/$defs/text", "x-identity": "email", "x-audience": ["province"]}}}},
          "$defs": {"text": {"type": "string"}}}
        """

    private func run(
        _ record: String, audience: String = "public", rules: AudienceRules? = nil, options: MappingOptions = MappingOptions()
    ) throws -> OutboundResult {
        let (schema, found) = CanonicalSchemaReader.read(dataset: "thing", bytes: Array(Self.schema.utf8))
        #expect(found == [])
        var input = Workshop.input
        input.schemas["thing"] = schema
        input.audienceRules = rules ?? AudienceRules()
        let file = Workshop.outboundFile("T: title\nC: content", audience: audience)
        let (result, findings) = MappingCompilation.compile(Array(file.utf8), expectedName: "shop/out/thing", input: input)
        guard case .outbound(let mapping)? = result else { throw Failure(text: "\(findings)") }
        var tree = RecordTree()
        #expect(JSONRecordReader().read(Array(record.utf8), names: mapping.names, into: &tree) == [])
        return mapping.run(tree, options: options)
    }

    private struct Failure: Error { var text: String }

    @Test("a number is a warning with its place and without the number; the record's published contact is none")
    func warning() throws {
        let record = """
            {"title": "电话13800138000、13900139000", "content": "请致电 020-8123 4567 或 Bid@hz.cn；身份证11010519491231002X",
             "contact": {"phone": "（020）81234567", "email": "bid@hz.cn"}}
            """
        let result = try run(record)
        #expect(!result.isRefused)
        #expect(
            result.findings.map { "\($0.severity.rawValue) \($0.code) \($0.path)" } == [
                "warning text.personal-number /OUT/T", "warning text.personal-number /OUT/C",
            ])
        #expect(result.findings[0].text.contains("telephone number, 2 times") && result.findings[0].textZH.contains("2 处"))
        #expect(result.findings[1].text.contains("identity number"))
        for finding in result.findings { #expect(!finding.text.contains("138") && !finding.text.contains("1101")) }
    }

    @Test("an identity number or bank card is a fault even as the published contact")
    func contactNumber() throws {
        let result = try run("{\"content\": \"11010519491231002X\", \"contact\": {\"phone\": \"11010519491231002X\"}}")
        #expect(result.findings.count == 1)
    }

    @Test("the audience, or whoever runs the mapping, may refuse; the stricter holds; other audiences are not searched")
    func rules() throws {
        let record = "{\"content\": \"13800138000\"}"
        var refusing = AudienceRules()
        refusing.add("public", personalText: .refuse)
        #expect(try run(record, rules: refusing).isRefused)
        var lax = MappingOptions()
        lax.personalText = .warn
        #expect(try run(record, rules: refusing, options: lax).isRefused)
        var strict = MappingOptions()
        strict.personalText = .refuse
        #expect(try run(record, options: strict).isRefused)
        #expect(try run(record, audience: "province").findings == [])
        #expect(try run(record, audience: "province", options: strict).isRefused)
    }

    @Test("the shipped file searches text for the public, and no other audience's")
    func shipped() {
        #expect(ShippedFiles.library.personalText(of: Audience("public")) == .warn)
        #expect(ShippedFiles.library.personalText(of: Audience("province")) == nil)
        #expect(AudienceRules().personalText(of: "public") == .warn)
    }

    @Test(
        "a schema that opens numbers of persons or what is secret before opening to everybody is refused",
        arguments: [
            "\"x-identity\": \"phone\"", "\"x-identity\": \"email\"", "\"x-identity\": \"account\"",
            "\"x-identity\": \"identity-number\"", "\"x-secret-until-opening\": true",
        ])
    func secrecy(word: String) {
        func findings(_ audience: String) -> [Finding] {
            let text = """
                {"x-dataset": "thing", "x-version": 1, "type": "object", "x-audience": ["public"], "properties": {
                  "a": {"type": "string", \(word), "x-audience": ["\(audience)"]}}}
                """
            return CanonicalSchemaReader.read(dataset: "thing", bytes: Array(text.utf8)).findings
        }
        #expect(findings("province") == [])
        #expect(findings("public").map(\.path) == ["/properties/a"])
        #expect(findings("public").first?.position.line == 2)
    }

    @Test("an unknown x-identity is an error with a suggestion")
    func unknownIdentity() {
        let text =
            "{\"x-dataset\": \"thing\", \"x-version\": 1, \"type\": \"object\", \"properties\": {\"a\": {\"type\": \"string\", \"x-identity\": \"phon\"}}}"
        let found = CanonicalSchemaReader.read(dataset: "thing", bytes: Array(text.utf8)).findings
        #expect(found.count == 1 && found[0].text.contains("did you mean \"phone\"?"))
    }

    @Test("what a key finds, and what a predicate looks at, must be for the audience too")
    func keysAndPredicates() {
        func lint(_ fields: String, keys: String = "") -> [String] {
            var file = Workshop.outboundFile(fields)
            if !keys.isEmpty { file = file.replacing("fields:\n", with: keys + "\nfields:\n") }
            return Workshop.lint(file, name: "shop/out/thing").map(\.text)
        }
        #expect(lint("A: items[key=\"x\"].value") == [])
        let hidden = Workshop.schema.replacing(
            "\"required\": [\"key\"], \"properties\": {",
            with: "\"required\": [\"key\"], \"properties\": {\"secret\": {\"$ref\": \"#/$defs/text\"},")
        var input = Workshop.input
        input.schemas["thing"] = CanonicalSchemaReader.read(dataset: "thing", bytes: Array(hidden.utf8)).schema
        let file = Workshop.outboundFile("A: items[secret=\"x\"].value")
        let findings = MappingCompilation.compile(Array(file.utf8), expectedName: "shop/out/thing", input: input).findings
        #expect(findings.map(\.path) == ["items.secret"])
        #expect(findings.first?.text.contains("not for the audience") == true)
    }
}
