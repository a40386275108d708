import ExchangeModel
import Formats
import GatewayTesting
import JSON
import Testing

@testable import Mapping

@Suite("No mapping lets out what its audience may not see")
struct PublicMappingPropertyTests {
    /// A record with a distinctive value in every field; values that the audience may not see, with their paths.
    private struct RandomRecord {
        var json: [UInt8]
        var hidden: [(path: String, value: String)]

        init(_ schema: CanonicalSchema, audience: String, lists: [String: CodeList], _ random: inout SeededRandom) {
            var hidden: [(path: String, value: String)] = []
            let value = Self.value(schema.root, path: "", audience, lists, &random, &hidden)
            json = value.bytes()
            self.hidden = hidden
        }

        private static func value(
            _ field: CanonicalSchema.Field, path: String, _ audience: String, _ lists: [String: CodeList],
            _ random: inout SeededRandom,
            _ hidden: inout [(path: String, value: String)], isElement: Bool = false
        ) -> JSONValue {
            if field.isArray, !isElement {
                return .array((0..<2).map { _ in value(field, path: path, audience, lists, &random, &hidden, isElement: true) })
            }
            func inner(_ field: CanonicalSchema.Field) -> JSONValue.Member {
                .init(
                    field.name,
                    value(field, path: path.isEmpty ? field.name : "\(path).\(field.name)", audience, lists, &random, &hidden))
            }
            if !field.members.isEmpty { return .object(field.members.map(inner)) }
            if var wild = field.wildcard.first {
                wild.name = "x\(random.number(below: 10))"
                return .object([inner(wild)])
            }
            let text = leaf(field, lists, &random)
            // Words of code lists and numbers of a few digits mean nothing by themselves.
            if !(field.audiences?.contains(audience) ?? false), text.utf8.count >= 8, field.kind != .code {
                hidden.append((path, text))
            }
            return .string(text)
        }

        private static func leaf(_ field: CanonicalSchema.Field, _ lists: [String: CodeList], _ random: inout SeededRandom)
            -> String
        {
            if let first = field.allowed.first { return first }
            let word = "v" + String(random.next(), radix: 36) + "w"
            switch field.kind {
            case .code: return field.codeList.flatMap { lists[$0]?.canonicalValues.sorted().first } ?? word
            case .instant:
                return
                    "2026-0\(1 + random.number(below: 9))-1\(random.number(below: 9))T0\(random.number(below: 9)):1\(random.number(below: 9)):00+08:00"
            case .date: return "2026-0\(1 + random.number(below: 9))-1\(random.number(below: 9))"
            case .decimal: return "\(100_000_000 + random.number(below: 800_000_000))"
            case .count: return "\(1 + random.number(below: 99))"
            default:
                return field.name == "currency"
                    ? "CNY" : field.name == "receivedUnit" ? "元" : field.identity == .prose ? "他说" + word : word
            }
        }
    }

    /// What of the hidden values stands in the output; the paths.
    private static func leaks(
        _ mapping: OutboundMapping, _ schema: CanonicalSchema, audience: String, lists: [String: CodeList], seed: UInt64,
        rounds: Int = 20
    ) -> [String] {
        var random = SeededRandom(seed: seed)
        var leaks: Set<String> = []
        for _ in 0..<TestSeed.rounds(rounds) {
            let record = RandomRecord(schema, audience: audience, lists: lists, &random)
            var tree = RecordTree()
            guard JSONRecordReader().read(record.json, names: mapping.names, into: &tree).isEmpty else {
                return ["unreadable record"]
            }
            let output = String(decoding: mapping.run(tree).bytes, as: UTF8.self)
            let plain = output.replacing("&amp;", with: "&").replacing("&lt;", with: "<").replacing("&gt;", with: ">")
            if output.utf8.count < 40 { leaks.insert("nothing was written") }
            for (path, value) in record.hidden where plain.contains(value) { leaks.insert(path) }
        }
        return leaks.sorted()
    }

    @Test("random records at every shipped mapping: nothing that its audience may not see is in the output")
    func shipped() throws {
        let seed = TestSeed.choose()
        for name in ShippedFiles.library.names where name.contains("/out/") {
            let mapping = try ShippedFiles.outbound(name)
            let schema = try #require(ShippedFiles.library.schema(of: mapping.dataset))
            let leaks = Self.leaks(
                mapping, schema, audience: mapping.audience.name, lists: ShippedFiles.input.codeLists, seed: seed)
            #expect(leaks == [], "seed \(seed): \(name)")
        }
    }

