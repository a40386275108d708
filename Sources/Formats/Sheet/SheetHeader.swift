internal import ExchangeModel

/// The columns of a sheet that have a name, numbered for a mapping.
struct SheetHeader {
    /// Numbers of the columns, rising.
    private(set) var columns: [Int] = []
    /// Names one behind another, as they go into each record's tree, and where each stands.
    private(set) var bytes: [UInt8] = []
    private(set) var slices: [RecordTree.Slice] = []
    private(set) var ids: [NameID] = []
    /// The texts of the header, as they stand above the columns.
    private(set) var titles: [String] = []
    /// What `init` found; the header is of use without any.
    var findings: [Finding] { faults.list }
    private var faults = HeaderFindings()

    /// Texts of one row of the header by column.
    struct Line {
        let row: Int
        var texts: [Int: String] = [:]
    }

    /// Joins the rows of a header; at least one.
    init(
        _ lines: [Line], merged: [SheetMergedCells.Area], dialect: SheetDialect, limits: SheetLimits, sheet: String,
        names: NameTable
    ) {
        let bottom = lines.last?.row ?? 1
        var above: [[Int: String]] = lines.map(\.texts)
        for area in merged {
            guard let line = lines.firstIndex(where: { $0.row == area.row }), let text = above[line][area.columns.lowerBound]
            else {
                continue
            }
            // As far as the limit of columns reaches; what is merged further has no values of its own.
            for column in area.columns where column <= limits.columnsMax { above[line][column] = text }
        }
        var seen: [String: Int] = [:]
        for column in Set(above.flatMap(\.keys)).sorted() {
            let title = above.compactMap { $0[column].map(Self.trimmed) }.filter { !$0.isEmpty }
                .joined(separator: SheetDialect.nameSeparator)
            let name = dialect.names[title] ?? title
            if name.isEmpty { continue }
            let position = SourcePosition(line: bottom, column: column)
            if let other = seen[name] {
                faults.add(
                    SheetFinding.nameTwice(
                        SheetCell.name(row: bottom, column: column), other: SheetCell.name(row: bottom, column: other),
                        path: SheetCell.path(sheet: sheet, row: bottom, column: column), at: position))
            }
            seen[name] = column
            let utf8 = Array(name.utf8)
            columns.append(column)
            titles.append(title)
            slices.append(RecordTree.Slice(offset: bytes.count, count: utf8.count))
            bytes += utf8
            ids.append(utf8.withUnsafeBufferPointer { names.id(of: $0) })
        }
        let first = SourcePosition(line: lines.first?.row ?? 1, column: columns.first ?? 1)
        let path = SheetCell.path(sheet: sheet, row: first.line, column: first.column)
        faults.close(.sheetHeader, at: first)
        if bytes.count > limits.headerBytesMax {
            faults.replace(by: SheetFinding.headerTooLong(limits.headerBytesMax, path: path, at: first))
        }
        // The names of a header that was looked for in the wrong row are nobody's.
        if faults.isEmpty, names.count > 0, ids.allSatisfy({ $0 == .unknown }) {
            faults.add(SheetFinding.nothingKnown(columns: columns.count, path: path, at: first))
        }
    }

    /// The names in the order of their columns.
    var names: [String] {
        slices.map { String(decoding: bytes[Int($0.offset)..<Int($0.offset + $0.count)], as: UTF8.self) }
    }

    /// Without blanks of any width around it, and line ends inside it: those are of the layout.
    private static func trimmed(_ text: String) -> String {
        let isText = { (scalar: Unicode.Scalar) in !scalar.properties.isWhitespace && scalar != "\u{FEFF}" }
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: isText), let last = scalars.lastIndex(where: isText) else { return "" }
        return String(String.UnicodeScalarView(scalars[first...last].filter { $0 != "\n" && $0 != "\r" }))
    }
}
