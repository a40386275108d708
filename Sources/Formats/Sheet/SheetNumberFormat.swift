/// What a number format makes of a number: a number, or a moment (ISO/IEC 29500-1, 18.8.30 and 18.8.31).
enum SheetNumberFormat: UInt8, Sendable {
    case number
    case date
    case time
    case dateTime
    /// Hours, minutes or seconds that passed, as `[h]:mm`.
    case elapsed

    /// A format that files name by number alone. 27 to 36 and 50 to 58 are those of Chinese, Japanese and Korean; where these
    /// differ, the Chinese of the mainland holds.
    init(builtIn number: Int) {
        switch number {
        case 14...17, 27...31, 36, 50...54, 57, 58: self = .date
        case 18...21, 32...35, 45, 47, 55, 56: self = .time
        case 22: self = .dateTime
        case 46: self = .elapsed
        default: self = .number
        }
    }

    /// A format written out, such as `yyyy"年"m"月"d"日"`: its first section decides, and of that the letters that are no text.
    init(code: String) {
        var hasDate = false
        var hasTime = false
        var hasElapsed = false
        /// Whether an `m` waits to be known as month or minute, and whether it follows an hour.
        var openMonth = false
        var followsHour = false
        let scalars = Array(code.unicodeScalars)
        var index = 0
        func isMark(_ scalar: Unicode.Scalar, at place: Int) -> Bool { place < scalars.count && scalars[place] == scalar }
        scanning: while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            switch scalar {
            case ";": break scanning
            case "\"":
                while index < scalars.count, scalars[index] != "\"" { index += 1 }
                index += 1
            case "\\", "_", "*": index += 1
            case "[":
                let start = index
                while index < scalars.count, scalars[index] != "]" { index += 1 }
                let inside = scalars[start..<min(index, scalars.count)]
                index += 1
                if let first = inside.first, "hHmMsS".unicodeScalars.contains(first),
                    inside.allSatisfy({ $0.properties.lowercaseMapping == first.properties.lowercaseMapping })
                {
                    hasElapsed = true
                    followsHour = true
                }
            case "y", "Y", "d", "D", "b", "B", "g", "G":
                // `General`, in Chinese `G/通用格式`, is no date.
                if scalar == "G" || scalar == "g", Self.word("eneral", scalars, at: index) || isMark("通", at: index + 1) {
                    index += 6
                    continue
                }
                hasDate = true
                if openMonth { openMonth = false }
                followsHour = false
            case "e", "E":
                // The year of an era; before a sign it is the exponent of a number.
                if !isMark("+", at: index), !isMark("-", at: index) { hasDate = true }
            case "h", "H":
                if openMonth { hasDate = true }
                openMonth = false
                hasTime = true
                followsHour = true
            case "s", "S":
                openMonth = false
                hasTime = true
                followsHour = true
            case "m", "M":
                while isMark("m", at: index) || isMark("M", at: index) { index += 1 }
                if followsHour { hasTime = true } else { openMonth = true }
            case "A", "a", "上":
                // AM/PM, A/P, 上午/下午; `aaaa` is a day of the week.
                if isMark("/", at: index + 1), index + 3 < scalars.count {
                    (hasTime, index) = (true, index + 4)
                } else if isMark("/", at: index) {
                    (hasTime, index) = (true, index + 2)
                } else if isMark("a", at: index) || isMark("A", at: index) {
                    hasDate = true
                }
            default: break
            }
        }
        // An `m` that nothing made a minute is a month.
        if openMonth { hasDate = true }
        switch (hasDate, hasTime, hasElapsed) {
        case (_, _, true) where !hasDate: self = .elapsed
        case (true, true, _), (true, _, true): self = .dateTime
        case (true, false, false): self = .date
        case (false, true, _): self = .time
        default: self = .number
        }
    }

    private static func word(_ word: String, _ scalars: [Unicode.Scalar], at start: Int) -> Bool {
        let letters = Array(word.unicodeScalars)
        guard start + letters.count <= scalars.count else { return false }
        return zip(letters, scalars[start...]).allSatisfy { $0.properties.lowercaseMapping == $1.properties.lowercaseMapping }
    }
}
