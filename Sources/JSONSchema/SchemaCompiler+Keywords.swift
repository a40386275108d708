internal import ExchangeModel
internal import JSON

// From the members of one schema to its rules.
extension SchemaCompiler {
    mutating func compile(_ site: Site, number: Int) {
        if let flag = site.value.boolean {
            schemas[number].verdict = flag
            return
        }
        guard let members = site.value.members else {
            return library.note(site, "", "a schema must be an object, true or false", "模式须为对象、true 或 false")
        }
        let vocabularies = library.resources[site.resource].vocabularies
        var values: [Keyword: JSONValue] = [:]
        for member in members {
            guard let keyword = Keyword.named(member.name) else {
                refuseUnknown(member.name, site)
                continue
            }
            let isIn = keyword == .format ? true : vocabularies.contains(keyword.source)
            if isIn { values[keyword] = member.value }
        }
        if values.isEmpty {
            schemas[number].verdict = true
            return
        }
        schemas[number].types = types(values, site)
        if let value = values[.const] { schemas[number].constant = JSONConstant(value) }
        schemas[number].choices = choices(values, site)
        schemas[number].number = numberRules(values, site)
        schemas[number].string = stringRules(values, site, vocabularies)
        schemas[number].object = objectRules(values, site)
        schemas[number].array = arrayRules(values, site)
        schemas[number].inPlace = inPlaceRules(values, site)
        schemas[number].unevaluatedProperties = child(values, .unevaluatedProperties, site)
        schemas[number].unevaluatedItems = child(values, .unevaluatedItems, site)
        for keyword in [Keyword.defs, .definitions] { _ = named(values, keyword, site) }
        for keyword in [Keyword.vocabulary] where values[keyword] != nil && values[keyword]?.members == nil {
            library.note(site, keyword.rawValue, "\(keyword.rawValue) must be an object", "\(keyword.rawValue) 须为对象")
        }
    }

    private mutating func refuseUnknown(_ name: String, _ site: Site) {
        guard library.options.unknownWords == .refused, !name.hasPrefix("x-") else { return }
        let meant =
            Keyword.replacements[name] ?? Suggestion.nearest(to: name, among: Keyword.written.map(\.rawValue))
        library.note(
            site, name, code: .keyUnknown, "unknown keyword \"\(name)\"" + (meant.map { "; did you mean \($0)?" } ?? ""),
            "未知关键字“\(name)”" + (meant.map { "；是否为 \($0)？" } ?? ""))
    }

    mutating func wrong(_ site: Site, _ keyword: Keyword, _ kind: String, _ kindZH: String) {
        library.note(site, keyword.rawValue, "\(keyword.rawValue) must be \(kind)", "\(keyword.rawValue) 须为\(kindZH)")
    }

    // MARK: Schemas inside

    mutating func schema(_ site: Site, _ pointer: String) -> Int32 {
        guard let inner = library.site(document: site.document, pointer: site.pointer + pointer) else { return -1 }
        return number(of: inner)
    }

    mutating func child(_ values: [Keyword: JSONValue], _ keyword: Keyword, _ site: Site) -> Int32 {
        guard values[keyword] != nil else { return -1 }
        return schema(site, "/" + keyword.rawValue)
    }

    mutating func list(_ values: [Keyword: JSONValue], _ keyword: Keyword, _ site: Site) -> [Int32] {
        guard let value = values[keyword] else { return [] }
        guard let elements = value.elements, !elements.isEmpty else {
            wrong(site, keyword, "a list of schemas that is not empty", "非空的模式列表")
            return []
        }
        return elements.indices.map { schema(site, "/\(keyword.rawValue)/\($0)") }
    }

    mutating func named(_ values: [Keyword: JSONValue], _ keyword: Keyword, _ site: Site) -> [(
        name: String, schema: Int32
    )] {
        guard let value = values[keyword] else { return [] }
        guard let members = value.members else {
            wrong(site, keyword, "an object of schemas", "由模式组成的对象")
            return []
        }
        return members.map { ($0.name, schema(site, "/\(keyword.rawValue)/\(JSONPointer.segment($0.name))")) }
    }

    // MARK: Plain values

    mutating func count(_ values: [Keyword: JSONValue], _ keyword: Keyword, _ site: Site, absent: Int) -> Int {
        guard let value = values[keyword] else { return absent }
        guard let text = value.number, !JSONDecimal(text).isNegative, JSONDecimal(text).isInteger else {
            wrong(site, keyword, "a whole number that is not below zero", "非负整数")
            return absent
        }
        return JSONDecimal(text).integer ?? .max
    }

    mutating func strings(_ value: JSONValue, _ site: Site, _ keyword: Keyword) -> [String] {
        let texts = (value.elements ?? []).compactMap(\.string)
        guard let elements = value.elements, texts.count == elements.count, Set(texts).count == texts.count else {
            wrong(site, keyword, "a list of strings, each of them once", "不含重复项的字符串列表")
            return []
        }
        return texts
    }

