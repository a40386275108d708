internal import CXLSXWriter
public import ExchangeModel
internal import Glibc

/// Writes one sheet of text, numbers and days as a workbook (xlsx), row by row and in memory that does not grow with the rows.
///
/// The file appears under its name when it is complete, at `close`; until then it is a hidden file beside it, and without
/// `close` nothing remains. Cells and whole columns are formatted as text, so that what somebody types into them later keeps its
/// zeros. For one task at a time; blocking.
public final class SpreadsheetWriter {
    /// Most rows of a sheet, header included.
    public static let rowsMax = 1_048_576
    /// Most columns.
    public static let columnsMax = 16_384

    /// The file that `close` leaves.
    public let path: String
    private let partial: String
    /// libxlsxwriter's workbook, which owns the sheet and the formats; nil once it was closed and freed.
    private var book: UnsafeMutablePointer<lxw_workbook>?
    private let sheet: UnsafeMutablePointer<lxw_worksheet>
    private let formats: Formats
    private let columnCount: Int
    /// The next row, from 0.
    private var row: Int

    private struct Formats {
        let header, text, date, moment: UnsafeMutablePointer<lxw_format>
    }

    /// Where on the sheet header and rows are.
    public struct Layout: Sendable, Hashable {
        /// The name of the sheet: 1 to 31 characters, none of `[ ] : * ? / \`, no apostrophe at either end.
        public var sheetName: String
        /// Rows left empty in front of the header.
        public var rowsBeforeHeader: Int
        /// Rows left empty between the header and the first row.
        public var rowsAfterHeader: Int

        /// A layout; by default the header in the first row of `Sheet1`.
        public init(sheetName: String = "Sheet1", rowsBeforeHeader: Int = 0, rowsAfterHeader: Int = 0) {
            self.sheetName = sheetName
            self.rowsBeforeHeader = max(0, rowsBeforeHeader)
            self.rowsAfterHeader = max(0, rowsAfterHeader)
        }

        /// Whether spreadsheets take the name.
        var hasGoodName: Bool {
            (1...31).contains(sheetName.utf16.count) && sheetName.first != "'" && sheetName.last != "'"
                && !sheetName.unicodeScalars.contains { "[]:*?/\\".unicodeScalars.contains($0) || $0.value < 0x20 }
        }
    }

    /// Begins a workbook with a header. Throws `cannot-create` when no file can be made beside the path, `usage` for a name that
    /// spreadsheets do not take, `limit-reached` for too many columns.
    public init(path: String, header: [String], layout: Layout = Layout()) throws(GatewayError) {
        guard layout.hasGoodName else {
            throw GatewayError(
                .usage, attempted: "write a workbook with the sheet", subject: layout.sheetName,
                happened: "spreadsheets take no such name",
                remedy: "use 1 to 31 characters, none of [ ] : * ? / \\, and no apostrophe at either end")
        }
        guard (1...Self.columnsMax).contains(header.count), layout.rowsBeforeHeader + layout.rowsAfterHeader < Self.rowsMax - 1
        else {
            throw Self.overLimit(path, "\(header.count) columns; the limit is \(Self.columnsMax)")
        }
        self.path = path
        let folder = FileBytes.folder(of: path)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        partial = "\(folder)/.\(name).\(getpid()).partial"
        columnCount = header.count
        row = layout.rowsBeforeHeader
        // Made at once, so that a folder that takes nothing is known before the work.
        let descriptor = Glibc.open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.cannotCreate(path, String(cString: strerror(errno))) }
        Glibc.close(descriptor)

