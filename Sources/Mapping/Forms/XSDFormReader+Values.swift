internal import XML

extension XSDFormReader {
    /// The rules of a simple type's definition.
    mutating func rules(_ part: Part) -> ValueRules {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else { return ValueRules() }
        if let restriction = part.node.firstChild("restriction") {
            let own = Part(node: restriction, source: part.source)
            return facets(own, on: base(of: own))
        }
        if let union = part.node.firstChild("union") { return rules(ofUnion: Part(node: union, source: part.source)) }
        // A list of words: the rules are those of each word.
        return ValueRules()
    }

    private mutating func base(of restriction: Part) -> ValueRules {
        if let name = restriction.node.attribute("base") { return rules(ofType: resolve(name, restriction)) }
        guard let inner = restriction.node.firstChild("simpleType") else { return ValueRules() }
        return rules(Part(node: inner, source: restriction.source))
    }

    private mutating func rules(ofType key: QName) -> ValueRules {
        if key.namespace == Self.namespace { return Self.builtin(key.name) }
        guard let part = globalType(key), part.node.name == "simpleType" else { return ValueRules() }
        return rules(part)
    }

    /// A union takes what one of its members takes; that is told only where all of them list their values.
    private mutating func rules(ofUnion part: Part) -> ValueRules {
        var members: [ValueRules] = []
        for name in (part.node.attribute("memberTypes") ?? "").split(separator: " ") {
            members.append(rules(ofType: resolve(String(name), part)))
        }
        for child in part.node.children("simpleType") { members.append(rules(Part(node: child, source: part.source))) }
        var result = ValueRules()
        let lists = members.compactMap(\.enumeration)
        if !lists.isEmpty, lists.count == members.count { result.enumeration = lists.flatMap { $0 } }
        return result
    }

    /// The facets of a restriction on top of what its base asks.
    func facets(_ part: Part, on base: ValueRules) -> ValueRules {
        var result = base
        var values: [String] = []
        var patterns: [String?] = []
        for facet in part.node.children where facet.namespace == Self.namespace {
            guard let value = facet.attribute("value") else { continue }
            switch facet.name {
            case "enumeration": values.append(value)
            case "pattern": patterns.append(Self.pattern(value))
            case "length": (result.minLength, result.maxLength) = (Int(value), Int(value))
            case "minLength": result.minLength = Int(value)
            case "maxLength": result.maxLength = Int(value)
            case "totalDigits": result.totalDigits = Int(value)
            case "fractionDigits": result.fractionDigits = Int(value)
            default: break
            }
        }
        if !values.isEmpty { result.enumeration = values }
        // Patterns of one restriction are alternatives (XML Schema part 2, 4.3.4.3).
        let known = patterns.compactMap { $0 }
        if !known.isEmpty, known.count == patterns.count {
            result.patterns.append("^(?:" + known.map { "(?:\($0))" }.joined(separator: "|") + ")$")
        }
        return result
    }

    /// A pattern of XML Schema in the language of JSON Schema; nil where the two differ: classes that take others away, names of
    /// blocks, letters of names, and `^` and `$`, which stand for themselves in XML Schema.
    static func pattern(_ text: String) -> String? {
        var result: [Unicode.Scalar] = []
        let scalars = Array(text.unicodeScalars)
        var isInClass = false
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            let next = index + 1 < scalars.count ? scalars[index + 1] : nil
            switch scalar {
            case "\\":
                guard let next, !["i", "c", "I", "C"].contains(next) else { return nil }
                if next == "p" || next == "P", index + 4 < scalars.count, scalars[index + 3] == "I", scalars[index + 4] == "s" {
                    return nil
                }
                // Outside a class a hyphen needs no mark, and may have none in JSON Schema.
                if next != "-" || isInClass { result.append(scalar) }
                result.append(next)
                index += 2
                continue
            case "[":
                if isInClass { return nil }
                isInClass = true
                if next == "^" {
                    result += ["[", "^"]
                    index += 2
                    continue
                }
            case "]": isInClass = false
            case "^", "$": if !isInClass { return nil }
            default: break
            }
            result.append(scalar)
            index += 1
        }
        var text = ""
        text.unicodeScalars.append(contentsOf: result)
        return text
    }

    /// The types that XML Schema brings along.
    static func builtin(_ name: String) -> ValueRules {
        var rules = ValueRules()
        switch name {
        case "string", "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN", "ID", "IDREF", "anyURI":
            rules.kind = .text
        case "decimal": rules.kind = .decimal
        case "integer", "int", "long", "short", "byte", "positiveInteger", "nonNegativeInteger", "negativeInteger",
            "nonPositiveInteger", "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte":
            rules.kind = .integer
        case "date": rules.kind = .date
        case "dateTime": rules.kind = .dateTime
        case "boolean": rules.kind = .boolean
        default: break
        }
        return rules
    }
}
