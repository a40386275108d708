/// A pattern as a tree.
indirect enum PatternTree {
    case empty
    case set(CodePointSet)
    case sequence([PatternTree])
    case choice([PatternTree])
    case repeated(PatternTree, min: Int, max: Int?)
    case atStart
    case atEnd
    case wordBoundary(isNegated: Bool)
}

/// Why a pattern is not taken.
struct PatternProblem: Error {
    var text: String
    var textZH: String
}

/// Reads regular expressions of ECMA-262 with the flag `u` (the meaning that JSON Schema asks for), as far as they are regular:
/// references back and looking around are refused, since no matcher does them in linear time.
struct PatternParser {
    private var rest: ArraySlice<UInt32>
    private var depth = 0

    /// Groups inside each other.
    static let depthMax = 100
    /// The greatest number in `{n,m}`.
    static let repeatMax = 10_000

    static func parse(_ pattern: String) throws(PatternProblem) -> PatternTree {
        var parser = PatternParser(rest: pattern.unicodeScalars.map(\.value)[...])
        let tree = try parser.choice()
        guard parser.rest.isEmpty else { throw problem("a closing parenthesis without its opening one", "右括号没有对应的左括号") }
        return tree
    }

    private init(rest: ArraySlice<UInt32>) { self.rest = rest }

    static func problem(_ text: String, _ textZH: String) -> PatternProblem { PatternProblem(text: text, textZH: textZH) }

