public import ExchangeModel
public import Formats
internal import Spreadsheet

/// Collects the refused rows of a sheet in a workbook that somebody mends and sends again: the same columns at the same place,
/// and behind them why each row was refused. That column is read by no mapping.
public final class RefusedRows {
    private let path: String
    private let dialect: SheetDialect
    private let isChinese: Bool
    private var writer: SpreadsheetWriter?
    /// Places among the fields of a row that are written: the reasons of an earlier refusal are not.
    private var kept: [Int] = []
    private var titles: [Int: String] = [:]

    /// Nothing is written before the first row. `isChinese` says in which language the reasons are.
    public init(path: String, dialect: SheetDialect, isChinese: Bool) {
        self.path = path
        self.dialect = dialect
        self.isChinese = isChinese
    }

    /// Heads of the last column, in either language.
    private static let reasonTitles = ["Reason of refusal", "拒收原因"]

    /// Rows collected.
    public var count: Int { writer?.rowCount ?? 0 }

    /// Adds a row, as far as the cutter could read it.
    public func append(_ tree: RecordTree, _ findings: [Finding], line: Int, of cutter: SheetRecordCutter) throws(GatewayError) {
        if writer == nil { try begin(cutter) }
        guard let writer else { return }
        var cells: [SpreadsheetCell] = []
        if tree.root != RecordTree.none {
            var fields: [RecordTree.NodeIndex] = []
            var node = tree[tree.root].firstChild
            while node != RecordTree.none {
                fields.append(node)
                node = tree[node].nextSibling
            }
            for index in kept where index < fields.count {
                let text = tree.text(tree[fields[index]].value)
                cells.append(text.isEmpty ? .empty : tree[fields[index]].kind == .number ? .number(text) : .text(text))
            }
        }
        while cells.count < kept.count { cells.append(.empty) }
        let reasons = findings.map { finding in
            let title = titles[finding.position.column].map { "[\($0)] " } ?? ""
            return title + (isChinese ? finding.textZH : finding.text)
        }
        let place = isChinese ? "原第 \(line) 行：" : "row \(line) as received: "
        // Far below what a cell holds, whatever the findings say.
        cells.append(.text(String((place + reasons.joined(separator: "\n")).prefix(8_000))))
        try writer.append(cells)
    }

    /// Writes the file, if there is a row for it; true then.
    public func close() throws(GatewayError) -> Bool {
        guard let writer else { return false }
        try writer.close()
        return true
    }

    private func begin(_ cutter: SheetRecordCutter) throws(GatewayError) {
        let all = cutter.columnTitles ?? []
        for (number, title) in zip(cutter.columnNumbers ?? [], all) { titles[number] = title }
        kept = all.indices.filter { !Self.reasonTitles.contains(all[$0]) }
        var sheetName = "Sheet1"
        if case .name(let name) = dialect.sheet { sheetName = name }
        writer = try SpreadsheetWriter(
            path: path, header: kept.map { all[$0] } + [Self.reasonTitles[isChinese ? 1 : 0]],
            layout: .init(
                sheetName: sheetName, rowsBeforeHeader: dialect.rowsBeforeHeader,
                rowsAfterHeader: dialect.headerRows - 1 + dialect.rowsAfterHeader))
    }
}
