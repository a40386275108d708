import GatewayTesting
import Testing

@testable import JSONSchema

@Suite("Patterns")
struct PatternTests {
    static func matches(_ pattern: String, _ text: String) throws -> Bool {
        let pattern = try Pattern(pattern)
        return Array(text.utf8).withUnsafeBufferPointer { pattern.matches($0) }
    }

    @Test(
        "mean what ECMA-262 says",
        arguments: [
            ("abc", "xxabcxx", true), ("^abc", "xabc", false), ("abc$", "abc\n", false), ("^$", "", true), ("^$", "a", false),
            ("", "x", true),
            ("a|b|", "", true), ("^(a|bc)+$", "abcbca", true), ("^(a|bc)+$", "abcb", false), ("^a{2,3}$", "a", false),
            ("^a{2,3}$", "aaa", true), ("^a{2,3}$", "aaaa", false), ("^a{2,}$", "aaaaaaa", true), ("^a{0}$", "", true),
            ("^a*?b$", "aab", true),
            ("^[^a-c]$", "d", true), ("^[^a-c]$", "b", false), ("^[]$", "", false), ("[^]", "\n", true), (".", "\n", false),
            ("^.$", "\u{1F432}", true), ("^[\\u{1F432}]$", "\u{1F432}", true), ("^\\uD83D\\uDC32$", "\u{1F432}", true),
            ("^\\x41$", "A", true),
            ("^[\\-\\]]+$", "-]", true), ("^[a-]+$", "a-", true), ("\\bcat\\b", "a cat.", true), ("\\bcat\\b", "concat", false),
            ("\\Bcat", "concat", true), ("^\\B$", "", true), ("\\b", "", false), ("a\\b$", "a", true), ("^(?:a|^b)c", "bc", true),
            ("a^b", "ab", false),
            ("(^|;)a(;|$)", "b;a", true), ("(^|;)a(;|$)", "ba", false), ("^\\p{Lu}\\p{Ll}+$", "\u{C9}cole", true),
            ("^\\p{Script=Han}+$", "招标公告", true),
            ("^\\p{sc=Han}+$", "招标a", false), ("^\\P{L}$", "1", true), ("^[\\p{L}\\d]+$", "é7", true),
            ("^(?<year>\\d{4})$", "2026", true),
            ("^[A-Z0-9]{18}$", "91440101MA5CABCD0X", true), ("^(a?){30}a{30}$", String(repeating: "a", count: 30), true),
            ("^.{1,4000}$", String(repeating: "字", count: 4000), true),
            ("^.{1,4000}$", String(repeating: "字", count: 4001), false),
            ("^\\/a\\.b$", "/a.b", true), ("$^", "", true), ("(a*)*b", "aaac", false), ("x*$", "aaa", true),
        ])
    func meaning(pattern: String, text: String, expected: Bool) throws {
        #expect(try Self.matches(pattern, text) == expected)
    }

    @Test(
        "that are wrong or not regular are refused, never guessed",
        arguments: [
            "(", ")", "[", "a{2,1}", "a{", "}", "]", "*", "a**", "a{99999}", "\\", "\\a", "\\k<a>", "\\1", "(?=a)", "(?!a)",
            "(?<=a)", "(?<!a)",
            "(?P<a>b)", "[b-a]", "[\\d-a]", "\\p{Nothing}", "\\p", "\\u{110000}", "\\u12", "\\x1", "\\c1", "^*", "\\01", "(?<a",
            "\\-",
            String(repeating: "(", count: 200) + String(repeating: ")", count: 200), "(a{10000}){10000}", "((a{99}){99}){99}",
        ])
    func refused(pattern: String) {
        #expect(throws: PatternProblem.self) { try Pattern(pattern) }
    }

    @Test("that are hard for backtracking take one step for each character")
    func linear() throws {
        let text = String(repeating: "a", count: 200_000) + "!"
        for pattern in ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(.*)(.*)(.*)(.*)x$"] { #expect(try !Self.matches(pattern, text)) }
    }

    @Test("too large for a table still match, by their program")
    func program() throws {
        // Which of the last twelve characters was an `a` needs 2^12 states and more.
        let pattern = "a.{13}$"
        #expect(try Self.matches(pattern, "b" + "a" + String(repeating: "c", count: 13)))
        #expect(try !Self.matches(pattern, "a" + String(repeating: "c", count: 14)))
        #expect(try Self.matches("^x|a.{13}$", "xa"))
        #expect(try Self.matches("\\bcat[ab].{13}$", "a cata" + String(repeating: "b", count: 13)))
    }

    @Test("table and program agree, on random patterns and texts")
    func agreement() throws {
        let seed = TestSeed.choose()
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        func piece(_ depth: Int) -> String {
            switch Int.random(in: 0..<(depth > 3 ? 5 : 10), using: &random) {
            case 0, 1: return ["a", "b", ".", "[ab]", "[^a]", "\\w", "é", "\\W"].randomElement(using: &random) ?? "a"
            case 2: return ["^", "$", "\\b", "\\B"].randomElement(using: &random) ?? "^"
            case 3, 4: return "a"
            case 5: return "(" + piece(depth + 1) + "|" + piece(depth + 1) + ")"
            case 6: return "(?:" + piece(depth + 1) + ")" + (["*", "+", "?", "{1,2}", "{2}"].randomElement(using: &random) ?? "")
            default: return piece(depth + 1) + piece(depth + 1)
            }
        }
        for _ in 0..<TestSeed.rounds(3000) {
            let source = piece(0)
            let program = try PatternProgram(try PatternParser.parse(source))
            let automaton = PatternAutomaton(program)
            for _ in 0..<8 {
                let text = String(
                    (0..<Int.random(in: 0...6, using: &random)).map { _ in "ab é\n".randomElement(using: &random) ?? "a" })
                Array(text.utf8).withUnsafeBufferPointer { bytes in
                    let expected = Pattern.matches(bytes, by: program)
                    #expect(automaton.map { $0.matches(bytes) == expected } ?? true, "\(source) on \(text)")
                }
            }
        }
    }
}