        // The library copies both texts.
        let made: UnsafeMutablePointer<lxw_workbook>? = partial.withCString { file in
            folder.withCString { folder in
                var options = lxw_workbook_options()
                options.constant_memory = 1
                options.tmpdir = UnsafeMutablePointer(mutating: folder)
                return workbook_new_opt(file, &options)
            }
        }
        guard let made, let sheet = workbook_add_worksheet(made, layout.sheetName), let head = workbook_add_format(made),
            let text = workbook_add_format(made), let date = workbook_add_format(made), let moment = workbook_add_format(made)
        else {
            if let made { lxw_workbook_free(made) }
            unlink(partial)
            throw Self.cannotCreate(path, "libxlsxwriter made no workbook")
        }
        book = made
        self.sheet = sheet
        format_set_num_format(head, "@")
        format_set_bold(head)
        format_set_text_wrap(head)
        format_set_num_format(text, "@")
        format_set_num_format(date, "yyyy-mm-dd")
        format_set_num_format(moment, "yyyy-mm-dd hh:mm:ss")
        formats = Formats(header: head, text: text, date: date, moment: moment)
        for (column, name) in header.enumerated() {
            // Wide characters take two places.
            let places = name.unicodeScalars.reduce(2) { $0 + ($1.value > 0x2E80 ? 2 : 1) }
            worksheet_set_column(sheet, lxw_col_t(column), lxw_col_t(column), Double(min(max(places, 10), 50)), text)
        }
        worksheet_freeze_panes(sheet, lxw_row_t(row + 1), 0)
        for (column, name) in header.enumerated() { try write(name, column, head) }
        row += 1 + layout.rowsAfterHeader
    }

    deinit {
        guard let book else { return }
        lxw_workbook_free(book)
        unlink(partial)
    }

    /// Rows written, without the header.
    public private(set) var rowCount = 0

    /// Writes the next row; it may have fewer cells than the header, but not more. Throws `limit-reached` for a row, a cell or a
    /// number of rows beyond what a sheet holds; nothing of that row is written then, and the next may follow.
    public func append(_ cells: [SpreadsheetCell]) throws(GatewayError) {
        guard book != nil else { throw Self.closed(path) }
        guard cells.count <= columnCount else {
            throw Self.overLimit(path, "a row of \(cells.count) cells below a header of \(columnCount)")
        }
        guard row < Self.rowsMax else { throw Self.overLimit(path, "more than \(Self.rowsMax) rows; write another workbook") }
        for case .text(let text) in cells where text.utf16.count > SpreadsheetText.unitsMax {
            throw Self.overLimit(path, "a text of more than \(SpreadsheetText.unitsMax) characters")
        }
        for (column, cell) in cells.enumerated() { try write(cell, column) }
        row += 1
        rowCount += 1
    }

    /// Completes the workbook, syncs it and gives it its name, in place of a file that had it. Throws `cannot-create`; nothing
    /// remains then.
    public func close() throws(GatewayError) {
        guard let book else { throw Self.closed(path) }
        self.book = nil
        // Frees the workbook whatever happens.
        let status = workbook_close(book)
        guard status == LXW_NO_ERROR else {
            unlink(partial)
            throw Self.cannotCreate(path, Self.words(status))
        }
        let descriptor = Glibc.open(partial, O_RDONLY | O_CLOEXEC)
        let isSynced = descriptor >= 0 && fsync(descriptor) == 0
        let problem = errno
        if descriptor >= 0 { Glibc.close(descriptor) }
        guard isSynced, rename(partial, path) == 0 else {
            let text = String(cString: strerror(isSynced ? errno : problem))
            unlink(partial)
            throw Self.cannotCreate(path, text)
        }
    }

    // MARK: Cells

    private func write(_ cell: SpreadsheetCell, _ column: Int) throws(GatewayError) {
        switch cell {
        case .empty: break
        case .text(let text): try write(text, column, formats.text)
        case .number(let text):
            guard let number = SpreadsheetCell.number(text) else { return try write(text, column, formats.text) }
            try check(worksheet_write_number(sheet, lxw_row_t(row), lxw_col_t(column), number, nil))
        case .date(let date): try write(date, second: nil, column)
        case .moment(let date, let second): try write(date, second: min(max(0, second), 86_399), column)
        }
    }

    private func write(_ date: CivilDate, second: Int?, _ column: Int) throws(GatewayError) {
        let civil = Instant(milliseconds: Int64(date.days) * 86_400_000 + Int64(second ?? 0) * 1000).civil()
        guard (1900...9999).contains(civil.year) else {
            let text = Instant(milliseconds: Int64(date.days) * 86_400_000 + Int64(second ?? 0) * 1000).description
            return try write(String(text.prefix(second == nil ? 10 : 19)), column, formats.text)
        }
        var value = lxw_datetime(
            year: Int32(civil.year), month: Int32(civil.month), day: Int32(civil.day), hour: Int32(civil.hour),
            min: Int32(civil.minute), sec: Double(civil.second))
        let format = second == nil ? formats.date : formats.moment
        try check(worksheet_write_datetime(sheet, lxw_row_t(row), lxw_col_t(column), &value, format))
    }

    private func write(_ text: String, _ column: Int, _ format: UnsafeMutablePointer<lxw_format>) throws(GatewayError) {
        if text.isEmpty { return }
        try check(worksheet_write_string(sheet, lxw_row_t(row), lxw_col_t(column), SpreadsheetText.escaped(text), format))
    }

    private func check(_ status: lxw_error) throws(GatewayError) {
        guard status == LXW_NO_ERROR else { throw Self.overLimit(path, Self.words(status)) }
    }

    // MARK: Errors

    private static func words(_ status: lxw_error) -> String {
        // A static text of the library.
        lxw_strerror(status).map { String(cString: $0) } ?? "libxlsxwriter error \(status.rawValue)"
    }

    private static func cannotCreate(_ path: String, _ happened: String) -> GatewayError {
        GatewayError(
            .cannotCreate, attempted: "write the workbook", subject: path, happened: happened,
            remedy: "name a file in a folder that can be written and has room")
    }

    private static func overLimit(_ path: String, _ happened: String) -> GatewayError {
        GatewayError(
            .limitReached, attempted: "write the workbook", subject: path, happened: happened,
            remedy: "write less, or CSV, which has no such limit")
    }

    private static func closed(_ path: String) -> GatewayError {
        GatewayError(
            .internalFault, attempted: "write to the workbook", subject: path, happened: "it was closed",
            remedy: "please report it")
    }
}
