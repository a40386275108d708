import ExchangeModel
import Formats
import GatewayTesting
import JSON
import Testing

@testable import Mapping

/// A mapping that uses every construct, damaged and run: the file is refused with places and words, or runs and ends.
@Suite("Damaged mapping files")
struct MappingFileFuzzTests {
    static let file = """
        mapping: shop/in/thing
        version: 1
        from: { format: xml, root: T }
        to: { dataset: thing, canonical: 1 }
        namespaces: { x: urn:x }
        keys: { person: { each: P/X, key: "@id" } }
        let: { lead: "P[R='1']", upper: A | upper }
        use: [ top ]
        identify: { businessKey: 'concat(A, ":", $upper)', orderingKey: literal("o"), version: A, sourceTime: B | time("yyyyMMdd") }
        fields:
          title: { when: "A = '1' and not(B) or C in ('x', 'y')", value: 'template("{A | trim} {$upper}")' }
          colour: { choose: [ { when: A < 3, value: A | code(colour) }, { value: literal("red") } ] }
          unclassed: first(person(A)/@id, x:Q)
          tags[]: A[] | unique | half-width
          price: A[] | sum | multiply("1.06") | round(2) | amount(unit=U)
          place: { use: shared, fields: { name: $lead/N | max(5) } }
          items[]:
            each: I
            by: K | trim
            let: { n: V | decimal }
            fields:
              key: K | required
              value: group()/V | join(";") | replace("a", "bb") | pad-left(9, "0")
              price: $n | divide(3, 2) | amount("元")
        """
    static let pieces: [[UInt8]] =
        [
            "$", "$lead", "group()", "[2]", "[last]", "[]", "*", "when:", "choose:", "by:", "zip:", "let:", "use:", "'", "\"",
            "{", "}", "{{", "|",
            "| sum", "| split(\";\")", "template(\"{", "not(", " and ", " in (", "(((((((((", "\n", "  ", "- ", ": ", "#", "&a",
            "*a", "\u{0}", "中",
            "99999999999", "time(\"iso\", zone=\"Z\")", "..", "../..", "/", "@",
        ].map { Array($0.utf8) } + [[0xFF], [0xC0, 0x80]]
    static let record =
        "<T><A>1</A><A>１</A><B>20260501</B><C>x</C><U>1</U><P><R>1</R><N>n</N><X id='1'/></P><I><K>a</K><V>1</V></I><I><K>a</K><V>x</V></I></T>"

    static let input: CompilerInput = {
        var input = Workshop.input
        let top = "fragment: top\nfields: { number: 'A[] | number-of' }"
        input.fragments["top"] = FragmentFile.read(name: "top", bytes: Array(top.utf8)).fragment
        let shared = "fragment: shared\nfields: { name: N, inner.note: A | collapse }"
        input.fragments["shared"] = FragmentFile.read(name: "shared", bytes: Array(shared.utf8)).fragment
        return input
    }()

    @Test("are refused with places and words, or run and end")
    func damage() throws {
        let seed = TestSeed.choose()
        print("MappingFileFuzzTests seed \(seed)")
        var random = SeededRandom(seed: seed)
        var ran = 0
        let whole = MappingCompilation.compile(Array(Self.file.utf8), expectedName: "shop/in/thing", input: Self.input)
        #expect(whole.findings.map { "\($0.position.line):\($0.position.column) \($0.text)" } == [])
        for round in 0..<(TestSeed.number("TENDERBRIDGE_FUZZ_ROUNDS") ?? 300) {
            var bytes = Array(Self.file.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                let end = min(bytes.count, place + Int.random(in: 0...12, using: &random))
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes.removeSubrange(place..<end)
                case 1: bytes.insert(contentsOf: Self.pieces.randomElement(using: &random) ?? [], at: place)
                case 2: bytes[place] = UInt8.random(in: 0x20...0x7E, using: &random)
                default: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0..<bytes.count, using: &random))
                }
            }
            let words: Comment = "seed \(seed) round \(round)"
            let (result, findings) = MappingCompilation.compile(bytes, expectedName: "shop/in/thing", input: Self.input)
            #expect((result == nil) == findings.contains { $0.severity == .error }, words)
            #expect(findings.allSatisfy { !$0.text.isEmpty && !$0.textZH.isEmpty && $0.position.line > 0 }, words)
            guard case .inbound(let mapping)? = result else { continue }
            var tree = RecordTree()
            guard XMLRecordReader().read(Array(Self.record.utf8), names: mapping.names, into: &tree).isEmpty else { continue }
            let outcome = mapping.run(tree, options: MappingOptions(traces: random.chance(50)))
            #expect(outcome.isRefused || (try? JSONValue(parsing: outcome.canonical)) != nil, words)
            ran += 1
        }
        #expect(ran > 0, "seed \(seed): no damaged file was a mapping still")
    }
}

@Suite("Random paths")
struct PathFuzzTests {
    private static let words = [
        "A", "B", "x:C", "甲", "@k", "/", "/", ".", "..", "../", "[", "]", "[]", "[2]", "[last]", "[B='1']", "[@k!='x']", "[B]",
        "*", "$v", "$v/",
        "group()", "group()/", "person(", ")", " ", "'x'", "=", "!", "0", "-",
    ]

