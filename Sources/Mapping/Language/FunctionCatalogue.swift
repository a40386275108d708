/// Every function of the language: its name, how many arguments it takes and which labels; the reference in
/// `Mappings/README.md` is tested against this list.
public struct MappingFunction: Sendable, Hashable {
    /// The name in mapping files.
    public let name: String
    /// How it is written, for messages.
    public let signature: String
    /// Stands at the beginning of an expression instead of after `|`.
    public let isSource: Bool
    /// Number of arguments without a label.
    public let arguments: ClosedRange<Int>
    /// Arguments that may be given with a label.
    public let labels: [String]

    init(
        _ name: String, _ signature: String, isSource: Bool = false, _ arguments: ClosedRange<Int> = 0...0, labels: [String] = []
    ) {
        self.name = name
        self.signature = signature
        self.isSource = isSource
        self.arguments = arguments
        self.labels = labels
    }

    /// All functions in the order of the reference.
    public static let all: [MappingFunction] =
        [
            MappingFunction("literal", "literal(\"text\")", isSource: true, 1...1),
            MappingFunction("concat", "concat(part, part, ...)", isSource: true, 1...16),
            MappingFunction("first", "first(path, path, ...)", isSource: true, 2...16),
            MappingFunction(templateName, "template(\"text {expression} text\")", isSource: true, 1...1),
            MappingFunction("datetime", "datetime(date, time)", isSource: true, 2...2),
            MappingFunction("required", "required"),
            MappingFunction("default", "default(\"text\")", 1...1),
            MappingFunction("trim", "trim"),
            MappingFunction("upper", "upper"),
            MappingFunction("lower", "lower"),
            MappingFunction("collapse", "collapse"),
            MappingFunction("half-width", "half-width"),
            MappingFunction("substring", "substring(from) or substring(from, count)", 1...2),
            MappingFunction("before", "before(\"separator\")", 1...1),
            MappingFunction("after", "after(\"separator\")", 1...1),
            MappingFunction("replace", "replace(\"text\", \"other\")", 2...2),
            MappingFunction("pad-left", "pad-left(characters, \"0\")", 2...2),
            MappingFunction("hash", "hash(\"sm3\")", 1...1),
            MappingFunction("max", "max(characters)", 1...1),
            MappingFunction("max-bytes", "max-bytes(bytes) or max-bytes(bytes, \"gb18030\")", 1...2),
            MappingFunction("mask", "mask or mask(keepFirst, keepLast)", 0...2),
            MappingFunction("split", "split(\";\")", 1...1),
            MappingFunction("join", "join(\";\")", 1...1),
            MappingFunction("unique", "unique"),
            MappingFunction("number-of", "number-of"),
            MappingFunction("sum", "sum"),
            MappingFunction("least", "least"),
            MappingFunction("greatest", "greatest"),
            MappingFunction("add", "add(number)", 1...1),
            MappingFunction("subtract", "subtract(number)", 1...1),
            MappingFunction("multiply", "multiply(number)", 1...1),
            MappingFunction("divide", "divide(number, decimals)", 2...2),
            MappingFunction("round", "round(decimals)", 1...1),
            MappingFunction("code", "code(list) or code(list, unknown=\"pass\")", 1...1, labels: ["unknown"]),
            MappingFunction(
                "time", "time(\"yyyyMMddHHmmss\") or time(pattern, pattern, zone=\"+08:00\")", 1...8, labels: ["zone"]),
            MappingFunction("date", "date(\"yyyyMMdd\") or date(pattern, pattern)", 1...8, labels: ["zone"]),
            MappingFunction("plus-days", "plus-days(days)", 1...1),
            MappingFunction("decimal", "decimal or decimal(decimals)", 0...1),
            MappingFunction("count", "count"),
            MappingFunction(
                "amount", "amount(\"元\") or amount(unit=PATH, currency=PATH); out: amount(\"元\", decimals)", 0...2,
                labels: ["unit", "currency", "kind"]),
            MappingFunction("identifier", "identifier(\"SCHEME\")", 1...1),
        ] + CheckedIdentifier.allCases.map { MappingFunction($0.functionName, $0.functionName) }

    /// Begins an expression with expressions in a text.
    static let templateName = "template"
    /// Begins a path to the items of a group; no key and no function is named so.
    static let groupName = "group"

    static func named(_ name: String) -> MappingFunction? { all.first { $0.name == name } }
    static func isSource(_ name: String) -> Bool { named(name)?.isSource ?? false }
}
