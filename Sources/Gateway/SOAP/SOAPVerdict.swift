public import ExchangeModel

/// What a SOAP sender is told: success or a code and a text in Chinese. What may be tried again later is no verdict but a fault.
public enum SOAPVerdict: Sendable {
    /// Accepted now or before.
    case accepted(Acknowledgement)
    /// Refused and kept, with findings.
    case refused(id: MessageID, findings: [Finding])
    /// The serial number, or the version, came before with another content.
    case conflict(RecordConflict)
    /// User and key belong to nobody.
    case notSignedIn(at: Instant)
    /// The sender may not use the channel.
    case notAllowed(at: Instant)

    /// The verdict of what the pipeline made of an upload; nil when the sender is to come again.
    public init?(_ outcome: AcceptOutcome) {
        switch outcome {
        case .accepted(let acknowledgement), .replayed(let acknowledgement): self = .accepted(acknowledgement)
        case .refused(let id, let findings): self = .refused(id: id, findings: findings)
        case .conflict(let conflict): self = .conflict(conflict)
        case .turnedBack: return nil
        }
    }

    /// Longest path and text of a finding that the message repeats, in characters.
    static let partCharactersMax = 200

    struct Words {
        var isSuccess: Bool
        var code, message: String
        /// When it was received: for a repeat the first time.
        var time: Instant
    }

    func words(_ form: GatewayConfiguration.SOAPAnswerForm) -> Words {
        switch self {
        case .accepted(let acknowledgement):
            Words(
                isSuccess: true, code: form.codes.accepted,
                message: "接收成功，报文编号 \(acknowledgement.id)，数据集 \(acknowledgement.dataset)", time: acknowledgement.id.instant)
        case .refused(let id, let findings):
            Words(
                isSuccess: false, code: form.codes.refused,
                message: "拒收，报文编号 \(id)。" + Self.list(findings, shown: form.findingsShown), time: id.instant)
        case .conflict(let conflict):
            Words(
                isSuccess: false, code: form.codes.conflict,
                message: "拒收，报文编号 \(conflict.id)。" + Self.list(conflict.findings, shown: form.findingsShown),
                time: conflict.id.instant)
        case .notSignedIn(let instant):
            Words(isSuccess: false, code: form.codes.notSignedIn, message: "用户标识或密钥错误", time: instant)
        case .notAllowed(let instant):
            Words(isSuccess: false, code: form.codes.notAllowed, message: "该用户无权使用此接口", time: instant)
        }
    }

    /// `共 7 处问题：(1) 第 12 行 /A/B：……；(2) ……；另有 5 处`.
    private static func list(_ findings: [Finding], shown: Int) -> String {
        let errors = findings.filter { $0.severity == .error }
        let parts = errors.prefix(shown).enumerated().map { index, finding in
            "(\(index + 1)) \(place(of: finding))\(cut(finding.textZH)) [\(finding.code)]"
        }
        var text = "共 \(errors.count) 处问题：" + parts.joined(separator: "；")
        if errors.count > parts.count { text += "；另有 \(errors.count - parts.count) 处，可凭报文编号查询" }
        if errors.prefix(shown).contains(where: { !$0.isOfEnvelope && $0.position.line > 0 }) {
            text += "。行号从数据内容的首行起算"
        }
        return text
    }

    private static func place(of finding: Finding) -> String {
        var parts: [String] = []
        if finding.position.line > 0 {
            let column = finding.position.column > 0 ? "第 \(finding.position.column) 列" : ""
            parts.append("\(finding.isOfEnvelope ? "信封" : "")第 \(finding.position.line) 行\(column)")
        }
        if !finding.path.isEmpty { parts.append(cut(finding.path)) }
        return parts.isEmpty ? "" : parts.joined(separator: " ") + "："
    }

    private static func cut(_ text: String) -> String {
        text.count <= partCharactersMax ? text : String(text.prefix(partCharactersMax)) + "…"
    }
}

extension Finding {
    /// Whether it speaks of the envelope, not of the document in it.
    var isOfEnvelope: Bool {
        code.name.hasPrefix("soap.") || path.hasPrefix("/Envelope/")
            || path.utf8.split(separator: 0x2F).first.map {
                $0.split(separator: 0x3A).last?.elementsEqual("Envelope".utf8) ?? false
            } ?? false
    }
}
