internal import ExchangeModel
internal import XML

/// The rows of a sheet, as they come out of its XML: those complete wait here until they are taken.
final class SheetRows: SheetPartHandler {
    struct Cell {
        /// What the text of a cell is (18.18.11).
        enum Kind: UInt8 { case number, sharedString, string, boolean, error, isoDate, unknown }

        let column: Int
        let kind: Kind
        let style: Int
        var start: Int
        var count = 0
        var hasFormula = false
        /// Whether there is anything in it.
        var hasValue = false
    }

    /// What ends the reading of one row.
    struct Fault {
        enum Kind { case cellTooLong, rowTooLong, order, reference, columns }
        let kind: Kind
        let column: Int
    }

    struct Row {
        let number: Int
        let firstCell: Int
        var cellEnd = 0
        let firstByte: Int
        var fault: Fault?
    }

    private enum Level { case document, sheet, data, row, cell, value, inline, run, text, formula }

    private let limits: SheetLimits
    /// Complete rows that hold anything.
    private(set) var rows: [Row] = []
    private var cells: [Cell] = []
    private var bytes: [UInt8] = []
    private var open: Row?
    private var levels: [Level] = [.document]
    private(set) var isSheet = false
    /// The last row that began.
    private(set) var lastRow = 0
    private var lastColumn = 0
    private var isString = false

    init(limits: SheetLimits) { self.limits = limits }

    func cells(of row: Row) -> ArraySlice<Cell> { cells[row.firstCell..<row.cellEnd] }

    /// Lends the text of a cell as it stands in the file.
    func withText<R>(_ cell: Cell, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[cell.start..<(cell.start + cell.count)])) }
    }

    /// Bytes of text held.
    var heldBytes: Int { bytes.count }

    /// Forgets the complete rows.
    func removeAll() {
        rows.removeAll(keepingCapacity: true)
        let (cell, byte) = (open?.firstCell ?? cells.count, open?.firstByte ?? bytes.count)
        cells.removeSubrange(..<cell)
        bytes.removeSubrange(..<byte)
        for index in cells.indices { cells[index].start -= byte }
        if let row = open { open = Row(number: row.number, firstCell: 0, firstByte: 0, fault: row.fault) }
    }

    // MARK: Events

    override func begin(_ tag: XMLStartTag) -> Bool {
        // What is in the cells of a refused row is of no interest, and those cells are gone.
        guard isMain(tag), let level = levels.last, open?.fault == nil else { return false }
        switch level {
        case .document:
            guard tag.isNamed("worksheet") else { return false }
            isSheet = true
            levels.append(.sheet)
        case .sheet:
            guard tag.isNamed("sheetData") else { return false }
            levels.append(.data)
        case .data:
            guard tag.isNamed("row"), beginRow(tag) else { return false }
            levels.append(.row)
        case .row:
            guard tag.isNamed("c"), beginCell(tag) else { return false }
            levels.append(.cell)
        case .cell:
            if tag.isNamed("v"), !isString {
                levels.append(.value)
            } else if tag.isNamed("is"), isString {
                levels.append(.inline)
            } else if tag.isNamed("f") {
                cells[cells.count - 1].hasFormula = true
                levels.append(.formula)
            } else {
                return false
            }
        case .inline:
            if tag.isNamed("t") { levels.append(.text) } else if tag.isNamed("r") { levels.append(.run) } else { return false }
        case .run:
            guard tag.isNamed("t") else { return false }
            levels.append(.text)
        case .value, .text, .formula: return false
        }
        return true
    }

    override func end() {
        switch levels.popLast() {
        case .cell?: endCell()
        case .row?: endRow()
        default: break
        }
    }

    override func characters(_ text: UnsafeBufferPointer<UInt8>) {
        guard let level = levels.last, level == .value || level == .text, let row = open, row.fault == nil else { return }
        let last = cells.count - 1
        cells[last].count += text.count
        if cells[last].count > limits.cellBytesMax { return refuse(.cellTooLong, cells[last].column) }
        if bytes.count + text.count - row.firstByte > limits.rowBytesMax { return refuse(.rowTooLong, cells[last].column) }
        bytes += text
    }

    // MARK: Rows and cells

    private func beginRow(_ tag: XMLStartTag) -> Bool {
        let named = tag.attribute("r")
        let number = named.map { SheetCell.number($0) ?? 0 } ?? lastRow + 1
        guard number > lastRow, number <= SheetCell.rowsMax else {
            fault = SheetFinding.damaged("its rows are not in their order", "行号顺序错误", behind: lastRow)
            return false
        }
        guard number <= limits.rowsMax else {
            fault = SheetFinding.overLimit("rows", "行数", limits.rowsMax, "rowsMax")
            return false
        }
        (lastRow, lastColumn) = (number, 0)
        open = Row(number: number, firstCell: cells.count, firstByte: bytes.count)
        return true
    }

    private func beginCell(_ tag: XMLStartTag) -> Bool {
        guard let row = open, row.fault == nil else { return false }
        var column = lastColumn + 1
        if let name = tag.attribute("r") {
            guard let place = SheetCell.parse(name), place.row == row.number else {
                refuse(.reference, column)
                return false
            }
            column = place.column
        }
        guard column > lastColumn, column <= SheetCell.columnsMax else {
            refuse(.order, column)
            return false
        }
        lastColumn = column
        let kind = Self.kind(tag.attribute("t"))
        isString = kind == nil
        cells.append(
            Cell(
                column: column, kind: kind ?? .string, style: tag.attribute("s").flatMap { SheetCell.number($0) } ?? 0,
                start: bytes.count))
        return true
    }

    /// The kind of a cell; nil for text inside the cell itself.
    private static func kind(_ name: UnsafeBufferPointer<UInt8>?) -> Cell.Kind? {
        guard let name else { return .number }
        if name.elementsEqual("s".utf8) { return .sharedString }
        if name.elementsEqual("n".utf8) { return .number }
        if name.elementsEqual("str".utf8) { return .string }
        if name.elementsEqual("inlineStr".utf8) { return nil }
        if name.elementsEqual("b".utf8) { return .boolean }
        if name.elementsEqual("e".utf8) { return .error }
        return name.elementsEqual("d".utf8) ? .isoDate : .unknown
    }

    /// Drops a cell that holds nothing, as those do that have a style alone.
    private func endCell() {
        guard let row = open, row.fault == nil, let cell = cells.last else { return }
        let isEmpty = cell.count == 0 && !(cell.hasFormula && cell.kind == .number)
        if isEmpty {
            cells.removeLast()
        } else {
            cells[cells.count - 1].hasValue = true
            if cell.column > limits.columnsMax { refuse(.columns, cell.column) }
        }
    }

    private func endRow() {
        guard var row = open else { return }
        open = nil
        row.cellEnd = cells.count
        if row.cellEnd > row.firstCell || row.fault != nil { rows.append(row) }
    }

    /// Refuses the present row and forgets its cells.
    private func refuse(_ kind: Fault.Kind, _ column: Int) {
        guard let row = open else { return }
        cells.removeSubrange(row.firstCell...)
        bytes.removeSubrange(row.firstByte...)
        open?.fault = Fault(kind: kind, column: column)
    }
}
