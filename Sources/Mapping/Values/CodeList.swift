internal import ExchangeModel

/// A code list with its tables between each partner's codes and our canonical values, as `Mappings/codelists/*.csv` holds it.
///
/// Columns: `list, edition, partner, code, canonical, label_zh, label_en, valid_from, valid_to, source`; the dates are
/// `yyyy-MM-dd`, inclusive, empty for unlimited. A value that is not in the list is refused, never taken for "other", unless a
/// row says so: its code `*` stands for every other code of the partner, its canonical value `*` for every other value sent to it.
struct CodeList: Sendable {
    /// One row.
    struct Entry: Sendable {
        var partner: String
        var code: String
        var canonical: String
        var labelZH: String
        /// Days since 1970-01-01; the record's day lies between them, both included.
        var validFrom: Int
        var validTo: Int
        var line: Int
    }

    /// In the place of a code or canonical value: every one that has no row of its own.
    static let anyOther = "*"

    /// The name that mappings use: the file's name without `.csv`.
    let name: String
    let entries: [Entry]
    /// The file as it is on disk, for the digest kept with every record.
    let bytes: [UInt8]

    /// The partners that have codes in it, in the order of the file.
    var partners: [String] {
        var seen: [String] = []
        for entry in entries where !seen.contains(entry.partner) { seen.append(entry.partner) }
        return seen
    }

    /// Every canonical value, in the order of the file.
    var canonicalValues: [String] {
        var seen: [String] = []
        for entry in entries where entry.canonical != Self.anyOther && !seen.contains(entry.canonical) {
            seen.append(entry.canonical)
        }
        return seen
    }

    /// The rows that a mapping of a partner looks codes up in: one for `*` leads to no other `*`.
    func rows(of partner: String, inbound: Bool) -> [Entry] {
        entries.filter { $0.partner == partner && (inbound ? $0.canonical : $0.code) != Self.anyOther }
    }
}

/// Reads code list files.
enum CodeListFile {
    /// Rows of one file.
    static let rowsMax = 100_000
    private static let columns = ["list", "partner", "code", "canonical", "label_zh", "valid_from", "valid_to"]

