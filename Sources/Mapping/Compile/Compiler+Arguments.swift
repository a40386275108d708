internal import ExchangeModel
internal import Formats

extension Compiler {
    mutating func argumentPath(_ path: SourcePath, in text: MappingFile.Text, scope: SourceScope) -> Int32? {
        guard let resolved = compile(path, in: text, scope: scope, isArgument: true) else { return nil }
        if program.paths[Int(resolved.index)].takesAll {
            report(text.position(at: path.offset), text.text, "one value is wanted here, not several", "此处只能是单个值")
            return nil
        }
        return resolved.index
    }

    /// Whether the target's schema knows the scheme is checked where the value meets the field; here only its form.
    mutating func checkScheme(_ scheme: String, _ call: Expression.Call, in text: MappingFile.Text, _ targetPath: String) {
        guard let schema = canonical, let field = schema.root.field(at: targetPath), let member = field.member("scheme"),
            !member.allowed.isEmpty,
            !member.allowed.contains(scheme)
        else { return }
        reportUnknown(
            text.position(at: call.arguments[0].offset), targetPath, scheme, kind: "scheme of \"\(targetPath)\"",
            kindZH: "“\(targetPath)”的编码体系",
            among: member.allowed)
    }

    mutating func pattern(_ call: Expression.Call, in text: MappingFile.Text, _ targetPath: String) -> Int32? {
        guard let value = textArgument(call, 0, in: text, targetPath) else { return nil }
        return pattern(value, at: text.position(at: call.arguments[0].offset), targetPath)
    }

    mutating func pattern(_ value: String, at place: SourcePosition, _ targetPath: String) -> Int32? {
        var problem = ""
        guard let pattern = TimePattern(value, problem: &problem) else {
            report(
                place, targetPath, problem,
                "时间格式“\(value)”无效：可用部分为 yyyy MM dd HH mm ss SSS，不得重复且至少有年份")
            return nil
        }
        if let known = program.patterns.firstIndex(of: pattern) { return Int32(known) }
        program.patterns.append(pattern)
        return Int32(program.patterns.count - 1)
    }

    func textValue(_ call: Expression.Call, _ index: Int) -> String? {
        guard call.arguments.indices.contains(index), case .text(let value) = call.arguments[index].value else { return nil }
        return value
    }

    mutating func textArgument(_ call: Expression.Call, _ index: Int, in text: MappingFile.Text, _ targetPath: String)
        -> String?
    {
        if let value = textValue(call, index) { return value }
        report(
            text.position(at: call.arguments[index].offset), targetPath, "\(call.name) takes a text in quotation marks",
            "\(call.name) 需要带引号的文本")
        return nil
    }

    /// An encoding as its place among all; UTF-8 where it is not given.
    mutating func encodingArgument(
        _ call: Expression.Call, _ index: Int, in text: MappingFile.Text, _ targetPath: String
    ) -> Int32? {
        let all = TextEncoding.byPlace
        guard call.arguments.count > index else { return 0 }
        guard let word = textArgument(call, index, in: text, targetPath) else { return nil }
        if let place = all.firstIndex(where: { $0.rawValue == word.lowercased() }) { return Int32(place) }
        reportUnknown(
            text.position(at: call.arguments[index].offset), targetPath, word, kind: "encoding", kindZH: "编码",
            among: all.map(\.rawValue))
        return nil
    }

    mutating func numberArgument(
        _ call: Expression.Call, _ index: Int, in range: ClosedRange<Int>, in text: MappingFile.Text, _ targetPath: String
    ) -> Int? {
        if case .number(let value) = call.arguments[index].value, range.contains(value) { return value }
        report(
            text.position(at: call.arguments[index].offset), targetPath,
            "\(call.name) takes a number from \(range.lowerBound) to \(range.upperBound)",
            "\(call.name) 需要 \(range.lowerBound) 至 \(range.upperBound) 的数字")
        return nil
    }
}

extension CanonicalSchema.Field {
    /// The field at a dotted path below this one.
    func field(at path: String) -> CanonicalSchema.Field? {
        var field = self
        for part in path.split(separator: ".") {
            guard let next = field.member(String(part)) else { return nil }
            field = next
        }
        return field
    }
}

extension CheckedIdentifier {
    /// The scheme of a canonical identifier that this check proves; nil for a person's number, which is text.
    var canonicalScheme: String? {
        switch self {
        case .unifiedSocialCreditCode: "CN-USCC"
        case .organisationCode: "CN-ORGCODE"
        case .dealCode: "CN-DEAL"
        case .projectCode: "CN-INVEST"
        case .identityCard: nil
        }
    }
}
