import ExchangeModel
import Formats
import GatewayTesting
import Glibc
import JSON
import Testing

@testable import Spreadsheet

@Suite("Writing workbooks")
struct SpreadsheetWriterTests {
    static let python = "/usr/bin/python3"
    static let hasOpenpyxl = access("/usr/lib/python3/dist-packages/openpyxl/__init__.py", R_OK) == 0 && access(python, X_OK) == 0
    static let soffice = "/usr/bin/soffice"

    static let texts = [
        "001", "1E5", "=1+1", "-5", "440106199001011234", "0.10", "a&<b>\"c\" ", "第一行\n第二行\t完", "'", "𠀀招标😀", "_x0041_", "_x005F_",
        "#REF!",
        "TRUE", "2026-05-01", " 两侧空白 ", "",
    ]

    /// A workbook with every kind of cell.
    private func write(_ path: String) throws {
        let writer = try SpreadsheetWriter(
            path: path, header: ["编号", "数", "日期", "时刻"], layout: .init(sheetName: "拒收 行", rowsBeforeHeader: 1, rowsAfterHeader: 1)
        )
        let day = try #require(CivilDate(year: 2026, month: 5, day: 1))
        for (index, text) in Self.texts.enumerated() {
            try writer.append([.text(text), .number("\(index).25"), .date(day + index), .moment(day, second: 3600 * index + 61)])
        }
        try writer.append([.empty, .number("123456789012345")])
        try writer.append([.text("x"), .number("1234567890123456"), .empty, .number("007")])
        #expect(writer.rowCount == Self.texts.count + 2)
        try writer.close()
    }

    private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    /// What the rows hold, by our own reading of days.
    private static let expected: [[String]] =
        texts.indices.map { index in
            [
                texts[index], "\(index).25", "2026-05-\(twoDigits(index + 1))",
                "2026-05-01T\(twoDigits(index)):01:01",
            ]
        } + [["", "123456789012345", "", ""], ["x", "1234567890123456", "", "007"]]

    @Test("our own reader gives the cells back")
    func ownReader() async throws {
        try await TemporaryDirectory.with("spreadsheet") { folder in
            try write(folder.file("out.xlsx"))
            let cutter = try SheetRecordCutter(
                path: folder.file("out.xlsx"),
                dialect: SheetDialect(sheet: .name("拒收 行"), rowsBeforeHeader: 1, rowsAfterHeader: 1),
                names: NameTable())
            #expect(Self.rows(cutter) == Self.expected)
            #expect(cutter.columnNames == ["编号", "数", "日期", "时刻"])
        }
    }

    @Test("openpyxl reads equal cells", .enabled(if: hasOpenpyxl, "python3-openpyxl is not installed"))
    func openpyxl() async throws {
        try await TemporaryDirectory.with("spreadsheet") { folder in
            try write(folder.file("out.xlsx"))
            let program = """
                import datetime, json, openpyxl
                from openpyxl.utils.escape import unescape
                book = openpyxl.load_workbook("out.xlsx")
                rows = []
                for row in book["拒收 行"].iter_rows(min_row=4):
                    out = []
                    for cell in row:
                        value = cell.value
                        if value is None: out.append("")
                        elif isinstance(value, str): out.append(unescape(value))
                        elif isinstance(value, datetime.datetime):
                            out.append(value.date().isoformat() if cell.number_format == "yyyy-mm-dd" else value.isoformat())
                        else: out.append(repr(value))
                    rows.append(out)
                formats = sorted({cell.number_format for row in book.active.iter_rows(min_row=4, max_col=1) for cell in row if cell.value})
                head = [[cell.value for cell in row] for row in book.active.iter_rows(min_row=1, max_row=3)]
                json.dump({"rows": rows, "formats": formats, "head": head, "frozen": book.active.freeze_panes}, open("found.json", "w"))
                """
            _ = try await ChildProcess.run([Self.python, "-c", program], in: folder.path)
            let found = try JSONValue(parsing: try folder.read("found.json"))
            let rows = found["rows"]?.elements?.map { $0.elements?.compactMap(\.string) ?? [] } ?? []
            #expect(rows == Self.expected)
            #expect(found["formats"]?.elements?.compactMap(\.string) == ["@"])
            #expect(found["head"]?.elements?[1].elements?.compactMap(\.string) == ["编号", "数", "日期", "时刻"])
            #expect(found["frozen"]?.string == "A3")
        }
    }

    /// Has LibreOffice write `out.xlsx` again in another form and returns that file.
    private func converted(_ folder: TemporaryDirectory, to form: String, _ name: String) async throws -> [UInt8] {
        _ = try await ChildProcess.run(
            [
                Self.soffice, "-env:UserInstallation=file://\(folder.path)/profile", "--headless", "--convert-to", form,
                "--outdir",
                folder.file("converted"), folder.file("out.xlsx"),
            ], in: folder.path)
        return try folder.read("converted/" + name)
    }

    private static func rows(_ cutter: any RecordCutter) -> [[String]] {
        var tree = RecordTree()
        var rows: [[String]] = []
        while case .record = cutter.next(into: &tree) {
            var row: [String] = []
            var node = tree[tree.root].firstChild
            while node != RecordTree.none {
                row.append(tree.text(tree[node].value))
                node = tree[node].nextSibling
            }
            rows.append(row)
        }
        return rows
    }

