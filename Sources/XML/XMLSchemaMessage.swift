internal import CLibXML2

/// Sentences for the violations that libxml2's validator reports, in English and Chinese.
///
/// They are made from the code and from the parts that come out of the schema (limits, patterns, allowed values, expected
/// names); libxml2's own message is used only for such parts, since it repeats the value.
struct XMLSchemaMessage {
    var text: String
    var textZH: String
    /// It says that the value of an element or attribute is not allowed; such reports about one node are one finding.
    var isAboutValue = false
    /// It says nothing new after another report about the same value: the type after a facet, the key after the type.
    var repeatsOthers = false
    /// It says that an element with a value has child elements: what is said of its value after that means nothing.
    var voidsValue = false

    private init(_ text: String, _ textZH: String) {
        self.text = text
        self.textZH = textZH
    }

    private static func value(_ text: String, _ textZH: String, repeating: Bool = false) -> Self {
        var words = Self(text, textZH)
        words.isAboutValue = true
        words.repeatsOthers = repeating
        return words
    }

    /// The sentences for a report: its code, its message, and the two strings that libxml2 formatted into it (the value
    /// or its length first, what the schema says second).
    static func words(code: Int32, message: String, first: String?, second: String?) -> Self {
        let kind = xmlParserErrors(rawValue: UInt32(bitPattern: code))
        let limit = shortened(second ?? "?")
        switch kind {
        case XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_1, XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_2, XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_3:
            guard let type = typeName(in: message) else {
                return value("the value is not of the type that the schema asks for", "值不符合模式规定的类型", repeating: true)
            }
            return value("the value is not of type \(type)", "值不符合类型 \(type)", repeating: true)
        case XML_SCHEMAV_CVC_LENGTH_VALID:
            return value("the value has length \(first ?? "?"), but must have \(limit)", "值的长度为 \(first ?? "?")，应为 \(limit)")
        case XML_SCHEMAV_CVC_MINLENGTH_VALID:
            return value(
                "the value has length \(first ?? "?"), shorter than the minimum \(limit)", "值的长度为 \(first ?? "?")，少于下限 \(limit)")
        case XML_SCHEMAV_CVC_MAXLENGTH_VALID:
            return value(
                "the value has length \(first ?? "?"), longer than the maximum \(limit)", "值的长度为 \(first ?? "?")，超过上限 \(limit)")
        case XML_SCHEMAV_CVC_MININCLUSIVE_VALID:
            return value("the value is less than the minimum \(limit)", "值小于下限 \(limit)")
        case XML_SCHEMAV_CVC_MAXINCLUSIVE_VALID:
            return value("the value is greater than the maximum \(limit)", "值大于上限 \(limit)")
        case XML_SCHEMAV_CVC_MINEXCLUSIVE_VALID:
            return value("the value must be greater than \(limit)", "值必须大于 \(limit)")
        case XML_SCHEMAV_CVC_MAXEXCLUSIVE_VALID:
            return value("the value must be less than \(limit)", "值必须小于 \(limit)")
        case XML_SCHEMAV_CVC_TOTALDIGITS_VALID:
            return value("the value has more than \(limit) digits", "值的总位数超过 \(limit) 位")
        case XML_SCHEMAV_CVC_FRACTIONDIGITS_VALID:
            return value("the value has more than \(limit) fractional digits", "值的小数位数超过 \(limit) 位")
        case XML_SCHEMAV_CVC_PATTERN_VALID:
            return value("the value does not match the pattern \(limit)", "值不符合格式 \(limit)")
        case XML_SCHEMAV_CVC_ENUMERATION_VALID:
            return value("the value is not one of \(limit)", "值不在允许的范围内：\(limit)")
        case XML_SCHEMAV_CVC_FACET_VALID:
            return value("the value breaks a rule of its type", "值不符合其类型的约束")
        case XML_SCHEMAV_CVC_ELT_5_2_2_2_1, XML_SCHEMAV_CVC_ELT_5_2_2_2_2, XML_SCHEMAV_CVC_AU:
            return value("the value is not the one that the schema fixes", "值与模式规定的固定值不同")
        case XML_SCHEMAV_ELEMENT_CONTENT: return content(message)
        case XML_SCHEMAV_CVC_COMPLEX_TYPE_4:
            let name = shortened(withoutNamespaces(first ?? "?"))
            return Self("the attribute \(name) is missing", "缺少属性 \(name)")
        case XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_1, XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_2, XML_SCHEMAV_CVC_TYPE_3_1_1:
            return Self("the attribute is not allowed here", "此处不允许该属性")
        default: return structure(kind, message, code)
        }
    }

