/// How a cell is called: `C7`, or with its sheet `Sheet1!C7`.
public enum SheetCell {
    /// Highest column of the format, `XFD`.
    static let columnsMax = 16_384
    /// Highest row of the format.
    static let rowsMax = 1_048_576

    /// The letters of a column from 1.
    public static func letters(_ column: Int) -> String {
        var rest = column
        var letters: [UInt8] = []
        while rest > 0 {
            letters.append(UInt8(ascii: "A") + UInt8((rest - 1) % 26))
            rest = (rest - 1) / 26
        }
        return String(decoding: letters.reversed(), as: UTF8.self)
    }

    /// The name of a cell, row and column from 1.
    public static func name(row: Int, column: Int) -> String { letters(column) + "\(row)" }

    /// The name with its sheet in front, in quotation marks where a formula would need them.
    public static func path(sheet: String, row: Int, column: Int) -> String {
        let isPlain = sheet.unicodeScalars.allSatisfy {
            $0 == "_" || $0 == "." || $0.properties.isAlphabetic || ("0"..."9").contains($0)
        }
        let shown =
            isPlain ? sheet : "'" + sheet.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
        return shown + "!" + name(row: row, column: column)
    }

    /// Reads `C7`; nil when it is no name of a cell, or beyond what the format has.
    static func parse(_ text: some Sequence<UInt8>) -> (row: Int, column: Int)? {
        var (row, column, letters, digits) = (0, 0, 0, 0)
        for byte in text {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z") where digits == 0 && letters < 3:
                column = column * 26 + Int(byte - UInt8(ascii: "A")) + 1
                letters += 1
            case UInt8(ascii: "0")...UInt8(ascii: "9") where letters > 0 && digits < 7:
                row = row * 10 + Int(byte - UInt8(ascii: "0"))
                digits += 1
            default: return nil
            }
        }
        return (1...rowsMax).contains(row) && (1...columnsMax).contains(column) ? (row, column) : nil
    }

    /// Reads a whole number of at most nine digits.
    static func number(_ text: some Sequence<UInt8>) -> Int? {
        var (value, digits) = (0, 0)
        for byte in text {
            guard byte >= 0x30, byte <= 0x39, digits < 9 else { return nil }
            value = value * 10 + Int(byte - 0x30)
            digits += 1
        }
        return digits > 0 ? value : nil
    }
}