    private mutating func types(_ values: [Keyword: JSONValue], _ site: Site) -> TypeSet? {
        guard let value = values[.type] else { return nil }
        let names = value.string.map { [$0] } ?? (value.elements ?? []).compactMap(\.string)
        var set: TypeSet = []
        for name in names {
            guard let known = TypeSet.names.first(where: { $0.name == name }) else {
                let meant = Suggestion.nearest(to: name, among: TypeSet.names.map(\.name))
                library.note(
                    site, "type", "unknown type \"\(name)\"" + (meant.map { "; did you mean \($0)?" } ?? ""),
                    "未知类型“\(name)”" + (meant.map { "；是否为 \($0)？" } ?? ""))
                return nil
            }
            set.insert(known.set)
        }
        guard !names.isEmpty, value.string != nil || value.elements?.count == names.count else {
            wrong(site, .type, "the name of a type or a list of them", "类型名称或其列表")
            return nil
        }
        return set
    }

    private mutating func choices(_ values: [Keyword: JSONValue], _ site: Site) -> ChoiceRules? {
        guard let value = values[.enum] else { return nil }
        guard let elements = value.elements else {
            wrong(site, .enum, "a list", "列表")
            return nil
        }
        var shown = elements.prefix(20).map { $0.text() }.joined(separator: ", ")
        if elements.count > 20 || shown.count > 300 { shown = shown.prefix(300) + ", …" }
        return ChoiceRules(
            strings: ByteTable(elements.compactMap { $0.string.map { Array($0.utf8) } }),
            others: elements.filter { $0.string == nil }.map(JSONConstant.init), shown: shown)
    }

    private mutating func numberRules(_ values: [Keyword: JSONValue], _ site: Site) -> NumberRules? {
        var bounds: [NumberRules.Bound] = []
        for keyword in [Keyword.minimum, .exclusiveMinimum, .maximum, .exclusiveMaximum] {
            guard let value = values[keyword] else { continue }
            guard let text = value.number else {
                wrong(site, keyword, "a number", "数字")
                continue
            }
            bounds.append(.init(keyword: keyword, value: JSONDecimal(text), shown: text))
        }
        var divisor: JSONDecimal.Divisor?
        if let value = values[.multipleOf] {
            divisor = value.number.flatMap { JSONDecimal($0).divisor }
            if divisor == nil {
                wrong(site, .multipleOf, "a number above zero of at most 18 significant digits", "大于零且不超过 18 位有效数字的数字")
            }
        }
        guard !bounds.isEmpty || divisor != nil else { return nil }
        return NumberRules(bounds: bounds, multipleOf: divisor, multipleShown: values[.multipleOf]?.number ?? "")
    }

    mutating func pattern(_ text: String, _ site: Site, _ keyword: Keyword) -> Pattern? {
        do throws(PatternProblem) {
            return try Pattern(text)
        } catch {
            library.note(
                site, keyword.rawValue, "the pattern \"\(text.prefix(100))\" is not taken: \(error.text)",
                "不接受正则表达式“\(text.prefix(100))”：\(error.textZH)")
            return nil
        }
    }

    private mutating func stringRules(
        _ values: [Keyword: JSONValue], _ site: Site, _ vocabularies: Set<Vocabulary>
    ) -> StringRules? {
        let low = count(values, .minLength, site, absent: 0)
        let high = count(values, .maxLength, site, absent: .max)
        var expression: Pattern?
        if let value = values[.pattern] {
            if let text = value.string {
                expression = pattern(text, site, .pattern)
            } else {
                wrong(site, .pattern, "a string", "字符串")
            }
        }
        var format: StringFormat?
        if let value = values[.format] {
            let isAsserted =
                vocabularies.contains(.formatAssertion)
                || (library.options.assertsFormats && vocabularies.contains(.formatAnnotation))
            if let name = value.string {
                format = isAsserted ? StringFormat(rawValue: name) : nil
                if isAsserted, format == nil, library.options.unknownWords == .refused {
                    let meant = Suggestion.nearest(to: name, among: StringFormat.allCases.map(\.rawValue))
                    library.note(
                        site, "format",
                        "the format \"\(name)\" cannot be checked" + (meant.map { "; did you mean \($0)?" } ?? ""),
                        "无法校验格式“\(name)”" + (meant.map { "；是否为 \($0)？" } ?? ""))
                }
            } else {
                wrong(site, .format, "a string", "字符串")
            }
        }
        guard low > 0 || high < .max || expression != nil || format != nil else { return nil }
        return StringRules(
            minLength: low, maxLength: high, pattern: expression,
            patternShown: String((values[.pattern]?.string ?? "").prefix(100)),
            format: format)
    }
}