    private static func structure(_ kind: xmlParserErrors, _ message: String, _ code: Int32) -> Self {
        switch kind {
        case XML_SCHEMAV_CVC_ELT_1, XML_SCHEMAV_CVC_WILDCARD:
            return Self("the schema does not know this element here", "模式在此处没有定义该元素")
        case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_1:
            return message.contains("Element content is not allowed")
                ? Self("the element must be empty, but has child elements", "该元素必须为空，但含有子元素")
                : Self("the element must be empty, but has text", "该元素必须为空，但含有文本")
        case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_2, XML_SCHEMAV_CVC_TYPE_3_1_2:
            var words = Self("the element holds a value and may have no child elements", "该元素只能有值，不允许有子元素")
            words.voidsValue = true
            return words
        case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_3, XML_SCHEMAV_CVC_ELT_5_2_2_1:
            return Self("the element holds child elements and may have no text", "该元素只能有子元素，不允许有文本")
        case XML_SCHEMAV_CVC_ELT_2: return Self("the element is abstract in the schema", "该元素在模式中是抽象的，不能直接使用")
        case XML_SCHEMAV_CVC_ELT_3_1: return Self("the element may not be nil", "该元素不允许为 nil")
        case XML_SCHEMAV_CVC_ELT_3_2_1, XML_SCHEMAV_CVC_ELT_3_2_2:
            return Self("the element is nil and must be empty", "该元素为 nil，必须为空")
        case XML_SCHEMAV_CVC_ELT_4_1, XML_SCHEMAV_CVC_ELT_4_2, XML_SCHEMAV_CVC_ELT_4_3, XML_SCHEMAV_CVC_COMPLEX_TYPE_1,
            XML_SCHEMAV_CVC_TYPE_1, XML_SCHEMAV_CVC_TYPE_2:
            return Self("the type named by xsi:type cannot be used here", "xsi:type 指定的类型不能用于此处")
        case XML_SCHEMAV_CVC_IDC:
            return message.contains("No match found")
                ? value("a reference leads to no key of the document", "引用的键在文档中不存在", repeating: true)
                : value("a key is incomplete, or not unique in the document", "键不完整，或在文档中不唯一", repeating: true)
        default:
            return Self("the element breaks the schema (libxml2 error \(code))", "该元素违反模式(libxml2 错误 \(code))")
        }
    }

    /// Both kinds of fault in the order of elements have one code.
    private static func content(_ message: String) -> Self {
        let expected = expectedNames(in: message)
        let list = expected.joined(separator: ", ")
        let listZH = expected.joined(separator: "、")
        if message.contains(": Missing child element(s).") {
            return expected.isEmpty
                ? Self("a child element is missing", "缺少子元素")
                : Self(
                    "a child element is missing; expected is \(expected.count > 1 ? "one of " : "")\(list)", "缺少子元素，应有 \(listZH)")
        }
        return expected.isEmpty
            ? Self("the element is not allowed here", "此处不允许该元素")
            : Self(
                "the element is not allowed here; expected is \(expected.count > 1 ? "one of " : "")\(list)",
                "此处不允许该元素，应为 \(listZH)")
    }

    /// The names in `Expected is one of ( {urn:a}B, C ).`, which ends the message.
    private static func expectedNames(in message: String) -> [String] {
        guard let mark = message.ranges(of: "Expected is ").last, let open = message[mark.upperBound...].firstIndex(of: "("),
            let close = message.lastIndex(of: ")"), open < close
        else { return [] }
        let names = withoutNamespaces(String(message[message.index(after: open)..<close]))
        return names.split(separator: ",").map { shortened(String($0.filter { $0 != " " })) }
    }

    /// The type's name in `... of the atomic type 'xs:decimal'.`, which ends the message; nil for a type without name.
    private static func typeName(in message: String) -> String? {
        guard let mark = message.ranges(of: " type '").last else { return nil }
        let rest = message[mark.upperBound...]
        guard let close = rest.firstIndex(of: "'"), rest[close...].hasPrefix("'.") else { return nil }
        return shortened(withoutNamespaces(String(rest[..<close])))
    }

    /// `{urn:a}B` as `B`.
    static func withoutNamespaces(_ text: String) -> String {
        var kept = ""
        var depth = 0
        for character in text {
            if character == "{" {
                depth += 1
            } else if character == "}", depth > 0 {
                depth -= 1
            } else if depth == 0 {
                kept.append(character)
            }
        }
        return kept
    }

    /// What the schema says, cut to a length that a person reads.
    private static func shortened(_ text: String) -> String { text.count <= 200 ? text : text.prefix(200) + "..." }
}
