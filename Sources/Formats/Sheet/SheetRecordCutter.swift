internal import Archive
public import ExchangeModel

/// Cuts a sheet of a workbook (xlsx) into records: a group without a name, as from CSV, with one node for each named column.
///
/// The directory of an xlsx stands at its end, so the whole file is taken first (`append` and `finish`, within
/// `SheetLimits.fileBytesMax`, or a file by its path); the sheet is then unpacked piece by piece and never held. Hidden rows and
/// columns are read like others. Empty rows are passed over; an empty cell is a node with empty text, and of merged cells the
/// upper left alone has a value. Positions are those of the sheet: line is the number of the row, column that of the column.
/// After `refused` the tree holds the row as far as it could be read, with what wrong cells show.
///
/// A workbook cannot be read from its middle: of a place, `offset` and `end` are 0, and after `resume` the whole file comes
/// again; rows up to the place are passed over. For one task at a time.
public final class SheetRecordCutter: RecordCutter {
    /// Which sheet, and where its records begin.
    public let dialect: SheetDialect
    /// What the workbook may ask for.
    public let limits: SheetLimits

    private enum Phase { case collecting, header, records, ended }

    private let names: NameTable
    private var file: [UInt8] = []
    private var isTooLarge = false
    private var isFinished = false
    private var phase = Phase.collecting
    /// The workbook, once it is whole.
    private var book: SheetWorkbook?
    private var rows: SheetRows
    private var stream: SheetPartStream?
    /// The next of the waiting rows.
    private var next = 0
    private var lines: [SheetHeader.Line] = []
    private var header: SheetHeader?
    /// The last row of the header, and of explanation behind it.
    private var headerEnd = 0
    private var number = 1
    /// Rows up to this one were given by an earlier cutter.
    private var passed = 0
    private var text: [UInt8] = []
    private let keepsDocuments: Bool
    /// The header and the last row as CSV.
    private var held: SheetRowText?

    /// A cutter for one workbook. `names` are the names that the mapping reads; a header that has none of them is refused,
    /// unless the table is empty.
    ///
    /// - Parameter keepsDocuments: whether `heldDocument` will be asked for.
    public init(
        dialect: SheetDialect = SheetDialect(), limits: SheetLimits = SheetLimits(), names: NameTable,
        keepsDocuments: Bool = false
    ) {
        self.keepsDocuments = keepsDocuments
        self.dialect = dialect
        self.limits = limits
        self.names = names
        rows = SheetRows(limits: limits)
    }

    /// A cutter for the workbook in a file, which is read at once. Blocking; throws `not-found` when it cannot be read, but one
    /// over the limit is a finding.
    public convenience init(
        path: String, dialect: SheetDialect = SheetDialect(), limits: SheetLimits = SheetLimits(), names: NameTable
    ) throws(GatewayError) {
        self.init(dialect: dialect, limits: limits, names: names)
        switch FileBytes.read(path, limit: limits.fileBytesMax) {
        case .success(let bytes): file = bytes
        case .failure(let failure) where failure.errorNumber == 0: isTooLarge = true
        case .failure(let failure):
            throw GatewayError(
                .notFound, attempted: "read the workbook", subject: path, happened: failure.text, remedy: "name a readable file")
        }
        isFinished = true
    }

    /// The whole file is needed again.
    public var resumption: RecordResumption { .fromBeginning }
    /// Always: `resume` comes before the first byte.
    public var isHeadRead: Bool { true }

    /// The row as CSV in UTF-8: the header as it stands above the columns, and what the cells stand for.
    public var heldDocument: [UInt8]? { held?.document }

    /// The name of the sheet that is read, once it is known.
    public var sheetName: String? { book?.sheetName }
    /// The names of the columns, once the header was read.
    public var columnNames: [String]? { header?.names }
    /// What stands above those columns: their names before `SheetDialect.names`.
    public var columnTitles: [String]? { header?.titles }
    /// The numbers of those columns, from 1.
    public var columnNumbers: [Int]? { header?.columns }

    /// Bytes of text that were read and wait to be cut.
    var waitingBytes: Int { rows.heldBytes }

