import ExchangeModel
import Formats
import Testing

@testable import Mapping

/// A small dataset with a field of every kind, to try the language on.
enum Workshop {
    static let schema = """
        {
          "x-dataset": "thing", "x-version": 1, "type": "object", "additionalProperties": false, "x-audience": ["public"],
          "properties": {
            "title": {"$ref": "#/$defs/text", "x-label-zh": "标题", "x-audience": ["public", "province"]},
            "colour": {"$ref": "#/$defs/code", "x-codelist": "colour", "x-audience": ["public"]},
            "at": {"$ref": "#/$defs/instant", "x-audience": ["public"]},
            "day": {"$ref": "#/$defs/date", "x-audience": ["public"]},
            "price": {"$ref": "#/$defs/money", "x-audience": ["public"]},
            "id": {"$ref": "#/$defs/identifier", "x-audience": ["public"]},
            "ids": {"type": "array", "items": {"$ref": "#/$defs/identifier"}, "x-audience": ["public"]},
            "number": {"$ref": "#/$defs/count", "x-audience": ["public"]},
            "measure": {"$ref": "#/$defs/decimal", "x-audience": ["public"]},
            "tags": {"type": "array", "items": {"$ref": "#/$defs/text"}, "x-audience": ["public"]},
            "phone": {"$ref": "#/$defs/text", "x-audience": ["supervision"]},
            "unclassed": {"$ref": "#/$defs/text"},
            "place": {"type": "object", "x-audience": ["public"], "properties": {
              "scheme": {"type": "string", "enum": ["A", "B"], "x-audience": ["public"]},
              "name": {"$ref": "#/$defs/text", "x-audience": ["public"]},
              "inner": {"type": "object", "x-audience": ["public"], "properties": {"note": {"$ref": "#/$defs/text", "x-audience": ["public"]}}}}},
            "items": {"type": "array", "x-audience": ["public"], "items": {"type": "object", "x-audience": ["public"],
              "required": ["key"], "properties": {
                "key": {"$ref": "#/$defs/text", "x-audience": ["public"]},
                "value": {"$ref": "#/$defs/text", "x-audience": ["public"]},
                "price": {"$ref": "#/$defs/money", "x-audience": ["public"]}}}},
            "ext": {"type": "object", "x-audience": [], "patternProperties": {"^[a-z]+$": {
              "type": "object", "x-audience": [], "additionalProperties": {"$ref": "#/$defs/text"}}}}
          },
          "$defs": {
            "text": {"type": "string"}, "code": {"type": "string"}, "instant": {"type": "string"}, "date": {"type": "string"},
            "decimal": {"type": "string"}, "count": {"type": "string"},
            "identifier": {"type": "object", "required": ["scheme", "value"], "properties": {
              "scheme": {"type": "string", "enum": ["CN-USCC", "CN-DEAL", "CN-ORGCODE", "CN-INVEST", "OTHER"]}, "value": {"type": "string"}}},
            "money": {"type": "object", "required": ["value", "currency", "receivedUnit", "kind"], "properties": {
              "value": {"$ref": "#/$defs/decimal"}, "currency": {"type": "string"}, "receivedUnit": {"type": "string"}, "kind": {"type": "string"}}}
          }
        }
        """

    static let colours = """
        list,edition,partner,code,canonical,label_zh,label_en,valid_from,valid_to,source
        colour,1,shop,R,red,红,Red,,,test
        colour,1,shop,G,green,绿,Green,,2025-12-31,test
        colour,2,shop,G,lime,青柠,Lime,2026-01-01,,test
        colour,1,other,1,red,红,Red,,,test
        """
    static let units = """
        list,edition,partner,code,canonical,label_zh,label_en,valid_from,valid_to,source
        price-unit,1,shop,0,元,元,,,,test
        price-unit,1,shop,1,万元,万元,,,,test
        price-unit,1,shop,7,斗,斗,,,,test
        """
    static let currencies = """
        list,edition,partner,code,canonical,label_zh,label_en,valid_from,valid_to,source
        currency,1,shop,156,CNY,人民币,,,,test
        currency,1,shop,978,EUR,欧元,,,,test
        """

