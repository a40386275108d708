internal import Archive
public import ExchangeModel

extension Finding.Code {
    /// A file that is no workbook of the form xlsx, or a damaged one.
    public static let sheetFile: Self = "sheet.file"
    /// The workbook has no sheet of the name or number wanted.
    public static let sheetMissing: Self = "sheet.missing"
    /// The header of a sheet: missing, a name twice, or nothing in it that the mapping reads.
    public static let sheetHeader: Self = "sheet.header"
    /// A cell that holds an error, or a number or date that cannot be taken.
    public static let sheetCell: Self = "sheet.cell"
    /// A value in a column without a name.
    public static let sheetColumns: Self = "sheet.columns"
    /// One record is wanted, and the sheet has none, or several.
    public static let sheetRecordCount: Self = "sheet.record-count"
}

/// What is wrong with a workbook, and what to mend. Never a word out of it but names of sheets.
enum SheetFinding {
    // MARK: The file

    /// Why bytes are no xlsx, in the words of what they are.
    static func noWorkbook(_ kind: String, _ kindZH: String, remedy: String, remedyZH: String) -> Finding {
        Finding(.sheetFile, text: "the file is \(kind), not xlsx; \(remedy)", textZH: "文件是\(kindZH)，不是 xlsx；\(remedyZH)")
    }

    static func damaged(_ what: String, _ whatZH: String, behind row: Int = 0) -> Finding {
        let (place, placeZH) = row > 0 ? (" behind row \(row)", "（第 \(row) 行之后）") : ("", "")
        return Finding(
            .sheetFile, position: row > 0 ? SourcePosition(line: row) : .unknown,
            text: "the workbook is damaged\(place): \(what); save it again, and send the whole file",
            textZH: "工作簿已损坏\(placeZH)：\(whatZH)；请重新保存并发送完整文件")
    }

    static func partMissing(_ part: String) -> Finding {
        damaged("its part \(part) is missing", "缺少部件 \(part)")
    }

    static func fileTooLarge(_ max: Int) -> Finding {
        Finding(
            .bytesOverLimit, text: "the workbook is larger than the limit of \(max) bytes (fileBytesMax); send fewer rows a file",
            textZH: "工作簿超过 \(max) 字节的上限(fileBytesMax)；请减少每个文件的行数")
    }

    /// What the ZIP reader says; `row` is the last one that was read.
    static func package(_ refusal: ZIPRefusal, behind row: Int = 0) -> Finding {
        let part = refusal.entry.isEmpty ? "" : " (\(refusal.entry))"
        switch refusal.kind {
        case .overLimit:
            return Finding(
                .bytesOverLimit, position: row > 0 ? SourcePosition(line: row) : .unknown,
                text: "the workbook is over a limit\(part): \(refusal.reason)", textZH: "工作簿超过上限\(part)：\(refusal.reason)")
        case .encrypted:
            return noWorkbook(
                "encrypted", "加密文件", remedy: "take the password off and save it again", remedyZH: "请去除密码后重新保存")
        case .damaged, .duplicateName, .unsafeName, .notAFile:
            return damaged(refusal.reason + part, "ZIP 容器错误：\(refusal.reason)\(part)", behind: row)
        }
    }

    /// What the XML reader says of a part.
    static func part(_ name: String, _ finding: Finding, behind row: Int = 0) -> Finding {
        if finding.code == .xmlSyntax || finding.code == .xmlDoctype || finding.code == .encodingUnsupported {
            return damaged("\(name): \(finding.text)", "\(name)：\(finding.textZH)", behind: row)
        }
        return Finding(
            finding.code, position: row > 0 ? SourcePosition(line: row) : .unknown,
            text: "the workbook is over a limit (\(name)): \(finding.text)", textZH: "工作簿超过上限(\(name))：\(finding.textZH)")
    }