    /// Adds bytes of the file.
    public func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard phase == .collecting, !isTooLarge else { return }
        if file.count + bytes.count > limits.fileBytesMax {
            isTooLarge = true
            file = []
        } else {
            file.append(contentsOf: bytes)
        }
    }

    /// The same from an array.
    public func append(_ bytes: [UInt8]) { bytes.withUnsafeBufferPointer { append($0) } }

    /// Says that the file ends here.
    public func finish() { isFinished = true }

    /// Goes on behind a row: the whole file is appended again.
    public func resume(behind place: RecordPlace) {
        (file, isTooLarge, isFinished, phase) = ([], false, false, .collecting)
        (book, stream, header, lines, next) = (nil, nil, nil, [], 0)
        rows = SheetRows(limits: limits)
        (number, passed) = (place.number + 1, place.endLine - 1)
    }

    /// Gives a finding on a record of this sheet the name of its cell as path (`Sheet1!C7`), where it has a column.
    public func named(_ finding: Finding) -> Finding {
        guard finding.position.line > 0, finding.position.column > 0, let sheetName else { return finding }
        var finding = finding
        finding.path = SheetCell.path(sheet: sheetName, row: finding.position.line, column: finding.position.column)
        return finding
    }

    /// Cuts the next row.
    public func next(into tree: inout RecordTree) -> RecordCut {
        do throws(SheetRefusal) {
            while true {
                switch phase {
                case .ended: return .end
                case .collecting:
                    if isTooLarge { throw SheetRefusal(SheetFinding.fileTooLarge(limits.fileBytesMax)) }
                    guard isFinished else { return .needsBytes }
                    try begin()
                case .header, .records:
                    if next < rows.rows.count {
                        next += 1
                        if let cut = try take(rows.rows[next - 1], &tree) { return cut }
                    } else if try !more() {
                        if header == nil { try endHeader() }
                        finishReading()
                    }
                }
            }
        } catch {
            finishReading()
            return .unreadable(error.findings)
        }
    }

    // MARK: The file

    private func begin() throws(SheetRefusal) {
        let bytes = file
        file = []
        let package = try SheetPackage.open(bytes, limits: limits).get()
        let book = try SheetWorkbook(package, dialect: dialect, limits: limits)
        self.book = book
        stream = try package.stream(book.part, bytesMax: limits.unpackedBytesMax)
        phase = .header
    }

    /// Reads on in the sheet; false at its end.
    private func more() throws(SheetRefusal) -> Bool {
        rows.removeAll()
        next = 0
        guard let stream else { return false }
        let isMore = try stream.next(to: rows, behind: rows.lastRow)
        if !isMore, !rows.isSheet { throw SheetRefusal(SheetFinding.damaged("its sheet is no worksheet", "工作表部件无效")) }
        return isMore || !rows.rows.isEmpty
    }

    private func finishReading() {
        phase = .ended
        (file, stream) = ([], nil)
        rows.removeAll()
    }

    // MARK: Rows

    /// A row that holds something; nil when it is no record's.
    private func take(_ row: SheetRows.Row, _ tree: inout RecordTree) throws(SheetRefusal) -> RecordCut? {
        if phase == .header {
            if row.number <= dialect.rowsBeforeHeader { return nil }
            if lines.isEmpty, row.fault == nil, let book, isBlank(row, book) { return nil }
            let first = lines.first?.row ?? row.number
            if row.number < first + dialect.headerRows {
                try addHeaderLine(row)
                return nil
            }
            try endHeader()
        }
        if row.number <= headerEnd + dialect.rowsAfterHeader { return nil }
        return record(row, &tree)
    }

    private func addHeaderLine(_ row: SheetRows.Row) throws(SheetRefusal) {
        if let fault = row.fault { throw SheetRefusal(finding(fault, of: row)) }
        guard let book else { return }
        var line = SheetHeader.Line(row: row.number)
        for cell in rows.cells(of: row) {
            text.removeAll(keepingCapacity: true)
            if let fault = book.values.read(cell, of: rows, into: &text).fault {
                throw SheetRefusal(finding(fault, row: row.number, column: cell.column))
            }
            line.texts[cell.column] = String(decoding: text, as: UTF8.self)
        }
        lines.append(line)
    }

    private func endHeader() throws(SheetRefusal) {
        guard let book, let first = lines.first else {
            throw SheetRefusal(SheetFinding.headerMissing(sheetName ?? ""))
        }
        headerEnd = first.row + dialect.headerRows - 1
        // Merged cells are told behind the rows, so the sheet is looked through once more for them.
        let merged = dialect.headerRows > 1 ? try book.mergedCells(in: first.row...headerEnd) : []
        let header = SheetHeader(
            lines, merged: merged, dialect: dialect, limits: limits, sheet: book.sheetName, names: names)
        guard header.findings.isEmpty else { throw SheetRefusal(header.findings) }
        guard !header.columns.isEmpty else { throw SheetRefusal(SheetFinding.headerMissing(book.sheetName)) }
        (self.header, lines, phase) = (header, [], .records)
    }

    /// A record; nil when the row has nothing but empty texts, or was given before.
    private func record(_ row: SheetRows.Row, _ tree: inout RecordTree) -> RecordCut? {
        // Both are known once records are read.
        guard let header, let book else { return nil }
        if row.fault == nil, isBlank(row, book) { return nil }
        guard row.number > passed else { return nil }
        let place = RecordPlace(number: number, offset: 0, end: 0, line: row.number, endLine: row.number + 1)
        if keepsDocuments { held = held?.emptied() ?? SheetRowText(titles: header.titles) }
        number += 1
        tree.removeAll()
        if let fault = row.fault { return .refused(place, [finding(fault, of: row)]) }
        // Stored first, so that the slices of the names hold in every tree.
        _ = header.bytes.withUnsafeBufferPointer { tree.store($0) }
        let root = tree.append(
            name: .unknown, kind: .group, rawName: .empty, position: SourcePosition(line: row.number, column: 1),
            to: RecordTree.none)
        var findings: [Finding] = []
        var cells = rows.cells(of: row)
        for (index, column) in header.columns.enumerated() {
            while let cell = cells.first, cell.column < column {
                findings += unnamed(cell, row.number)
                cells.removeFirst()
            }
            var kind = RecordTree.Kind.text
            text.removeAll(keepingCapacity: true)
            if let cell = cells.first, cell.column == column {
                cells.removeFirst()
                let read = book.values.read(cell, of: rows, into: &text)
                kind = read.kind
                // Nobody reads a column that the mapping does not name.
                if let fault = read.fault, header.ids[index] != .unknown || names.count == 0 {
                    findings.append(finding(fault, row: row.number, column: column))
                }
            }
            if tree.arena.count + text.count > limits.rowBytesMax + header.bytes.count {
                tree.removeAll()
                return .refused(place, [finding(SheetRows.Fault(kind: .rowTooLong, column: column), of: row)])
            }
            held?.append(text)
            let value = text.withUnsafeBufferPointer { tree.store($0) }
            _ = tree.append(
                name: header.ids[index], kind: kind, rawName: header.slices[index], value: value,
                position: SourcePosition(line: row.number, column: column), to: root)
        }
        for cell in cells { findings += unnamed(cell, row.number) }
        return findings.isEmpty ? .record(place) : .refused(place, findings)
    }

    /// Whether every cell is an empty text.
    private func isBlank(_ row: SheetRows.Row, _ book: SheetWorkbook) -> Bool {
        for cell in rows.cells(of: row) {
            guard cell.kind == .sharedString else { return false }
            text.removeAll(keepingCapacity: true)
            guard book.values.read(cell, of: rows, into: &text).fault == nil, text.isEmpty else { return false }
        }
        return true
    }

    // MARK: Findings

    /// A value in a column without a name; none for an empty text.
    private func unnamed(_ cell: SheetRows.Cell, _ row: Int) -> [Finding] {
        if cell.kind == .sharedString, let book {
            text.removeAll(keepingCapacity: true)
            if book.values.read(cell, of: rows, into: &text).fault == nil, text.isEmpty { return [] }
        }
        return [
            finding(
                SheetValues.Fault(
                    code: .sheetColumns,
                    text: "holds a value, but its column has no name in the header; name the column, or empty the cell",
                    textZH: "有内容，但所在列没有列名；请补充列名或清空该单元格"),
                row: row, column: cell.column)
        ]
    }

    private func finding(_ fault: SheetValues.Fault, row: Int, column: Int) -> Finding {
        SheetFinding.cell(
            SheetCell.name(row: row, column: column), fault.text, fault.textZH, code: fault.code,
            path: SheetCell.path(sheet: sheetName ?? "", row: row, column: column), at: SourcePosition(line: row, column: column))
    }

    private func finding(_ fault: SheetRows.Fault, of row: SheetRows.Row) -> Finding {
        let words: SheetValues.Fault
        switch fault.kind {
        case .cellTooLong:
            words = .init(
                code: .bytesOverLimit,
                text: "is longer than the limit of \(limits.cellBytesMax) bytes (cellBytesMax); shorten it",
                textZH: "超过 \(limits.cellBytesMax) 字节的上限(cellBytesMax)；请缩短")
        case .rowTooLong:
            words = .init(
                code: .bytesOverLimit, text: "makes its row longer than the limit of \(limits.rowBytesMax) bytes (rowBytesMax)",
                textZH: "使该行超过 \(limits.rowBytesMax) 字节的上限(rowBytesMax)")
        case .columns:
            words = .init(
                code: .countOverLimit,
                text: "stands behind the last column that is read, the \(limits.columnsMax)th (columnsMax)",
                textZH: "超出可读取的列数 \(limits.columnsMax)(columnsMax)")
        case .order: words = .init(text: "is given twice, or out of order; save the workbook again", textZH: "重复或顺序错误；请重新保存工作簿")
        case .reference:
            words = .init(text: "has a name that is none of its row; save the workbook again", textZH: "的单元格引用与所在行不符；请重新保存工作簿")
        }
        return finding(words, row: row.number, column: fault.column)
    }
}
