internal import ExchangeModel
internal import XML

/// Follows one part of a workbook; what it does not know, and everything in it, is passed over. Subclasses say what they know.
class SheetPartHandler: XMLEventHandler {
    /// Why the part is not read on; nothing more is looked at then.
    final var fault: Finding?
    /// Whether the rest of the part is of no interest.
    final var isDone = false

    /// Elements inside each other that are passed over.
    private var passed = 0
    /// Addresses of the two names that mean a spreadsheet, once seen, and of others.
    private var mainAddress: UnsafePointer<UInt8>?

    private static let mainNames: Set<String> = [
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main",
    ]

    init() {}

    /// An element begins; false to pass over it.
    func begin(_ tag: XMLStartTag) -> Bool { false }
    /// An element that was not passed over ends.
    func end() {}
    /// Text directly inside an element that was not passed over.
    func characters(_ bytes: UnsafeBufferPointer<UInt8>) {}

    /// Whether a tag is of the language of spreadsheets, strict or transitional.
    final func isMain(_ tag: XMLStartTag) -> Bool {
        guard let address = tag.namespaceAddress else { return false }
        if address == mainAddress { return true }
        guard Self.mainNames.contains(tag.namespace) else { return false }
        mainAddress = address
        return true
    }

    final func startElement(_ tag: XMLStartTag) {
        if passed > 0 || fault != nil || isDone || !begin(tag) { passed += 1 }
    }

    final func endElement() {
        if passed > 0 { passed -= 1 } else { end() }
    }

    final func text(_ bytes: UnsafeBufferPointer<UInt8>) {
        if passed == 0, fault == nil { characters(bytes) }
    }
}

/// `.rels`: which part stands for which purpose.
final class SheetRelationships: SheetPartHandler {
    struct Relationship {
        let id: String
        /// The last word of the type's address: `worksheet`, `styles`, `sharedStrings`, `officeDocument`.
        let kind: String
        let target: String
    }

    static let countMax = 10_000
    private(set) var all: [Relationship] = []
    private var depth = 0

    override func begin(_ tag: XMLStartTag) -> Bool {
        if depth == 1, tag.isNamed("Relationship"), tag.text("TargetMode") != "External", let id = tag.text("Id"),
            let type = tag.text("Type"), let target = tag.text("Target")
        {
            guard all.count < Self.countMax else {
                fault = SheetFinding.overLimit("relationships", "关系数", Self.countMax, "relationshipsMax")
                return false
            }
            all.append(Relationship(id: id, kind: type.split(separator: "/").last.map(String.init) ?? "", target: target))
        }
        depth += 1
        return true
    }

    override func end() { depth -= 1 }
}

/// `workbook.xml`: the sheets in their order, and the system of dates.
final class SheetList: SheetPartHandler {
    struct Sheet {
        let name: String
        let relationship: String
        let isHidden: Bool
    }

    static let countMax = 10_000
    private(set) var sheets: [Sheet] = []
    private(set) var isFrom1904 = false
    private(set) var isWorkbook = false
    private var depth = 0

    override func begin(_ tag: XMLStartTag) -> Bool {
        guard isMain(tag) else { return false }
        switch depth {
        case 0:
            guard tag.isNamed("workbook") else { return false }
            isWorkbook = true
        case 1:
            if tag.isNamed("workbookPr"), let value = tag.text("date1904") { isFrom1904 = value == "1" || value == "true" }
            guard tag.isNamed("sheets") else { return false }
        case 2:
            guard tag.isNamed("sheet") else { return false }
            guard sheets.count < Self.countMax else {
                fault = SheetFinding.overLimit("sheets", "工作表", Self.countMax, "sheetsMax")
                return false
            }
            let id = tag.qualifiedAttribute("id").map { String(decoding: $0, as: UTF8.self) } ?? ""
            sheets.append(
                Sheet(name: tag.text("name") ?? "", relationship: id, isHidden: (tag.text("state") ?? "visible") != "visible"))
        default: return false
        }
        depth += 1
        return true
    }

    override func end() { depth -= 1 }
}

/// `styles.xml`: what each style makes of a number.
final class SheetStyles: SheetPartHandler {
    static let stylesMax = 65_536
    /// By the number of the style.
    private(set) var formats: [SheetNumberFormat] = []
    private var own: [Int: SheetNumberFormat] = [:]
    private var depth = 0
    private var isInFormats = false

    override func begin(_ tag: XMLStartTag) -> Bool {
        guard isMain(tag) else { return false }
        switch depth {
        case 0: guard tag.isNamed("styleSheet") else { return false }
        case 1:
            isInFormats = tag.isNamed("numFmts")
            guard isInFormats || tag.isNamed("cellXfs") else { return false }
        case 2:
            guard formats.count < Self.stylesMax, own.count < Self.stylesMax else {
                fault = SheetFinding.overLimit("styles", "样式", Self.stylesMax, "stylesMax")
                return false
            }
            let number = tag.attribute("numFmtId").flatMap { SheetCell.number($0) }
            if isInFormats {
                if let number, let code = tag.text("formatCode") { own[number] = SheetNumberFormat(code: code) }
            } else {
                // The formats come first (18.8.39), so they are known here.
                formats.append(number.map { own[$0] ?? SheetNumberFormat(builtIn: $0) } ?? .number)
            }
            return false
        default: return false
        }
        depth += 1
        return true
    }

    override func end() { depth -= 1 }
}

/// Merged cells over several columns whose upper left cell lies in one of some rows.
final class SheetMergedCells: SheetPartHandler {
    struct Area {
        let row: Int
        let columns: ClosedRange<Int>
    }

    private(set) var areas: [Area] = []
    private let rows: ClosedRange<Int>
    private let countMax: Int
    private var count = 0
    private var depth = 0

    init(rows: ClosedRange<Int>, countMax: Int) {
        self.rows = rows
        self.countMax = countMax
    }

    override func begin(_ tag: XMLStartTag) -> Bool {
        guard isMain(tag) else { return false }
        switch depth {
        case 0: guard tag.isNamed("worksheet") else { return false }
        case 1: guard tag.isNamed("mergeCells") else { return false }
        default:
            count += 1
            guard count <= countMax else {
                fault = SheetFinding.overLimit("merged cells", "合并单元格", countMax, "mergedCellsMax")
                return false
            }
            guard tag.isNamed("mergeCell"), let ends = tag.attribute("ref")?.split(separator: UInt8(ascii: ":")), ends.count == 2,
                let first = SheetCell.parse(ends[0]), let last = SheetCell.parse(ends[1])
            else { return false }
            if rows.contains(first.row), first.column < last.column {
                areas.append(Area(row: first.row, columns: first.column...last.column))
            }
            return false
        }
        depth += 1
        return true
    }

    override func end() {
        depth -= 1
        if depth == 1 { isDone = true }
    }
}
