public import ExchangeModel

/// Why a document is not JSON that is accepted here: one finding, since nothing after it can be trusted.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Kind, JSON pointer, line, column, and the reason in English and Chinese; it holds no value of the document.
    public let finding: Finding

    /// Wraps a finding.
    public init(_ finding: Finding) { self.finding = finding }

    /// `line:column: text`.
    public var description: String { "\(finding.position.line):\(finding.position.column): \(finding.text)" }
}

/// The ways a document can fail, each with its words.
enum JSONProblem {
    case bytes(max: Int)
    case depth(max: Int)
    case count(max: Int)
    case byteOrderMark
    case wideEncoding
    case utf8
    case loneSurrogate
    case duplicateKey
    case endOfInput
    case empty
    case valueExpected
    case keyExpected
    case colonExpected
    case commaOrBraceExpected
    case commaOrBracketExpected
    case trailingComma
    case trailingContent
    case controlCharacter
    case escape
    case number
    case unclosedString

    var code: Finding.Code {
        switch self {
        case .bytes: .bytesOverLimit
        case .depth: .depthOverLimit
        case .count: .countOverLimit
        case .byteOrderMark, .wideEncoding, .utf8, .loneSurrogate: .encodingInvalid
        case .duplicateKey: .jsonDuplicateKey
        default: .jsonSyntax
        }
    }

    /// English and Chinese.
    var words: (text: String, textZH: String) {
        switch self {
        case .bytes(let max): ("the document is larger than \(max) bytes", "文档超过 \(max) 字节的上限")
        case .depth(let max): ("objects and arrays nest deeper than \(max) levels", "对象和数组的嵌套超过 \(max) 层")
        case .count(let max): ("the document holds more than \(max) values", "文档中的值超过 \(max) 个")
        case .byteOrderMark:
            ("the document begins with a byte order mark, which JSON does not allow", "文档以字节顺序标记(BOM)开头，JSON 不允许")
        case .wideEncoding: ("the document is not UTF-8 (it looks like UTF-16 or UTF-32)", "文档不是 UTF-8 编码(疑似 UTF-16 或 UTF-32)")
        case .utf8: ("the bytes here are not valid UTF-8; JSON is sent as UTF-8", "此处的字节不是有效的 UTF-8；JSON 须按 UTF-8 编码发送")
        case .loneSurrogate: ("an escape here is half of a surrogate pair", "此处的转义只有代理对的一半")
        case .duplicateKey: ("this key was given before in the same object", "同一对象中该键重复出现")
        case .endOfInput: ("the document ends too early", "文档不完整，提前结束")
        case .empty: ("the document is empty", "文档为空")
        case .valueExpected:
            (
                "a value is expected here: text in quotation marks, a number, true, false, null, { or [",
                "此处应为一个值：带双引号的文本、数字、true、false、null、{ 或 ["
            )
        case .keyExpected: ("a key in quotation marks is expected here", "此处应为带双引号的键")
        case .colonExpected: ("a colon is expected after the key", "键之后应为冒号")
        case .commaOrBraceExpected: ("a comma or } is expected here", "此处应为逗号或 }")
        case .commaOrBracketExpected: ("a comma or ] is expected here", "此处应为逗号或 ]")
        case .trailingComma: ("a comma before the closing bracket is not allowed", "结束括号之前不允许有逗号")
        case .trailingContent: ("something follows the end of the document", "文档结束之后还有内容")
        case .controlCharacter: ("a control character in a string must be escaped", "字符串中的控制字符必须转义")
        case .escape: ("this escape does not exist in JSON", "JSON 中没有这种转义")
        case .number:
            (
                "this is not a number as JSON writes it, without leading zeros or a plus sign", "此处不是 JSON 规定的数字写法：不得有前导零或加号"
            )
        case .unclosedString: ("the string has no closing quotation mark", "字符串缺少结束的双引号")
        }
    }
}
