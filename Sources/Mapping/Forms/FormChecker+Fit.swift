internal import ExchangeModel

/// What an outbound expression writes, as far as its text tells.
struct WrittenValue {
    /// What is known of it.
    enum Form {
        /// Nothing.
        case unknown
        /// Always this text.
        case exact(String)
        /// Texts of which these are examples: when the schema takes none of them, it takes no value.
        case examples([String], words: String)
        /// A partner's codes.
        case codes([CodeList.Entry], list: CodeList)
        /// A text of the canonical record.
        case text
    }

    var form = Form.unknown
    /// Most characters; nil where nothing limits them.
    var longest: Int?
    /// Byte of the expression that decides the form.
    var offset: Int
    /// The canonical field that it comes from, and its place in the expression.
    var field: CanonicalSchema.Field?
    /// What stands there instead of nothing, with its place.
    var fallback: (text: String, offset: Int)?
    /// Several values in one text.
    var isJoined = false
    /// Several values.
    var isMany = false
}

extension FormChecker {
    /// Compares what an expression writes with what the schema takes.
    mutating func checkFit(_ text: MappingFile.Text, _ member: FormModel.Member, _ rules: ValueRules, path: String) {
        guard let value = trace.values.last(where: { $0.text.position == text.position && $0.targetPath == path }) else {
            return
        }
        checkCanonicalCoverage(value, path)
        let written = written(by: value)
        func refuse(_ offset: Int, _ shown: String, _ refusal: (en: String, zh: String), _ severity: Finding.Severity) {
            report(
                text.position(at: offset), path, "\(labelled(member)) refuses \(shown): it \(refusal.en)",
                "“\(member.name)”不接受 \(shown)：\(refusal.zh)", severity: severity)
        }
        if let fallback = written.fallback, !written.isJoined, let refusal = rules.refusal(of: fallback.text) {
            refuse(fallback.offset, "the default \"\(fallback.text)\"", refusal, .warning)
        }
        switch written.form {
        case .unknown: break
        case .exact(let literal):
            if let refusal = rules.refusal(of: literal) { refuse(written.offset, "\"\(literal)\"", refusal, .error) }
        case .examples(let samples, let words):
            let refusals = samples.compactMap { rules.refusal(of: $0) }
            if let refusal = refusals.first, refusals.count == samples.count {
                refuse(written.offset, "\(words), such as \(samples[0])", refusal, .error)
            }
        case .codes(let entries, let list):
            guard !written.isJoined else {
                checkLength(written, member, rules, in: text, path: path)
                break
            }
            let refused = entries.filter { rules.refusal(of: $0.code) != nil }
            guard let first = refused.first, let refusal = rules.refusal(of: first.code) else { break }
            var seen: [String] = []
            for entry in refused where !seen.contains(entry.code) { seen.append(entry.code) }
            refuse(
                written.offset, "\(Self.listed(seen)) of the list \"\(list.name)\"", refusal,
                refused.count == entries.count ? .error : .warning)
        case .text: checkLength(written, member, rules, in: text, path: path)
        }
    }

    private mutating func checkLength(
        _ written: WrittenValue, _ member: FormModel.Member, _ rules: ValueRules, in text: MappingFile.Text, path: String
    ) {
        guard let most = rules.maxLength, rules.enumeration == nil, written.longest.map({ $0 > most }) ?? true else { return }
        let length = written.longest.map { "up to \($0) characters" } ?? "any number of characters"
        let lengthZH = written.longest.map { "最多 \($0) 个字符" } ?? "长度不限"
        report(
            text.position(at: written.offset), path,
            "\(labelled(member)) takes at most \(most) characters, and this may have \(length); add max(\(most)), so that the finding names the field",
            "“\(member.name)”最多 \(most) 个字符，而此值\(lengthZH)；请加 max(\(most))，以便结果指明字段", severity: .warning)
    }

    // MARK: What an expression writes

    private func written(by value: FormTrace.Value) -> WrittenValue {
        var written = WrittenValue(offset: value.expression.offset)
        switch value.expression.source {
        case .text(let text): written.form = .exact(text)
        case .path(let path): apply(path, value.scope, to: &written)
        case .call(let call):
            if call.name == "literal", case .text(let text)? = call.arguments.first?.value {
                written.form = .exact(text)
            } else if call.name == MappingFunction.templateName {
                written.form = .text
            } else if call.name == "concat" || call.name == "first" {
                written.form = .text
                let lengths = call.arguments.map { length(of: $0, value.scope) }
                let known = lengths.compactMap { $0 }
                if known.count == lengths.count { written.longest = call.name == "first" ? known.max() : known.reduce(0, +) }
            }
        }
        for call in value.expression.calls { apply(call, to: &written) }
        return written
    }

    private func length(of argument: Expression.Argument, _ scope: SourceScope) -> Int? {
        switch argument.value {
        case .text(let text): text.unicodeScalars.count
        case .number, .template: nil
        case .path(let path): field(path, scope)?.maxLength
        }
    }

    private func apply(_ path: SourcePath, _ scope: SourceScope, to written: inout WrittenValue) {
        guard let field = field(path, scope) else { return }
        written.field = field
        written.form = .text
        written.longest = field.maxLength
        written.isMany = path.steps.contains(where: \.takesAll)
    }

