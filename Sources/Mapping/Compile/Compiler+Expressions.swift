internal import ExchangeModel

extension Compiler {
    /// Compiles an expression; nil, with findings, when it is faulty.
    mutating func expression(
        _ text: MappingFile.Text, scope: SourceScope, target: CanonicalSchema.Field?, targetPath: String,
        keepsBlanks: Bool = false
    ) -> (index: Int32, shape: ValueShape)? {
        do throws(ExpressionProblem) {
            let parsed = try ExpressionParser.expression(
                text.text, dotJoins: dotJoins, isFunction: MappingFunction.isSource)
            return compile(parsed, in: text, scope: scope, targetPath: targetPath, keepsBlanks: keepsBlanks)
        } catch {
            report(text.position(at: error.offset), targetPath, error.text, error.textZH)
            return nil
        }
    }

    /// Compiles an expression that was parsed. With `keepsBlanks` a list keeps the places of values that are not there.
    mutating func compile(
        _ parsed: Expression, in text: MappingFile.Text, scope: SourceScope, targetPath: String, keepsBlanks: Bool = false
    ) -> (index: Int32, shape: ValueShape)? {
        let before = findings.count
        let noting = beginNote()
        var compiled = Program.Expression(
            source: .path, sourceIndex: -1, partCount: 0, firstOp: 0, opCount: 0, isMany: false, isConstant: false,
            keepsBlanks: keepsBlanks)
        let source = compileSource(parsed.source, into: &compiled, in: text, scope: scope, targetPath)
        var ops: [Program.Op] = []
        var shape =
            source
            ?? ValueShape(kind: .text, isMany: false, codeList: nil, literal: nil, isCertain: false, isCanonicalForm: false)
        for call in parsed.calls {
            guard let function = function(call, in: text, targetPath: targetPath) else { continue }
            guard !function.isSource else {
                report(
                    text.position(at: call.offset), targetPath,
                    "\"\(function.name)\" begins an expression; it cannot follow \"|\"",
                    "“\(function.name)”只能位于表达式开头，不能跟在“|”之后")
                continue
            }
            // After a faulty source the names and arguments of functions are still checked.
            compileCall(
                call, shape: &shape, ops: &ops, in: text, scope: scope, targetPath: targetPath, checksShape: source != nil,
                keepsBlanks: keepsBlanks)
        }
        guard source != nil, !findings[before...].contains(where: { $0.severity == .error }) else { return nil }
        // Look-ups inside arguments appended no ops, so this expression's ops lie together.
        compiled.firstOp = Int32(program.ops.count)
        compiled.opCount = Int32(ops.count)
        compiled.isMany = shape.isMany
        program.ops += ops
        program.expressions.append(compiled)
        program.expressionTexts.append(parsed.text)
        trace.values.append(
            FormTrace.Value(expression: parsed, text: text, scope: scope, targetPath: targetPath, fragment: origin))
        endNote(noting, at: parsed.text == text.text ? text.position : text.position(at: parsed.offset))
        return (Int32(program.expressions.count - 1), shape)
    }

    // MARK: Sources

    mutating func compileSource(
        _ source: Expression.Source, into compiled: inout Program.Expression, in text: MappingFile.Text, scope: SourceScope,
        _ targetPath: String
    ) -> ValueShape? {
        switch source {
        case .text(let value): return constant(value, into: &compiled)
        case .path(let path):
            guard let (part, shape) = part(path, in: text, scope: scope, targetPath) else { return nil }
            compiled.source = part.slot >= 0 ? .variable : .path
            compiled.sourceIndex = part.slot >= 0 ? part.slot : part.path
            return shape
        case .call(let call):
            guard let function = function(call, in: text, targetPath: text.text) else { return nil }
            switch function.name {
            case "literal":
                guard case .text(let value)? = call.arguments.first?.value else {
                    report(
                        text.position(at: call.offset), text.text, "literal takes a text in quotation marks", "literal 需要带引号的文本")
                    return nil
                }
                return constant(value, into: &compiled)
            case MappingFunction.templateName:
                return compileTemplate(call, into: &compiled, in: text, scope: scope, targetPath)
            case "datetime":
                guard isInbound else {
                    report(text.position(at: call.offset), text.text, "datetime belongs to inbound mappings", "datetime 只用于入向映射")
                    return nil
                }
                guard compileParts(call, into: &compiled, in: text, scope: scope, textAllowed: false) != nil else { return nil }
                compiled.source = .dateTime
                return ValueShape(
                    kind: .instant, isMany: false, codeList: nil, literal: nil, isCertain: false, isCanonicalForm: true)
            default:
                let isFirst = function.name == "first"
                guard let isCertain = compileParts(call, into: &compiled, in: text, scope: scope, textAllowed: true) else {
                    return nil
                }
                compiled.source = isFirst ? .first : .concat
                return ValueShape(
                    kind: .text, isMany: false, codeList: nil, literal: nil, isCertain: isFirst && isCertain,
                    isCanonicalForm: false)
            }
        }
    }

