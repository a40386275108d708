internal import JSON

/// Kinds of JSON values as a set, for `type`.
struct TypeSet: OptionSet, Sendable, Hashable {
    let rawValue: UInt8
    static let null = TypeSet(rawValue: 1)
    static let boolean = TypeSet(rawValue: 2)
    static let number = TypeSet(rawValue: 4)
    /// A number that is whole.
    static let integer = TypeSet(rawValue: 8)
    static let string = TypeSet(rawValue: 16)
    static let array = TypeSet(rawValue: 32)
    static let object = TypeSet(rawValue: 64)

    /// The names in the order in which they are shown, with Chinese ones.
    static let names: [(set: TypeSet, name: String, nameZH: String)] = [
        (.string, "string", "字符串"), (.integer, "integer", "整数"), (.number, "number", "数字"), (.boolean, "boolean", "布尔值"),
        (.object, "object", "对象"), (.array, "array", "数组"), (.null, "null", "空值(null)"),
    ]
}

/// One schema of a plan, ready to be applied. Other schemas are numbers of the plan; -1 is none.
struct CompiledSchema: Sendable {
    /// Address with the JSON pointer as its fragment.
    var location: String
    /// The schema resource it belongs to.
    var resource: Int32
    /// `true` and `false` as schemas.
    var verdict: Bool?
    var types: TypeSet?
    var constant: JSONConstant?
    var choices: ChoiceRules?
    var number: NumberRules?
    var string: StringRules?
    var object: ObjectRules?
    var array: ArrayRules?
    var inPlace: InPlaceRules?
    var unevaluatedProperties: Int32 = -1
    var unevaluatedItems: Int32 = -1
}

/// `enum`.
final class ChoiceRules: Sendable {
    /// The values that are strings.
    let strings: ByteTable
    let others: [JSONConstant]
    /// The values as they are shown in findings, cut.
    let shown: String

    init(strings: ByteTable, others: [JSONConstant], shown: String) {
        self.strings = strings
        self.others = others
        self.shown = shown
    }
}

/// Keywords that look at numbers.
final class NumberRules: Sendable {
    struct Bound: Sendable {
        var keyword: Keyword
        var value: JSONDecimal
        var shown: String
    }
    let bounds: [Bound]
    let multipleOf: JSONDecimal.Divisor?
    let multipleShown: String

    init(bounds: [Bound], multipleOf: JSONDecimal.Divisor?, multipleShown: String) {
        self.bounds = bounds
        self.multipleOf = multipleOf
        self.multipleShown = multipleShown
    }
}

/// Keywords that look at strings.
final class StringRules: Sendable {
    let minLength: Int
    let maxLength: Int
    let pattern: Pattern?
    let patternShown: String
    let format: StringFormat?

    init(minLength: Int, maxLength: Int, pattern: Pattern?, patternShown: String, format: StringFormat?) {
        self.minLength = minLength
        self.maxLength = maxLength
        self.pattern = pattern
        self.patternShown = patternShown
        self.format = format
    }
}

/// Keywords that look at objects.
final class ObjectRules: Sendable {
    /// Names in `properties` and `required`, and for each its schema or -1.
    let names: ByteTable
    let schemas: [Int32]
    /// For each name its number among the required ones, or -1.
    let requiredNumber: [Int32]
    /// For each required one its name.
    let required: [Int32]
    let patterns: [(pattern: Pattern, schema: Int32)]
    let additional: Int32
    let propertyNames: Int32
    let minProperties: Int
    let maxProperties: Int
    /// `dependentRequired`: a name that, when there, needs others.
    let dependentRequired: [(name: [UInt8], needed: [[UInt8]])]
    let dependentSchemas: [(name: [UInt8], schema: Int32)]
    /// Whether there is more to a member than its name.
    let looksAtMembers: Bool

    init(
        names: ByteTable, schemas: [Int32], requiredNumber: [Int32], required: [Int32],
        patterns: [(pattern: Pattern, schema: Int32)], additional: Int32, propertyNames: Int32, minProperties: Int,
        maxProperties: Int, dependentRequired: [(name: [UInt8], needed: [[UInt8]])],
        dependentSchemas: [(name: [UInt8], schema: Int32)]
    ) {
        self.names = names
        self.schemas = schemas
        self.requiredNumber = requiredNumber
        self.required = required
        self.patterns = patterns
        self.additional = additional
        self.propertyNames = propertyNames
        self.minProperties = minProperties
        self.maxProperties = maxProperties
        self.dependentRequired = dependentRequired
        self.dependentSchemas = dependentSchemas
        looksAtMembers = names.count > 0 || !patterns.isEmpty || additional >= 0 || propertyNames >= 0
    }
}

/// Keywords that look at arrays.
final class ArrayRules: Sendable {
    let prefix: [Int32]
    let items: Int32
    let contains: Int32
    let minContains: Int
    let maxContains: Int
    let minItems: Int
    let maxItems: Int
    let isUnique: Bool

    init(
        prefix: [Int32], items: Int32, contains: Int32, minContains: Int, maxContains: Int, minItems: Int, maxItems: Int,
        isUnique: Bool
    ) {
        self.prefix = prefix
        self.items = items
        self.contains = contains
        self.minContains = minContains
        self.maxContains = maxContains
        self.minItems = minItems
        self.maxItems = maxItems
        self.isUnique = isUnique
    }
}

/// Keywords that apply other schemas to the same value.
final class InPlaceRules: Sendable {
    let reference: Int32
    /// `$dynamicRef`: where it leads when nothing overrides it, and the number of its name among the dynamic ones, or -1.
    let dynamicReference: Int32
    let dynamicName: Int32
    let allOf: [Int32]
    let anyOf: [Int32]
    let oneOf: [Int32]
    let not: Int32
    let condition: Int32
    let then: Int32
    let otherwise: Int32

    init(
        reference: Int32, dynamicReference: Int32, dynamicName: Int32, allOf: [Int32], anyOf: [Int32], oneOf: [Int32], not: Int32,
        condition: Int32, then: Int32, otherwise: Int32
    ) {
        self.reference = reference
        self.dynamicReference = dynamicReference
        self.dynamicName = dynamicName
        self.allOf = allOf
        self.anyOf = anyOf
        self.oneOf = oneOf
        self.not = not
        self.condition = condition
        self.then = then
        self.otherwise = otherwise
    }

    /// Every schema that this one applies to the same value, but for dynamic references.
    var targets: [Int32] { ([reference, not, condition, then, otherwise] + allOf + anyOf + oneOf).filter { $0 >= 0 } }
}
