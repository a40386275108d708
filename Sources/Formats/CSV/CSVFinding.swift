public import ExchangeModel

extension Finding.Code {
    /// The header row of a CSV file: missing, names missing or twice, or nothing in it that the mapping reads.
    public static let csvHeader: Self = "csv.header"
    /// A row of a CSV file has more or fewer fields than the header has names.
    public static let csvColumns: Self = "csv.columns"
    /// Quotation marks in a CSV file that are not closed, or not doubled.
    public static let csvQuote: Self = "csv.quote"
    /// A control character in a CSV file.
    public static let csvControl: Self = "csv.control"
    /// One record is wanted, and the CSV file has none, or several.
    public static let csvRecordCount: Self = "csv.record-count"
}

/// What is wrong with a CSV file, and what to mend. Never a word out of the file: a header looked for in the wrong row is data.
enum CSVFinding {
    // MARK: The file

    static func encodingMark(_ found: String, _ dialect: CSVDialect) -> Finding {
        Finding(
            .encodingInvalid, position: SourcePosition(line: 1, column: 1),
            text:
                "the file begins with the byte-order mark of \(found), but \(dialect.encoding.rawValue) is expected; save it as "
                + "\(dialect.encoding.rawValue), or change encoding:",
            textZH: "文件以 \(found) 的字节序标记开头，但应为 \(dialect.encoding.rawValue)；请按 \(dialect.encoding.rawValue) 另存，或修改 encoding: 设置")
    }

    static func converterMissing() -> Finding {
        Finding(
            .encodingUnsupported, text: "this system has no converter for GB 18030; install the one of its C library (gconv)",
            textZH: "本系统没有 GB 18030 转换器；请安装 C 库的转换模块(gconv)")
    }

    static func headerMissing(line: Int) -> Finding {
        Finding(
            .csvHeader, position: SourcePosition(line: line),
            text: "the file ends before its header row; the names of the columns stand in one row above the records",
            textZH: "文件在表头行之前结束；记录上方须有一行列名")
    }

    static func headerTooLong(_ max: Int, at position: SourcePosition) -> Finding {
        Finding(
            .bytesOverLimit, position: position,
            text: "the header row is longer than the limit of \(max) bytes; is the line end or the separator another one?",
            textZH: "表头行超过 \(max) 字节的上限；请检查换行符或分隔符")
    }

    static func tooManyColumns(_ count: Int, _ max: Int, at position: SourcePosition) -> Finding {
        Finding(
            .countOverLimit, position: position, text: "the header row has \(count) columns; the limit is \(max)",
            textZH: "表头行有 \(count) 列，上限为 \(max)")
    }

    static func nameMissing(column: Int, at position: SourcePosition) -> Finding {
        Finding(
            .csvHeader, position: position,
            text: "column \(column) has no name in the header row; name it, or take the column out",
            textZH: "表头行第 \(column) 列没有列名；请补充列名或删除该列")
    }

    static func nameTwice(column: Int, other: Int, at position: SourcePosition) -> Finding {
        Finding(
            .csvHeader, position: position,
            text: "columns \(other) and \(column) have the same name, so nobody can say which is meant; rename one",
            textZH: "第 \(other) 列与第 \(column) 列同名，无法判断应取哪一列；请修改其中一个列名")
    }

    static func nothingKnown(columns: Int, at position: SourcePosition) -> Finding {
        Finding(
            .csvHeader, position: position,
            text: "none of the \(columns) names in the header row is read by the mapping; is the header in another row "
                + "(rowsBeforeHeader), the separator or encoding another, or has the form changed?",
            textZH: "表头行的 \(columns) 个列名均未被映射使用；请检查表头所在行(rowsBeforeHeader)、分隔符、编码，或格式是否已变更")
    }

    // MARK: Rows

    static func columns(found: Int, expected: Int, at position: SourcePosition) -> Finding {
        let (hint, hintZH) =
            found > expected
            ? ("put a field that holds the separator in quotation marks", "含分隔符的字段须加引号")
            : ("is a separator missing, or a quotation mark not closed?", "请检查是否缺少分隔符或引号未闭合")
        return Finding(
            .csvColumns, position: position, text: "the row has \(found) fields, the header has \(expected); \(hint)",
            textZH: "该行有 \(found) 个字段，表头为 \(expected) 个；\(hintZH)")
    }