    static let input: CompilerInput = {
        let (schema, findings) = CanonicalSchemaReader.read(dataset: "thing", bytes: Array(Self.schema.utf8))
        precondition(findings.isEmpty, "the workshop's schema is good")
        var lists: [String: CodeList] = [:]
        for (name, text) in [("colour", colours), ("price-unit", units), ("currency", currencies)] {
            lists[name] = CodeListFile.read(name: name, bytes: Array(text.utf8)).list
        }
        return CompilerInput(
            schemas: schema.map { ["thing": $0] } ?? [:], codeLists: lists, audiences: ["public", "province", "supervision"],
            schemaFiles: ["shop/thing.xsd"])
    }()

    static let identify = "identify: { businessKey: ., orderingKey: ., version: . }"

    /// The head of an inbound mapping; fields follow, indented by two blanks.
    static func inboundFile(
        _ fields: String,
        identify: String = "identify: { businessKey: literal(\"k\"), orderingKey: literal(\"o\"), version: literal(\"1\") }",
        extra: String = ""
    ) -> String {
        """
        mapping: shop/in/thing
        version: 1
        from: { format: xml, root: T }
        to: { dataset: thing, canonical: 1 }
        \(extra)
        \(identify)
        fields:
        \(fields.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }.joined(separator: "\n"))
        """
    }

    static func outboundFile(_ fields: String, audience: String = "public") -> String {
        """
        mapping: shop/out/thing
        version: 1
        audience: \(audience)
        from: { dataset: thing, canonical: 1 }
        to: { format: xml, root: OUT }
        fields:
        \(fields.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }.joined(separator: "\n"))
        """
    }

    static func lint(_ file: String, name: String = "shop/in/thing") -> [Finding] {
        MappingCompilation.compile(Array(file.utf8), expectedName: name, input: input).findings
    }

    /// Compiles fields and runs them over an XML record; the canonical record without its outer braces, or the findings.
    static func read(_ fields: String, _ xml: String, options: MappingOptions = MappingOptions(), extra: String = "") throws
        -> Outcome
    {
        let file = inboundFile(fields, extra: extra)
        let (result, found) = MappingCompilation.compile(Array(file.utf8), expectedName: "shop/in/thing", input: input)
        guard case .inbound(let mapping)? = result else {
            Issue.record("does not compile: \(found.map { "\($0.position.line):\($0.position.column) \($0.text)" })")
            return Outcome(text: "", findings: [])
        }
        return try run(mapping, xml, options: options)
    }

    /// Runs a mapping over an XML record.
    static func run(_ mapping: InboundMapping, _ xml: String, options: MappingOptions = MappingOptions()) throws -> Outcome {
        var tree = RecordTree()
        let problems = XMLRecordReader().read(Array(xml.utf8), names: mapping.names, into: &tree)
        #expect(problems == [])
        let answer = mapping.run(tree, options: options)
        return Outcome(
            text: String(String(decoding: answer.canonical, as: UTF8.self).dropFirst().dropLast()), findings: answer.findings)
    }

    /// Compiles fields and runs them over a canonical record; the inside of the root element.
    static func write(_ fields: String, _ json: String, options: MappingOptions = MappingOptions()) throws -> Outcome {
        let file = outboundFile(fields)
        let (result, found) = MappingCompilation.compile(Array(file.utf8), expectedName: "shop/out/thing", input: input)
        guard case .outbound(let mapping)? = result else {
            Issue.record("does not compile: \(found.map { "\($0.position.line):\($0.position.column) \($0.text)" })")
            return Outcome(text: "", findings: [])
        }
        var tree = RecordTree()
        let problems = JSONRecordReader().read(Array(json.utf8), names: mapping.names, into: &tree)
        #expect(problems == [])
        let answer = mapping.run(tree, options: options)
        var text = String(decoding: answer.bytes, as: UTF8.self)
        let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        #expect(text.hasPrefix(head))
        text = String(text.dropFirst(head.count))
        text = text == "<OUT/>" ? "" : String(text.dropFirst("<OUT>".count).dropLast("</OUT>".count))
        return Outcome(text: text, findings: answer.findings)
    }

    struct Outcome {
        var text: String
        var findings: [Finding]
        /// Code, path and line of each finding.
        var faults: [String] { findings.map { "\($0.code) \($0.path)" } }
    }
}
