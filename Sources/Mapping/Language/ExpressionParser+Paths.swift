// Paths: `SECTION[CODE='01']/PRICE/@unit`.
extension ExpressionParser {
    mutating func path() throws(ExpressionProblem) -> SourcePath {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else {
            throw ExpressionProblem(
                offset: position, text: "key look-ups nest deeper than \(Self.depthMax)", textZH: "键查找嵌套超过 \(Self.depthMax) 层")
        }
        let start = position
        var result = SourcePath(anchor: .current, keyArgument: [], steps: [], offset: start)
        if take(0x2F) {
            result.anchor = .root
        } else if current == 0x24 {
            position += 1
            guard let name = name() else { throw unexpected("the name of a variable", "变量名") }
            result.anchor = .variable(name)
            guard take(0x2F) || (dotJoins && take(0x2E)) else { return result }
        } else if current == 0x2E, peek == 0x2E {
            var levels = 0
            while current == 0x2E, peek == 0x2E {
                position += 2
                levels += 1
                guard take(0x2F) else {
                    result.anchor = .parent(levels)
                    return result
                }
            }
            result.anchor = .parent(levels)
        } else if current == 0x2E {
            position += 1
            guard take(0x2F) else { return result }
        } else {
            let nameStart = position
            if let name = name(), current == 0x28 {
                position += 1
                skipBlanks()
                if name == MappingFunction.groupName, take(0x29) {
                    result.anchor = .group
                    guard take(0x2F) || (dotJoins && take(0x2E)) else { return result }
                    return try steps(of: result)
                }
                result.keyArgument = [try path()]
                skipBlanks()
                guard take(0x29) else { throw unexpected("\")\"", "“)”") }
                result.anchor = .key(name, nameOffset: nameStart)
                guard take(0x2F) else { return result }
            } else {
                position = nameStart
            }
        }
        return try steps(of: result)
    }

    private mutating func steps(of start: SourcePath) throws(ExpressionProblem) -> SourcePath {
        var result = start
        while true {
            let step = try step()
            result.steps.append(step)
            if take(0x2F) || (dotJoins && take(0x2E)) {
                guard !step.isAttribute else {
                    throw ExpressionProblem(
                        offset: step.name.offset, text: "nothing can follow an attribute", textZH: "属性之后不能再有步骤")
                }
                continue
            }
            return result
        }
    }

    private mutating func step() throws(ExpressionProblem) -> SourcePath.Step {
        let isAttribute = take(0x40)
        var step: SourcePath.Step
        let start = position
        if !isAttribute, take(0x2A) {
            let name = SourcePath.Name(prefix: nil, local: "*", offset: start)
            step = SourcePath.Step(name: name, isAttribute: false, takesAll: false, predicate: nil, isAny: true)
        } else {
            guard let name = qualifiedName() else { throw unexpected("a name", "名称") }
            step = SourcePath.Step(name: name, isAttribute: isAttribute, takesAll: false, predicate: nil)
        }
        while take(0x5B) {
            skipBlanks()
            guard !isAttribute else { throw unexpected("no bracket behind an attribute", "属性之后不能有方括号") }
            if take(0x5D) {
                guard !step.takesAll, step.place == 0 else {
                    throw unexpected("\"[]\" only once, and not behind a number", "“[]”只能出现一次，且不能跟在序号之后")
                }
                step.takesAll = true
                continue
            }
            guard step.place == 0, !step.takesAll else { throw unexpected("a predicate before \"[]\"", "谓词应位于“[]”之前") }
            if let place = place() {
                step.place = place
            } else {
                guard step.predicate == nil else { throw unexpected("only one predicate", "只能有一个谓词") }
                step.predicate = try predicate()
            }
            skipBlanks()
            guard take(0x5D) else { throw unexpected("\"]\"", "“]”") }
        }
        return step
    }

    /// `2` or `last`; nil, with nothing taken, when something else stands here.
    private mutating func place() -> Int? {
        let start = position
        var value = 0
        while !atEnd, current >= 0x30, current <= 0x39, value < 1_000_000 {
            value = value * 10 + Int(current - 0x30)
            position += 1
        }
        if value > 0, current == 0x5D || current == 0x20 { return value }
        position = start
        if let word = name(), word == "last", current == 0x5D || current == 0x20 { return -1 }
        position = start
        return nil
    }

    private mutating func predicate() throws(ExpressionProblem) -> SourcePath.Predicate {
        let onAttribute = take(0x40)
        let start = position
        guard let child = qualifiedName(), !child.local.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            position = start
            throw unexpected("a child's name, a number from 1 or \"last\"", "子元素名、从 1 开始的序号或“last”")
        }
        skipBlanks()
        if current == 0x5D { return SourcePath.Predicate(name: child, isAttribute: onAttribute, test: .exists, value: "") }
        var test = SourcePath.Predicate.Test.equals
        if current == 0x21, peek == 0x3D {
            position += 1
            test = .differs
        }
        guard take(0x3D) else { throw unexpected("\"=\", \"!=\" or \"]\"", "“=”、“!=”或“]”") }
        skipBlanks()
        guard !atEnd, current == 0x22 || current == 0x27 else { throw unexpected("a text in quotation marks", "带引号的文本") }
        return SourcePath.Predicate(name: child, isAttribute: onAttribute, test: test, value: try quoted())
    }

    private mutating func qualifiedName() -> SourcePath.Name? {
        let start = position
        guard let first = name() else { return nil }
        if current == 0x3A {
            position += 1
            if let second = name() { return SourcePath.Name(prefix: first, local: second, offset: start) }
            position -= 1
        }
        return SourcePath.Name(prefix: nil, local: first, offset: start)
    }
}
