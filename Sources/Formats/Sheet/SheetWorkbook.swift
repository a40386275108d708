internal import ExchangeModel

/// An opened workbook: which of its parts is the sheet wanted, and what its cells refer to.
final class SheetWorkbook {
    /// The name of the sheet that is read.
    let sheetName: String
    /// Its part.
    let part: String
    let values: SheetValues
    private let package: SheetPackage
    private let limits: SheetLimits

    init(_ package: SheetPackage, dialect: SheetDialect, limits: SheetLimits) throws(SheetRefusal) {
        self.package = package
        self.limits = limits
        let roots = SheetRelationships()
        try package.read("_rels/.rels", to: roots)
        guard let main = roots.all.first(where: { $0.kind == "officeDocument" }) else {
            throw SheetRefusal(SheetFinding.damaged("it does not say where its workbook is", "缺少工作簿主部件的关系"))
        }
        let bookPart = SheetPackage.resolve(main.target, from: "")
        let list = SheetList()
        try package.read(bookPart, to: list)
        guard list.isWorkbook else { throw SheetRefusal(SheetFinding.damaged("its main part is no workbook", "主部件不是工作簿")) }
        let relationships = SheetRelationships()
        try package.read(SheetPackage.relationships(of: bookPart), to: relationships)

        let sheet = try Self.choose(dialect.sheet, among: list.sheets)
        guard let relationship = relationships.all.first(where: { $0.id == sheet.relationship }) else {
            throw SheetRefusal(SheetFinding.damaged("a sheet is listed and not there", "所列工作表不存在"))
        }
        guard relationship.kind == "worksheet" else { throw SheetRefusal(SheetFinding.notOfCells(sheet.name)) }
        sheetName = sheet.name
        part = SheetPackage.resolve(relationship.target, from: bookPart)

        let styles = SheetStyles()
        if let target = relationships.all.first(where: { $0.kind == "styles" })?.target {
            try package.read(SheetPackage.resolve(target, from: bookPart), to: styles)
        }
        let strings = SheetStrings(limits: limits)
        if let target = relationships.all.first(where: { $0.kind == "sharedStrings" })?.target {
            try package.read(
                SheetPackage.resolve(target, from: bookPart), bytesMax: limits.unpackedBytesMax, to: strings)
        }
        values = SheetValues(strings: strings, formats: styles.formats, isFrom1904: list.isFrom1904, limits: limits)
    }

    private static func choose(_ wanted: SheetDialect.Selection, among sheets: [SheetList.Sheet]) throws(SheetRefusal)
        -> SheetList.Sheet
    {
        let found: SheetList.Sheet? =
            switch wanted {
            case .firstVisible: sheets.first { !$0.isHidden }
            case .name(let name): sheets.first { $0.name == name }
            case .number(let number): sheets.indices.contains(number - 1) ? sheets[number - 1] : nil
            }
        guard let found else { throw SheetRefusal(SheetFinding.sheetMissing(wanted, among: sheets.map(\.name))) }
        return found
    }

    /// Cells merged over several columns that begin in some rows.
    func mergedCells(in rows: ClosedRange<Int>) throws(SheetRefusal) -> [SheetMergedCells.Area] {
        let cells = SheetMergedCells(rows: rows, countMax: limits.mergedCellsMax)
        try package.read(part, bytesMax: limits.unpackedBytesMax, to: cells)
        return cells.areas
    }
}
