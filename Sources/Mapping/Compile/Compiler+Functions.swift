internal import ExchangeModel

extension Compiler {
    /// Looks a function up and checks the number and labels of its arguments.
    mutating func function(
        _ call: Expression.Call, in text: MappingFile.Text, targetPath: String
    ) -> MappingFunction? {
        let place = text.position(at: call.offset)
        guard let function = MappingFunction.named(call.name) else {
            reportUnknown(place, targetPath, call.name, kind: "function", kindZH: "函数", among: MappingFunction.all.map(\.name))
            return nil
        }
        var isFaulty = false
        let plain = call.arguments.filter { $0.label == nil }.count
        if !function.arguments.contains(plain) {
            let range = function.arguments
            let wanted =
                range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
            let wantedZH =
                range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound) 至 \(range.upperBound)"
            report(
                place, targetPath,
                "\(call.name) takes \(wanted) argument\(wanted == "1" ? "" : "s"), not \(plain): \(function.signature)",
                "\(call.name) 需要 \(wantedZH) 个参数，而不是 \(plain) 个：\(function.signature)")
            isFaulty = true
        }
        var seen: [String] = []
        for argument in call.arguments {
            guard let label = argument.label else { continue }
            let place = text.position(at: argument.offset)
            if !function.labels.contains(label) {
                reportUnknown(
                    place, targetPath, label, kind: "argument of \(call.name)", kindZH: "\(call.name) 的参数", among: function.labels
                )
                isFaulty = true
            } else if seen.contains(label) {
                report(place, targetPath, "the argument \(label) is given twice", "参数 \(label) 重复")
                isFaulty = true
            }
            seen.append(label)
        }
        return isFaulty ? nil : function
    }

    mutating func compileCall(
        _ call: Expression.Call, shape: inout ValueShape, ops: inout [Program.Op], in text: MappingFile.Text, scope: SourceScope,
        targetPath: String, checksShape: Bool, keepsBlanks: Bool
    ) {
        let place = text.position(at: call.offset)
        let isCanonical = shape.isCanonicalForm
        var op: Program.Op?
        // What the function takes; `nil` takes anything.
        var takes: [CanonicalSchema.Kind]? = [.text]
        var gives = shape
        gives.literal = nil
        gives.isCanonicalForm = false
        switch call.name {
        case "required":
            takes = nil
            gives = shape
            gives.isCertain = true
            op = Program.Op(code: .required)
        case "default":
            takes = isCanonical && !isInbound ? [.text] : nil
            gives = shape
            gives.isCertain = true
            if shape.kind == .money || shape.kind == .identifier || shape.isMany { takes = [] }
            if let value = textArgument(call, 0, in: text, targetPath) {
                // A default stands in the place of the value, so it has the value's form.
                if shape.kind == .code, let list = shape.codeList, isInbound,
                    !(input.codeLists[list]?.canonicalValues.contains(value) ?? false)
                {
                    reportUnknown(
                        text.position(at: call.arguments[0].offset), targetPath, value,
                        kind: "canonical value of the list \(list)",
                        kindZH: "代码表 \(list) 的规范值", among: input.codeLists[list]?.canonicalValues ?? [])
                } else if shape.kind != .text, shape.kind != .code {
                    report(
                        place, targetPath, "default(...) comes before the conversion to \(shape.kind.words.en)",
                        "default(...) 应位于转换为\(shape.kind.words.zh)之前")
                }
                op = Program.Op(code: .default, constant: program.constant(value))
            }
        case "trim": op = Program.Op(code: .trim)
        case "upper": op = Program.Op(code: .upper)
        case "lower": op = Program.Op(code: .lower)
        case "max":
            takes = [.text, .code, .identifier, .decimal, .count]
            gives = shape
            if isCanonical, shape.kind == .identifier { takes = [.text] }
            if let number = numberArgument(call, 0, in: 1...1_000_000, in: text, targetPath) {
                op = Program.Op(code: .max, a: Int32(number))
            }
        case "max-bytes":
            takes = [.text, .code, .identifier, .decimal, .count]
            gives = shape
            if isCanonical, shape.kind == .identifier { takes = [.text] }
            if let number = numberArgument(call, 0, in: 1...1_000_000, in: text, targetPath),
                let encoding = encodingArgument(call, 1, in: text, targetPath)
            {
                op = Program.Op(code: .maxBytes, a: Int32(number), b: encoding)
            }
        case "mask":
            if let first = call.arguments.isEmpty ? 1 : numberArgument(call, 0, in: 0...100, in: text, targetPath),
                let last = call.arguments.count < 2 ? 0 : numberArgument(call, 1, in: 0...100, in: text, targetPath)
            {
                op = Program.Op(code: .mask, a: Int32(first), b: Int32(last))
            }
        case "split":
            if let value = textArgument(call, 0, in: text, targetPath) {
                if value.isEmpty { report(place, targetPath, "the separator is empty", "分隔符为空") }
                op = Program.Op(code: .split, b: keepsBlanks ? 1 : 0, constant: program.constant(value))
            }
            if shape.isMany { report(place, targetPath, "split takes one value", "split 只接受单个值") }
            gives.isMany = true
        case "join":
            takes = isCanonical ? [.text, .decimal, .count] : [.text, .code, .instant, .date, .decimal, .count, .identifier]
            if let value = textArgument(call, 0, in: text, targetPath) {
                op = Program.Op(code: .join, constant: program.constant(value))
            }
            if !shape.isMany, checksShape {
                report(place, targetPath, "join takes several values; the path has no []", "join 需要多个值，但路径没有 []")
            }
            gives.isMany = false
            gives.kind = .text
            gives.codeList = nil
        case "code":
            op = compileCode(call, shape: shape, gives: &gives, in: text, targetPath)
            takes = isInbound ? [.text] : [.code]
        case "time", "date": op = compileTime(call, takes: &takes, gives: &gives, in: text, targetPath)
        case "decimal":
            takes = [.text, .decimal, .count]
            gives.kind = isInbound ? .decimal : .text
            if call.arguments.isEmpty {
                op = Program.Op(code: .decimal, a: -1)
            } else if let number = numberArgument(call, 0, in: 0...20, in: text, targetPath) {
                op = Program.Op(code: .decimal, a: Int32(number))
            }
        case "count":
            takes = [.text, .count]
            gives.kind = isInbound ? .count : .text
            op = Program.Op(code: .count)
        case "amount":
            op = compileAmount(call, gives: &gives, in: text, scope: scope, targetPath)
            takes = isInbound ? [.text, .decimal, .count] : [.money]
        case "identifier":
            gives.kind = .identifier
            if !isInbound {
                report(
                    place, targetPath, "identifier belongs to inbound mappings; outbound, write .value",
                    "identifier 只用于入向映射；出向请写 .value")
            }
            takes = [.text, .identifier]
            if let scheme = textArgument(call, 0, in: text, targetPath) {
                op = Program.Op(code: .identifier, constant: program.constant(scheme))
                gives.literal = nil
                checkScheme(scheme, call, in: text, targetPath)
            }
        default:
            guard let check = CheckedIdentifier.allCases.first(where: { $0.functionName == call.name }) else {
                op =
                    compileText(call, takes: &takes, gives: &gives, in: text, targetPath)
                    ?? compileNumber(call, shape: shape, takes: &takes, gives: &gives, in: text, scope: scope, targetPath)
                break
            }
            gives.kind = isInbound && check.canonicalScheme != nil ? .identifier : .text
            op = Program.Op(
                code: .check, a: Int32(check.rawValue), constant: program.constant(isInbound ? check.canonicalScheme ?? "" : ""))
        }
        if checksShape, let takes, !takes.contains(shape.kind) {
            let wanted = takes.map(\.words.en).joined(separator: " or ")
            let wantedZH = takes.map(\.words.zh).joined(separator: "或")
            report(
                place, targetPath,
                wanted.isEmpty
                    ? "\(call.name) cannot follow here" : "\(call.name) takes \(wanted), but here stands \(shape.kind.words.en)",
                wanted.isEmpty ? "\(call.name) 不能用于此处" : "\(call.name) 需要\(wantedZH)，但此处是\(shape.kind.words.zh)")
        }
        if let op { ops.append(op) }
        shape = gives
    }

    mutating func compileCode(
        _ call: Expression.Call, shape: ValueShape, gives: inout ValueShape, in text: MappingFile.Text, _ targetPath: String
    ) -> Program.Op? {
        let place = text.position(at: call.arguments[0].offset)
        let name: String
        switch call.arguments[0].value {
        case .text(let value): name = value
        case .path(let path) where path.word != nil: name = path.word ?? ""
        case .path, .number, .template:
            report(place, targetPath, "code takes the name of a code list", "code 需要代码表名称")
            return nil
        }
        if !isInbound, shape.kind == .code, let own = shape.codeList, own != name {
            report(place, targetPath, "the value is of the list \"\(own)\", not \"\(name)\"", "该值属于代码表“\(own)”，不是“\(name)”")
            return nil
        }
        guard let table = codeTable(name, at: place, targetPath) else { return nil }
        gives.kind = isInbound ? .code : .text
        gives.codeList = isInbound ? name : nil
        var passes = false
        if let argument = call.arguments.first(where: { $0.label == "unknown" }) {
            guard case .text(let word) = argument.value, ["refuse", "pass"].contains(word) else {
                let word = if case .text(let word) = argument.value { word } else { "" }
                reportUnknown(
                    text.position(at: argument.offset), targetPath, word, kind: "way with unknown codes", kindZH: "未知代码处理方式",
                    among: ["refuse", "pass"])
                return nil
            }
            passes = word == "pass"
        }
        // What passes leaves no value.
        if passes { gives.isCertain = false }
        return Program.Op(code: isInbound ? .codeIn : .codeOut, a: table, b: passes ? 1 : 0)
    }

    /// The number of a list's table for this mapping's partner and direction.
    mutating func codeTable(_ name: String, at place: SourcePosition, _ targetPath: String) -> Int32? {
        guard let list = input.codeLists[name] else {
            reportUnknown(place, targetPath, name, kind: "code list", kindZH: "代码表", among: Array(input.codeLists.keys))
            return nil
        }
        if !usedLists.contains(name) { usedLists.append(name) }
        if let known = program.listNames.firstIndex(of: name) {
            program.notes.tablesNamed.append(Int32(known))
            return Int32(known)
        }
        let rows = list.rows(of: file.platform, inbound: isInbound)
        guard !rows.isEmpty else {
            report(
                place, targetPath,
                "the list \"\(name)\" has no codes of \"\(file.platform)\"; it has those of \(list.partners.joined(separator: ", "))",
                "代码表“\(name)”没有“\(file.platform)”的代码，只有：\(list.partners.joined(separator: ", "))")
            return nil
        }
        let first = program.codeRows.count
        for row in rows {
            let code = program.constant(row.code)
            let canonical = program.constant(row.canonical)
            program.codeRows.append(
                Program.CodeRow(
                    from: isInbound ? code : canonical, to: isInbound ? canonical : code,
                    validFrom: Int32(clamping: row.validFrom),
                    validTo: Int32(clamping: row.validTo)))
            program.notes.codeRows.append(ProgramNotes.CodeRow(line: row.line, labelZH: row.labelZH))
        }
        program.codeTables.append(
            Program.CodeTable(firstRow: Int32(first), rowCount: Int32(rows.count), list: Int32(program.listNames.count)))
        program.listNames.append(name)
        program.notes.tablesNamed.append(Int32(program.codeTables.count - 1))
        return Int32(program.codeTables.count - 1)
    }

}