    /// Reads one file; findings carry line and column.
    static func read(name: String, bytes: [UInt8]) -> (list: CodeList, findings: [Finding]) {
        var findings: [Finding] = []
        var entries: [CodeList.Entry] = []
        func report(_ position: SourcePosition, _ text: String, _ textZH: String) {
            findings.append(Finding(.fileInvalid, path: name, position: position, text: text, textZH: textZH))
        }
        var reader = CSVRows(bytes)
        guard String(validating: bytes, as: UTF8.self) != nil else {
            report(SourcePosition(line: 1, column: 1), "the file is not UTF-8", "文件不是 UTF-8 编码")
            return (CodeList(name: name, entries: [], bytes: bytes), findings)
        }
        guard let header = reader.next() else {
            report(SourcePosition(line: 1, column: 1), "the file is empty", "文件为空")
            return (CodeList(name: name, entries: [], bytes: bytes), findings)
        }
        var index: [String: Int] = [:]
        for (number, field) in header.fields.enumerated() { index[field.text] = number }
        let missing = columns.filter { index[$0] == nil }
        guard missing.isEmpty else {
            let list = missing.joined(separator: ", ")
            report(SourcePosition(line: header.line, column: 1), "the columns \(list) are missing", "缺少列 \(list)")
            return (CodeList(name: name, entries: [], bytes: bytes), findings)
        }
        var seen: [String: Int] = [:]
        while let row = reader.next() {
            guard entries.count < rowsMax else {
                report(SourcePosition(line: row.line, column: 1), "the list has more than \(rowsMax) rows", "代码表超过 \(rowsMax) 行")
                break
            }
            guard row.fields.count == header.fields.count else {
                report(
                    SourcePosition(line: row.line, column: 1),
                    "\(row.fields.count) fields, but the header has \(header.fields.count)",
                    "本行有 \(row.fields.count) 列，表头有 \(header.fields.count) 列")
                continue
            }
            func field(_ column: String) -> CSVRows.Field { row.fields[index[column] ?? 0] }
            func position(_ column: String) -> SourcePosition { SourcePosition(line: row.line, column: field(column).column) }
            if field("list").text != name {
                report(
                    position("list"), "list is \"\(field("list").text)\", but the file is \"\(name)\"",
                    "list 为“\(field("list").text)”，与文件名“\(name)”不符")
            }
            for column in ["partner", "code", "canonical"] where field(column).text.isEmpty {
                report(position(column), "\(column) is empty", "\(column) 为空")
            }
            if field("code").text == CodeList.anyOther, field("canonical").text == CodeList.anyOther {
                report(position("code"), "code and canonical cannot both be \"*\"", "code 与 canonical 不能同时为“*”")
            }
            var days = (from: Int.min, to: Int.max)
            for column in ["valid_from", "valid_to"] where !field(column).text.isEmpty {
                var text = field(column).text
                guard let date = text.withUTF8({ $0.count == 10 ? ZonedTime.date($0) : nil }) else {
                    report(position(column), "\(column) is no date yyyy-MM-dd", "\(column) 不是 yyyy-MM-dd 日期")
                    continue
                }
                let day = Instant.days(year: date.year, month: date.month, day: date.day)
                if column == "valid_from" { days.from = day } else { days.to = day }
            }
            if days.from > days.to { report(position("valid_to"), "valid_to lies before valid_from", "valid_to 早于 valid_from") }
            let key = "\(field("partner").text)\u{0}\(field("code").text)"
            if let first = seen[key], entries[first].validTo >= days.from, days.to >= entries[first].validFrom {
                report(
                    position("code"),
                    "\(field("partner").text) \(field("code").text) stands on line \(entries[first].line) already, for the same days",
                    "\(field("partner").text) 的代码 \(field("code").text) 已在第 \(entries[first].line) 行出现，且有效期重叠")
            }
            seen[key] = entries.count
            entries.append(
                CodeList.Entry(
                    partner: field("partner").text, code: field("code").text, canonical: field("canonical").text,
                    labelZH: field("label_zh").text, validFrom: days.from, validTo: days.to, line: row.line))
        }
        return (CodeList(name: name, entries: entries, bytes: bytes), findings)
    }
}

/// Rows of a CSV file (RFC 4180): commas, quotation marks doubled inside quoted fields, LF or CRLF; blank lines skipped.
struct CSVRows {
    /// One field with its column in bytes.
    struct Field {
        var text: String
        var column: Int
    }

    private let bytes: [UInt8]
    private var position: Int
    private var line = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// The next row that is not blank.
    mutating func next() -> (line: Int, fields: [Field])? {
        while position < bytes.count {
            let start = position
            let startLine = line
            var fields: [Field] = []
            var text: [UInt8] = []
            var column = position - start + 1
            var quoted = false
            row: while true {
                guard position < bytes.count else { break row }
                let byte = bytes[position]
                position += 1
                if quoted {
                    if byte == 0x22 {
                        if position < bytes.count, bytes[position] == 0x22 {
                            text.append(0x22)
                            position += 1
                        } else {
                            quoted = false
                        }
                    } else {
                        if byte == 0x0A { line += 1 }
                        text.append(byte)
                    }
                    continue
                }
                switch byte {
                case 0x22 where text.isEmpty: quoted = true
                case 0x2C:
                    fields.append(Field(text: String(decoding: text, as: UTF8.self), column: column))
                    text = []
                    column = position - start + 1
                case 0x0A:
                    line += 1
                    break row
                case 0x0D where position < bytes.count && bytes[position] == 0x0A: break
                default: text.append(byte)
                }
            }
            if fields.isEmpty, text.isEmpty { continue }
            fields.append(Field(text: String(decoding: text, as: UTF8.self), column: column))
            return (startLine, fields)
        }
        return nil
    }
}
