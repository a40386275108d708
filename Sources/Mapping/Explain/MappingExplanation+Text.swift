internal import ExchangeModel

extension MappingExplanation.Field {
    /// Bytes of a value that are shown; the rest is counted.
    static let shownMax = 240

    /// What a person reads: the field and its value, where it comes from, what each function did, or why there is nothing.
    ///
    /// - Parameters:
    ///   - mapping: the mapping's file.
    ///   - input: the name of the record's file.
    public func lines(mapping: String, input: String, isChinese: Bool) -> [String] {
        let name = label.map { isChinese ? "\(target)（\($0)）" : "\(target) (\($0))" } ?? target
        let nothing = isChinese ? "空" : "nothing"
        var lines = ["\(name) = \(values.map { $0.map(Self.shown).joined(separator: ", ") } ?? nothing)"]
        // A fragment stands in a folder beside those of the platforms.
        let folder = mapping.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        let mapping = fragment.map { "\(folder)/fragments/\($0).yaml" } ?? mapping
        lines.append("  \(mapping):\(position.line):\(position.column): \(expression)")
        for reading in readings where reading.missing.isEmpty {
            let text = reading.value.map(Self.shown) ?? (isChinese ? "字段组" : "a group of fields")
            lines.append("  \(reading.path): \(Self.place(input, reading)) \(reading.node) = \(text)")
        }
        for step in steps {
            let before = step.before.map { $0.map(Self.shown).joined(separator: ", ") } ?? nothing
            let after = step.after.map { $0.map(Self.shown).joined(separator: ", ") } ?? nothing
            if !step.function.isEmpty { lines.append("  \(step.function): \(before) -> \(after)") }
            for code in step.codes {
                let meaning = code.labelZH.isEmpty ? "" : isChinese ? "（\(code.labelZH)）" : " (\(code.labelZH))"
                lines.append("    \(code.file):\(code.line): \(code.list) \(code.code) = \(code.canonical)\(meaning)")
            }
        }
        for reason in reasons { lines.append((isChinese ? "  原因：" : "  because ") + (isChinese ? reason.textZH : reason.text)) }
        for finding in findings where finding.severity == .warning {
            lines.append((isChinese ? "  警告：" : "  warning: ") + (isChinese ? finding.textZH : finding.text))
        }
        return lines
    }

    private static func place(_ input: String, _ reading: MappingExplanation.Reading) -> String {
        guard reading.position.line > 0 else { return input }
        return reading.position.column > 0
            ? "\(input):\(reading.position.line):\(reading.position.column)" : "\(input):\(reading.position.line)"
    }

    /// A value in quotation marks on one line, cut where it is long.
    private static func shown(_ text: String) -> String {
        var result = "\""
        var isCut = false
        for scalar in text.unicodeScalars {
            if result.utf8.count > shownMax {
                isCut = true
                break
            }
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..."\u{1F}", "\u{7F}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + (isCut ? "...\" (\(text.utf8.count) bytes)" : "\"")
    }
}
