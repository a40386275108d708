/// Sorts of characters, and one of the same sort for each. Chinese characters are of GB 2312, so that they take two bytes in GBK and
/// three in UTF-8 as nearly all do that they stand in for.
enum Characters {
    static let lowerCase = Array("abcdefghjkmnpqrtuwxy".unicodeScalars)
    private static let upperCase = Array("ABCDEFGHJKLMNPQRTUWXY".unicodeScalars)
    private static let accented = Array("àâäçèéêëîïôöùûü".unicodeScalars)
    private static let accentedUpper = Array("ÀÂÄÇÈÉÊËÎÏÔÖÙÛÜ".unicodeScalars)
    private static let greek = Array("αβγδεζηθκλμνξπρστφχω".unicodeScalars)
    private static let cyrillic = Array("абвгдежзиклмнопрстуфхцчш".unicodeScalars)

    static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    static func isLatin(_ scalar: Unicode.Scalar) -> Bool { ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) }

    static func isHan(_ scalar: Unicode.Scalar) -> Bool {
        (0x3400...0x9FFF).contains(scalar.value) || (0xF900...0xFAFF).contains(scalar.value)
            || (0x20000...0x3FFFF).contains(scalar.value)
    }

    /// Whether a character says something by itself: a letter, digit or Chinese character.
    static func isTelling(_ scalar: Unicode.Scalar) -> Bool {
        isDigit(scalar) || isLatin(scalar)
            || (scalar.value >= 0x80 && (isHan(scalar) || digitValue(scalar) != nil || scalar.properties.isAlphabetic))
    }

    /// The value of a digit, narrow or full-width.
    static func digitValue(_ scalar: Unicode.Scalar) -> Int? {
        if isDigit(scalar) { return Int(scalar.value) - 0x30 }
        return (0xFF10...0xFF19).contains(scalar.value) ? Int(scalar.value) - 0xFF10 : nil
    }

    /// A text with other characters of the same sorts.
    static func replaced(_ text: String, keeping: Set<Unicode.Scalar>, _ choice: inout KeyedChoice) -> String {
        var result = String.UnicodeScalarView()
        var before: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            // A number that does not begin with 0 must not begin with 0 afterwards: in JSON that would be none.
            let isFirst = digitValue(before) == nil && scalar != "0"
            result.append(keeping.contains(scalar) ? scalar : replaced(scalar, isFirst: isFirst, &choice))
            before = scalar
        }
        return String(result)
    }

    /// Another character of the same sort.
    static func replaced(_ scalar: Unicode.Scalar, isFirst: Bool, _ choice: inout KeyedChoice) -> Unicode.Scalar {
        switch scalar {
        case "0"..."9", "\u{FF10}"..."\u{FF19}":
            let value = isFirst ? 1 + choice.number(below: 9) : choice.number(below: 10)
            return digit(value, like: scalar)
        case "a"..."z": return choice.element(of: lowerCase)
        case "A"..."Z": return choice.element(of: upperCase)
        case "\u{FF21}"..."\u{FF3A}": return Unicode.Scalar(choice.element(of: upperCase).value + 0xFEE0) ?? scalar
        case "\u{FF41}"..."\u{FF5A}": return Unicode.Scalar(choice.element(of: lowerCase).value + 0xFEE0) ?? scalar
        case _ where isHan(scalar): return choice.element(of: NameWords.characters)
        case "\u{0370}"..."\u{03FF}": return choice.element(of: greek)
        case "\u{0400}"..."\u{04FF}": return choice.element(of: cyrillic)
        case _ where scalar.value >= 0x80 && scalar.properties.isAlphabetic:
            return choice.element(of: scalar.properties.isUppercase ? accentedUpper : accented)
        default: return scalar
        }
    }

    /// A text with its digits, narrow or full-width, replaced in their order.
    static func withDigits(_ text: String, _ digits: [Int]) -> String {
        var result = String.UnicodeScalarView()
        var index = 0
        for scalar in text.unicodeScalars {
            if digitValue(scalar) != nil, index < digits.count {
                result.append(digit(digits[index], like: scalar))
                index += 1
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    private static func digit(_ value: Int, like scalar: Unicode.Scalar) -> Unicode.Scalar {
        // 0x30 to 0x39 and 0xFF10 to 0xFF19 are characters.
        Unicode.Scalar(UInt32(value) + (scalar.value >= 0xFF10 ? 0xFF10 : 0x30)) ?? scalar
    }
}
