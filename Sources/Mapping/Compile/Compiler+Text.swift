internal import Cryptography
internal import ExchangeModel

// Functions on text, and those that make one value of several or several fewer.
extension Compiler {
    /// Compiles a function on text; nil when it is none of them, or faulty.
    mutating func compileText(
        _ call: Expression.Call, takes: inout [CanonicalSchema.Kind]?, gives: inout ValueShape, in text: MappingFile.Text,
        _ targetPath: String
    ) -> Program.Op? {
        switch call.name {
        case "collapse": return Program.Op(code: .collapse)
        case "half-width": return Program.Op(code: .halfWidth)
        case "substring":
            guard let from = numberArgument(call, 0, in: 1...1_000_000, in: text, targetPath) else { return nil }
            var count = 0
            if call.arguments.count == 2 {
                guard let given = numberArgument(call, 1, in: 1...1_000_000, in: text, targetPath) else { return nil }
                count = given
            }
            return Program.Op(code: .substring, a: Int32(from), b: Int32(count))
        case "before", "after":
            guard let separator = filledText(call, 0, in: text, targetPath) else { return nil }
            // What stands behind a separator may not be there.
            if call.name == "after" { gives.isCertain = false }
            return Program.Op(code: call.name == "before" ? .before : .after, constant: program.constant(separator))
        case "replace":
            guard let searched = filledText(call, 0, in: text, targetPath),
                let other = textArgument(call, 1, in: text, targetPath)
            else { return nil }
            program.parts.append(Program.Part(constant: program.constant(other)))
            return Program.Op(code: .replace, a: Int32(program.parts.count - 1), constant: program.constant(searched))
        case "pad-left":
            guard let width = numberArgument(call, 0, in: 1...1000, in: text, targetPath),
                let sign = textArgument(call, 1, in: text, targetPath)
            else { return nil }
            guard sign.unicodeScalars.count == 1 else {
                report(
                    text.position(at: call.arguments[1].offset), targetPath, "pad-left fills with one character",
                    "pad-left 只用一个字符填充")
                return nil
            }
            return Program.Op(code: .padLeft, a: Int32(width), constant: program.constant(sign))
        case "hash":
            guard let word = textArgument(call, 0, in: text, targetPath) else { return nil }
            guard let place = MappingHash.byPlace.firstIndex(where: { $0.rawValue == word }) else {
                reportUnknown(
                    text.position(at: call.arguments[0].offset), targetPath, word, kind: "digest", kindZH: "摘要算法",
                    among: MappingHash.byPlace.map(\.rawValue))
                return nil
            }
            takes = [.text, .decimal, .count]
            gives.kind = .text
            return Program.Op(code: .hash, a: Int32(place))
        default: return nil
        }
    }

    /// A text in quotation marks that is not empty.
    private mutating func filledText(
        _ call: Expression.Call, _ index: Int, in text: MappingFile.Text, _ targetPath: String
    ) -> String? {
        guard let value = textArgument(call, index, in: text, targetPath) else { return nil }
        if value.isEmpty {
            report(text.position(at: call.arguments[index].offset), targetPath, "the text is empty", "文本为空")
            return nil
        }
        return value
    }
}
