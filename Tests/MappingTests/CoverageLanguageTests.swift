import ExchangeModel
import Testing

@testable import Mapping

// Conditions, choices, variables, lists side by side, groups and fragments.
@Suite("Coverage and explanations of the whole language")
struct CoverageLanguageTests {
    private let choice = """
        title:
          choose:
            - { when: A = '1', value: literal("one") }
            - { when: A = '2', value: B | required }
            - { value: literal("other") }
        phone: { when: A != '9', value: C }
        """

    private func branches(_ coverage: MappingCoverage) -> [String] {
        coverage.gaps.filter { $0.kind == .branches }.map { "\($0.position.line) \($0.text)" }
    }

    @Test("Each branch of a choice is a way, and so is a condition that holds and one that does not; the field counts once")
    func ways() throws {
        let first = try WorkshopFolder(
            in: choice, tests: "  - { name: one, input: '<T><A>1</A><C>c</C></T>', expect: { /title: one, /phone: c } }"
        ).coverage()
        #expect(first.gaps(.targetFields).filter { !$0.contains("identify") } == [])
        #expect(
            branches(first) == [
                "11 choose: no test takes the branch 2, when: A = '2'", "11 required: no test has a value here",
                "11 required: no test lacks the value", "12 choose: no test takes the branch 3, the last",
                "13 when: in every test A != '9' holds",
            ])
        let all = try WorkshopFolder(
            in: choice,
            tests: """
                  - { name: one, input: '<T><A>1</A></T>', expect: { /title: one } }
                  - { name: two, input: '<T><A>2</A><B>b</B></T>', expect: { /title: b } }
                  - { name: three, input: '<T><A>2</A></T>', findings: [{ code: field.required }] }
                  - { name: four, input: '<T><A>9</A></T>', expect: { /title: other, /phone: "" } }
                """
        ).coverage()
        #expect(branches(all) == [])
    }

    @Test("A choice that may take no branch, and lists and groups without items, are ways too")
    func none() throws {
        let fields = """
            title: { choose: [ { when: A = '1', value: A } ] }
            items[]: { zip: { n: "N[]", p: "P[]" }, fields: { key: $n | required, value: $p } }
            """
        let coverage = try WorkshopFolder(
            in: fields,
            tests:
                "  - { name: one, input: '<T><A>1</A><N>a</N><N>b</N><P>1</P><P>2</P></T>', expect: { /items/1/key: b, /items/1/value: \"2\" } }"
        ).coverage()
        #expect(
            branches(coverage) == [
                "8 choose: in every test a branch is taken", "9 zip: every test has an item of items",
                "9 required: no test lacks the value",
            ])
        #expect(coverage.gaps(.sourcePaths) == [])
    }

    @Test("What stands in a fragment is told with the fragment's file")
    func fragments() throws {
        let shop = try WorkshopFolder(
            in: "place: { use: spot }\ntitle: A", tests: "  - { name: one, input: '<T><A>x</A></T>', expect: { /title: x } }",
            fragments: ["spot": "fragment: spot\nfields:\n  name: N | trim\n  inner.note: M\n"])
        let coverage = try shop.coverage()
        let gap = try #require(coverage.gaps.first { $0.name == "place.name" })
        #expect(gap.file == shop.mappings + "/fragments/spot.yaml" && gap.position.line == 3)
        #expect(
            coverage.gaps.contains { $0.kind == .sourcePaths && $0.name == "M" && $0.file == gap.file && $0.position.line == 4 })
        let field = try #require(shop.explain("<T><N> n </N></T>").fields(named: "place.name").first)
        #expect(field.fragment == "spot" && field.values == ["n"])
        #expect(
            field.lines(mapping: shop.inFile, input: "i", isChinese: false)[1]
                == "  \(shop.mappings)/fragments/spot.yaml:3:9: N | trim")
        let lineage = try #require(
            MappingExplainer(library: shop.load(), mappings: shop.mappings, schemas: shop.schemas).lineage(of: "shop/in/thing"))
        #expect(lineage.rows.first { $0.target == "place.name" }?.file == shop.mappings + "/fragments/spot.yaml")
        #expect(lineage.rows.first { $0.target == "title" }?.file == shop.inFile)
    }

    @Test("A field behind a variable tells what the variable read and did, each time that it is asked for")
    func variables() throws {
        let shop = try WorkshopFolder(
            in: "title: $v | trim\nphone: concat($v, \"-\", B)\nplace.name: $p/N",
            extra: "let: { v: A/X | upper, p: \"P[R='2']\" }")
        let explanation = try shop.explain("<T><A><X>ab</X></A><B>1</B><P><R>2</R><N>n</N></P></T>")
        let title = try #require(explanation.fields(named: "title").first)
        #expect(title.values == ["AB"] && title.readings.map(\.node) == ["/T/A/X"])
        #expect(
            title.steps.map(\.function) == ["upper", "trim"] && title.steps[0].before == ["ab"] && title.steps[0].after == ["AB"])
        let phone = try #require(explanation.fields(named: "phone").first)
        #expect(phone.values == ["AB-1"] && phone.readings.map(\.node) == ["/T/A/X", "/T/B"])
        #expect(phone.steps.map(\.function) == ["upper"])
        let lineage = try #require(
            MappingExplainer(library: shop.load(), mappings: shop.mappings, schemas: shop.schemas).lineage(of: "shop/in/thing"))
        #expect(lineage.rows.first { $0.target == "title" }?.sources == ["A/X"])
        #expect(Set(lineage.rows.first { $0.target == "phone" }?.sources ?? []) == ["A/X", "B"])
        #expect(lineage.rows.first { $0.target == "place.name" }?.sources == ["P[R='2']/N"])
    }

    @Test("A field of a branch that was not taken, and one whose condition does not hold, say so with what was read")
    func passed() throws {
        let explanation = try WorkshopFolder(in: choice).explain("<T><A>9</A><C>c</C></T>")
        #expect(explanation.fields(named: "title").map(\.values) == [["other"]], "the branch taken speaks for the field")
        let phone = try #require(explanation.fields(named: "phone").first)
        #expect(phone.values == nil && phone.reasons.map(\.text) == ["when: A != '9' does not hold"])
        #expect(phone.readings.map(\.node) == ["/T/A"] && phone.readings[0].value == "9")
        let groups = "place:\n  choose:\n    - { when: A, fields: { name: A } }\n    - { when: B, fields: { inner.note: B } }"
        let shop = try WorkshopFolder(in: groups)
        let first = try shop.explain("<T><A>x</A><B>y</B></T>")
        #expect(first.fields(named: "place.name").first?.values == ["x"])
        #expect(
            first.fields(named: "place.inner.note").first?.reasons.map(\.text) == [
                "an earlier branch of choose: is taken for place"
            ])
        let none = try shop.explain("<T/>").fields(named: "place.name")
        #expect(none.first?.reasons.map(\.text) == ["when: A does not hold", "/T (line 1) has no A"])
    }

    @Test("Items of lists side by side and of groups have their places, and the lists' paths")
    func items() throws {
        let zipped = try WorkshopFolder(
            in: "items[]: { zip: { n: \"N[]\", p: \"P[]\" }, fields: { key: $n | required, value: $p } }"
        ).explain(
            "<T><N>a</N><N>b</N><P>1</P><P>2</P></T>")
        #expect(zipped.fields(named: "items[1].value").map(\.values) == [["2"]])
        let grouped = try WorkshopFolder(
            in:
                "items[]: { each: R, by: K | upper, when: K != 'c', fields: { key: K | required, value: group()/V | join(\"+\") } }"
        ).explain("<T><R><K>a</K><V>1</V></R><R><K>c</K><V>9</V></R><R><K>b</K><V>2</V></R><R><K>A</K><V>3</V></R></T>")
        #expect(grouped.fields(named: "items[].value").compactMap(\.values) == [["1+3"], ["2"]])
        #expect(grouped.fields(named: "items[1].key").compactMap(\.values) == [["b"]])
        let text = try WorkshopFolder(in: "title: template(\"{A | upper} of {B | trim}\")").explain("<T><A>x</A><B> y </B></T>")
        let title = try #require(text.fields(named: "title").first)
        #expect(title.values == ["X of y"] && title.readings.map(\.node) == ["/T/A", "/T/B"])
        #expect(title.steps.map(\.function) == ["upper", "trim"] && title.steps.map(\.after) == [["X"], ["y"]])
    }
}
