import ExchangeModel
import Testing

@testable import Mapping

@Suite("What is wrong with conditions, variables, lists, groups and fragments")
struct LanguageLintTests {
    private func inbound(_ fields: String, extra: String = "") -> [String] {
        show(Workshop.lint(Workshop.inboundFile(fields, extra: extra)))
    }
    private func show(_ findings: [Finding]) -> [String] {
        findings.map { "\($0.position.line):\($0.position.column) \($0.text)" }
    }

    @Test(
        "Conditions",
        arguments: [
            ("A =", 3, "expected a path, a text or a number, but the expression ends"),
            ("A == 'x'", 3, "expected a name, but \"=\" stands here"),
            ("A 'x'", 2, "expected \"and\", \"or\", a comparison or the end, but \"'\" stands here"),
            ("('x')", 1, "a text alone is no condition; compare it with something"),
            ("(1 = 'y')", 1, "two texts are compared: the answer is always the same"),
            ("1 in (2)", 0, "\"in\" looks a value up; here stands a text"),
            ("A in 'x'", 5, "expected \"(\", but \"'\" stands here"),
            ("A in (B)", 6, "expected a text in quotation marks, but \"B\" stands here"),
            ("(A", 2, "expected \")\", but the expression ends"),
            ("A and", 5, "expected a path, a text or a number, but the expression ends"),
            ("$v", 0, "unknown variable \"v\""),
            ("A[]", 0, "one value is wanted here, not several"),
            ("((((((((((A))))))))))", 9, "conditions nest deeper than 8"),
        ])
    func condition(condition: String, offset: Int, expected: String) {
        #expect(inbound("title:\n  when: \(condition)\n  value: A") == ["9:\(11 + offset) \(expected)"])
    }

    @Test(
        "Variables, lists, groups and choices",
        arguments: [
            ("", "title: $v", "8:10 unknown variable \"v\""),
            ("let: { v: A, v: B }", "title: $v", "5:8 the key \"v\" is given twice in one mapping, first on line 5"),
            ("let: { v: A }", "title: B", "5:8 the variable \"v\" is never used"),
            ("let: { v w: A }", "title: B", "5:8 \"v w\" cannot name a variable: letters, digits, _ and - are allowed"),
            ("let: { v: $w, w: A }", "title: concat($v, $w)", "5:11 unknown variable \"w\""),
            (
                "let: { v: A | upper }", "title: $v/B",
                "8:10 the variable \"v\" is a value; only a variable that is a path leads on"
            ),
            (
                "let: { v: A }", "items[]: { each: I, let: { v: B }, fields: { key: $v | required } }",
                "8:30 the variable \"v\" is declared already"
            ),
            ("", "title: group()/A | join(\"\")", "8:10 group() stands inside a group with by: only"),
            (
                "", "items[]: { zip: { a: A }, fields: { key: $a | required } }",
                "8:24 zip: walks lists side by side; use a path with [] or split(\";\")"
            ),
            (
                "", "items[]: { each: I, zip: { a: 'A[]' }, fields: { key: $a | required } }",
                "8:30 a group repeats by each: or by zip:, not by both"
            ),
            (
                "", "items[]: { by: K, zip: { a: 'A[]' }, fields: { key: $a | required } }",
                "8:18 by: groups the items of each:, which is not there"
            ),
            ("", "place: { each: I, fields: { name: A } }", "8:3 each: needs a repeated group; write \"place[]\""),
            ("", "title: { choose: [] }", "8:12 choose: has no branch"),
            (
                "", "title: { choose: [ { value: A }, { value: B } ] }",
                "8:36 this branch is never reached: the one before it has no when:"
            ),
            ("", "title: { when: A, choose: [ { value: A } ] }", "8:12 the conditions of choose: stand in its branches"),
            (
                "", "items[]: { each: I, fields: { key: { when: A, value: B | required } } }",
                "8:46 \"items.key\" is required in the canonical record: a condition needs choose: with a last branch that has none"
            ),
            (
                "", "items[]: { each: I, fields: { key: { choose: [ { when: A, value: B | required } ] } } }",
                "8:58 \"items.key\" is required in the canonical record: the last branch of choose: may have no when:"
            ),
            ("", "title: A[0]", "8:12 expected a child's name, a number from 1 or \"last\", but \"0\" stands here"),
            ("", "title: A[B<'1']", "8:13 expected \"=\", \"!=\" or \"]\", but \"<\" stands here"),
            ("", "title: template(\"{A\")", "8:20 \"{\" is never closed; write \"{{\" for the sign itself"),
            ("", "title: template(\"A}\")", "8:21 \"}\" closes nothing; write \"}}\" for the sign itself"),
            ("", "title: template(\"{A | uper}\")", "8:25 unknown function \"uper\"; did you mean \"upper\"?"),
            ("", "title: template(\"plain\")", "8:10 the template has no expression in braces; write a plain text"),
            ("", "title: A | add(\"x\")", "8:18 \"x\" is no decimal number"),
            ("", "title: A | sum", "8:14 sum takes several values; the path has no []"),
            ("", "title: A | hash(\"md5\")", "8:19 unknown digest \"md5\" (known: sha256, sha384, sha512, sm3)"),
            ("", "at: A | time(\"yyyyMMdd\", zone=\"8\")", "8:33 a zone is an offset from UTC: zone=\"+08:00\", zone=\"Z\""),
            (
                "", "day: A | date(\"yyyyMMdd\") | plus-days(\"x\")",
                "8:41 plus-days takes whole days up to 36,500, backwards in quotation marks: plus-days(\"-7\")"
            ),
            ("use: colours", "title: A", "5:6 unknown fragment \"colours\""),
        ])
    func fault(extra: String, fields: String, expected: String) {
        #expect(inbound(fields, extra: extra) == [expected])
    }

    @Test("A choice without otherwise, a wildcard outbound, a code that is in no list")
    func outbound() {
        func lint(_ fields: String) -> [String] { show(Workshop.lint(Workshop.outboundFile(fields), name: "shop/out/thing")) }
        #expect(lint("A: \"*/name\"") == ["7:7 \"*\" reads a partner's form only; name the canonical field"])
        #expect(
            lint("A: { when: colour = 'rd', value: title }") == [
                #"7:23 unknown canonical value of the list colour "rd"; did you mean "red"?"#
            ])
        #expect(lint("A: { when: phone, value: title }") == ["7:14 \"phone\" is not for the audience \"public\""])
        #expect(
            lint("A: template(\"{at}\")") == ["7:17 a time goes out only in the partner's form: add time(\"yyyyMMddHHmmss\")"])
    }
}
