import ExchangeModel
import GatewayTesting
import Testing

@testable import Formats

@Suite("Workbooks that are refused")
struct SheetRefusalTests {
    private typealias Book = HandmadeWorkbook
    private static let good = Book.row(1, ["a", "b"]) + Book.row(2, ["1", "2"])

    @Test("a file that is no xlsx is called what it is")
    func foreign() {
        let ole: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1] + [UInt8](repeating: 0, count: 600)
        let encrypted = ole + Array("EncryptedPackage".utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        for (bytes, words): ([UInt8], String) in [
            (ole, "xls (Excel 97 to 2003)"), (encrypted, "encrypted"), ([], "empty"),
            (Array("a,b\n1,2\n".utf8), "no ZIP package"),
            (Array("<HTML><table>".utf8), "a web page"), (Array("<?xml version='1.0'?><Workbook/>".utf8), "plain XML"),
            (StoredZIP.bytes([("content.xml", [1]), ("mimetype", [1])]), "ods"),
            (StoredZIP.bytes([("xl/workbook.bin", [1])]), "xlsb"),
            (StoredZIP.bytes([("a.txt", [1])]), "_rels/.rels is missing"), ([0x50, 0x4B, 3, 4], "damaged"),
        ] {
            let reading = SheetReading(bytes)
            #expect(reading.unreadable.map(\.code) == [.sheetFile], "\(words)")
            #expect(reading.unreadable.first?.text.contains(words) == true, "\(reading.unreadable)")
        }
    }

