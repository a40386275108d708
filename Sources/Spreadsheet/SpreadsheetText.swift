/// Text as the format writes it (ISO/IEC 29500-1, 22.9.2.19).
enum SpreadsheetText {
    /// Characters of a cell, in UTF-16 units, as spreadsheets count them.
    static let unitsMax = 32_767

    /// Writes what XML cannot hold as `_xHHHH_`, and a `_` that would begin such an escape as `_x005F_`.
    static func escaped(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        guard scalars.indices.contains(where: { mustEscape(scalars, at: $0) }) else { return text }
        var result = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            if mustEscape(scalars, at: index) {
                let digits = String(scalar.value, radix: 16, uppercase: true)
                result.append(contentsOf: "_x\(String(repeating: "0", count: 4 - digits.count))\(digits)_".unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    private static func mustEscape(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
        switch scalars[index].value {
        case 0x09, 0x0A: false
        case 0..<0x20, 0xFFFE, 0xFFFF: true
        case 0x5F:
            index + 6 < scalars.count && scalars[index + 1] == "x" && scalars[index + 6] == "_"
                && scalars[(index + 2)...(index + 5)].allSatisfy { $0.properties.isASCIIHexDigit }
        default: false
        }
    }
}
