internal import ExchangeModel

extension Compiler {
    mutating func checkTarget(
        _ shape: ValueShape, field: CanonicalSchema.Field, node: TargetNode, path: String, position: SourcePosition
    ) -> Bool {
        if shape.isMany != field.isArray {
            report(
                position, path,
                shape.isMany
                    ? "\"\(path)\" takes one value; add join(\";\") or take one with a predicate"
                    : "\"\(path)\" takes several values; use a path with [] or split(\";\")",
                shape.isMany ? "“\(path)”只接受一个值：请加 join(\";\") 或用谓词选一个" : "“\(path)”接受多个值：请用带 [] 的路径或 split(\";\")")
            return false
        }
        let fits =
            switch (field.kind, shape.kind) {
            case (.text, .money), (.text, .group), (.group, _): false
            case (.text, _): true
            case (.code, .code): shape.codeList == field.codeList
            case (.code, .text):
                shape.literal.map { literal in
                    field.codeList.flatMap { input.codeLists[$0] }?.canonicalValues.contains(literal) ?? false
                } ?? false
            case (.decimal, .count): true
            case (let wanted, let given): wanted == given
            }
        if !fits {
            var hint = ""
            var hintZH = ""
            switch field.kind {
            case .code:
                (hint, hintZH) = (
                    "; use code(\(field.codeList ?? "list")), or a literal of that list",
                    "；请用 code(\(field.codeList ?? "代码表"))，或该表中的文本"
                )
            case .instant:
                (hint, hintZH) = (
                    "; use time(\"yyyyMMddHHmmss\") or datetime(...)", "；请用 time(\"yyyyMMddHHmmss\") 或 datetime(...)"
                )
            case .date: (hint, hintZH) = ("; use date(\"yyyyMMdd\")", "；请用 date(\"yyyyMMdd\")")
            case .money: (hint, hintZH) = ("; use amount(...) with its unit", "；请用带单位的 amount(...)")
            case .identifier:
                (hint, hintZH) = (
                    "; use identifier(\"SCHEME\") or a check such as uscc", "；请用 identifier(\"SCHEME\") 或 uscc 等校验函数"
                )
            case .decimal: (hint, hintZH) = ("; use decimal", "；请用 decimal")
            case .count: (hint, hintZH) = ("; use count", "；请用 count")
            case .text, .group: break
            }
            report(
                position, path, "\"\(path)\" is \(field.kind.words.en), but the expression gives \(shape.kind.words.en)\(hint)",
                "“\(path)”是\(field.kind.words.zh)，但表达式给出的是\(shape.kind.words.zh)\(hintZH)")
        } else if let literal = shape.literal, !field.allowed.isEmpty, !field.allowed.contains(literal) {
            reportUnknown(position, path, literal, kind: "value of \"\(path)\"", kindZH: "“\(path)”的取值", among: field.allowed)
        }
        return fits
    }

    mutating func checkOutput(_ shape: ValueShape, node: TargetNode, path: String, position: SourcePosition) {
        if shape.isMany != node.isRepeated {
            report(
                position, path,
                shape.isMany
                    ? "several values for one element; add join(\";\"), or write \"\(node.name)[]\""
                    : "one value only; write \"\(node.name)\" without []",
                shape.isMany ? "一个元素对应多个值：请加 join(\";\")，或写作“\(node.name)[]”" : "只有一个值，应去掉 []")
        }
        if let problem = Self.canonicalFormProblem(shape) { report(position, path, problem.0, problem.1) }
    }

    /// What is wrong with sending a value in its canonical form; nil when nothing is.
    static func canonicalFormProblem(_ shape: ValueShape) -> (String, String)? {
        guard shape.isCanonicalForm else { return nil }
        return
            switch shape.kind
        {
        case .money: ("an amount goes out only with its unit: add amount(\"元\", decimals)", "金额必须带单位输出：请加 amount(\"元\", 小数位)")
        case .identifier: ("an identifier goes out by its value: add .value", "标识符按其值输出：请加 .value")
        case .group: ("this is a group of fields; name one of them", "这是字段组，请指定其中的字段")
        case .instant:
            (
                "a time goes out only in the partner's form: add time(\"yyyyMMddHHmmss\")",
                "时间必须按对方格式输出：请加 time(\"yyyyMMddHHmmss\")"
            )
        case .date:
            ("a date goes out only in the partner's form: add date(\"yyyyMMdd\")", "日期必须按对方格式输出：请加 date(\"yyyyMMdd\")")
        case .code:
            (
                "a code goes out only as the partner's: add code(\(shape.codeList ?? "list"))",
                "代码必须转换为对方代码：请加 code(\(shape.codeList ?? "代码表"))"
            )
        case .text, .decimal, .count: nil
        }
    }

    // MARK: Audience

    mutating func checkAudience() {
        guard !isInbound, let audience = file.audience, let canonical else { return }
        // An audience that nobody knows was reported; every field would be forbidden to it.
        guard input.audiences.isEmpty || input.audiences.contains(audience.text) else { return }
        for read in readFields where !(Self.audiences(of: read.path, in: canonical)?.contains(audience.text) ?? false) {
            let label = canonical.labelZH(read.path).map { " (\($0))" } ?? ""
            report(
                read.position, read.path, "\"\(read.path)\"\(label) is not for the audience \"\(audience.text)\"",
                "字段“\(read.path)”\(label) 不允许提供给受众“\(audience.text)”")
        }
    }

    /// Who may see a canonical field; nil when nobody may.
    static func audiences(of path: String, in schema: CanonicalSchema) -> [String]? {
        var field = schema.root
        for part in path.split(separator: ".") {
            guard let next = field.member(String(part)) else { return nil }
            field = next
        }
        return field.audiences
    }

}