    static func overLimit(_ what: String, _ whatZH: String, _ max: Int, _ name: String) -> Finding {
        Finding(
            .countOverLimit, text: "the workbook has more than \(max) \(what) (\(name)); send it in parts",
            textZH: "工作簿的\(whatZH)超过 \(max) 的上限(\(name))；请拆分后发送")
    }

    // MARK: The sheet and its header

    static func sheetMissing(_ wanted: SheetDialect.Selection, among names: [String]) -> Finding {
        let list = names.prefix(10).joined(separator: ", ") + (names.count > 10 ? ", ..." : "")
        switch wanted {
        case .firstVisible:
            return Finding(.sheetMissing, text: "the workbook has no sheet that is not hidden", textZH: "工作簿中没有未隐藏的工作表")
        case .name(let name):
            return Finding(
                .sheetMissing, text: "the workbook has no sheet \"\(name)\"; it has: \(list)",
                textZH: "工作簿中没有工作表“\(name)”；现有：\(list)")
        case .number(let number):
            return Finding(
                .sheetMissing, text: "the workbook has no sheet number \(number); it has \(names.count)",
                textZH: "工作簿中没有第 \(number) 张工作表；共有 \(names.count) 张")
        }
    }

    static func notOfCells(_ name: String) -> Finding {
        Finding(
            .sheetMissing, text: "the sheet \"\(name)\" is a chart or a macro, not one of cells",
            textZH: "工作表“\(name)”是图表或宏，不是单元格工作表")
    }

    static func headerMissing(_ sheet: String) -> Finding {
        Finding(
            .sheetHeader, text: "the sheet \"\(sheet)\" ends before its header; the names of the columns stand above the records",
            textZH: "工作表“\(sheet)”在表头之前结束；记录上方须有列名")
    }

    static func nameTwice(_ cell: String, other: String, path: String, at position: SourcePosition) -> Finding {
        Finding(
            .sheetHeader, path: path, position: position,
            text: "the columns of \(other) and \(cell) have the same name, so nobody can say which is meant; rename one",
            textZH: "\(other) 与 \(cell) 两列同名，无法判断应取哪一列；请修改其中一个列名")
    }

    static func nothingKnown(columns: Int, path: String, at position: SourcePosition) -> Finding {
        Finding(
            .sheetHeader, path: path, position: position,
            text: "none of the \(columns) names in the header is read by the mapping; is the header in another row "
                + "(rowsBeforeHeader, headerRows), the table on another sheet, or has the form changed?",
            textZH: "表头的 \(columns) 个列名均未被映射使用；请检查表头所在行(rowsBeforeHeader、headerRows)、工作表，或格式是否已变更")
    }

    static func headerTooLong(_ max: Int, path: String, at position: SourcePosition) -> Finding {
        Finding(
            .bytesOverLimit, path: path, position: position,
            text: "the names in the header are longer than the limit of \(max) bytes (headerBytesMax)",
            textZH: "表头列名合计超过 \(max) 字节的上限(headerBytesMax)")
    }

    // MARK: Cells

    static func cell(
        _ name: String, _ text: String, _ textZH: String, code: Finding.Code = .sheetCell, path: String,
        at position: SourcePosition
    ) -> Finding {
        Finding(code, path: path, position: position, text: "cell \(name) \(text)", textZH: "单元格 \(name) \(textZH)")
    }

    // MARK: One record

    static func recordMissing() -> Finding {
        Finding(
            .sheetRecordCount, text: "the sheet has a header and no record; write one row below the header",
            textZH: "工作表只有表头，没有记录；请在表头下填写一行记录")
    }

    static func severalRecords(at position: SourcePosition) -> Finding {
        Finding(
            .sheetRecordCount, position: position,
            text:
                "one message is one record, but a second row begins here; send each row as a workbook of its own, with the header",
            textZH: "一条报文只含一条记录，但此处有第二行；请将每一行连同表头单独作为一个工作簿发送")
    }
}
