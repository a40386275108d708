internal import ExchangeModel

extension Compiler {
    /// Compiles an expression; nil, with findings, when it is faulty.
    mutating func expression(
        _ text: MappingFile.Text, scope: SourceScope, target: CanonicalSchema.Field?, targetPath: String
    ) -> (index: Int32, shape: ValueShape)? {
        let parsed: Expression
        do throws(ExpressionProblem) {
            parsed = try ExpressionParser.expression(text.text, dotJoins: dotJoins, isFunction: MappingFunction.isSource)
        } catch {
            report(text.position(at: error.offset), targetPath, error.text, error.textZH)
            return nil
        }
        let before = findings.count
        var compiled = Program.Expression(
            source: .path, sourceIndex: -1, partCount: 0, firstOp: 0, opCount: 0, isMany: false, isConstant: false)
        let source = compileSource(parsed.source, into: &compiled, in: text, scope: scope)
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
                call, shape: &shape, ops: &ops, in: text, scope: scope, targetPath: targetPath, checksShape: source != nil)
        }
        guard source != nil, findings.count == before else { return nil }
        // Look-ups inside arguments appended no ops, so this expression's ops lie together.
        compiled.firstOp = Int32(program.ops.count)
        compiled.opCount = Int32(ops.count)
        compiled.isMany = shape.isMany
        program.ops += ops
        program.expressions.append(compiled)
        program.expressionTexts.append(parsed.text)
        return (Int32(program.expressions.count - 1), shape)
    }

    // MARK: Sources

    mutating func compileSource(
        _ source: Expression.Source, into compiled: inout Program.Expression, in text: MappingFile.Text, scope: SourceScope
    ) -> ValueShape? {
        switch source {
        case .text(let value): return constant(value, into: &compiled)
        case .path(let path):
            guard let resolved = compile(path, in: text, scope: scope) else { return nil }
            compiled.source = .path
            compiled.sourceIndex = resolved.index
            return shape(of: resolved)
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
        program.parts.append(Program.Part(path: -1, constant: program.constant(value)))
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
                parts.append(Program.Part(path: -1, constant: program.constant(value)))
            case .path(let path):
                guard let resolved = compile(path, in: text, scope: scope) else {
                    isFaulty = true
                    continue
                }
                let shape = shape(of: resolved)
                if shape.isMany || shape.kind == .money || shape.kind == .group || shape.kind == .identifier {
                    report(place, text.text, "\(call.name) takes single texts", "\(call.name) 只接受单个文本")
                    isFaulty = true
                }
                parts.append(Program.Part(path: resolved.index, constant: .empty))
            case .text, .number:
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
