import ExchangeModel
import JSON
import JSONSchema
import Testing

@Suite("Findings of a document")
struct FindingTests {
    static func verdict(_ schema: String, _ document: String, options: JSONSchemaOptions = .init()) throws -> JSONSchemaVerdict {
        let schema = try JSONSchema(parsing: Array(schema.utf8), name: "a.json", options: options)
        let tape = try JSONTape(parsing: Array(document.utf8), limits: JSONLimits(depthMax: 1000))
        let verdict = schema.validate(tape)
        #expect(schema.accepts(tape) == verdict.isValid)
        return verdict
    }

    @Test("all of them come in one validation, each with its place")
    func all() throws {
        let verdict = try Self.verdict(
            """
            {"type": "object", "required": ["code", "name"], "additionalProperties": false,
             "properties": {"code": {"type": "string", "pattern": "^[A-Z]\\\\d+$"}, "name": {"type": "string", "maxLength": 2},
                            "bids": {"items": {"properties": {"amount": {"exclusiveMinimum": 0}}}}}}
            """,
            """
            {
              "code": "x",
              "nmae": "三个字",
              "bids": [{"amount": 1}, {"amount": 0}]
            }
            """)
        let found = verdict.findings
        #expect(found.map(\.keyword) == ["pattern", "additionalProperties", "exclusiveMinimum", "required"])
        #expect(found.map(\.path) == ["/code", "/nmae", "/bids/1/amount", ""])
        #expect(found.map(\.position.line) == [2, 3, 4, 1])
        #expect(found[0].position.column == 11)
        #expect(found[1].text == #"a member of this name is not allowed; did you mean "name"?"#)
        #expect(found[1].textZH.contains("是否为“name”"))
        #expect(found[2].schemaLocation == "a.json#/properties/bids/items/properties/amount/exclusiveMinimum")
        #expect(found[3].finding.code == .schemaViolation)
    }

