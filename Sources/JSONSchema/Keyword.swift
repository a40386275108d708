/// The keywords of JSON Schema 2020-12, and `falseSchema` for a schema that is just `false`.
enum Keyword: String, CaseIterable, Sendable {
    // Core.
    case schema = "$schema"
    case id = "$id"
    case ref = "$ref"
    case anchor = "$anchor"
    case dynamicRef = "$dynamicRef"
    case dynamicAnchor = "$dynamicAnchor"
    case vocabulary = "$vocabulary"
    case comment = "$comment"
    case defs = "$defs"
    /// The older name of `$defs`, which the meta-schema keeps.
    case definitions
    // Applicators.
    case allOf, anyOf, oneOf, not
    case `if`, then, `else`
    case dependentSchemas, prefixItems, items, contains, properties, patternProperties, additionalProperties, propertyNames
    /// The older form of `dependentSchemas` and `dependentRequired`, which the meta-schema keeps.
    case dependencies
    // What is left over.
    case unevaluatedItems, unevaluatedProperties
    // Validation.
    case type, `enum`, const, multipleOf, maximum, exclusiveMaximum, minimum, exclusiveMinimum
    case maxLength, minLength, pattern, maxItems, minItems, uniqueItems, maxContains, minContains
    case maxProperties, minProperties, required, dependentRequired
    // Format.
    case format
    // Annotations.
    case title, description, `default`, deprecated, readOnly, writeOnly, examples
    case contentEncoding, contentMediaType, contentSchema
    // Not a keyword: the name under which a schema `false` reports, and limits of one validation.
    case falseSchema = "false"
    case effort = "(effort)"
    case depth = "(depth)"

    /// The vocabulary that brings a keyword.
    var source: Vocabulary {
        switch self {
        case .schema, .id, .ref, .anchor, .dynamicRef, .dynamicAnchor, .vocabulary, .comment, .defs, .definitions, .falseSchema,
            .effort,
            .depth:
            .core
        case .allOf, .anyOf, .oneOf, .not, .if, .then, .else, .dependentSchemas, .prefixItems, .items, .contains, .properties,
            .patternProperties, .additionalProperties, .propertyNames, .dependencies:
            .applicator
        case .unevaluatedItems, .unevaluatedProperties: .unevaluated
        case .type, .enum, .const, .multipleOf, .maximum, .exclusiveMaximum, .minimum, .exclusiveMinimum, .maxLength, .minLength,
            .pattern, .maxItems, .minItems, .uniqueItems, .maxContains, .minContains, .maxProperties, .minProperties, .required,
            .dependentRequired:
            .validation
        case .format: .formatAnnotation
        case .title, .description, .default, .deprecated, .readOnly, .writeOnly, .examples: .metaData
        case .contentEncoding, .contentMediaType, .contentSchema: .content
        }
    }

    /// How the schemas inside a keyword's value are arranged; nil when it holds none.
    var inside: Inside? {
        switch self {
        case .not, .if, .then, .else, .items, .contains, .additionalProperties, .propertyNames, .unevaluatedItems,
            .unevaluatedProperties, .contentSchema:
            .one
        case .allOf, .anyOf, .oneOf, .prefixItems: .list
        case .defs, .definitions, .dependentSchemas, .properties, .patternProperties, .dependencies: .named
        default: nil
        }
    }

    enum Inside { case one, list, named }

    /// Keywords that a person may write, for suggestions.
    static let written = allCases.filter { $0 != .falseSchema && $0 != .effort && $0 != .depth }
    private static let byName = Dictionary(uniqueKeysWithValues: written.map { ($0.rawValue, $0) })

    /// The keyword of a name.
    static func named(_ name: String) -> Keyword? { byName[name] }

    /// What takes the place of a keyword of other drafts.
    static let replacements = [
        "id": "$id", "$recursiveRef": "$dynamicRef", "$recursiveAnchor": "$dynamicAnchor",
        "additionalItems": "items (with prefixItems)",
        "extends": "allOf", "disallow": "not", "divisibleBy": "multipleOf",
    ]
}

/// The vocabularies of JSON Schema 2020-12.
enum Vocabulary: String, CaseIterable, Sendable {
    case core, applicator, unevaluated, validation
    case metaData = "meta-data"
    case formatAnnotation = "format-annotation"
    case formatAssertion = "format-assertion"
    case content

    static let prefix = "https://json-schema.org/draft/2020-12/vocab/"
    static let metaschema = "https://json-schema.org/draft/2020-12/schema"
    /// Those of the standard meta-schema.
    static let standard: Set<Vocabulary> = [
        .core, .applicator, .unevaluated, .validation, .metaData, .formatAnnotation, .content,
    ]
}
