internal import ExchangeModel

/// A number as a sheet holds it, exactly: decimal digits, never a binary fraction.
struct SheetNumber {
    /// Digits without zeros in front; empty for zero.
    private(set) var digits: [UInt8] = []
    /// How many of the digits stand in front of the point; negative for zeros behind it.
    private(set) var point = 0
    private(set) var isNegative = false
    private var hasExponent = false

    /// What a spreadsheet keeps and shows of a number.
    static let digitsMax = 15
    /// No number of a spreadsheet is larger than 1E+308 or smaller than 1E-308.
    private static let exponentMax = 400
    /// Longer texts are no numbers.
    private static let bytesMax = 400

    /// Reads `-12.5E+3`; nil when it is none.
    init?(_ text: UnsafeBufferPointer<UInt8>) {
        guard text.count <= Self.bytesMax else { return nil }
        var index = 0
        func byte() -> UInt8 { index < text.count ? text[index] : 0 }
        func isDigit() -> Bool { byte() >= 0x30 && byte() <= 0x39 }
        if byte() == UInt8(ascii: "-") || byte() == UInt8(ascii: "+") {
            isNegative = byte() == UInt8(ascii: "-")
            index += 1
        }
        var seen = 0
        while isDigit() {
            if !digits.isEmpty || byte() != 0x30 {
                digits.append(byte() - 0x30)
                point += 1
            }
            (index, seen) = (index + 1, seen + 1)
        }
        if byte() == UInt8(ascii: ".") {
            index += 1
            while isDigit() {
                if digits.isEmpty, byte() == 0x30 { point -= 1 } else { digits.append(byte() - 0x30) }
                (index, seen) = (index + 1, seen + 1)
            }
        }
        guard seen > 0 else { return nil }
        if byte() == UInt8(ascii: "E") || byte() == UInt8(ascii: "e") {
            index += 1
            hasExponent = true
            let isMinus = byte() == UInt8(ascii: "-")
            if isMinus || byte() == UInt8(ascii: "+") { index += 1 }
            var exponent = 0
            guard isDigit() else { return nil }
            while isDigit() {
                exponent = min(exponent * 10 + Int(byte() - 0x30), 10_000)
                index += 1
            }
            point += isMinus ? -exponent : exponent
        }
        guard index == text.count else { return nil }
        if digits.isEmpty { point = 0 }
        guard abs(point) <= Self.exponentMax else { return nil }
    }

    /// Whether it has more digits in front of the point than a spreadsheet keeps: the last of them are zeros that nobody meant.
    var hasTooManyDigits: Bool { point > Self.digitsMax }

    /// The text of the number: as written where that has at most 15 digits and no exponent, else rounded to 15 digits as a
    /// spreadsheet shows it (`30000000000000004E-17` is 0.3), half up.
    func text(asWritten: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        if !hasExponent, digits.count <= Self.digitsMax { return Array(asWritten) }
        var kept = Array(digits.prefix(Self.digitsMax))
        var point = point
        if digits.count > Self.digitsMax, digits[Self.digitsMax] >= 5 {
            var index = kept.count - 1
            while index >= 0, kept[index] == 9 {
                kept[index] = 0
                index -= 1
            }
            if index >= 0 {
                kept[index] += 1
            } else {
                kept = [1] + kept.dropLast()
                point += 1
            }
        }
        while kept.last == 0 { kept.removeLast() }
        guard !kept.isEmpty else { return [0x30] }
        var text: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
        if point <= 0 {
            text += [0x30, UInt8(ascii: ".")]
            text += [UInt8](repeating: 0x30, count: -point)
            text += kept.map { $0 + 0x30 }
        } else {
            for index in 0..<max(point, kept.count) {
                if index == point { text.append(UInt8(ascii: ".")) }
                text.append(index < kept.count ? kept[index] + 0x30 : 0x30)
            }
        }
        return text
    }

    // MARK: Days

    /// Whole days, and the rest in milliseconds, rounded; nil where there are too many.
    private var days: (whole: Int, milliseconds: Int64)? {
        guard point <= 8 else { return nil }
        var whole = 0
        for index in 0..<max(0, point) { whole = whole * 10 + Int(index < digits.count ? digits[index] : 0) }
        // 11 decimals of a day are a microsecond; times the milliseconds of a day that fits 63 bits.
        var fraction: Int64 = 0
        for place in 0..<11 {
            let index = point + place
            fraction = fraction * 10 + Int64(digits.indices.contains(index) ? digits[index] : 0)
        }
        let unit: Int64 = 100_000_000_000
        return (whole, (fraction * 86_400_000 + unit / 2) / unit)
    }

    /// What stands for a moment that a format shows: `2026-05-01`, `09:30:00`, `2026-05-01T09:30:00`, `PT26H30M0S`. To the
    /// second, as a format that shows no fractions rounds. Nil when it is no moment of the calendar, as 0, 60 (29 February 1900,
    /// which the format believes in) or less than nothing.
    func moment(_ format: SheetNumberFormat, from1904: Bool) -> String? {
        guard let (whole, milliseconds) = days, !isNegative || digits.isEmpty else { return nil }
        var day = whole
        var second = Int((milliseconds + 500) / 1000)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if format == .elapsed {
            let total = day * 86_400 + second
            return "PT\(total / 3600)H\(total / 60 % 60)M\(total % 60)S"
        }
        if format != .date, second >= 86_400 { (day, second) = (day + 1, second - 86_400) }
        let time = "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
        if format == .time, whole == 0 { return time }
        guard let date = Self.date(day, from1904: from1904) else { return nil }
        return format == .date ? date : "\(date)T\(time)"
    }

    /// The day of a serial number.
    private static func date(_ serial: Int, from1904: Bool) -> String? {
        // Days from 1970-01-01 to the day 0 of each system. Before the day that there never was, 1900 counts one less.
        let days: Int
        if from1904 {
            days = serial - 24_107
        } else {
            guard serial >= 1, serial != 60 else { return nil }
            days = serial - (serial < 60 ? 25_568 : 25_569)
        }
        // 9999-12-31.
        guard days <= 2_932_896 else { return nil }
        let civil = Instant(milliseconds: Int64(days) * 86_400_000).civil()
        func padded(_ value: Int, _ width: Int) -> String {
            let text = "\(value)"
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return "\(padded(civil.year, 4))-\(padded(civil.month, 2))-\(padded(civil.day, 2))"
    }
}
