internal import ExchangeModel

// Functions on exact decimals and lists.
extension Compiler {
    /// Compiles a function on numbers or lists; nil when it is none of them, or faulty.
    mutating func compileNumber(
        _ call: Expression.Call, shape: ValueShape, takes: inout [CanonicalSchema.Kind]?, gives: inout ValueShape,
        in text: MappingFile.Text, scope: SourceScope, _ targetPath: String
    ) -> Program.Op? {
        let place = text.position(at: call.offset)
        let numbers: [CanonicalSchema.Kind] = [.text, .decimal, .count]
        switch call.name {
        case "unique", "number-of", "sum", "least", "greatest":
            guard shape.isMany else {
                report(place, targetPath, "\(call.name) takes several values; the path has no []", "\(call.name) 需要多个值，但路径没有 []")
                return nil
            }
            switch call.name {
            case "unique":
                takes = [.text, .code, .instant, .date, .decimal, .count]
                gives = shape
                return Program.Op(code: .unique)
            case "number-of":
                takes = nil
                gives = Self.single(.count, isCertain: true)
                return Program.Op(code: .numberOf)
            default:
                takes = numbers
                gives = Self.single(.decimal, isCertain: false)
                return Program.Op(code: call.name == "sum" ? .sum : call.name == "least" ? .least : .greatest)
            }
        case "round":
            takes = numbers
            gives.kind = .decimal
            guard let decimals = numberArgument(call, 0, in: 0...20, in: text, targetPath) else { return nil }
            return Program.Op(code: .round, a: Int32(decimals))
        case "add", "subtract", "multiply", "divide":
            takes = numbers
            gives.kind = .decimal
            guard let part = numberPart(call, in: text, scope: scope, targetPath) else { return nil }
            let code: Program.OpCode =
                switch call.name {
                case "add": .add
                case "subtract": .subtract
                case "multiply": .multiply
                default: .divide
                }
            var decimals = 0
            if call.name == "divide" {
                guard let given = numberArgument(call, 1, in: 0...20, in: text, targetPath) else { return nil }
                decimals = given
            }
            return Program.Op(code: code, a: part, b: Int32(decimals))
        case "plus-days":
            takes = [.instant, .date]
            gives = shape
            gives.literal = nil
            guard let (days, isNegative) = dayArgument(call, in: text, targetPath) else { return nil }
            return Program.Op(code: .plusDays, a: Int32(isNegative ? -days : days))
        default: return nil
        }
    }

    private static func single(_ kind: CanonicalSchema.Kind, isCertain: Bool) -> ValueShape {
        ValueShape(kind: kind, isMany: false, codeList: nil, literal: nil, isCertain: isCertain, isCanonicalForm: false)
    }

    /// The number that is calculated with: a number, a decimal in quotation marks, a path or a variable.
    private mutating func numberPart(
        _ call: Expression.Call, in text: MappingFile.Text, scope: SourceScope, _ targetPath: String
    ) -> Int32? {
        let argument = call.arguments[0]
        let place = text.position(at: argument.offset)
        let part: Program.Part
        switch argument.value {
        case .number(let number): part = Program.Part(constant: program.constant(String(number)))
        case .text(let literal):
            let isDecimal = Array(literal.utf8).withUnsafeBufferPointer { (try? ExactDecimal($0)) != nil }
            guard isDecimal else {
                report(place, targetPath, "\"\(literal)\" is no decimal number", "“\(literal)”不是十进制数")
                return nil
            }
            part = Program.Part(constant: program.constant(literal))
        case .path(let path):
            guard let (found, shape) = self.part(path, in: text, scope: scope, targetPath) else { return nil }
            guard !shape.isMany, [.text, .decimal, .count].contains(shape.kind) else {
                report(place, targetPath, "one number is wanted here", "此处需要单个数")
                return nil
            }
            part = found
        case .template:
            report(place, targetPath, "one number is wanted here", "此处需要单个数")
            return nil
        }
        program.parts.append(part)
        return Int32(program.parts.count - 1)
    }

    /// Whole days, `7` or `"-7"`.
    private mutating func dayArgument(
        _ call: Expression.Call, in text: MappingFile.Text, _ targetPath: String
    ) -> (days: Int, isNegative: Bool)? {
        if case .number(let days) = call.arguments[0].value, days <= 36_500 { return (days, false) }
        if let word = textValue(call, 0), let days = Int(word), abs(days) <= 36_500 { return (abs(days), days < 0) }
        report(
            text.position(at: call.arguments[0].offset), targetPath,
            "plus-days takes whole days up to 36,500, backwards in quotation marks: plus-days(\"-7\")",
            "plus-days 需要不超过 36500 的整天数，向前推请加引号：plus-days(\"-7\")")
        return nil
    }
}
