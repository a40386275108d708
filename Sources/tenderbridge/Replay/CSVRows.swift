/// Rows of a CSV file (RFC 4180): fields in double quotation marks may hold commas, line ends and doubled marks.
enum CSVRows {
    /// One row and the line it begins on, from 1.
    struct Row: Sendable, Hashable {
        var line: Int
        var fields: [String]
    }

    /// All rows; a row without any text is passed over, a byte order mark too.
    static func read(_ bytes: [UInt8]) -> [Row] {
        var rows: [Row] = []
        var row = Row(line: 1, fields: [])
        var field: [UInt8] = []
        var isQuoted = false
        var line = 1
        var index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        func endField() {
            row.fields.append(String(decoding: field, as: UTF8.self))
            field.removeAll(keepingCapacity: true)
        }
        func endRow() {
            endField()
            if row.fields != [""] { rows.append(row) }
            row = Row(line: line, fields: [])
        }
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == 0x0A { line += 1 }
            switch byte {
            case 0x22 where isQuoted && index < bytes.count && bytes[index] == 0x22:
                field.append(byte)
                index += 1
            case 0x22: isQuoted.toggle()
            case _ where isQuoted: field.append(byte)
            case 0x2C: endField()
            case 0x0D where index < bytes.count && bytes[index] == 0x0A: break
            case 0x0A: endRow()
            default: field.append(byte)
            }
        }
        if !field.isEmpty || !row.fields.isEmpty { endRow() }
        return rows
    }
}
