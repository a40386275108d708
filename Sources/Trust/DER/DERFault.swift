/// Why bytes are not the structure they should be: the kind, and the field where it was seen.
struct DERFault: Error, Sendable, Hashable {
    let kind: Kind
    /// The field's name in the standard, such as `eSealInfo.esID`.
    let field: String

    init(_ kind: Kind, _ field: String) {
        self.kind = kind
        self.field = field
    }

    enum Kind: String, Sendable, Hashable {
        case cut, indefiniteLength, lengthNotMinimal, highTag, tooDeep, unexpectedTag, trailing, overLimit, number, time, text
        case identifier, bitString, missing, value, version, signatureValueOnly
    }

    var text: String { "\(field): \(words.english)" }
    var textZH: String { "\(field)：\(words.chinese)" }

    private var words: (english: String, chinese: String) {
        switch kind {
        case .cut: ("ends before its length", "数据不足声明的长度")
        case .indefiniteLength: ("indefinite length", "使用了不定长编码")
        case .lengthNotMinimal: ("length not minimal", "长度编码不是最短形式")
        case .highTag: ("tag number above 30", "标签号大于 30")
        case .tooDeep: ("nested too deep (depthMax \(DERReader.depthMax))", "嵌套过深（depthMax \(DERReader.depthMax)）")
        case .unexpectedTag: ("another type than the standard's", "类型与标准不符")
        case .trailing: ("bytes follow the last field", "末尾有多余数据")
        case .overLimit: ("over its limit", "超过限制")
        case .number: ("no number in range", "数值无效")
        case .time: ("no time in the form of the standard", "时间格式与标准不符")
        case .text: ("no text in its character set", "文本字符无效")
        case .identifier: ("no object identifier", "对象标识符无效")
        case .bitString: ("unused bits above 7 or empty", "位串的未用位数无效")
        case .missing: ("is missing", "缺失")
        case .value: ("has a value that the standard does not allow", "取值不在标准允许范围内")
        case .version: ("layout and version number do not fit each other", "结构与版本号不符")
        case .signatureValueOnly: ("a bare SM2 value without certificate", "仅有 SM2 签名值，没有证书")
        }
    }
}
