import ExchangeModel
import JSON
import JSONSchema
import Testing

@Suite("Loading a schema")
struct LoadTests {
    static func findings(
        _ schema: String, registry: JSONSchemaRegistry = .init(), options: JSONSchemaOptions = .init()
    ) -> [Finding] {
        do throws(JSONSchemaFailure) {
            _ = try JSONSchema(parsing: Array(schema.utf8), name: "a.json", registry: registry, options: options)
            return []
        } catch {
            for finding in error.findings { #expect(!finding.finding.text.isEmpty && !finding.finding.textZH.isEmpty) }
            return error.findings.map(\.finding)
        }
    }

    @Test(
        "what is wrong is refused at its place",
        arguments: [
            (#"{"typ": "string"}"#, "/typ", #"unknown keyword "typ"; did you mean type?"#),
            (#"{"properties": {"a": {"maxLenght": 3}}}"#, "/properties/a/maxLenght", "did you mean maxLength?"),
            (#"{"id": "x"}"#, "/id", "did you mean $id?"),
            (##"{"$recursiveRef": "#"}"##, "/$recursiveRef", "did you mean $dynamicRef?"),
            (#"{"type": "strng"}"#, "/type", "did you mean string?"),
            (#"{"type": []}"#, "/type", "type must be"),
            (#"{"type": 7}"#, "/type", "type must be"),
            (#"{"minLength": -1}"#, "/minLength", "not below zero"),
            (#"{"minLength": 1.5}"#, "/minLength", "not below zero"),
            (#"{"maximum": "3"}"#, "/maximum", "must be a number"),
            (#"{"multipleOf": 0}"#, "/multipleOf", "above zero"),
            (#"{"multipleOf": -2}"#, "/multipleOf", "above zero"),
            (#"{"multipleOf": 1.2345678901234567891}"#, "/multipleOf", "18 significant digits"),
            (#"{"required": "a"}"#, "/required", "list of strings"),
            (#"{"required": ["a", "a"]}"#, "/required", "each of them once"),
            (#"{"enum": 3}"#, "/enum", "must be a list"),
            (#"{"allOf": []}"#, "/allOf", "not empty"),
            (#"{"properties": []}"#, "/properties", "object of schemas"),
            (#"{"items": [{}]}"#, "/items", "a schema must be an object, true or false"),
            (#"{"items": 3}"#, "/items", "a schema must be an object, true or false"),
            (#"{"uniqueItems": 1}"#, "/uniqueItems", "true or false"),
            (#"{"pattern": "(a"}"#, "/pattern", "without its closing one"),
            (#"{"pattern": "(?=a)"}"#, "/pattern", "looking ahead"),
            (#"{"pattern": "(a)\\1"}"#, "/pattern", "reference back"),
            (#"{"pattern": "\\a"}"#, "/pattern", "ECMA-262"),
            (#"{"pattern": "(a{1000}){1000}"}"#, "/pattern", "steps"),
            (#"{"patternProperties": {"[": true}}"#, "/patternProperties", "closing one"),
            (#"{"format": "dat"}"#, "/format", "did you mean date?"),
            (##"{"$ref": "#/$defs/none"}"##, "/$ref", "leads to nothing"),
            (##"{"$ref": "#none"}"##, "/$ref", "leads to nothing"),
            (#"{"$ref": "https://example.com/x"}"#, "/$ref", "never fetched"),
            (#"{"$ref": 1}"#, "/$ref", "must be a string"),
            (#"{"$defs": {"unused": {"type": "nothing"}}}"#, "/$defs/unused/type", "unknown type"),
            (#"{"$schema": "http://json-schema.org/draft-07/schema#"}"#, "/$schema", "2020-12"),
            (#"{"$id": "a#b"}"#, "/$id", "fragment"),
            (#"{"$anchor": "1"}"#, "/$anchor", "name"),
            (#"{"$defs": {"a": {"$anchor": "x"}, "b": {"$anchor": "x"}}}"#, "/$defs/b/$anchor", "twice"),
            (#"{"$defs": {"a": {"$id": "x"}, "b": {"$id": "x"}}}"#, "/$defs/b/$id", "twice"),
            (#"3"#, "", "a schema must be an object"),
        ])
    func wrong(schema: String, path: String, text: String) {
        let found = Self.findings(schema)
        #expect(found.contains { $0.path == path && $0.text.contains(text) }, "\(found)")
        #expect(found.allSatisfy { $0.position.line == 1 && $0.position.column > 0 })
    }

    @Test("all faults are told, with line and column")
    func several() {
        let found = Self.findings(
            """
            {
              "type": "objekt",
              "properties": {
                "a": { "maxLenght": 3 },
                "b": { "$ref": "#/$defs/b" }
              }
            }
            """)
        #expect(found.map(\.position.line) == [2, 4, 5])
        #expect(found[0].position.column == 11)
        #expect(found[1].code == .keyUnknown)
    }

    @Test("a schema that is no JSON is refused where it breaks off")
    func syntax() {
        let found = Self.findings("{\n \"type\": }")
        #expect(found.first?.position == SourcePosition(line: 2, column: 10))
    }

    @Test(
        "references without end are refused",
        arguments: [
            ##"{"$ref": "#"}"##, ##"{"allOf": [{"$ref": "#"}]}"##,
            ##"{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"anyOf": [true, {"$ref": "#/$defs/a"}]}}}"##,
            ##"{"if": {"not": {"$ref": "#"}}}"##, ##"{"dependentSchemas": {"a": {"$ref": "#"}}}"##,
        ])
    func cycles(schema: String) {
        #expect(Self.findings(schema).contains { $0.code == .referenceBroken && $0.text.contains("without end") })
    }

    @Test("unknown keywords are annotations when asked, and those that begin with x- always")
    func annotations() {
        #expect(Self.findings(#"{"typ": 3}"#, options: .init(unknownWords: .annotations)).isEmpty)
        #expect(Self.findings(#"{"x-unit": "CNY", "type": "number"}"#).isEmpty)
    }

    @Test("a vocabulary that is needed and not known is refused; one that is not needed is not")
    func vocabularies() {
        func registry(_ needed: Bool) -> JSONSchemaRegistry {
            var registry = JSONSchemaRegistry()
            registry.add(
                Array(
                    """
                    {"$id": "meta", "$vocabulary": {"https://json-schema.org/draft/2020-12/vocab/core": true, "urn:ours": \(needed)}}
                    """.utf8), at: "meta")
            return registry
        }
        let needed = Self.findings(#"{"$schema": "meta"}"#, registry: registry(true))
        #expect(needed.first?.path == "/$schema")
        #expect(needed.first?.text.contains("urn:ours") == true)
        #expect(Self.findings(#"{"$schema": "meta"}"#, registry: registry(false)).isEmpty)
    }

    @Test("references lead to documents of the registry by relative address, and their faults name them")
    func registry() throws {
        var registry = JSONSchemaRegistry()
        registry.add(Array(#"{"$defs": {"code": {"type": "string", "maxLength": 2}}}"#.utf8), at: "common/types.json")
        let schema = try JSONSchema(
            parsing: Array(##"{"items": {"$ref": "../common/types.json#/$defs/code"}}"##.utf8), name: "notices/a.json",
            registry: registry)
        #expect(try schema.validate(Array(#"["ab", "abc"]"#.utf8)).findings.map(\.path) == ["/1"])
        registry.add(Array(#"{"$defs": {"code": {"type": "text"}}}"#.utf8), at: "common/types.json")
        #expect(throws: JSONSchemaFailure.self) {
            do throws(JSONSchemaFailure) {
                _ = try JSONSchema(
                    parsing: Array(##"{"$ref": "../common/types.json#/$defs/code"}"##.utf8), name: "notices/a.json",
                    registry: registry)
            } catch {
                #expect(error.findings.map(\.file) == ["common/types.json"])
                throw error
            }
        }
    }

    @Test("the limits of a schema are named")
    func limits() {
        let small = JSONSchemaLimits(document: JSONLimits(bytesMax: 20, depthMax: 3, countMax: 100))
        #expect(Self.findings(#"{"title": "0123456789012345"}"#, options: .init(limits: small)).first?.code == .bytesOverLimit)
        #expect(
            Self.findings(#"{"not":{"not":{"not":{}}}}"#, options: .init(limits: .init(document: .init(depthMax: 3)))).first?.code
                == .depthOverLimit)
        #expect(
            Self.findings(#"{"allOf": [true, true, true, true]}"#, options: .init(limits: .init(schemasMax: 2))).contains {
                $0.code == .countOverLimit
            })
        let many = "{" + (0..<300).map { #""k\#($0)": 1"# }.joined(separator: ",") + "}"
        #expect(Self.findings(many).count == 100)
    }
}