    @Test(
        "each keyword has its words in both languages and never shows a value",
        arguments: [
            (#"{"type": "string"}"#, "3141592", "type"), (#"{"type": ["integer", "null"]}"#, #""3141592""#, "type"),
            (#"{"const": 1}"#, "3141592", "const"), (#"{"enum": ["a", 2]}"#, "3141592", "enum"),
            (#"{"minimum": 4e9}"#, "3141592", "minimum"),
            (#"{"maximum": 1}"#, "3141592", "maximum"), (#"{"exclusiveMaximum": 3141592}"#, "3141592.0", "exclusiveMaximum"),
            (#"{"multipleOf": 0.3}"#, "3141592", "multipleOf"), (#"{"minLength": 9}"#, #""3141592""#, "minLength"),
            (#"{"maxLength": 2}"#, #""3141592""#, "maxLength"), (#"{"format": "date"}"#, #""3141592""#, "format"),
            (#"{"minProperties": 1}"#, "{}", "minProperties"), (#"{"maxProperties": 0}"#, #"{"a": 3141592}"#, "maxProperties"),
            (#"{"dependentRequired": {"a": ["b"]}}"#, #"{"a": 3141592}"#, "dependentRequired"),
            (#"{"minItems": 1}"#, "[]", "minItems"),
            (#"{"maxItems": 0}"#, "[3141592]", "maxItems"), (#"{"uniqueItems": true}"#, "[3141592, 3141592.0]", "uniqueItems"),
            (#"{"contains": {"type": "null"}}"#, "[3141592]", "contains"),
            (#"{"contains": true, "minContains": 2}"#, "[3141592]", "minContains"),
            (#"{"contains": true, "maxContains": 1}"#, "[3141592, 1]", "maxContains"), (#"{"not": {}}"#, "3141592", "not"),
            (#"{"anyOf": [{"type": "null"}, {"type": "string"}]}"#, "3141592", "anyOf"),
            (#"{"oneOf": [true, true]}"#, "3141592", "oneOf"),
            (#"{"oneOf": [false, false]}"#, "3141592", "oneOf"), (#"{"properties": {"a": false}}"#, #"{"a": 3141592}"#, "false"),
            (#"{"unevaluatedProperties": false}"#, #"{"a": 3141592}"#, "unevaluatedProperties"),
            (#"{"unevaluatedItems": false}"#, "[3141592]", "unevaluatedItems"),
            (#"{"propertyNames": {"maxLength": 1}}"#, #"{"ab": 3141592}"#, "maxLength"),
        ])
    func words(schema: String, document: String, keyword: String) throws {
        let found = try Self.verdict(schema, document).findings
        #expect(found.map(\.keyword) == [keyword])
        for finding in found {
            #expect(!finding.text.isEmpty && !finding.textZH.isEmpty && finding.position.line == 1)
            #expect(keyword == "exclusiveMaximum" || !finding.text.contains("3141592"))
            #expect(finding.textZH.unicodeScalars.contains { $0.value >= 0x4E00 && $0.value <= 0x9FFF })
        }
    }

    @Test("of alternatives that are not met, the one that was meant is explained")
    func alternatives() throws {
        let schema = #"{"anyOf": [{"type": "null"}, {"type": "string", "maxLength": 2}, {"type": "object", "required": ["a"]}]}"#
        #expect(try Self.verdict(schema, #""abc""#).findings.map(\.keyword) == ["anyOf", "maxLength"])
        #expect(try Self.verdict(schema, "{}").findings.map(\.keyword) == ["anyOf", "required"])
        #expect(try Self.verdict(schema, "7").findings.map(\.keyword) == ["anyOf"])
        #expect(try Self.verdict(schema, "null").isValid)
    }

    @Test("numbers are exact")
    func numbers() throws {
        #expect(try !Self.verdict(#"{"const": 9007199254740993}"#, "9007199254740992").isValid)
        #expect(try Self.verdict(#"{"const": 9007199254740993}"#, "90071992547409930e-1").isValid)
        #expect(try !Self.verdict(#"{"maximum": 0.1}"#, "0.10000000000000000000000001").isValid)
        #expect(try Self.verdict(#"{"multipleOf": 0.01}"#, "12345678901234567890.12").isValid)
        #expect(try !Self.verdict(#"{"multipleOf": 0.01}"#, "12345678901234567890.123").isValid)
        #expect(try Self.verdict(#"{"type": "integer", "multipleOf": 7}"#, "7e999999999999999999999").isValid)
        #expect(try !Self.verdict(#"{"maximum": 1e400}"#, "1e401").isValid)
        #expect(try Self.verdict(#"{"minimum": -1e400, "maximum": 0}"#, "-0.0").isValid)
        #expect(try Self.verdict(#"{"type": "integer"}"#, "1.50e1").isValid)
        #expect(try !Self.verdict(#"{"type": "integer"}"#, "1.5").isValid)
    }

    @Test("the number of findings has a limit, and the verdict says that there were more")
    func cut() throws {
        let document = "[" + Array(repeating: "1", count: 500).joined(separator: ",") + "]"
        let verdict = try Self.verdict(#"{"items": {"type": "string"}}"#, document)
        #expect(verdict.findings.count == 100)
        #expect(verdict.isCut)
        #expect(verdict.findings.last?.path == "/99")
        #expect(verdict.gatewayFindings.count == 101)
        #expect(verdict.gatewayFindings.last?.code == .countOverLimit)
    }

    @Test("findings of alternatives that were tried and dropped take no room")
    func dropped() throws {
        let document = "[" + Array(repeating: "1", count: 500).joined(separator: ",") + ", true]"
        let verdict = try Self.verdict(#"{"items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}}"#, document)
        #expect(verdict.findings.map(\.path) == ["/500"])
    }

    @Test("a schema that tries a value again and again is given up, in time and with a name")
    func effort() throws {
        let schema = ##"{"allOf": [{"properties": {"a": {"$ref": "#"}}}, {"properties": {"a": {"$ref": "#"}}}]}"##
        let document = String(repeating: #"{"a":"#, count: 60) + "1" + String(repeating: "}", count: 60)
        let verdict = try Self.verdict(schema, document, options: .init(limits: .init(effortMax: 100_000)))
        #expect(verdict.findings.map { $0.finding.code } == [.countOverLimit])
    }

    @Test("a pattern without a table counts by its length, so that a long text cannot hold the validation up")
    func patternEffort() throws {
        let document = "\"" + String(repeating: "ab", count: 500_000) + "\""
        let found = try Self.verdict(#"{"pattern": "a.{400}c$"}"#, document).findings
        #expect(found.map { $0.finding.code } == [.countOverLimit])
        #expect(try Self.verdict(#"{"pattern": "^(ab)*$"}"#, document).isValid)
    }

    @Test("a document as deep as its reader allows is validated or given up, never a crash")
    func depth() throws {
        let document = String(repeating: "[", count: 250) + String(repeating: "]", count: 250)
        #expect(try Self.verdict(##"{"items": {"$ref": "#"}}"##, document, options: .init(limits: .init(depthMax: 600))).isValid)
        let verdict = try Self.verdict(##"{"items": {"$ref": "#"}}"##, document)
        #expect(verdict.findings.map { $0.finding.code } == [.depthOverLimit])
    }

    @Test("a dynamic reference that comes back to the same value is given up")
    func dynamicCycle() throws {
        let schema = ##"{"$dynamicAnchor": "a", "anyOf": [{"type": "null"}, {"$dynamicRef": "#a"}]}"##
        #expect(try Self.verdict(schema, "1").findings.map { $0.finding.code } == [.depthOverLimit])
    }

    @Test("a broken document is refused with its place, before any schema")
    func syntax() throws {
        let schema = try JSONSchema(parsing: Array("true".utf8), name: "a")
        #expect(throws: JSONError.self) { try schema.validate(Array(#"{"a": 1, "a": 2}"#.utf8)) }
    }
}
