import ExchangeModel
import Testing

@testable import Mapping

@Suite("Fragments that mappings share")
struct FragmentTests {
    private func input(_ fragments: [String: String]) -> CompilerInput {
        var input = Workshop.input
        for (name, text) in fragments {
            input.fragments[name] = FragmentFile.read(name: name, bytes: Array(text.utf8)).fragment
        }
        return input
    }

    private func read(_ file: String, _ xml: String, _ input: CompilerInput) throws -> String {
        let (result, found) = MappingCompilation.compile(Array(file.utf8), expectedName: "shop/in/thing", input: input)
        guard case .inbound(let mapping)? = result else { return found.map(\.text).joined(separator: "\n") }
        return try Workshop.run(mapping, xml).text
    }

    @Test("The fields of a fragment are written where it is used, each with the variables it brings")
    func used() throws {
        let input = input([
            "person": "fragment: person\nlet: { n: NAME | trim }\nfields: { name: $n, inner.note: NOTE }",
            "money": "fragment: money\nfields: { price: SUM | amount(\"元\"), measure: SHARE | decimal }",
        ])
        let file = Workshop.inboundFile("title: A\nplace: { use: person }", extra: "use: [ money ]")
        #expect(
            try read(file, "<T><A>a</A><NAME> n </NAME><NOTE>x</NOTE><SHARE>1.50</SHARE></T>", input)
                == #""measure":"1.5","title":"a","place":{"name":"n","inner":{"note":"x"}}"#)
        let own = Workshop.inboundFile("place: { use: person, fields: { name: OTHER } }")
        #expect(try read(own, "<T><OTHER>o</OTHER><NAME>n</NAME><NOTE>x</NOTE></T>", input).contains(#""name":"o""#))
    }

    @Test("A fault in a fragment is told where it is used, with its own place")
    func faults() throws {
        let input = input(["person": "fragment: person\nfields:\n  name: NAME | trimm"])
        let file = Workshop.inboundFile("title: A\nplace: { use: person }")
        let findings = MappingCompilation.compile(Array(file.utf8), expectedName: "shop/in/thing", input: input).findings
        #expect(findings.map(\.text) == ["fragments/person.yaml:3:16: unknown function \"trimm\"; did you mean \"trim\"?"])
        #expect(findings.map(\.position) == [SourcePosition(line: 9, column: 17)])
    }

    @Test("A fragment has the name of its file, fields, and no fragment in it")
    func bad() {
        func read(_ text: String) -> [String] {
            FragmentFile.read(name: "a", bytes: Array(text.utf8)).findings.map {
                "\($0.position.line):\($0.position.column) \($0.text)"
            }
        }
        #expect(read("fragment: b\nfields: { name: A }") == ["1:11 the fragment is named \"b\", but its file \"a\""])
        #expect(read("fragment: a\nfields: { place: { use: b } }") == ["2:25 a fragment uses no other fragment"])
        #expect(read("fragment: a\nuse: b\nfields: { name: A }") == ["2:1 a fragment uses no other fragment"])
        #expect(read("fragment: a").count == 1)
    }

    @Test("What a mapping was made of includes its fragments")
    func digest() throws {
        let text = "fragment: person\nfields: { name: NAME }"
        let file = Workshop.inboundFile("title: A\nplace: { use: person }")
        let bytes = Array(file.utf8)
        let result = MappingCompilation.compile(bytes, expectedName: "shop/in/thing", input: input(["person": text])).result
        guard case .inbound(let mapping)? = result else {
            Issue.record("does not compile")
            return
        }
        #expect(String(decoding: mapping.codeListDigestInput, as: UTF8.self) == "fragments/person\n\(text.utf8.count)\n\(text)")
    }
}
