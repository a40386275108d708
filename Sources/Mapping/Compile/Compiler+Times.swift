internal import ExchangeModel

// `time(...)` and `date(...)`.
extension Compiler {
    /// The word for RFC 3339 and XML Schema, with or without offset.
    static let isoWord = "iso"

    /// Compiles the reading or writing of a time or day.
    mutating func compileTime(
        _ call: Expression.Call, takes: inout [CanonicalSchema.Kind]?, gives: inout ValueShape, in text: MappingFile.Text,
        _ targetPath: String
    ) -> Program.Op? {
        let isDate = call.name == "date"
        if isInbound {
            takes = [.text]
            gives.kind = isDate ? .date : .instant
        } else {
            takes = isDate ? [.date, .instant] : [.instant]
            gives.kind = .text
        }
        gives.isCanonicalForm = isInbound
        guard let offset = zone(call, in: text, targetPath) else { return nil }
        let forms = call.arguments.filter { $0.label == nil }
        if forms.count == 1 {
            switch textValue(call, 0) {
            case EpochMilliseconds.name where isInbound || !isDate:
                return Program.Op(code: isInbound ? .epochIn : .epochOut, a: isDate ? 1 : 0)
            case "xml" where isInbound && isDate: return Program.Op(code: .zonedDateIn)
            case Self.isoWord where isInbound: break
            default:
                guard let pattern = pattern(call, in: text, targetPath) else { return nil }
                let code: Program.OpCode = isInbound ? (isDate ? .dateIn : .timeIn) : (isDate ? .dateOut : .timeOut)
                return Program.Op(code: code, a: pattern, b: offset)
            }
        }
        guard isInbound else {
            report(
                text.position(at: call.offset), targetPath, "outbound, \(call.name) takes one pattern", "出向 \(call.name) 只接受一个格式")
            return nil
        }
        var form = Program.TimeForm(patterns: [], takesISO: false, offsetSeconds: offset, isDate: isDate, text: "")
        for (index, argument) in call.arguments.enumerated() where argument.label == nil {
            guard let word = textArgument(call, index, in: text, targetPath) else { return nil }
            if word == Self.isoWord {
                form.takesISO = true
            } else {
                guard let pattern = pattern(word, at: text.position(at: argument.offset), targetPath) else { return nil }
                form.patterns.append(pattern)
            }
            form.text += (form.text.isEmpty ? "" : ", ") + (word == Self.isoWord ? "2026-05-01T09:00:00+08:00" : word)
        }
        program.timeForms.append(form)
        return Program.Op(code: .timeAny, a: Int32(program.timeForms.count - 1))
    }

    /// The offset of `zone="+08:00"` in seconds; China Standard Time where it is not given.
    private mutating func zone(_ call: Expression.Call, in text: MappingFile.Text, _ targetPath: String) -> Int32? {
        guard let argument = call.arguments.first(where: { $0.label == "zone" }) else {
            return Int32(TimePattern.chinaOffsetSeconds)
        }
        if case .text(let word) = argument.value {
            let offset = Array(word.utf8).withUnsafeBufferPointer { ZonedTime.offset($0, at: 0) }
            if let offset { return Int32(offset) }
        }
        report(
            text.position(at: argument.offset), targetPath, "a zone is an offset from UTC: zone=\"+08:00\", zone=\"Z\"",
            "zone 为相对 UTC 的偏移：zone=\"+08:00\"、zone=\"Z\"")
        return nil
    }
}