    @Test("missing parts, parts of another kind and broken XML are findings")
    func parts() {
        let book = Book(rows: Self.good, strings: ["<t>a</t>"], styles: "<cellXfs/>")
        for part in book.parts.map(\.name) {
            #expect(SheetReading(book.with(part, nil).bytes).unreadable.map(\.code) == [.sheetFile], "without \(part)")
            #expect(SheetReading(book.with(part, "<a><b></a>").bytes).unreadable.map(\.code) == [.sheetFile], "broken \(part)")
            #expect(SheetReading(book.with(part, "").bytes).unreadable.map(\.code) == [.sheetFile], "empty \(part)")
            let doctype = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>"
            let reading = SheetReading(book.with(part, doctype).bytes)
            #expect(
                reading.unreadable.map(\.code) == [.sheetFile] && reading.unreadable[0].text.contains("document type"), "\(part)")
            let wide = "<a>".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
            #expect(
                SheetReading(book.with(part, String(decoding: wide, as: UTF8.self)).bytes).unreadable.map(\.code) == [.sheetFile])
        }
        let other = book.with("xl/worksheets/sheet1.xml", "<chartsheet xmlns=\"\(Book.main)\"/>")
        #expect(SheetReading(other.bytes).unreadable.map(\.code) == [.sheetFile])
    }

    @Test("a sheet that breaks off gives its rows and then says behind which row")
    func truncated() {
        let rows = Book.row(1, ["a"]) + Book.row(2, ["1"]) + Book.row(3, ["2"])
        let whole = "<worksheet xmlns=\"\(Book.main)\"><sheetData>\(rows)"
        let reading = SheetReading(Book(rows: "").with("xl/worksheets/sheet1.xml", whole).bytes)
        #expect(reading.values == [["1"], ["2"]])
        #expect(reading.unreadable.map(\.code) == [.sheetFile] && reading.unreadable[0].position.line == 3)
    }

    @Test("the sheet is chosen by name or number, and the first that is not hidden without one")
    func sheets() {
        let list = ["隐藏", "数据", "Chart"].enumerated().map {
            "<sheet name=\"\($0.element)\" sheetId=\"\($0.offset + 1)\" r:id=\"r\($0.offset + 1)\"\($0.offset == 0 ? " state=\"hidden\"" : "")/>"
        }
        func relationship(_ id: Int, _ kind: String, _ target: String) -> String {
            "<Relationship Id=\"r\(id)\" Type=\"\(Book.office)/\(kind)\" Target=\"\(target)\"/>"
        }
        var book = Book(rows: Self.good)
            .with(
                "xl/workbook.xml",
                "<workbook xmlns=\"\(Book.main)\" xmlns:r=\"\(Book.office)\"><sheets>\(list.joined())</sheets></workbook>")
        book = book.with(
            "xl/_rels/workbook.xml.rels",
            "<Relationships xmlns=\"x\">" + relationship(1, "worksheet", "worksheets/sheet1.xml")
                + relationship(2, "worksheet", "worksheets/sheet2.xml") + relationship(3, "chartsheet", "chart.xml")
                + "</Relationships>")
        book = book.with(
            "xl/worksheets/sheet2.xml",
            "<worksheet xmlns=\"\(Book.main)\"><sheetData>\(Book.row(1, ["c"]) + Book.row(2, ["9"]))</sheetData></worksheet>")
        func read(_ sheet: SheetDialect.Selection) -> SheetReading {
            SheetReading(book.bytes, dialect: SheetDialect(sheet: sheet))
        }
        #expect(
            read(.firstVisible).values == [["9"]] && read(.name("数据")).values == [["9"]] && read(.number(2)).values == [["9"]])
        #expect(read(.number(1)).values == [["1", "2"]] && read(.name("隐藏")).values == [["1", "2"]])
        for wanted: SheetDialect.Selection in [.name("x"), .number(4), .number(3), .name("Chart"), .number(0)] {
            #expect(read(wanted).unreadable.map(\.code) == [.sheetMissing], "\(wanted)")
        }
        #expect(read(.name("x")).unreadable[0].text.contains("隐藏, 数据, Chart"))
    }

    @Test("every limit refuses with its name")
    func limits() {
        func read(_ book: Book, _ set: (inout SheetLimits) -> Void) -> [Finding] {
            var limits = SheetLimits()
            set(&limits)
            return SheetReading(book.bytes, limits: limits).findings
        }
        let book = Book(rows: Self.good + Book.row(3, ["长长长长长长", "2"]), strings: ["<t>abcdef</t>", "<t>g</t>"])
        let wide = Book(rows: Book.row(1, ["a", "b", "c"]) + Book.row(2, ["1", "2", "3"]))
        for (name, findings) in [
            ("fileBytesMax", read(book) { $0.fileBytesMax = 100 }), ("entriesMax", read(book) { $0.entriesMax = 3 }),
            ("entryBytesMax", read(book) { $0.unpackedBytesMax = 300 }),
            ("sharedStringBytesMax", read(book) { $0.sharedStringBytesMax = 6 }),
            ("sharedStringsMax", read(book) { $0.sharedStringsMax = 1 }), ("rowsMax", read(book) { $0.rowsMax = 2 }),
            ("columnsMax", read(wide) { $0.columnsMax = 2 }), ("rowBytesMax", read(book) { $0.rowBytesMax = 18 }),
            ("cellBytesMax", read(book) { $0.cellBytesMax = 17 }), ("headerBytesMax", read(book) { $0.headerBytesMax = 1 }),
        ] {
            #expect(!findings.isEmpty && findings.allSatisfy { $0.text.contains(name) }, "\(name): \(findings)")
            #expect(findings.allSatisfy { $0.textZH.contains(name) }, "\(name): \(findings)")
        }
        let merged = Book(
            rows: Self.good, behind: "<mergeCells><mergeCell ref=\"A1:B1\"/><mergeCell ref=\"A2:B2\"/></mergeCells>")
        var limits = SheetLimits()
        limits.mergedCellsMax = 1
        let reading = SheetReading(merged.bytes, dialect: SheetDialect(headerRows: 2), limits: limits)
        #expect(reading.unreadable.map(\.code) == [.countOverLimit] && reading.unreadable[0].text.contains("mergedCellsMax"))
    }

    @Test("rows and cells out of order, and names that are none, are refused")
    func order() {
        for (rows, paths) in [
            ("<row r=\"2\"><c r=\"B2\"><v>1</v></c><c r=\"A2\"><v>1</v></c></row>", ["Sheet1!A2"]),
            ("<row r=\"2\"><c r=\"A3\"><v>1</v></c></row>", ["Sheet1!A2"]),
            ("<row r=\"2\"><c r=\"ZZZZ2\"><v>1</v></c></row>", ["Sheet1!A2"]),
            ("<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"A2\"><v>1</v></c></row>", ["Sheet1!A2"]),
            ("<row r=\"2\"/><row r=\"2\"/>", [""]), ("<row r=\"1048577\"/>", [""]), ("<row r=\"x\"/>", [""]),
        ] {
            #expect(SheetReading(Book(rows: Book.row(1, ["a"]) + rows).bytes).findings.map(\.path) == paths, "\(rows)")
        }
    }

    @Test("long tags, deep nesting and many attributes do no work beyond their limit")
    func markup() {
        let attributes = (0..<300).map { "a\($0)=\"\"" }.joined(separator: " ")
        let deep = String(repeating: "<x>", count: 10_000)
        for rows in [
            "<row r=\"1\" \(attributes)></row>", "<row r=\"1\" a=\"\(String(repeating: ">", count: 70_000))\"/>", deep,
            "<!--\(String(repeating: "<", count: 70_000))-->",
        ] {
            let reading = SheetReading(Book(rows: rows).bytes)
            #expect(reading.unreadable.count == 1 && reading.unreadable[0].text.contains("over a limit"), "\(reading.unreadable)")
        }
    }
}
