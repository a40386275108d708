import JSON

/// Random trees with the texts and numbers that give readers trouble.
enum JSONGenerator {
    static func value(_ random: inout SeededRandom, depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth < 4 ? 8 : 5), using: &random) {
        case 0: .null
        case 1: .boolean(Bool.random(using: &random))
        case 2: .number(number(&random))
        case 3, 4: .string(text(&random))
        case 5, 6:
            .object(
                (0..<Int.random(in: 0..<20, using: &random)).map {
                    // The index keeps the keys apart.
                    JSONValue.Member(text(&random) + "\($0)", value(&random, depth: depth + 1))
                })
        default: .array((0..<Int.random(in: 0..<6, using: &random)).map { _ in value(&random, depth: depth + 1) })
        }
    }

    static func number(_ random: inout SeededRandom) -> String {
        ["0", "-0", "1.50", "-12345.678e-3", "9007199254740993", "1E5", "0.1", "123456789012345", "-7", "2e+2"].randomElement(
            using: &random) ?? "0"
    }

    static func text(_ random: inout SeededRandom) -> String {
        let pieces = ["a", "招标公告", "\"", "\\", "\n", "\u{0}", "é", "𝄞", "/", "\u{7F}", "12345678", "\u{2028}", "\u{FFFD}", " "]
        return (0..<Int.random(in: 0..<7, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
    }
}
