internal import ExchangeModel
internal import JSON
internal import JSONSchema
internal import Synchronization

/// What a schema asks of one text.
struct ValueRules: Sendable, Hashable {
    /// The kind of value, as far as the schema tells.
    enum Kind: Sendable, Hashable {
        case any, text, decimal, integer, date, dateTime, boolean
    }

    var kind = Kind.any
    /// The only values, where the schema lists them.
    var enumeration: [String]?
    /// Characters.
    var minLength: Int?
    var maxLength: Int?
    var totalDigits: Int?
    var fractionDigits: Int?
    /// Patterns that must all match, in the language of JSON Schema.
    var patterns: [String] = []

    /// Why the schema refuses a text; nil where it takes it, or where it cannot be told.
    func refusal(of text: String) -> (en: String, zh: String)? {
        if let enumeration, !enumeration.contains(text) {
            let shown = enumeration.prefix(12).joined(separator: ", ") + (enumeration.count > 12 ? ", ..." : "")
            return ("is none of \(shown)", "不在取值 \(shown) 之中")
        }
        let length = text.unicodeScalars.count
        if let maxLength, length > maxLength {
            return ("has \(length) characters, and at most \(maxLength) are allowed", "有 \(length) 个字符，最多允许 \(maxLength) 个")
        }
        if let minLength, length < minLength {
            return ("has \(length) characters, and at least \(minLength) are asked", "有 \(length) 个字符，至少需要 \(minLength) 个")
        }
        for pattern in patterns where Self.matches(text, pattern) == false {
            return ("does not match the pattern of the schema", "不符合模式中的格式（pattern）")
        }
        switch kind {
        case .decimal where !Self.isDecimal(text, isWhole: false): return ("is no number", "不是数字")
        case .integer where !Self.isDecimal(text, isWhole: true): return ("is no whole number", "不是整数")
        case .boolean where !["true", "false", "1", "0"].contains(text):
            return ("is none of true, false, 1, 0", "不是 true、false、1、0")
        case .date where !Self.isDate(text): return ("is no day as the schema asks, such as 2026-05-01", "不是模式要求的日期，如 2026-05-01")
        case .dateTime where !Self.isDateTime(text):
            return ("is no time as the schema asks, such as 2026-05-01T09:30:00", "不是模式要求的时间，如 2026-05-01T09:30:00")
        default: break
        }
        if let fractionDigits, let point = text.firstIndex(of: ".") {
            let decimals = text[point...].dropFirst().reversed().drop { $0 == "0" }.count
            if decimals > fractionDigits {
                return (
                    "has \(decimals) decimals, and at most \(fractionDigits) are allowed",
                    "有 \(decimals) 位小数，最多允许 \(fractionDigits) 位"
                )
            }
        }
        return nil
    }

    /// Patterns kept compiled while mappings are loaded; a form has few, and each is asked again and again.
    private static let compiled = Mutex<[String: JSONSchema?]>([:])
    /// Patterns kept at most.
    private static let compiledMax = 1000

    /// Whether a pattern matches; nil when it is none that is understood.
    private static func matches(_ text: String, _ pattern: String) -> Bool? {
        let schema = compiled.withLock { known -> JSONSchema? in
            if let schema = known[pattern] { return schema }
            let document = JSONValue.object([JSONValue.Member("pattern", .string(pattern))])
            let schema = try? JSONSchema(parsing: document.bytes(), name: "pattern")
            if known.count >= compiledMax { known.removeAll() }
            known[pattern] = .some(schema)
            return schema
        }
        guard let verdict = try? schema?.validate(JSONValue.string(text).bytes()) else { return nil }
        return verdict.isValid
    }

    private static func isDecimal(_ text: String, isWhole: Bool) -> Bool {
        var digits = text[...]
        if let sign = digits.first, sign == "-" || sign == "+" { digits = digits.dropFirst() }
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 1 || (parts.count == 2 && !isWhole) else { return false }
        return digits.utf8.contains { $0 != 0x2E } && parts.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }
    }

    /// `yyyy-MM-dd`, an offset may follow (XML Schema part 2, 3.2.9; RFC 3339 full-date).
    private static func isDate(_ text: String) -> Bool {
        guard let rest = after(text[...], "0000-00-00") else { return false }
        return isOffset(rest)
    }

    /// `yyyy-MM-ddTHH:mm:ss` with a fraction and an offset (XML Schema part 2, 3.2.7).
    private static func isDateTime(_ text: String) -> Bool {
        guard var rest = after(text[...], "0000-00-00T00:00:00") else { return false }
        if rest.first == "." { rest = rest.dropFirst().drop { $0 >= "0" && $0 <= "9" } }
        return isOffset(rest)
    }

    private static func isOffset(_ rest: Substring) -> Bool {
        rest.isEmpty || rest == "Z" || after(rest, "+00:00") == "" || after(rest, "-00:00") == ""
    }

    /// What follows a form in which 0 stands for any digit; nil when the text does not begin so.
    private static func after(_ text: Substring, _ form: String) -> Substring? {
        guard text.count >= form.count else { return nil }
        for (character, wanted) in zip(text, form) {
            guard wanted == "0" ? character >= "0" && character <= "9" : character == wanted else { return nil }
        }
        return text.dropFirst(form.count)
    }
}