    /// The canonical field that a path reads; nil where the path is of a kind that is not followed here.
    func field(_ path: SourcePath, _ scope: SourceScope) -> CanonicalSchema.Field? {
        var chain = scope.fields
        switch path.anchor {
        case .current: break
        case .root: chain = Array(chain.prefix(1))
        case .parent(let levels): chain = Array(chain.dropLast(levels))
        default: return nil
        }
        guard var field = chain.last else { return nil }
        for step in path.steps {
            guard let next = field.member(step.name.local) else { return nil }
            field = next
        }
        return field
    }

    private func apply(_ call: Expression.Call, to written: inout WrittenValue) {
        /// The value in another form; what stood for nothing is converted with it.
        func become(_ form: WrittenValue.Form, longest: Int?) {
            written.form = form
            written.longest = longest
            written.offset = call.arguments.first?.offset ?? call.offset
            written.fallback = nil
        }
        func number(_ index: Int) -> Int? {
            if call.arguments.indices.contains(index), case .number(let number) = call.arguments[index].value {
                number
            } else {
                nil
            }
        }
        func text(_ index: Int) -> String? {
            if call.arguments.indices.contains(index), case .text(let text) = call.arguments[index].value { text } else { nil }
        }
        switch call.name {
        case "required", "trim", "mask", "collapse", "half-width", "before", "after", "unique", "plus-days": break
        case "substring": if let most = number(1) { written.longest = min(written.longest ?? most, most) }
        case "default":
            if let fallback = text(0) { written.fallback = (fallback, call.arguments[0].offset) }
        case "upper", "lower": if case .exact = written.form { written.form = .unknown }
        case "max", "max-bytes": if let most = number(0) { written.longest = min(written.longest ?? most, most) }
        case "join":
            written.isJoined = true
            written.longest = nil
            if case .codes = written.form { break }
            written.form = .text
        case "code":
            guard let argument = call.arguments.first, let list = codeList(argument) else {
                return become(.unknown, longest: nil)
            }
            let rows = reachable(in: list)
            become(.codes(rows, list: list), longest: rows.map(\.code.unicodeScalars.count).max())
        case "time", "date":
            let samples = text(0).map { TimeSamples.written(by: $0) } ?? []
            become(samples.isEmpty ? .unknown : .examples(samples, words: "\"\(text(0) ?? "")\""), longest: samples.first?.count)
        case "amount":
            let decimals = number(1)
            become(.examples(Self.numbers(decimals), words: "amounts"), longest: nil)
        case "decimal": become(.examples(Self.numbers(number(0)), words: "decimals"), longest: nil)
        case "count": become(.examples(["1", "12", "365"], words: "whole numbers"), longest: 9)
        case "uscc": become(.examples(["91350100M000100Y43", "123500004880012345"], words: "credit codes"), longest: 18)
        default: become(.unknown, longest: nil)
        }
    }

    /// Rows that a canonical value can lead to: the first of a value wins, on the days that it holds.
    private func reachable(in list: CodeList) -> [CodeList.Entry] {
        var result: [CodeList.Entry] = []
        for entry in list.rows(of: file.platform, inbound: false) {
            let isCovered = result.contains {
                $0.canonical == entry.canonical && $0.validFrom <= entry.validFrom && $0.validTo >= entry.validTo
            }
            if !isCovered { result.append(entry) }
        }
        return result
    }

    /// Numbers with so many decimals; with as many as there are, where nothing is said.
    private static func numbers(_ decimals: Int?) -> [String] {
        guard let decimals else { return ["1", "1.5", "12.25", "1234.567891"] }
        let tail = decimals > 0 ? "." + String("123456789123456789123456789".prefix(decimals)) : ""
        let zeros = decimals > 0 ? "." + String(repeating: "0", count: decimals) : ""
        return ["1" + zeros, "1" + tail, "12345" + tail]
    }

    // MARK: Code lists

    /// Canonical values that the partner has no code for.
    private mutating func checkCanonicalCoverage(_ value: FormTrace.Value, _ path: String) {
        guard case .path(let source) = value.expression.source, let name = field(source, value.scope)?.codeList,
            let call = value.expression.calls.first(where: { $0.name == "code" }), let argument = call.arguments.first,
            let list = codeList(argument), list.name == name,
            !passesUnknown(call)
        else { return }
        let known = Set(list.rows(of: file.platform, inbound: false).map(\.canonical))
        // A row says what every other value is sent as.
        if known.contains(CodeList.anyOther) { return }
        var missing: [String] = []
        for entry in list.entries where !known.contains(entry.canonical) && entry.canonical != CodeList.anyOther {
            let shown = entry.labelZH.isEmpty ? entry.canonical : "\(entry.canonical) (\(entry.labelZH))"
            if !missing.contains(where: { $0 == entry.canonical || $0.hasPrefix(entry.canonical + " (") }) {
                missing.append(shown)
            }
        }
        guard !missing.isEmpty else { return }
        report(
            value.text.position(at: argument.offset), path,
            "the list \"\(list.name)\" has no code of \"\(file.platform)\" for \(Self.listed(missing)); records with them are refused",
            "代码表“\(list.name)”中“\(file.platform)”没有 \(Self.listed(missing)) 的代码，含有这些值的记录会被拒绝", severity: .warning)
    }
}