    @Test("LibreOffice opens it with equal cells", .enabled(if: access(soffice, X_OK) == 0, "LibreOffice is not installed"))
    func libreOffice() async throws {
        try await TemporaryDirectory.with("spreadsheet") { folder in
            try write(folder.file("out.xlsx"))
            // Comma, quotation marks, UTF-8, from the first line, no forms of columns, no language, all texts in marks.
            let csv = CSVRecordCutter(dialect: CSVDialect(rowsBeforeHeader: 1, rowsAfterHeader: 1), names: NameTable())
            csv.append(try await converted(folder, to: "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true", "out.csv"))
            csv.finish()
            // It shows moments as they are formatted, with a blank in the middle.
            let shown = Self.expected.map { row in
                row[..<3] + [row[3].isEmpty || row[3] == "007" ? row[3] : row[3].prefix(10) + " " + row[3].dropFirst(11)]
            }
            #expect(Self.rows(csv) == shown.map(Array.init))
            // What it writes itself has shared strings, and comes back the same.
            let sheet = SheetRecordCutter(
                dialect: SheetDialect(sheet: .name("拒收 行"), rowsBeforeHeader: 1, rowsAfterHeader: 1), names: NameTable())
            sheet.append(try await converted(folder, to: "xlsx:Calc MS Excel 2007 XML", "out.xlsx"))
            sheet.finish()
            #expect(Self.rows(sheet) == Self.expected)
        }
    }

    @Test("numbers that a spreadsheet would change are text")
    func numbers() {
        for text in ["0", "-1.5", "12.50", "123456789012345", "0.000000000000001", "-0.5"] {
            #expect(SpreadsheetCell.number(text) != nil, "\(text)")
        }
        for text in [
            "", "007", "1234567890123456", "1E5", "+1", ".5", "5.", "--1", "1,000", "abc", "１", "00", "0.1234567890123456",
        ] {
            #expect(SpreadsheetCell.number(text) == nil, "\(text)")
        }
    }

    @Test("control characters and escapes are written so that they come back")
    func escapes() {
        #expect(SpreadsheetText.escaped("a\u{1}b\u{0}c\rd\te\nf") == "a_x0001_b_x0000_c_x000D_d\te\nf")
        #expect(SpreadsheetText.escaped("_x0041_ _x00g1_ __x0041_") == "_x005F_x0041_ _x00g1_ __x005F_x0041_")
        #expect(SpreadsheetText.escaped("\u{FFFE}") == "_xFFFE_")
    }

    @Test("nothing remains without close, and a file appears only when it is whole")
    func leavesNothing() async throws {
        try await TemporaryDirectory.with("spreadsheet") { folder in
            do {
                let writer = try SpreadsheetWriter(path: folder.file("out.xlsx"), header: ["a"])
                try writer.append([.text("1")])
                #expect(access(folder.file("out.xlsx"), F_OK) != 0)
            }
            #expect(try await ChildProcess.run(["ls", "-A", folder.path]) == [])
            let writer = try SpreadsheetWriter(path: folder.file("out.xlsx"), header: ["a"])
            try writer.close()
            #expect(try await ChildProcess.run(["ls", "-A", folder.path]) == ["out.xlsx"])
            #expect(throws: GatewayError(.internalFault, attempted: "", subject: "", happened: "", remedy: "")) {
                try writer.close()
            }
        }
    }

    @Test("what a sheet cannot hold, and places that take no file, are errors")
    func refusals() async throws {
        func code(_ body: () throws -> Void) -> GatewayError.Code? {
            do { try body() } catch let error as GatewayError { return error.code } catch { return nil }
            return nil
        }
        try await TemporaryDirectory.with("spreadsheet") { folder in
            let path = folder.file("out.xlsx")
            for name in ["", "a/b", "'a", String(repeating: "x", count: 32), "a\u{1}"] {
                #expect(
                    code { _ = try SpreadsheetWriter(path: path, header: ["a"], layout: .init(sheetName: name)) } == .usage,
                    "\(name)")
            }
            #expect(code { _ = try SpreadsheetWriter(path: path, header: []) } == .limitReached)
            #expect(code { _ = try SpreadsheetWriter(path: folder.file("none/out.xlsx"), header: ["a"]) } == .cannotCreate)
            let writer = try SpreadsheetWriter(path: path, header: ["a"])
            #expect(code { try writer.append([.text(String(repeating: "长", count: 32_768))]) } == .limitReached)
            #expect(code { try writer.append([.text("1"), .text("2")]) } == .limitReached)
            try writer.append([.text(String(repeating: "长", count: 32_767))])
            #expect(writer.rowCount == 1)
            try folder.makeDirectory("out.xlsx")
            #expect(code { try writer.close() } == .cannotCreate)
            #expect(try await ChildProcess.run(["ls", "-A", folder.path]) == ["out.xlsx"])
        }
    }

    @Test("50,000 rows are written and read back")
    func many() async throws {
        try await TemporaryDirectory.with("spreadsheet") { folder in
            let writer = try SpreadsheetWriter(path: folder.file("out.xlsx"), header: ["code", "title", "amount"])
            for number in 0..<50_000 {
                try writer.append([.text("\(100_000_000 + number)"), .text("道路工程招标公告"), .number("\(number).5")])
            }
            try writer.close()
            let cutter = try SheetRecordCutter(path: folder.file("out.xlsx"), names: NameTable())
            var tree = RecordTree()
            var count = 0
            while case .record = cutter.next(into: &tree) {
                let code = tree[tree[tree.root].firstChild].value
                if tree.text(code) == "\(100_000_000 + count)" { count += 1 }
            }
            #expect(count == 50_000)
        }
    }
}