    /// Every field of the notice that is for everybody, in one mapping: the widest that the compiler lets through.
    private static func widest(_ schema: CanonicalSchema, audience: String) -> String {
        var lines: [String] = []
        func add(_ field: CanonicalSchema.Field, path: String, isMany: Bool, depth: Int) {
            guard depth < 8, field.audiences?.contains(audience) == true || path.isEmpty else { return }
            for member in field.members {
                let step = member.name + (member.isArray ? "[]" : "")
                let inner = path.isEmpty ? step : "\(path).\(step)"
                guard member.audiences?.contains(audience) == true else { continue }
                let many = isMany || member.isArray
                let name = "F\(lines.count)" + (many ? "[]" : "")
                switch member.kind {
                case .group: add(member, path: inner, isMany: many, depth: depth + 1)
                case .identifier: lines.append("\(name): \(inner).value")
                case .text, .decimal, .count: lines.append("\(name): \(inner)")
                case .code, .instant, .date, .money: break
                }
            }
        }
        add(schema.root, path: "", isMany: false, depth: 0)
        return lines.joined(separator: "\n")
    }

    private static func compile(_ fields: String, _ schema: CanonicalSchema) -> (OutboundMapping?, [Finding]) {
        var input = ShippedFiles.input
        input.schemas[schema.dataset] = schema
        input.audiences = ["public", "province"]
        let file = """
            mapping: shop/out/\(schema.dataset)
            version: 1
            audience: public
            from: { dataset: \(schema.dataset), canonical: 1 }
            to: { format: xml, root: OUT }
            fields:
            \(fields.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
            """
        let (result, findings) = MappingCompilation.compile(
            Array(file.utf8), expectedName: "shop/out/\(schema.dataset)", input: input)
        guard case .outbound(let mapping)? = result else { return (nil, findings) }
        return (mapping, findings)
    }

    @Test("the widest mapping for everybody that compiles lets out nothing else", arguments: ["tender-notice", "penalty"])
    func widest(dataset: String) throws {
        let seed = TestSeed.choose()
        let schema = try #require(ShippedFiles.library.schema(of: Dataset(dataset)))
        let (made, findings) = Self.compile(Self.widest(schema, audience: "public"), schema)
        let mapping = try #require(made, "\(findings.map(\.text))")
        #expect(
            Self.leaks(mapping, schema, audience: "public", lists: ShippedFiles.input.codeLists, seed: seed) == [], "seed \(seed)"
        )
    }

    @Test("a mapping that reads a hidden field does not compile, whatever it does with it")
    func hiddenFields() throws {
        let schema = try #require(ShippedFiles.library.schema(of: Dataset("tender-notice")))
        for expression in [
            "tenderer.contact.phone", "concat(title, tenderer.contact.phone)", "tenderer.contact.person | substring(1, 2)",
            "sections[].dealCode.value | join(\";\")", "organisations[key=\"ORG-1\"].name", "ext.local-a.X",
            "responsible.publisher | max(3)",
        ] {
            let (mapping, findings) = Self.compile("A: \(expression)", schema)
            #expect(mapping == nil, "\(expression)")
            #expect(!findings.isEmpty)
        }
    }

    @Test("a class that is changed behind the mapping's back is seen: the search is not blind")
    func mutant() throws {
        let seed = TestSeed.choose()
        let schema = try #require(ShippedFiles.library.schema(of: Dataset("tender-notice")))
        let text = String(
            decoding: FolderReader.bytes(of: ShippedFiles.schemas + "/canonical/tender-notice.json") ?? [], as: UTF8.self)
        // The mutant opens the responsible persons to everybody; the mapping is compiled with it, the search knows the true classes.
        let closed = "\"x-audience\": [\"province\", \"supervision\", \"discipline-audit\", \"trading-system\"]"
        let mutated = text.replacing(closed, with: "\"x-audience\": [\"public\", \"province\"]")
        #expect(mutated != text)
        let (read, found) = CanonicalSchemaReader.read(dataset: "tender-notice", bytes: Array(mutated.utf8))
        #expect(
            found.contains { $0.text.contains("cannot be for the audience") },
            "numbers of persons are refused by the schema itself")
        let (made, findings) = Self.compile(
            "A: title\nB: concat(title, \"/\", responsible.publisher)\nC: tenderer.contact.person", try #require(read))
        let mapping = try #require(made, "\(findings.map(\.text))")
        let leaks = Self.leaks(mapping, schema, audience: "public", lists: ShippedFiles.input.codeLists, seed: seed)
        #expect(leaks == ["responsible.publisher", "tenderer.contact.person"], "seed \(seed)")
        #expect(
            mapping.fieldsNotPermitted(for: Audience("public")) == [],
            "the mutant's classes say so; the search does not believe them")
    }
}
