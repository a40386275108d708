// Conditions: `when: NATURE = '2' and not(PRICE)`.
extension ExpressionParser {
    /// Terms of one condition.
    static let termsMax = 64

    /// Reads the condition of a `when:`.
    static func condition(_ text: String, dotJoins: Bool) throws(ExpressionProblem) -> Condition {
        var parser = try ExpressionParser(text, dotJoins: dotJoins, isFunction: { _ in false })
        parser.skipBlanks()
        let condition = try parser.disjunction()
        parser.skipBlanks()
        guard parser.atEnd else {
            throw parser.unexpected("\"and\", \"or\", a comparison or the end", "“and”、“or”、比较符或条件结束")
        }
        return condition
    }

    private mutating func disjunction() throws(ExpressionProblem) -> Condition {
        var terms = [try conjunction()]
        while word("or") { terms.append(try conjunction()) }
        return terms.count == 1 ? terms[0] : .or(terms)
    }

    private mutating func conjunction() throws(ExpressionProblem) -> Condition {
        var terms = [try term()]
        while word("and") { terms.append(try term()) }
        return terms.count == 1 ? terms[0] : .and(terms)
    }

    private mutating func term() throws(ExpressionProblem) -> Condition {
        skipBlanks()
        termCount += 1
        guard termCount <= Self.termsMax else {
            throw ExpressionProblem(
                offset: position, text: "the condition has more than \(Self.termsMax) terms", textZH: "条件超过 \(Self.termsMax) 项")
        }
        if take(0x28) { return try inParentheses() }
        let start = position
        if let name = name(), name == "not" {
            skipBlanks()
            if take(0x28) { return .not(try inParentheses()) }
        }
        position = start
        let left = try operand()
        skipBlanks()
        if let comparison = comparison() {
            skipBlanks()
            return .compare(left, comparison, try operand())
        }
        if word("in") { return .oneOf(left, try texts()) }
        return .exists(left)
    }

    private mutating func inParentheses() throws(ExpressionProblem) -> Condition {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else {
            throw ExpressionProblem(
                offset: position, text: "conditions nest deeper than \(Self.depthMax)", textZH: "条件嵌套超过 \(Self.depthMax) 层")
        }
        skipBlanks()
        let inner = try disjunction()
        skipBlanks()
        guard take(0x29) else { throw unexpected("\")\"", "“)”") }
        return inner
    }

    private mutating func operand() throws(ExpressionProblem) -> Condition.Operand {
        guard !atEnd else { throw unexpected("a path, a text or a number", "路径、文本或数字") }
        let start = position
        if current == 0x22 || current == 0x27 { return Condition.Operand(value: .text(try quoted()), offset: start) }
        if let number = decimal() { return Condition.Operand(value: .text(number), offset: start) }
        return Condition.Operand(value: .path(try path()), offset: start)
    }

    /// A number with an optional sign and fraction; nothing is taken when a name begins here.
    private mutating func decimal() -> String? {
        let start = position
        if current == 0x2D { position += 1 }
        let digits = position
        while !atEnd, current >= 0x30, current <= 0x39 { position += 1 }
        if position > digits, current == 0x2E, peek >= 0x30, peek <= 0x39 {
            position += 1
            while !atEnd, current >= 0x30, current <= 0x39 { position += 1 }
        }
        guard position > digits, atEnd || !Self.isNameByte(current) && current != 0x3A else {
            position = start
            return nil
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func comparison() -> Condition.Comparison? {
        if take(0x3D) { return .equal }
        if current == 0x21, peek == 0x3D {
            position += 2
            return .notEqual
        }
        if take(0x3C) { return take(0x3D) ? .lessOrEqual : .less }
        if take(0x3E) { return take(0x3D) ? .greaterOrEqual : .greater }
        return nil
    }

    private mutating func texts() throws(ExpressionProblem) -> [String] {
        skipBlanks()
        guard take(0x28) else { throw unexpected("\"(\"", "“(”") }
        var texts: [String] = []
        while true {
            skipBlanks()
            if !atEnd, current == 0x22 || current == 0x27 {
                texts.append(try quoted())
            } else if let number = decimal() {
                texts.append(number)
            } else {
                throw unexpected("a text in quotation marks", "带引号的文本")
            }
            guard texts.count <= Self.termsMax else {
                throw ExpressionProblem(
                    offset: position, text: "the list has more than \(Self.termsMax) texts", textZH: "列表超过 \(Self.termsMax) 项")
            }
            skipBlanks()
            if take(0x29) { return texts }
            guard take(0x2C) else { throw unexpected("\",\" or \")\"", "“,”或“)”") }
        }
    }

    /// Takes a word that stands alone.
    private mutating func word(_ word: String) -> Bool {
        let start = position
        skipBlanks()
        if name() == word { return true }
        position = start
        return false
    }
}
