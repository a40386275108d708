/// Times and sizes as files write them.
public enum YAMLQuantity {
    /// Longest unit first, so that `ms` is not read as `m`.
    private static let timeUnits: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
    private static let sizeUnits: [(suffix: String, bytes: Int)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("", 1),
    ]

    /// `250ms`, `30s`, `5m`, `2h`, `1d`; nil for anything else and for more than fits.
    public static func duration(_ text: String) -> Duration? {
        for unit in timeUnits {
            guard let number = number(text, suffix: unit.suffix) else { continue }
            let (value, overflow) = Int64(number).multipliedReportingOverflow(by: unit.milliseconds)
            return overflow ? nil : .milliseconds(value)
        }
        return nil
    }

    /// `100`, `64KiB`, `2MiB`, `1GiB`, `1TiB`; nil for anything else and for more than fits.
    public static func byteCount(_ text: String) -> Int? {
        for unit in sizeUnits {
            guard let number = number(text, suffix: unit.suffix) else { continue }
            let (value, overflow) = number.multipliedReportingOverflow(by: unit.bytes)
            return overflow ? nil : value
        }
        return nil
    }

    /// A time in the largest unit that divides it, as `duration(_:)` reads it; fractions of a millisecond are cut.
    public static func text(of duration: Duration) -> String {
        let parts = duration.components
        let milliseconds = parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000
        if milliseconds == 0 { return "0s" }
        let unit = timeUnits.reversed().first { milliseconds % $0.milliseconds == 0 } ?? timeUnits[0]
        return "\(milliseconds / unit.milliseconds)\(unit.suffix)"
    }

    /// A size in the largest unit that divides it, as `byteCount(_:)` reads it.
    public static func text(ofBytes count: Int) -> String {
        guard count > 0 else { return "\(count)" }
        let unit = sizeUnits.dropLast().reversed().first { count % $0.bytes == 0 } ?? ("", 1)
        return "\(count / unit.bytes)\(unit.suffix)"
    }

    /// Digits before a suffix; no sign, no space, no fraction.
    private static func number(_ text: String, suffix: String) -> Int? {
        guard text.hasSuffix(suffix) else { return nil }
        let digits = text.utf8.dropLast(suffix.utf8.count)
        guard !digits.isEmpty, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return Int(String(decoding: Array(digits), as: UTF8.self))
    }
}
