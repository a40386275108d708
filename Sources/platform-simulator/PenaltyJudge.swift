internal import ExchangeModel
internal import XML

/// Reads and judges administrative penalties as the simulated credit platform does: XML, schema, then rules that a schema cannot
/// say. Safe to use from several threads.
struct PenaltyJudge: Sendable {
    /// `Schemas/credit/penalty.xsd`.
    let schema: XMLSchema
    private let parser = XMLParser()

    /// The words that the platform knows.
    private static let subjectKinds: Set<String> = ["法人及非法人组织", "自然人", "个体工商户"]
    private static let penaltyKinds: Set<String> = ["警告", "罚款", "没收", "责令停产停业", "暂扣或吊销", "行政拘留", "其他"]
    private static let root = "/ExchangeMessage/Body/fields"

    init(schema: XMLSchema) { self.schema = schema }

    /// What became of a body; its key is the number of the decision, CF_WSH.
    func judge(_ body: [UInt8]) -> ProvincialNotice {
        switch parser.parse(body) {
        case .refused(let finding): return ProvincialNotice(refusal: NoticeJudge.form(finding))
        case .document(let document):
            let fields = document.root.firstChild("Body")?.firstChild("fields")
            func value(_ name: String) -> String? {
                fields?.firstChild(name).map { Text.trim($0.text) }.flatMap { $0.isEmpty ? nil : $0 }
            }
            var penalty = ProvincialNotice(dataKey: value("CF_WSH"))
            if document.root.name != "ExchangeMessage" {
                penalty.refusal = .init(
                    code: "E1002", message: "不是交换报文 ExchangeMessage: the root is not ExchangeMessage", path: document.root.path,
                    line: document.root.line)
            } else if let finding = schema.validate(document).first {
                penalty.refusal = NoticeJudge.form(finding)
            } else {
                penalty.refusal = content(value)
            }
            return penalty
        }
    }

    private func content(_ value: (String) -> String?) -> ProvincialNotice.Refusal? {
        func refusal(_ code: String, _ element: String, _ zh: String, _ en: String) -> ProvincialNotice.Refusal {
            .init(code: code, message: "\(zh): \(en)", path: "\(Self.root)/\(element)")
        }
        let kind = value("CF_XDR_LB") ?? ""
        if !Self.subjectKinds.contains(kind) {
            return refusal("E2101", "CF_XDR_LB", "行政相对人类别不在代码表内", "the kind of subject is not in the list")
        }
        if kind == "法人及非法人组织", value("CF_XDR_SHXYM") == nil {
            return refusal("E2102", "CF_XDR_SHXYM", "法人须有统一社会信用代码", "an organisation needs its credit code")
        }
        let penalties = (value("CF_CFLB") ?? "").split(separator: ";").map(String.init)
        if penalties.isEmpty || !penalties.allSatisfy(Self.penaltyKinds.contains) {
            return refusal("E2103", "CF_CFLB", "处罚类别不在代码表内", "a kind of penalty is not in the list")
        }
        if penalties.contains("罚款") != (value("CF_NR_FK") != nil) {
            return refusal("E2104", "CF_NR_FK", "罚款与罚款金额不一致", "a fine needs its amount, and an amount needs a fine")
        }
        for name in ["CF_JDRQ", "CF_YXQ", "CF_GSJZQ"] {
            if let day = value(name), !Self.isRealDay(day) {
                return refusal("E2105", name, "日期不存在", "the day does not exist")
            }
        }
        if let decided = value("CF_JDRQ"), let until = value("CF_YXQ"), until < decided {
            return refusal("E2106", "CF_YXQ", "有效期早于决定日期", "it ends before it was decided")
        }
        return nil
    }

    /// Whether `yyyy-MM-dd`, whose form the schema has checked, names a day that exists.
    private static func isRealDay(_ text: String) -> Bool {
        let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }
        return digits.count == 8 && NoticeJudge.isRealTime(String(decoding: digits, as: UTF8.self) + "000000")
    }
}
