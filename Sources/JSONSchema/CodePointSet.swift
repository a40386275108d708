/// A set of Unicode code points as sorted ranges that do not touch, for character classes of patterns.
struct CodePointSet: Sendable, Hashable {
    private(set) var ranges: [ClosedRange<UInt32>]

    static let last: UInt32 = 0x10FFFF

    init(_ ranges: [ClosedRange<UInt32>] = []) {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let previous = merged.last, range.lowerBound <= previous.upperBound &+ 1 {
                merged[merged.count - 1] = previous.lowerBound...max(previous.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        self.ranges = merged
    }

    init(_ point: UInt32) { ranges = [point...point] }

    func union(_ other: CodePointSet) -> CodePointSet { CodePointSet(ranges + other.ranges) }

    var inverted: CodePointSet {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= Self.last { gaps.append(next...Self.last) }
        return CodePointSet(gaps)
    }

    func contains(_ point: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < point { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= point
    }

    // MARK: The classes of ECMA-262

    static let any = CodePointSet([0...last])
    static let digits = CodePointSet([0x30...0x39])
    static let word = CodePointSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    static let lineEnds = CodePointSet([0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029])
    static let space = CodePointSet([
        0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
        0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ])

    /// `Script=Han` (Unicode 15.1, Scripts.txt).
    static let han = CodePointSet([
        0x2E80...0x2E99, 0x2E9B...0x2EF3, 0x2F00...0x2FD5, 0x3005...0x3005, 0x3007...0x3007, 0x3021...0x3029, 0x3038...0x303B,
        0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFA6D, 0xFA70...0xFAD9, 0x16FE2...0x16FE3, 0x16FF0...0x16FF1,
        0x20000...0x2A6DF, 0x2A700...0x2B739, 0x2B740...0x2B81D, 0x2B820...0x2CEA1, 0x2CEB0...0x2EBE0, 0x2EBF0...0x2EE5D,
        0x2F800...0x2FA1D, 0x30000...0x3134A, 0x31350...0x323AF,
    ])

    /// The set of a property as `\p{...}` names it; nil when it is none that is known here.
    static func property(_ name: String) -> CodePointSet? {
        let parts = name.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            switch parts[0] {
            case "General_Category", "gc": return category(String(parts[1]))
            case "Script", "sc", "Script_Extensions", "scx": return parts[1] == "Han" || parts[1] == "Hani" ? han : nil
            default: return nil
            }
        }
        switch name {
        case "Any": return any
        case "ASCII": return CodePointSet([0...0x7F])
        case "Alphabetic", "Alpha": return scalars { $0.properties.isAlphabetic }
        case "Uppercase", "Upper": return scalars { $0.properties.isUppercase }
        case "Lowercase", "Lower": return scalars { $0.properties.isLowercase }
        case "White_Space", "space": return scalars { $0.properties.isWhitespace }
        case "Ideographic", "Ideo": return scalars { $0.properties.isIdeographic }
        default: return category(name)
        }
    }

    private static func category(_ name: String) -> CodePointSet? {
        guard let names = categoryNames[name] else { return nil }
        return names.reduce(CodePointSet()) { $0.union(categories[$1] ?? CodePointSet()) }
    }

    private static func scalars(_ isIn: (Unicode.Scalar) -> Bool) -> CodePointSet {
        var ranges: [ClosedRange<UInt32>] = []
        for point in 0...last {
            guard let scalar = Unicode.Scalar(point), isIn(scalar) else { continue }
            if let previous = ranges.last, previous.upperBound + 1 == point {
                ranges[ranges.count - 1] = previous.lowerBound...point
            } else {
                ranges.append(point...point)
            }
        }
        return CodePointSet(ranges)
    }

    /// The general categories by their two letters; made once, when the first pattern asks.
    private static let categories: [String: CodePointSet] = {
        var found: [Unicode.GeneralCategory: [ClosedRange<UInt32>]] = [:]
        var start: UInt32 = 0
        var current = Unicode.GeneralCategory.control
        for point in 0...last {
            let category = Unicode.Scalar(point)?.properties.generalCategory ?? .surrogate
            if category != current {
                found[current, default: []].append(start...point - 1)
                current = category
                start = point
            }
        }
        found[current, default: []].append(start...last)
        return Dictionary(uniqueKeysWithValues: shortNames.map { ($0.1, CodePointSet(found[$0.0] ?? [])) })
    }()

    private static let shortNames: [(Unicode.GeneralCategory, String)] = [
        (.uppercaseLetter, "Lu"), (.lowercaseLetter, "Ll"), (.titlecaseLetter, "Lt"), (.modifierLetter, "Lm"),
        (.otherLetter, "Lo"),
        (.nonspacingMark, "Mn"), (.spacingMark, "Mc"), (.enclosingMark, "Me"), (.decimalNumber, "Nd"), (.letterNumber, "Nl"),
        (.otherNumber, "No"), (.connectorPunctuation, "Pc"), (.dashPunctuation, "Pd"), (.openPunctuation, "Ps"),
        (.closePunctuation, "Pe"), (.initialPunctuation, "Pi"), (.finalPunctuation, "Pf"), (.otherPunctuation, "Po"),
        (.mathSymbol, "Sm"), (.currencySymbol, "Sc"), (.modifierSymbol, "Sk"), (.otherSymbol, "So"), (.spaceSeparator, "Zs"),
        (.lineSeparator, "Zl"), (.paragraphSeparator, "Zp"), (.control, "Cc"), (.format, "Cf"), (.surrogate, "Cs"),
        (.privateUse, "Co"), (.unassigned, "Cn"),
    ]

    /// Names of `General_Category` values (PropertyValueAliases.txt) and the two-letter categories in each.
    private static let categoryNames: [String: [String]] = {
        let groups: [String: [String]] = [
            "L Letter": ["Lu", "Ll", "Lt", "Lm", "Lo"], "LC Cased_Letter": ["Lu", "Ll", "Lt"],
            "M Mark Combining_Mark": ["Mn", "Mc", "Me"],
            "N Number": ["Nd", "Nl", "No"], "P Punctuation punct": ["Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po"],
            "S Symbol": ["Sm", "Sc", "Sk", "So"], "Z Separator": ["Zs", "Zl", "Zp"], "C Other": ["Cc", "Cf", "Cs", "Co", "Cn"],
            "Lu Uppercase_Letter": ["Lu"], "Ll Lowercase_Letter": ["Ll"], "Lt Titlecase_Letter": ["Lt"],
            "Lm Modifier_Letter": ["Lm"],
            "Lo Other_Letter": ["Lo"], "Mn Nonspacing_Mark": ["Mn"], "Mc Spacing_Mark": ["Mc"], "Me Enclosing_Mark": ["Me"],
            "Nd Decimal_Number digit": ["Nd"], "Nl Letter_Number": ["Nl"], "No Other_Number": ["No"],
            "Pc Connector_Punctuation": ["Pc"], "Pd Dash_Punctuation": ["Pd"], "Ps Open_Punctuation": ["Ps"],
            "Pe Close_Punctuation": ["Pe"], "Pi Initial_Punctuation": ["Pi"], "Pf Final_Punctuation": ["Pf"],
            "Po Other_Punctuation": ["Po"], "Sm Math_Symbol": ["Sm"], "Sc Currency_Symbol": ["Sc"], "Sk Modifier_Symbol": ["Sk"],
            "So Other_Symbol": ["So"], "Zs Space_Separator": ["Zs"], "Zl Line_Separator": ["Zl"],
            "Zp Paragraph_Separator": ["Zp"],
            "Cc Control cntrl": ["Cc"], "Cf Format": ["Cf"], "Cs Surrogate": ["Cs"], "Co Private_Use": ["Co"],
            "Cn Unassigned": ["Cn"],
        ]
        var names: [String: [String]] = [:]
        for (aliases, members) in groups { for alias in aliases.split(separator: " ") { names[String(alias)] = members } }
        return names
    }()
}