    private mutating func take(_ letter: Unicode.Scalar) -> Bool {
        guard rest.first == letter.value else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func take(_ word: String) -> Bool {
        guard rest.starts(with: word.unicodeScalars.lazy.map(\.value)) else { return false }
        rest.removeFirst(word.unicodeScalars.count)
        return true
    }

    private mutating func choice() throws(PatternProblem) -> PatternTree {
        depth += 1
        guard depth <= Self.depthMax else {
            throw Self.problem("groups nest deeper than \(Self.depthMax)", "分组嵌套超过 \(Self.depthMax) 层")
        }
        var ways = [try sequence()]
        while take("|") { ways.append(try sequence()) }
        depth -= 1
        return ways.count == 1 ? ways[0] : .choice(ways)
    }

    private mutating func sequence() throws(PatternProblem) -> PatternTree {
        var parts: [PatternTree] = []
        while let next = rest.first, next != 0x7C, next != 0x29 {
            let (part, canRepeat) = try atom()
            parts.append(try quantified(part, canRepeat: canRepeat))
        }
        return parts.isEmpty ? .empty : parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func atom() throws(PatternProblem) -> (PatternTree, canRepeat: Bool) {
        guard let next = rest.popFirst() else { return (.empty, false) }
        switch next {
        case 0x5E: return (.atStart, false)
        case 0x24: return (.atEnd, false)
        case 0x2E: return (.set(CodePointSet.lineEnds.inverted), true)
        case 0x28: return (try group(), true)
        case 0x5B: return (.set(try characterClass()), true)
        case 0x5C:
            if take("b") { return (.wordBoundary(isNegated: false), false) }
            if take("B") { return (.wordBoundary(isNegated: true), false) }
            return (.set(try escape(inClass: false)), true)
        case 0x2A, 0x2B, 0x3F: throw Self.problem("a quantifier with nothing before it", "量词之前没有内容")
        case 0x7B, 0x7D, 0x5D: throw Self.problem("a bracket that must be escaped with a backslash", "括号须用反斜杠转义")
        default: return (.set(CodePointSet(next)), true)
        }
    }

    private mutating func group() throws(PatternProblem) -> PatternTree {
        if take("?") {
            if take("=") || take("!") || take("<=") || take("<!") {
                throw Self.problem("looking ahead or behind is not supported", "不支持前瞻或后顾断言")
            }
            if take("<") {
                guard let end = rest.firstIndex(of: 0x3E), end > rest.startIndex else {
                    throw Self.problem("a group's name without its end", "分组名称没有结束")
                }
                rest = rest[(end + 1)...]
            } else if !take(":") {
                throw Self.problem("a kind of group that does not exist", "不存在这种分组")
            }
        }
        let inside = try choice()
        guard take(")") else { throw Self.problem("an opening parenthesis without its closing one", "左括号没有对应的右括号") }
        return inside
    }

    private mutating func quantified(_ part: PatternTree, canRepeat: Bool) throws(PatternProblem) -> PatternTree {
        let bounds: (min: Int, max: Int?)
        if take("*") {
            bounds = (0, nil)
        } else if take("+") {
            bounds = (1, nil)
        } else if take("?") {
            bounds = (0, 1)
        } else if take("{") {
            bounds = try braces()
        } else {
            return part
        }
        guard canRepeat else { throw Self.problem("a quantifier with nothing before it", "量词之前没有内容") }
        // Lazy or not: what matches is the same.
        _ = take("?")
        if let next = rest.first, next == 0x2A || next == 0x2B || next == 0x3F || next == 0x7B {
            throw Self.problem("two quantifiers in a row", "量词不能连续出现")
        }
        return .repeated(part, min: bounds.min, max: bounds.max)
    }

    private mutating func braces() throws(PatternProblem) -> (min: Int, max: Int?) {
        let wrong = Self.problem("a quantifier in braces is written {n}, {n,} or {n,m}", "花括号量词应写作 {n}、{n,} 或 {n,m}")
        guard let low = try number() else { throw wrong }
        var high: Int? = low
        if take(",") { high = try number() }
        guard take("}") else { throw wrong }
        if let high, high < low { throw Self.problem("a quantifier whose greater number comes first", "量词的上限小于下限") }
        return (low, high)
    }

    private mutating func number() throws(PatternProblem) -> Int? {
        var value: Int?
        while let next = rest.first, next >= 0x30, next <= 0x39 {
            value = (value ?? 0) * 10 + Int(next - 0x30)
            guard value ?? 0 <= Self.repeatMax else {
                throw Self.problem("a repetition of more than \(Self.repeatMax)", "重复次数超过 \(Self.repeatMax)")
            }
            rest.removeFirst()
        }
        return value
    }

    private mutating func characterClass() throws(PatternProblem) -> CodePointSet {
        let isNegated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        while true {
            guard let next = rest.first else { throw Self.problem("an opening bracket without its closing one", "左方括号没有对应的右方括号") }
            if next == 0x5D {
                rest.removeFirst()
                let set = CodePointSet(ranges)
                return isNegated ? set.inverted : set
            }
            let first = try member()
            guard rest.first == 0x2D, rest.dropFirst().first ?? 0x5D != 0x5D else {
                ranges += first.ranges
                continue
            }
            rest.removeFirst()
            let second = try member()
            guard let low = first.only, let high = second.only, low <= high else {
                throw Self.problem("a range of characters that does not go upward", "字符范围不是由小到大")
            }
            ranges.append(low...high)
        }
    }

    private mutating func member() throws(PatternProblem) -> CodePointSet {
        guard let next = rest.popFirst() else {
            throw Self.problem("an opening bracket without its closing one", "左方括号没有对应的右方括号")
        }
        return next == 0x5C ? try escape(inClass: true) : CodePointSet(next)
    }

    private mutating func escape(inClass: Bool) throws(PatternProblem) -> CodePointSet {
        guard let letter = rest.popFirst() else { throw Self.problem("a backslash at the end", "以反斜杠结尾") }
        switch Unicode.Scalar(letter).map(Character.init) {
        case "d": return .digits
        case "D": return CodePointSet.digits.inverted
        case "w": return .word
        case "W": return CodePointSet.word.inverted
        case "s": return .space
        case "S": return CodePointSet.space.inverted
        case "p": return try property()
        case "P": return try property().inverted
        case "t": return CodePointSet(0x09)
        case "n": return CodePointSet(0x0A)
        case "v": return CodePointSet(0x0B)
        case "f": return CodePointSet(0x0C)
        case "r": return CodePointSet(0x0D)
        case "b" where inClass: return CodePointSet(0x08)
        case "-" where inClass: return CodePointSet(0x2D)
        case "0":
            guard rest.first.map({ $0 < 0x30 || $0 > 0x39 }) ?? true else { throw Self.problem("an octal escape", "八进制转义") }
            return CodePointSet(0)
        case "c":
            guard let control = rest.popFirst(), (control | 0x20) >= 0x61, (control | 0x20) <= 0x7A else {
                throw Self.problem("\\c without a letter", "\\c 之后没有字母")
            }
            return CodePointSet(control & 0x1F)
        case "x": return CodePointSet(try hexadecimal(2))
        case "u": return CodePointSet(try codePoint())
        case "k", "1", "2", "3", "4", "5", "6", "7", "8", "9":
            throw Self.problem("a reference back to a group is not supported", "不支持反向引用")
        default:
            guard letter < 0x80, "^$\\.*+?()[]{}|/".unicodeScalars.contains(where: { $0.value == letter }) else {
                throw Self.problem("an escape that ECMA-262 does not know", "ECMA-262 中没有这种转义")
            }
            return CodePointSet(letter)
        }
    }

    private mutating func property() throws(PatternProblem) -> CodePointSet {
        guard take("{"), let end = rest.firstIndex(of: 0x7D) else { throw Self.problem("\\p without {name}", "\\p 之后没有 {名称}") }
        let name = String(String.UnicodeScalarView(rest[..<end].compactMap { Unicode.Scalar($0) }))
        rest = rest[(end + 1)...]
        guard let set = CodePointSet.property(name) else {
            throw Self.problem("a Unicode property that is not known here", "此处不支持该 Unicode 属性")
        }
        return set
    }

    private mutating func codePoint() throws(PatternProblem) -> UInt32 {
        if take("{") {
            guard let end = rest.firstIndex(of: 0x7D),
                let value = UInt32(String(String.UnicodeScalarView(rest[..<end].compactMap { Unicode.Scalar($0) })), radix: 16),
                value <= CodePointSet.last
            else { throw Self.problem("\\u{...} without a code point", "\\u{...} 中不是码点") }
            rest = rest[(end + 1)...]
            return value
        }
        let high = try hexadecimal(4)
        guard high >> 10 == 0x36, rest.starts(with: [0x5C, 0x75]) else { return high }
        let before = rest
        rest.removeFirst(2)
        let low = try hexadecimal(4)
        if low >> 10 == 0x37 { return 0x10000 + (high & 0x3FF) << 10 + low & 0x3FF }
        rest = before
        return high
    }

    private mutating func hexadecimal(_ count: Int) throws(PatternProblem) -> UInt32 {
        let digits = rest.prefix(count).compactMap {
            Unicode.Scalar($0)?.properties.isASCIIHexDigit == true ? Unicode.Scalar($0) : nil
        }
        guard digits.count == count, let value = UInt32(String(String.UnicodeScalarView(digits)), radix: 16) else {
            throw Self.problem("an escape with too few hexadecimal digits", "转义中的十六进制数字不足")
        }
        rest.removeFirst(count)
        return value
    }
}

extension CodePointSet {
    /// The one code point it holds, if it holds one.
    var only: UInt32? { ranges.count == 1 && ranges[0].count == 1 ? ranges[0].lowerBound : nil }
}