    @Test("are read, and mean the same when they are written out and read again; or are refused at a place")
    func paths() {
        let seed = TestSeed.choose()
        print("PathFuzzTests seed \(seed)")
        var random = SeededRandom(seed: seed)
        var read = 0
        for round in 0..<(TestSeed.number("TENDERBRIDGE_FUZZ_ROUNDS") ?? 1000) * 10 {
            let text = (0..<Int.random(in: 1...8, using: &random)).map { _ in Self.words.randomElement(using: &random) ?? "" }
                .joined()
            let dotJoins = random.chance(50)
            do throws(ExpressionProblem) {
                let path = try ExpressionParser.path(text, dotJoins: dotJoins)
                read += 1
                let written = path.text()
                let again = try ExpressionParser.path(written, dotJoins: dotJoins)
                #expect(again.text() == written, "seed \(seed) round \(round): \(text)")
                #expect(again.steps.count == path.steps.count, "seed \(seed) round \(round): \(text)")
            } catch {
                #expect(error.offset >= 0 && error.offset <= text.utf8.count, "seed \(seed) round \(round): \(text)")
                #expect(!error.text.isEmpty && !error.textZH.isEmpty, "seed \(seed) round \(round): \(text)")
            }
        }
        #expect(read > 0, "seed \(seed): no path was read")
    }
}

@Suite("Random expressions and conditions")
struct ExpressionFuzzTests {
    private static let sources = [
        "A", "A[]", "A[2]", "*", "$v", "$w[]", "'x'", "literal('1')", "concat(A, '-', B)", "first(A, C)", "template('{A}{B}')",
        "I[]/K", "group()/V",
        "person(A)/N", "A/@k",
    ]
    private static let calls = [
        "trim", "upper", "required", "default('d')", "split(';')", "join(',')", "sum", "unique", "number-of", "greatest",
        "decimal(2)", "round(1)",
        "add(B)", "multiply('2')", "divide(A, 3)", "amount('万元')", "amount(unit=U)", "code(colour)", "time('iso')",
        "date('yyyyMMdd', 'iso')",
        "plus-days(3)", "hash('sm3')", "mask", "before('1')", "after('1')", "replace('1', '22')", "substring(1, 2)", "collapse",
        "half-width",
        "pad-left(4, '0')", "uscc", "max(3)", "max-bytes(4, 'gbk')", "count",
    ]
    private static let conditions = [
        "A", "A = '1'", "B > 3", "not(C)", "A in ('1', '2')", "$v <= 10", "(A or B) and C", "A != B", "and", "or", "(", ")", "=",
        "'x'",
    ]

    @Test("compile or are refused at a place, and what compiles ends")
    func expressions() throws {
        let seed = TestSeed.choose()
        print("ExpressionFuzzTests seed \(seed)")
        var random = SeededRandom(seed: seed)
        var ran = 0
        for round in 0..<(TestSeed.number("TENDERBRIDGE_FUZZ_ROUNDS") ?? 400) {
            var expression = Self.sources.randomElement(using: &random) ?? ""
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                expression += " | " + (Self.calls.randomElement(using: &random) ?? "")
            }
            let condition = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                Self.conditions.randomElement(using: &random) ?? ""
            }
            .joined(separator: [" and ", " or ", " "].randomElement(using: &random) ?? " ")
            let target =
                ["title", "tags[]", "at", "day", "price", "id", "ids[]", "number", "measure", "colour"].randomElement(
                    using: &random) ?? ""
            func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }
            let fields =
                random.chance(70)
                ? "\(target): \(quoted(expression))" : "\(target): { when: \(quoted(condition)), value: \(quoted(expression)) }"
            let file = Workshop.inboundFile(
                fields, extra: "let: { v: A | decimal, w: P }\nkeys: { person: { each: P/X, key: \"@id\" } }")
            let words: Comment = "seed \(seed) round \(round): \(fields)"
            let (result, findings) = MappingCompilation.compile(
                Array(file.utf8), expectedName: "shop/in/thing", input: Workshop.input)
            #expect((result == nil) == findings.contains { $0.severity == .error }, words)
            guard case .inbound(let mapping)? = result else { continue }
            ran += 1
            let texts = (0..<6).map { _ in
                ["", "1", "-2.5", "２", "x", "2026-05-01", "91440101MA5TE2T092", " 3 ", "R"].randomElement(using: &random) ?? ""
            }
            let record =
                "<T><A k='\(texts[0])'>\(texts[1])</A><A>\(texts[2])</A><B>\(texts[3])</B><C>\(texts[4])</C><U>\(texts[5])</U><I><K>k</K></I></T>"
            var tree = RecordTree()
            #expect(XMLRecordReader().read(Array(record.utf8), names: mapping.names, into: &tree).isEmpty, words)
            let outcome = mapping.run(tree)
            #expect(outcome.isRefused || (try? JSONValue(parsing: outcome.canonical)) != nil, words)
            #expect(outcome.findings.allSatisfy { !$0.text.isEmpty && !$0.textZH.isEmpty }, words)
        }
        #expect(ran > 0, "seed \(seed): no expression compiled")
    }
}