    /// Octets that are no text. The octet is told, not what stands around it.
    static func octets(
        _ byte: UInt8, offset: Int, column: Int, row: Int?, other: CSVDialect.Encoding?, _ dialect: CSVDialect, path: String,
        at position: SourcePosition
    ) -> Finding {
        let number = String(byte, radix: 16, uppercase: true)
        let name = dialect.encoding.rawValue
        let (place, placeZH) = row.map { ("record \($0)", "第 \($0) 条记录") } ?? ("the header row", "表头行")
        let hint = other.map { "; as \($0.rawValue) the row can be read: save the file as \(name), or change encoding:" }
        let hintZH = other.map { "；按 \($0.rawValue) 可以读取该行：请按 \(name) 另存，或修改 encoding: 设置" }
        return Finding(
            .encodingInvalid, path: path, position: position,
            text: "byte \(offset) of the file (0x\(number)), in column \(column) of \(place), begins no character of \(name)"
                + (hint ?? "; write the field again"),
            textZH: "文件第 \(offset) 字节(0x\(number))，位于\(placeZH)第 \(column) 列，不是有效的 \(name) 字符" + (hintZH ?? "；请重新填写该字段"))
    }

    static func fault(
        _ fault: CSVRowScan.Fault, _ limits: CSVLimits, line: Int, endLine: Int, path: String
    ) -> Finding {
        let position = SourcePosition(line: line + fault.line, column: fault.column)
        let lines = endLine > line + 1 ? "lines \(line) to \(endLine - 1) are one row and refused together" : ""
        let linesZH = endLine > line + 1 ? "第 \(line) 至 \(endLine - 1) 行视为同一行，一并拒收" : ""
        let (more, moreZH) = lines.isEmpty ? ("", "") : ("; \(lines)", "；\(linesZH)")
        switch fault.kind {
        case .textAfterQuote:
            return Finding(
                .csvQuote, path: path, position: position,
                text: "text follows a closing quotation mark; double the marks inside a field, and close each field on its own"
                    + more,
                textZH: "引号闭合后还有文字；字段内的引号须写成两个，且每个字段须各自闭合" + moreZH)
        case .quoteNotClosed:
            return Finding(
                .csvQuote, path: path, position: position,
                text: "the quotation mark that opens here is never closed; close it, or send the rest of the file" + more,
                textZH: "此处的引号一直没有闭合；请补上引号，或检查文件是否不完整" + moreZH)
        case .control(let byte):
            let number = String(byte, radix: 16, uppercase: true)
            let hint = byte == 0 ? "; is the file in UTF-16? Save it as UTF-8" : "; take it out"
            let hintZH = byte == 0 ? "；文件是否为 UTF-16？请按 UTF-8 另存" : "；请删除"
            return Finding(
                .csvControl, path: path, position: position,
                text: "the control character 0x\(number) is not allowed in a field\(hint)" + more,
                textZH: "字段中不允许出现控制字符 0x\(number)\(hintZH)" + moreZH)
        case .fieldTooLong:
            return Finding(
                .bytesOverLimit, path: path, position: position,
                text: "the field is longer than the limit of \(limits.fieldBytesMax) bytes; shorten it" + more,
                textZH: "该字段超过 \(limits.fieldBytesMax) 字节的上限；请缩短" + moreZH)
        case .rowTooLong:
            return Finding(
                .bytesOverLimit, position: position,
                text: "the row is longer than the limit of \(limits.rowBytesMax) bytes; is a quotation mark not closed?" + more,
                textZH: "该行超过 \(limits.rowBytesMax) 字节的上限；请检查引号是否未闭合" + moreZH)
        }
    }

    // MARK: One record

    /// Says how many rows below the header count as explanation: a record that stands there is not seen.
    static func recordMissing(explanatoryRows: Int) -> Finding {
        guard explanatoryRows > 0 else {
            return Finding(
                .csvRecordCount, text: "the file has a header and no record; write one row below the header",
                textZH: "文件只有表头，没有记录；请在表头下填写一行记录")
        }
        let rows = explanatoryRows == 1 ? "1 row below the header counts" : "\(explanatoryRows) rows below the header count"
        return Finding(
            .csvRecordCount,
            text: "the file has no record: \(rows) as explanation; keep the explanation, and write one row below it",
            textZH: "文件没有记录：表头下方 \(explanatoryRows) 行视为填表说明；请保留说明行，并在其下填写一行记录")
    }

    static func severalRecords(at position: SourcePosition) -> Finding {
        Finding(
            .csvRecordCount, position: position,
            text:
                "one message is one record, but a second row begins here; send each row as a message of its own, with the header",
            textZH: "一条报文只含一条记录，但此处有第二行；请将每一行连同表头单独发送")
    }
}