    mutating func constant(_ value: String, into compiled: inout Program.Expression) -> ValueShape {
        compiled.source = .constant
        compiled.sourceIndex = Int32(program.parts.count)
        compiled.isConstant = true
        program.parts.append(Program.Part(constant: program.constant(value)))
        return ValueShape(
            kind: .text, isMany: false, codeList: nil, literal: value, isCertain: !value.isEmpty, isCanonicalForm: false)
    }

    /// The parts of `concat`, `first` and `datetime`; nil when one is faulty, else whether one is a text.
    mutating func compileParts(
        _ call: Expression.Call, into compiled: inout Program.Expression, in text: MappingFile.Text, scope: SourceScope,
        textAllowed: Bool
    ) -> Bool? {
        var parts: [Program.Part] = []
        var hasText = false
        var isFaulty = false
        for argument in call.arguments {
            let place = text.position(at: argument.offset)
            switch argument.value {
            case .text(let value) where textAllowed:
                hasText = true
                parts.append(Program.Part(constant: program.constant(value)))
            case .path(let path):
                guard let (part, shape) = part(path, in: text, scope: scope, text.text) else {
                    isFaulty = true
                    continue
                }
                if shape.isMany || shape.kind == .money || shape.kind == .group || shape.kind == .identifier {
                    report(place, text.text, "\(call.name) takes single texts", "\(call.name) 只接受单个文本")
                    isFaulty = true
                }
                parts.append(part)
            case .text, .number, .template:
                report(
                    place, text.text, textAllowed ? "\(call.name) takes paths and texts" : "\(call.name) takes paths",
                    textAllowed ? "\(call.name) 接受路径和文本" : "\(call.name) 只接受路径")
                isFaulty = true
            }
        }
        if isFaulty { return nil }
        compiled.sourceIndex = Int32(program.parts.count)
        compiled.partCount = Int32(parts.count)
        program.parts += parts
        return hasText
    }

    /// A path as a part of an expression: a place in the record, or the value of a variable.
    mutating func part(
        _ path: SourcePath, in text: MappingFile.Text, scope: SourceScope, _ targetPath: String
    ) -> (part: Program.Part, shape: ValueShape)? {
        if case .variable(let name) = path.anchor, path.steps.isEmpty {
            guard let variable = variable(name, at: text.position(at: path.offset), targetPath, scope: scope) else { return nil }
            if variable.node == nil { return (Program.Part(slot: variable.slot), variable.shape) }
        }
        guard let resolved = compile(path, in: text, scope: scope) else { return nil }
        return (Program.Part(path: resolved.index), shape(of: resolved))
    }

    /// A text with expressions in it; it is there when all of them are.
    private mutating func compileTemplate(
        _ call: Expression.Call, into compiled: inout Program.Expression, in text: MappingFile.Text, scope: SourceScope,
        _ targetPath: String
    ) -> ValueShape? {
        guard case .template(let pieces)? = call.arguments.first?.value else {
            report(
                text.position(at: call.offset), targetPath, "template takes a text in quotation marks", "template 需要带引号的文本")
            return nil
        }
        var parts: [Program.Part] = []
        var isCertain = true
        var isConstant = true
        for piece in pieces {
            switch piece {
            case .text(let literal): parts.append(Program.Part(constant: program.constant(literal)))
            case .expression(let inner):
                guard let value = compile(inner, in: text, scope: scope, targetPath: targetPath) else { return nil }
                let place = text.position(at: inner.offset)
                if value.shape.isMany {
                    report(place, targetPath, "one value is wanted here; add join(...)", "此处只能是单个值，请加 join(...)")
                    return nil
                }
                if !isInbound, let problem = Self.canonicalFormProblem(value.shape) {
                    report(place, targetPath, problem.0, problem.1)
                    return nil
                }
                if isInbound, value.shape.kind == .money {
                    report(place, targetPath, "an amount is no text", "金额不是文本")
                    return nil
                }
                isCertain = isCertain && value.shape.isCertain
                isConstant = isConstant && program.expressions[Int(value.index)].isConstant
                parts.append(Program.Part(expression: value.index))
            }
        }
        guard !isConstant || pieces.isEmpty else {
            report(
                text.position(at: call.offset), targetPath, "the template has no expression in braces; write a plain text",
                "模板中没有花括号表达式，请直接写文本")
            return nil
        }
        compiled.source = .template
        compiled.sourceIndex = Int32(program.parts.count)
        compiled.partCount = Int32(parts.count)
        program.parts += parts
        return ValueShape(
            kind: .text, isMany: false, codeList: nil, literal: nil, isCertain: isCertain, isCanonicalForm: false)
    }

    func shape(of resolved: (index: Int32, fields: [CanonicalSchema.Field])) -> ValueShape {
        let isMany = program.paths[Int(resolved.index)].takesAll
        guard !isInbound, resolved.fields.count > 1, let field = resolved.fields.last else {
            return ValueShape(kind: .text, isMany: isMany, codeList: nil, literal: nil, isCertain: false, isCanonicalForm: false)
        }
        let isCertain = resolved.fields.dropFirst().allSatisfy { $0.isRequired && !$0.isArray }
        return ValueShape(
            kind: field.kind, isMany: isMany, codeList: field.codeList, literal: nil, isCertain: isCertain, isCanonicalForm: true)
    }

}
