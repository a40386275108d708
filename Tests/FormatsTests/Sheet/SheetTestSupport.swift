import ExchangeModel
import GatewayTesting
import Glibc

@testable import Formats

/// What a cutter made of a workbook, in words that can be compared.
struct SheetReading {
    struct Field: Equatable {
        var name: String
        var value: String
        var kind: RecordTree.Kind
        var position: SourcePosition
    }

    var records: [[Field]] = []
    var places: [RecordPlace] = []
    var refusals: [[Finding]] = []
    var unreadable: [Finding] = []
    var columns: [String] = []

    /// Values of the records.
    var values: [[String]] { records.map { $0.map(\.value) } }
    /// Every finding.
    var findings: [Finding] { refusals.flatMap { $0 } + unreadable }

    init(
        _ bytes: [UInt8], dialect: SheetDialect = SheetDialect(), limits: SheetLimits = SheetLimits(), names: [String] = [],
        resumingBehind place: RecordPlace? = nil
    ) {
        let cutter = SheetRecordCutter(dialect: dialect, limits: limits, names: CSVReading.table(names))
        if let place { cutter.resume(behind: place) }
        for start in stride(from: 0, to: bytes.count, by: 5000) {
            var tree = RecordTree()
            precondition(cutter.next(into: &tree) != .end)
            cutter.append(Array(bytes[start..<min(bytes.count, start + 5000)]))
        }
        cutter.finish()
        read(cutter)
    }

    init(_ cutter: SheetRecordCutter) { read(cutter) }

    private mutating func read(_ cutter: SheetRecordCutter) {
        var tree = RecordTree()
        while true {
            switch cutter.next(into: &tree) {
            case .record(let place):
                places.append(place)
                records.append(Self.fields(of: tree))
            case .refused(let place, let findings):
                places.append(place)
                refusals.append(findings)
            case .unreadable(let findings): unreadable += findings
            case .needsBytes, .end:
                columns = cutter.columnNames ?? []
                return
            }
        }
    }

    static func fields(of tree: RecordTree) -> [Field] {
        var fields: [Field] = []
        var node = tree[tree.root].firstChild
        while node != RecordTree.none {
            fields.append(
                Field(
                    name: tree.text(tree[node].rawName), value: tree.text(tree[node].value), kind: tree[node].kind,
                    position: tree.position(of: node)))
            node = tree[node].nextSibling
        }
        return fields
    }
}

/// A workbook written by hand, part by part, for what no program writes.
struct HandmadeWorkbook {
    static let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    static let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    private static let package = "http://schemas.openxmlformats.org/package/2006/relationships"

    var parts: [(name: String, bytes: [UInt8])]

    /// A workbook of one sheet `Sheet1`.
    init(
        rows: String, behind: String = "", strings: [String]? = nil, styles: String? = nil, properties: String = "",
        main: String = main, office: String = office
    ) {
        func part(_ name: String, _ text: String) -> (String, [UInt8]) {
            (name, Array(("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + text).utf8))
        }
        parts = [
            part(
                "_rels/.rels",
                "<Relationships xmlns=\"\(Self.package)\"><Relationship Id=\"r1\" Type=\"\(office)/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
            part(
                "xl/workbook.xml",
                "<workbook xmlns=\"\(main)\" xmlns:r=\"\(office)\"><workbookPr \(properties)/><sheets><sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
            part(
                "xl/_rels/workbook.xml.rels",
                "<Relationships xmlns=\"\(Self.package)\"><Relationship Id=\"r1\" Type=\"\(office)/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
                    + (strings == nil
                        ? "" : "<Relationship Id=\"r2\" Type=\"\(office)/sharedStrings\" Target=\"/xl/sharedStrings.xml\"/>")
                    + (styles == nil ? "" : "<Relationship Id=\"r3\" Type=\"\(office)/styles\" Target=\"styles.xml\"/>")
                    + "</Relationships>"),
            part("xl/worksheets/sheet1.xml", "<worksheet xmlns=\"\(main)\"><sheetData>\(rows)</sheetData>\(behind)</worksheet>"),
        ]
        if let strings {
            parts.append(
                part("xl/sharedStrings.xml", "<sst xmlns=\"\(main)\">\(strings.map { "<si>\($0)</si>" }.joined())</sst>"))
        }
        if let styles { parts.append(part("xl/styles.xml", "<styleSheet xmlns=\"\(main)\">\(styles)</styleSheet>")) }
    }

    /// Puts another part in the place of one, or takes it out.
    func with(_ name: String, _ text: String?) -> HandmadeWorkbook {
        var copy = self
        copy.parts.removeAll { $0.name == name }
        if let text { copy.parts.append((name, Array(text.utf8))) }
        return copy
    }

    /// The package; its entries are stored, not deflated.
    var bytes: [UInt8] { StoredZIP.bytes(parts) }

    /// A row of texts in the cells themselves.
    static func row(_ number: Int, _ texts: [String]) -> String {
        "<row r=\"\(number)\">"
            + texts.enumerated().map {
                "<c r=\"\(SheetCell.name(row: number, column: $0.offset + 1))\" t=\"inlineStr\"><is><t>\($0.element)</t></is></c>"
            }.joined() + "</row>"
    }
}

/// A ZIP package without compression (PKWARE APPNOTE 4.3).
enum StoredZIP {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }

    static func bytes(_ entries: [(name: String, bytes: [UInt8])]) -> [UInt8] {
        func number(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for (name, content) in entries {
            let crc = ~content.reduce(~UInt32(0)) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ $0 >> 8 }
            let common =
                number(20, 2) + number(0, 2) + number(0, 2) + number(0, 4) + number(Int(crc), 4) + number(content.count, 4)
                + number(content.count, 4) + number(name.utf8.count, 2) + number(0, 2)
            directory += number(0x0201_4B50, 4) + number(20, 2) + common + number(0, 2) + number(0, 2) + number(0, 2)
            directory += number(0o100644 << 16, 4) + number(file.count, 4) + Array(name.utf8)
            file += number(0x0403_4B50, 4) + common + Array(name.utf8) + content
        }
        let start = file.count
        return file + directory + number(0x0605_4B50, 4) + number(0, 4) + number(entries.count, 2) + number(entries.count, 2)
            + number(directory.count, 4) + number(start, 4) + number(0, 2)
    }
}

/// Python with openpyxl, which shares no code with us.
enum ForeignSpreadsheet {
    static let python = "/usr/bin/python3"

    /// Whether openpyxl is installed; the tests that need it are skipped without.
    static let hasOpenpyxl: Bool = {
        guard access(python, X_OK) == 0 else { return false }
        return access("/usr/lib/python3/dist-packages/openpyxl/__init__.py", R_OK) == 0
    }()

    /// Runs a program that writes `out.xlsx` and returns the file.
    static func workbook(_ program: String) async throws -> [UInt8] {
        try await TemporaryDirectory.with("sheet") { folder in
            _ = try await ChildProcess.run([python, "-c", program], in: folder.path)
            return try folder.read("out.xlsx")
        }
    }
}
