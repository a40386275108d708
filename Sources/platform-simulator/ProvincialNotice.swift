internal import ExchangeModel
internal import XML

/// What the simulated platform reads out of a GCJS_NOTICE, and what it thinks of it. Of a penalty (`PenaltyJudge`) it has the key
/// and the verdict alone.
struct ProvincialNotice: Sendable {
    /// DATA_KEY, of a penalty CF_WSH; nil when the record has none or is not XML.
    var dataKey: String?
    /// TENDER_PROJECT_CODE, likewise.
    var tenderProjectCode: String?
    /// NOTICE_NATURE.
    var nature: String?
    /// Why it is refused for itself, whatever came before it; nil when it is not.
    var refusal: Refusal?

    /// A refusal in the platform's own words: the first thing wrong, as real receivers answer.
    struct Refusal: Sendable, Hashable {
        /// `E1...` form, `E2...` content; both are for good.
        var code: String
        /// What is wrong, in Chinese and English.
        var message: String
        /// Path and line of the first finding, where there is one.
        var path = ""
        /// Line from 1, or 0.
        var line = 0
    }
}

/// Reads and judges notices: XML, schema, then the rules that a schema cannot say. Safe to use from several threads.
struct NoticeJudge: Sendable {
    /// `Schemas/provincial/tender-notice.xsd`.
    let schema: XMLSchema
    /// The trading systems whose records are taken, by PLATFORM_CODE; empty takes all.
    let registeredPlatforms: Set<String>
    private let parser = XMLParser()

    /// L8 and L9 of the data standard.
    private static let natures: Set<String> = ["1", "2", "3", "9"]
    private static let bulletinTypes: Set<String> = ["1", "2", "3", "9"]

    init(schema: XMLSchema, registeredPlatforms: Set<String>) {
        self.schema = schema
        self.registeredPlatforms = registeredPlatforms
    }

    func judge(_ body: [UInt8]) -> ProvincialNotice {
        switch parser.parse(body) {
        case .refused(let finding):
            return ProvincialNotice(refusal: Self.form(finding))
        case .document(let document):
            let root = document.root
            func value(_ name: String) -> String? {
                root.firstChild(name).map { Text.trim($0.text) }.flatMap { $0.isEmpty ? nil : $0 }
            }
            var notice = ProvincialNotice(
                dataKey: value("DATA_KEY"), tenderProjectCode: value("TENDER_PROJECT_CODE"), nature: value("NOTICE_NATURE"))
            if root.name != "GCJS_NOTICE" {
                notice.refusal = .init(
                    code: "E1002", message: "数据集不是 GCJS_NOTICE: the data set is not GCJS_NOTICE", path: root.path, line: root.line
                )
            } else if let finding = schema.validate(document).first {
                notice.refusal = Self.form(finding)
            } else {
                notice.refusal = content(value)
            }
            return notice
        }
    }

    static func form(_ finding: Finding) -> ProvincialNotice.Refusal {
        .init(
            code: "E1001", message: "格式校验失败: \(finding.textZH) (\(finding.text))", path: finding.path, line: finding.position.line
        )
    }

    private func content(_ value: (String) -> String?) -> ProvincialNotice.Refusal? {
        func refusal(_ code: String, _ element: String, _ zh: String, _ en: String) -> ProvincialNotice.Refusal {
            .init(code: code, message: "\(zh): \(en)", path: "/GCJS_NOTICE/\(element)")
        }
        if let nature = value("NOTICE_NATURE"), !Self.natures.contains(nature) {
            return refusal("E2001", "NOTICE_NATURE", "公告性质不在代码表内", "the notice nature is not in the list")
        }
        if let type = value("BULLETIN_TYPE"), !Self.bulletinTypes.contains(type) {
            return refusal("E2002", "BULLETIN_TYPE", "公告类型不在代码表内", "the bulletin type is not in the list")
        }
        if let time = value("NOTICE_SEND_TIME"), !Self.isRealTime(time) {
            return refusal("E2003", "NOTICE_SEND_TIME", "公告发布时间不存在", "the publication time does not exist")
        }
        if let platform = value("PLATFORM_CODE"), !registeredPlatforms.isEmpty, !registeredPlatforms.contains(platform) {
            return refusal("E2004", "PLATFORM_CODE", "交易系统未登记", "the trading system is not registered here")
        }
        return nil
    }

    /// Whether `yyyyMMddHHmmss` names a second that exists.
    static func isRealTime(_ text: String) -> Bool {
        let digits = text.utf8.map { Int($0) - 0x30 }
        guard digits.count == 14, digits.allSatisfy({ (0...9).contains($0) }) else { return false }
        func number(_ from: Int, _ count: Int) -> Int { digits[from..<from + count].reduce(0) { $0 * 10 + $1 } }
        let given = [number(0, 4), number(4, 2), number(6, 2), number(8, 2), number(10, 2), number(12, 2)]
        let real = Instant(
            year: given[0], month: given[1], day: given[2], hour: given[3], minute: given[4], second: given[5]
        ).civil()
        return given == [real.year, real.month, real.day, real.hour, real.minute, real.second]
    }
}
