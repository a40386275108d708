/// Reads expressions and paths; one pass over the bytes, no backtracking beyond one name.
struct ExpressionParser {
    /// Longest expression in bytes.
    static let bytesMax = 4096
    /// Key look-ups inside each other.
    static let depthMax = 8

    let bytes: [UInt8]
    var position = 0
    var depth = 0
    /// Terms of the condition so far.
    var termCount = 0
    /// Whether `.` joins steps (JSON sources), or belongs to names (XML).
    let dotJoins: Bool
    /// Names that are functions, and so begin no path when "(" follows.
    let isFunction: (String) -> Bool

    /// Reads an expression.
    static func expression(
        _ text: String, dotJoins: Bool, isFunction: @escaping (String) -> Bool
    ) throws(ExpressionProblem) -> Expression {
        var parser = try ExpressionParser(text, dotJoins: dotJoins, isFunction: isFunction)
        return try parser.wholeExpression(text)
    }

    /// Reads a path that stands alone (`each:`, `key:`).
    static func path(_ text: String, dotJoins: Bool) throws(ExpressionProblem) -> SourcePath {
        var parser = try ExpressionParser(text, dotJoins: dotJoins, isFunction: { _ in false })
        parser.skipBlanks()
        let path = try parser.path()
        parser.skipBlanks()
        guard parser.atEnd else { throw parser.unexpected("the end of the path", "路径结束") }
        return path
    }

    init(
        _ text: String, dotJoins: Bool, isFunction: @escaping (String) -> Bool
    ) throws(ExpressionProblem) {
        bytes = Array(text.utf8)
        self.dotJoins = dotJoins
        self.isFunction = isFunction
        guard bytes.count <= Self.bytesMax else {
            throw ExpressionProblem(
                offset: 0, text: "the expression is longer than \(Self.bytesMax) bytes",
                textZH: "表达式超过 \(Self.bytesMax) 字节")
        }
    }

    // MARK: Expressions

    private mutating func wholeExpression(_ text: String) throws(ExpressionProblem) -> Expression {
        skipBlanks()
        let start = position
        let source = try source()
        var calls: [Expression.Call] = []
        skipBlanks()
        while !atEnd {
            guard take(0x7C) else { throw unexpected("\"|\" and a function, or the end", "“|”加函数，或表达式结束") }
            skipBlanks()
            calls.append(try call())
            skipBlanks()
        }
        return Expression(source: source, calls: calls, offset: start, text: text)
    }

    private mutating func source() throws(ExpressionProblem) -> Expression.Source {
        guard !atEnd else { throw unexpected("a path, a text or a function", "路径、文本或函数") }
        if current == 0x22 || current == 0x27 { return .text(try quoted()) }
        let start = position
        if let name = name(), current == 0x28, isFunction(name) {
            position = start
            return .call(try call())
        }
        position = start
        return .path(try path())
    }

    private mutating func call() throws(ExpressionProblem) -> Expression.Call {
        let start = position
        guard let name = name() else { throw unexpected("the name of a function", "函数名") }
        var arguments: [Expression.Argument] = []
        if take(0x28) {
            skipBlanks()
            if !take(0x29) {
                while true {
                    var argument = try argument()
                    if name == MappingFunction.templateName, case .text(let text) = argument.value {
                        argument.value = .template(try pieces(text, offset: argument.offset + 1))
                    }
                    arguments.append(argument)
                    skipBlanks()
                    if take(0x29) { break }
                    guard take(0x2C) else { throw unexpected("\",\" or \")\"", "“,”或“)”") }
                    skipBlanks()
                }
            }
        }
        return Expression.Call(name: name, arguments: arguments, offset: start)
    }

    private mutating func argument() throws(ExpressionProblem) -> Expression.Argument {
        let start = position
        var label: String?
        if let word = name() {
            skipBlanks()
            if current == 0x3D {
                position += 1
                label = word
                skipBlanks()
            } else {
                position = start
            }
        }
        guard !atEnd else { throw unexpected("an argument", "参数") }
        let valueStart = position
        if current == 0x22 || current == 0x27 {
            return Expression.Argument(label: label, value: .text(try quoted()), offset: valueStart)
        }
        if current >= 0x30, current <= 0x39 {
            var value = 0
            var end = position
            while end < bytes.count, bytes[end] >= 0x30, bytes[end] <= 0x39, value < 1_000_000_000 {
                value = value * 10 + Int(bytes[end] - 0x30)
                end += 1
            }
            if end == bytes.count || !Self.isNameByte(bytes[end]) {
                position = end
                return Expression.Argument(label: label, value: .number(value), offset: valueStart)
            }
            throw unexpected("a number of at most nine digits", "最多九位的数字")
        }
        return Expression.Argument(label: label, value: .path(try path()), offset: valueStart)
    }

    mutating func quoted() throws(ExpressionProblem) -> String {
        let start = position
        let mark = current
        position += 1
        var text: [UInt8] = []
        while !atEnd {
            let byte = current
            position += 1
            if byte == mark {
                // A doubled mark is the mark itself.
                guard current == mark, !atEnd else { return String(decoding: text, as: UTF8.self) }
                position += 1
            }
            text.append(byte)
        }
        throw ExpressionProblem(
            offset: start, text: "the text has no closing quotation mark", textZH: "文本缺少结束的引号")
    }

    // MARK: Bytes

    var atEnd: Bool { position >= bytes.count }
    var current: UInt8 { position < bytes.count ? bytes[position] : 0 }
    var peek: UInt8 { position + 1 < bytes.count ? bytes[position + 1] : 0 }

    mutating func take(_ byte: UInt8) -> Bool {
        guard !atEnd, current == byte else { return false }
        position += 1
        return true
    }

    mutating func skipBlanks() {
        while !atEnd, current == 0x20 || current == 0x09 || current == 0x0A || current == 0x0D { position += 1 }
    }

    /// Letters, digits, `_`, `-`, and everything beyond ASCII; `.` where it joins no steps. Not beginning with `-` or `.`.
    mutating func name() -> String? {
        let start = position
        guard !atEnd, Self.isNameByte(current), current != 0x2D else { return nil }
        while !atEnd, Self.isNameByte(current) || (!dotJoins && current == 0x2E) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D, 0x80...: true
        default: false
        }
    }

    func unexpected(_ expected: String, _ expectedZH: String) -> ExpressionProblem {
        let found: String
        let foundZH: String
        if atEnd {
            (found, foundZH) = ("the expression ends", "表达式已结束")
        } else {
            var end = position + 1
            while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
            let character = String(decoding: bytes[position..<end], as: UTF8.self)
            (found, foundZH) = ("\"\(character)\" stands here", "此处为“\(character)”")
        }
        return ExpressionProblem(
            offset: position, text: "expected \(expected), but \(found)", textZH: "此处应为\(expectedZH)，但\(foundZH)")
    }
}
