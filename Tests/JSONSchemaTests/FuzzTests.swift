import ExchangeModel
import GatewayTesting
import JSON
import JSONSchema
import Testing

@Suite("Random schemas and documents")
struct FuzzTests {
    static let numbers = [
        "0", "-0", "1", "1.0", "-1.5", "1e400", "1e-400", "9007199254740993", "1e99999999999999999999", "0.1",
        "100000000000000000000",
    ]
    static let texts = ["", "a", "b", "abc", "2026-11-21", "招标", "\u{1F432}", "a/b~c", "x@example.com"]

    static func value(_ random: inout SeededRandom, _ depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 4 ? 5 : 8), using: &random) {
        case 0: return .null
        case 1: return .boolean(random.chance(50))
        case 2: return .number(numbers.randomElement(using: &random) ?? "0")
        case 3, 4: return .string(texts.randomElement(using: &random) ?? "")
        case 5: return .array((0..<Int.random(in: 0...4, using: &random)).map { _ in value(&random, depth + 1) })
        default:
            var members: [JSONValue.Member] = []
            for name in ["a", "b", "c", "d"].shuffled(using: &random).prefix(Int.random(in: 0...3, using: &random)) {
                members.append(.init(name, value(&random, depth + 1)))
            }
            return .object(members)
        }
    }

    static let keywords = [
        "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "prefixItems", "items", "contains",
        "properties",
        "patternProperties", "additionalProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties", "type", "enum",
        "const",
        "multipleOf", "maximum", "exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems",
        "maxContains",
        "minContains", "maxProperties", "minProperties", "required", "dependentRequired", "$ref", "format", "$dynamicRef",
        "$anchor",
        "$dynamicAnchor", "$id",
    ]

    static func schema(_ random: inout SeededRandom, _ depth: Int) -> JSONValue {
        if depth > 5 || random.chance(8) { return .boolean(random.chance(70)) }
        var members: [JSONValue.Member] = []
        for keyword in keywords.shuffled(using: &random).prefix(Int.random(in: 0...4, using: &random)) {
            members.append(.init(keyword, argument(keyword, &random, depth)))
        }
        return .object(members)
    }

    static func argument(_ keyword: String, _ random: inout SeededRandom, _ depth: Int) -> JSONValue {
        if random.chance(1) { return value(&random, 3) }
        func names() -> JSONValue { .array(["a", "b", "c"].shuffled(using: &random).prefix(2).map { .string($0) }) }
        switch keyword {
        case "allOf", "anyOf", "oneOf", "prefixItems":
            return .array((0..<Int.random(in: 1...3, using: &random)).map { _ in schema(&random, depth + 1) })
        case "properties", "dependentSchemas":
            return .object([.init("a", schema(&random, depth + 1)), .init("b", schema(&random, depth + 1))])
        case "patternProperties": return .object([.init("^[ab]", schema(&random, depth + 1))])
        case "type":
            return .string(["object", "array", "string", "integer", "number", "null"].randomElement(using: &random) ?? "object")
        case "enum": return .array((0..<3).map { _ in value(&random, 3) })
        case "const": return value(&random, 2)
        case "multipleOf": return .number(["1", "0.1", "3", "0.000000000000000001"].randomElement(using: &random) ?? "1")
        case "maximum", "exclusiveMinimum": return .number(numbers.randomElement(using: &random) ?? "0")
        case "maxLength", "minLength", "maxItems", "minItems", "maxContains", "minContains", "maxProperties", "minProperties":
            return .number("\(Int.random(in: 0...3, using: &random))")
        case "pattern": return .string(["^a", "b$", ".", "^\\p{L}*$", "^.{2}$"].randomElement(using: &random) ?? "a")
        case "uniqueItems": return .boolean(random.chance(80))
        case "required": return names()
        case "dependentRequired": return .object([.init("a", names())])
        case "format": return .string(["date", "email", "uri", "uuid", "ipv6"].randomElement(using: &random) ?? "date")
        case "$ref", "$dynamicRef": return .string(["#", "#/properties/a", "#x", "u"].randomElement(using: &random) ?? "#")
        case "$anchor", "$dynamicAnchor": return .string("x")
        case "$id": return .string("u")
        default: return schema(&random, depth + 1)
        }
    }

    @Test("never crash, end within their limits, and both ways of asking agree")
    func random() throws {
        let seed = TestSeed.choose()
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        var (loaded, valid, invalid) = (0, 0, 0)
        let options = JSONSchemaOptions(limits: .init(effortMax: 200_000))
        for _ in 0..<TestSeed.rounds(4000) {
            let text = Self.schema(&random, 0).bytes()
            guard let schema = try? JSONSchema(parsing: text, name: "f", options: options) else { continue }
            loaded += 1
            for _ in 0..<6 {
                let tape = try JSONTape(parsing: Self.value(&random, 0).bytes())
                let verdict = schema.validate(tape)
                let gaveUp = verdict.findings.contains { $0.keyword.hasPrefix("(") }
                #expect(gaveUp || schema.accepts(tape) == verdict.isValid, "\(String(decoding: text, as: UTF8.self))")
                if verdict.isValid { valid += 1 } else { invalid += 1 }
            }
        }
        print("\(loaded) schemas loaded, \(valid) documents valid, \(invalid) not")
        #expect(loaded > 500 && valid > 500 && invalid > 500)
    }

    @Test("the tape says the same of every place as the tree does")
    func tape() throws {
        let seed = TestSeed.choose()
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<TestSeed.rounds(500) {
            let bytes = Self.value(&random, 0).bytes(pretty: true)
            let document = try JSONDocument(parsing: bytes)
            let tape = try JSONTape(parsing: bytes)
            tape.withView { view in
                for index in view.entries.indices where view.kind(index) != .key {
                    let pointer = view.pointer(index)
                    #expect(document.position(at: pointer) == view.entries[index].position)
                    if view.kind(index) == .string {
                        #expect(document.value(at: pointer)?.string == String(decoding: view.text(index), as: UTF8.self))
                    }
                }
            }
        }
    }

    @Test("absurd numbers are compared and divided within an instant")
    func numbers() throws {
        let schema = try JSONSchema(
            parsing: Array(#"{"items": {"type": "integer", "multipleOf": 3, "maximum": 1e1000000}, "uniqueItems": true}"#.utf8),
            name: "n")
        let digits = String(repeating: "3", count: 200_000)
        let document = "[\(digits), 3e99999999999999999999, -3e999999999, \(digits).000, 0.\(digits)e200000]"
        let found = try schema.validate(Array(document.utf8)).findings
        #expect(Set(found.map(\.keyword)) == ["maximum", "uniqueItems"])
    }

    @Test("a large array without repetitions is compared in linear time")
    func unique() throws {
        let schema = try JSONSchema(parsing: Array(#"{"uniqueItems": true}"#.utf8), name: "u")
        let document = "[" + (0..<100_000).map { #"{"a": \#($0), "b": [\#($0)]}"# }.joined(separator: ",") + "]"
        #expect(try schema.validate(Array(document.utf8)).isValid)
    }
}
