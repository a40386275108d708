internal import JSON

// Keywords of objects and arrays, and those that apply other schemas to the same value.
extension SchemaCompiler {
    mutating func objectRules(_ values: [Keyword: JSONValue], _ site: Site) -> ObjectRules? {
        let properties = named(values, .properties, site)
        let required = values[.required].map { strings($0, site, .required) } ?? []
        var patterns: [(pattern: Pattern, schema: Int32)] = []
        for (name, schema) in named(values, .patternProperties, site) {
            if let pattern = pattern(name, site, .patternProperties) { patterns.append((pattern, schema)) }
        }
        var needs: [(name: [UInt8], needed: [[UInt8]])] = []
        var dependents: [(name: [UInt8], schema: Int32)] = named(values, .dependentSchemas, site).map {
            (Array($0.name.utf8), $0.schema)
        }
        for keyword in [Keyword.dependentRequired, .dependencies] {
            guard let value = values[keyword] else { continue }
            guard let members = value.members else {
                wrong(site, keyword, "an object", "对象")
                continue
            }
            for member in members {
                if keyword == .dependencies, member.value.elements == nil {
                    dependents.append(
                        (Array(member.name.utf8), schema(site, "/dependencies/\(JSONPointer.segment(member.name))")))
                } else {
                    needs.append((Array(member.name.utf8), strings(member.value, site, keyword).map { Array($0.utf8) }))
                }
            }
        }
        let additional = child(values, .additionalProperties, site)
        let propertyNames = child(values, .propertyNames, site)
        let low = count(values, .minProperties, site, absent: 0)
        let high = count(values, .maxProperties, site, absent: .max)
        guard
            !properties.isEmpty || !required.isEmpty || !patterns.isEmpty || !needs.isEmpty || !dependents.isEmpty
                || additional >= 0
                || propertyNames >= 0 || low > 0 || high < .max
        else { return nil }
        let known = Set(properties.map(\.name))
        let names = properties.map(\.name) + required.filter { !known.contains($0) }
        let place = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
        var requiredNumber = [Int32](repeating: -1, count: names.count)
        let requiredPlaces = required.compactMap { place[$0] }
        for (number, index) in requiredPlaces.enumerated() { requiredNumber[Int(index)] = Int32(number) }
        return ObjectRules(
            names: ByteTable(names.map { Array($0.utf8) }),
            schemas: properties.map(\.schema) + Array(repeating: -1, count: names.count - properties.count),
            requiredNumber: requiredNumber, required: requiredPlaces, patterns: patterns, additional: additional,
            propertyNames: propertyNames, minProperties: low, maxProperties: high, dependentRequired: needs,
            dependentSchemas: dependents)
    }

    mutating func arrayRules(_ values: [Keyword: JSONValue], _ site: Site) -> ArrayRules? {
        let prefix = list(values, .prefixItems, site)
        let items = child(values, .items, site)
        let contains = child(values, .contains, site)
        let minContains = count(values, .minContains, site, absent: 1)
        let maxContains = count(values, .maxContains, site, absent: .max)
        let low = count(values, .minItems, site, absent: 0)
        let high = count(values, .maxItems, site, absent: .max)
        if let value = values[.uniqueItems], value.boolean == nil { wrong(site, .uniqueItems, "true or false", " true 或 false") }
        let isUnique = values[.uniqueItems]?.boolean ?? false
        guard !prefix.isEmpty || items >= 0 || contains >= 0 || low > 0 || high < .max || isUnique else { return nil }
        return ArrayRules(
            prefix: prefix, items: items, contains: contains, minContains: minContains, maxContains: maxContains, minItems: low,
            maxItems: high, isUnique: isUnique)
    }

    mutating func inPlaceRules(_ values: [Keyword: JSONValue], _ site: Site) -> InPlaceRules? {
        var reference: Int32 = -1
        var dynamicReference: Int32 = -1
        var dynamicName: Int32 = -1
        for keyword in [Keyword.ref, .dynamicRef] {
            guard let value = values[keyword] else { continue }
            guard let text = value.string else {
                wrong(site, keyword, "a string", "字符串")
                continue
            }
            guard let (target, name) = library.resolve(text, from: site, keyword: keyword.rawValue) else { continue }
            if keyword == .ref {
                reference = number(of: target)
            } else {
                dynamicReference = number(of: target)
                if let name { dynamicName = dynamicNumber(adding: name) }
            }
        }
        let rules = InPlaceRules(
            reference: reference, dynamicReference: dynamicReference, dynamicName: dynamicName,
            allOf: list(values, .allOf, site), anyOf: list(values, .anyOf, site), oneOf: list(values, .oneOf, site),
            not: child(values, .not, site), condition: child(values, .if, site), then: child(values, .then, site),
            otherwise: child(values, .else, site))
        return rules.targets.isEmpty && dynamicReference < 0 ? nil : rules
    }
}
