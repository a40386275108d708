internal import ExchangeModel

// `when:`: conditions become rows of a flat table, each naming the rows of its parts.
extension Compiler {
    /// Compiles a condition; -1, with findings, when it is faulty.
    mutating func condition(_ text: MappingFile.Text, scope: SourceScope, targetPath: String) -> Int32 {
        do throws(ExpressionProblem) {
            let parsed = try ExpressionParser.condition(text.text, dotJoins: dotJoins)
            return condition(parsed, in: text, scope: scope, targetPath) ?? -1
        } catch {
            report(text.position(at: error.offset), targetPath, error.text, error.textZH)
            return -1
        }
    }

    private mutating func condition(
        _ condition: Condition, in text: MappingFile.Text, scope: SourceScope, _ targetPath: String
    ) -> Int32? {
        switch condition {
        case .exists(let operand):
            guard case .path = operand.value else {
                report(
                    text.position(at: operand.offset), targetPath, "a text alone is no condition; compare it with something",
                    "单独的文本不是条件，请与其他值比较")
                return nil
            }
            guard let part = operandPart(operand, in: text, scope: scope, targetPath, mayBeGroup: true) else { return nil }
            return add(.exists, part.part, -1)
        case .compare(let left, let comparison, let right):
            let first = operandPart(left, in: text, scope: scope, targetPath, mayBeGroup: false)
            let second = operandPart(right, in: text, scope: scope, targetPath, mayBeGroup: false)
            guard let first, let second else { return nil }
            if first.literal != nil, second.literal != nil {
                report(
                    text.position(at: left.offset), targetPath, "two texts are compared: the answer is always the same",
                    "比较的是两个固定文本，结果永远相同")
                return nil
            }
            guard
                checkLiteral(second.literal, beside: first.shape, at: text.position(at: right.offset), targetPath),
                checkLiteral(first.literal, beside: second.shape, at: text.position(at: left.offset), targetPath)
            else { return nil }
            return add(Program.Condition.Kind(comparison), first.part, second.part)
        case .oneOf(let operand, let texts):
            guard let part = operandPart(operand, in: text, scope: scope, targetPath, mayBeGroup: false) else { return nil }
            let place = text.position(at: operand.offset)
            guard part.literal == nil else {
                report(place, targetPath, "\"in\" looks a value up; here stands a text", "“in”用于值，此处是固定文本")
                return nil
            }
            var rows: [Int32] = []
            for literal in texts {
                guard checkLiteral(literal, beside: part.shape, at: place, targetPath) else { return nil }
                rows.append(add(.equal, part.part, constantPart(literal)))
            }
            return addAll(.or, rows)
        case .not(let inner):
            guard let row = self.condition(inner, in: text, scope: scope, targetPath) else { return nil }
            return add(.not, row, -1)
        case .and(let terms), .or(let terms):
            let rows = terms.map { self.condition($0, in: text, scope: scope, targetPath) }
            guard !rows.contains(nil) else { return nil }
            if case .and = condition { return addAll(.and, rows.compactMap(\.self)) }
            return addAll(.or, rows.compactMap(\.self))
        }
    }

    /// A side of a comparison as a part: a path, a variable or a text.
    private mutating func operandPart(
        _ operand: Condition.Operand, in text: MappingFile.Text, scope: SourceScope, _ targetPath: String, mayBeGroup: Bool
    ) -> (part: Int32, shape: ValueShape?, literal: String?)? {
        switch operand.value {
        case .text(let literal): return (constantPart(literal), nil, literal)
        case .path(let path):
            guard let (part, shape) = part(path, in: text, scope: scope, targetPath) else { return nil }
            let isGroup = shape.kind == .group || shape.kind == .money || shape.kind == .identifier && shape.isCanonicalForm
            guard !shape.isMany, mayBeGroup || !isGroup || isInbound else {
                report(
                    text.position(at: operand.offset), targetPath,
                    shape.isMany ? "one value is wanted here, not several" : "this is a group of fields; name one of them",
                    shape.isMany ? "此处只能是单个值" : "这是字段组，请指定其中的字段")
                return nil
            }
            program.parts.append(part)
            return (Int32(program.parts.count - 1), shape, nil)
        }
    }

    /// A canonical code is compared with values of its list only: another one can never occur.
    private mutating func checkLiteral(
        _ literal: String?, beside shape: ValueShape?, at place: SourcePosition, _ targetPath: String
    ) -> Bool {
        guard let literal, let shape, shape.kind == .code, let list = shape.codeList.flatMap({ input.codeLists[$0] }),
            !list.canonicalValues.contains(literal)
        else { return true }
        reportUnknown(
            place, targetPath, literal, kind: "canonical value of the list \(shape.codeList ?? "")",
            kindZH: "代码表 \(shape.codeList ?? "") 的规范值", among: list.canonicalValues)
        return false
    }

    private mutating func constantPart(_ text: String) -> Int32 {
        program.parts.append(Program.Part(constant: program.constant(text)))
        return Int32(program.parts.count - 1)
    }

    private mutating func add(_ kind: Program.Condition.Kind, _ first: Int32, _ second: Int32) -> Int32 {
        program.conditions.append(Program.Condition(kind: kind, first: first, second: second))
        return Int32(program.conditions.count - 1)
    }

    /// Joins rows two by two.
    private mutating func addAll(_ kind: Program.Condition.Kind, _ rows: [Int32]) -> Int32 {
        rows.dropFirst().reduce(rows[0]) { add(kind, $0, $1) }
    }
}

extension Program.Condition.Kind {
    init(_ comparison: Condition.Comparison) {
        self =
            switch comparison {
            case .equal: .equal
            case .notEqual: .notEqual
            case .less: .less
            case .lessOrEqual: .lessOrEqual
            case .greater: .greater
            case .greaterOrEqual: .greaterOrEqual
            }
    }
}
