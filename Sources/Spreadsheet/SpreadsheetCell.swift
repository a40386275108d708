public import ExchangeModel

/// What a cell of a workbook is to hold.
public enum SpreadsheetCell: Sendable, Hashable {
    /// Nothing.
    case empty
    /// Text, which stays text: leading zeros, signs and long rows of digits are kept. At most 32,767 UTF-16 units.
    case text(String)
    /// An exact decimal such as `-12.50`. What is none, or has more than the 15 digits that a spreadsheet keeps, or zeros in front,
    /// is written as text.
    case number(String)
    /// A day. Before 1900 it is written as text, since the format has no such days.
    case date(CivilDate)
    /// A day and a second of it, from 0 to 86,399.
    case moment(CivilDate, second: Int)

    /// Digits of a number that a spreadsheet keeps.
    public static let digitsMax = 15

    /// The number as a spreadsheet holds it; nil when it would lose a digit or be read as another text.
    static func number(_ text: String) -> Double? {
        let bytes = Array(text.utf8)
        let unsigned = bytes.first == UInt8(ascii: "-") ? bytes.dropFirst() : bytes[...]
        let parts = unsigned.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } })
        else {
            return nil
        }
        if parts[0].count > 1, parts[0].first == 0x30 { return nil }
        let digits = parts.joined().drop { $0 == 0x30 }
        guard digits.count <= digitsMax, unsigned.count <= 32 else { return nil }
        return Double(text)
    }
}
