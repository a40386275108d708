extension TrustReport {
    /// A language of the text for people.
    public enum Language: String, Sendable, Hashable {
        /// English.
        case english = "en"
        /// Simplified Chinese.
        case chinese = "zh"
    }

    /// The report for people: the answer first, then every check on its own line.
    public func text(language: Language) -> String {
        let zh = language == .chinese
        var lines = [
            zh
                ? "\(fileName)：\(Self.words(mainIndication))（\(answer(subIndication, mainIndication))）"
                : "\(fileName): \(answer(subIndication, mainIndication))",
            zh ? "验证时间 \(time)" : "verified at \(time)",
        ]
        for section in sections {
            lines.append("")
            lines.append("\(section.subject): \(answer(section.subIndication, section.mainIndication))")
            for check in section.checks {
                let sub = check.subIndication.map { " [\($0.rawValue)]" } ?? ""
                lines.append("  \(Self.mark(check.verdict, zh)) \(check.key)\(sub): \(zh ? check.textZH : check.text)")
                for datum in check.data {
                    switch datum.value {
                    case .text(let text): lines.append("      \(datum.name): \(text)")
                    case .number(let number): lines.append("      \(datum.name): \(number)")
                    case .list(let list): lines += list.map { "      \(datum.name): \($0)" }
                    }
                }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func answer(_ sub: SubIndication?, _ main: MainIndication) -> String {
        sub.map { "\(main.rawValue) / \($0.rawValue)" } ?? main.rawValue
    }

    private static func words(_ main: MainIndication) -> String {
        switch main {
        case .totalPassed: "通过"
        case .indeterminate: "无法判定"
        case .totalFailed: "不通过"
        }
    }

    private static func mark(_ verdict: TrustCheck.Verdict, _ zh: Bool) -> String {
        switch verdict {
        case .passed: zh ? "通过　" : "pass"
        case .warning: zh ? "提示　" : "warn"
        case .failed: zh ? "不通过" : "FAIL"
        case .indeterminate: zh ? "未判定" : "open"
        case .notReached: zh ? "未执行" : "skip"
        case .notApplicable: zh ? "不适用" : "n/a "
        }
    }
}
