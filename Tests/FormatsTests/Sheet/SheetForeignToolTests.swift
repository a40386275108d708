import ExchangeModel
import GatewayTesting
import Glibc
import JSON
import Testing

@testable import Formats

/// Workbooks written by openpyxl, which shares no code with us.
@Suite("Sheets against openpyxl", .enabled(if: ForeignSpreadsheet.hasOpenpyxl, "python3-openpyxl is not installed"))
struct SheetForeignToolTests {
    @Test("cells of every kind", arguments: ["", "book.epoch = CALENDAR_MAC_1904\n"])
    func kinds(epoch: String) async throws {
        let bytes = try await ForeignSpreadsheet.workbook(
            """
            import datetime
            from decimal import Decimal
            from openpyxl import Workbook
            from openpyxl.utils.datetime import CALENDAR_MAC_1904
            from openpyxl.styles import PatternFill
            book = Workbook()
            \(epoch)sheet = book.active
            sheet.title = "中标 公告"
            sheet.append(["编号", "文本", "数", "日期", "时间", "时刻", "真假", "空", "中文日期"])
            sheet.append(["001", "a&<b>\\n\\"c\\" ", 12.5, datetime.date(2026, 5, 1), datetime.time(9, 30, 15),
                          datetime.datetime(2026, 5, 1, 23, 59, 59), True, None, datetime.date(2026, 2, 28)])
            sheet.append(["", "𠀀招标", Decimal("0.1"), datetime.date(1999, 12, 31), datetime.time(0, 0, 1),
                          datetime.datetime(2000, 2, 29, 0, 0, 0), False, "", datetime.date(2024, 2, 29)])
            sheet.append([])
            sheet.append(["003", "=1+1", 0.1 + 0.2, None, None, None, None, None, None])
            sheet.append(["004", "x", -1e15 / 3, None, datetime.timedelta(hours=30, minutes=5), None, None, None, None])
            for row in (2, 3): sheet.cell(row, 9).number_format = 'yyyy"年"m"月"d"日"'
            sheet.cell(3, 10).fill = PatternFill("solid", fgColor="FFFF00")
            sheet.row_dimensions[3].hidden = True
            sheet.column_dimensions["B"].hidden = True
            book.save("out.xlsx")
            """)
        let reading = SheetReading(bytes)
        #expect(
            reading.values == [
                ["001", "a&<b>\n\"c\" ", "12.5", "2026-05-01", "09:30:15", "2026-05-01T23:59:59", "true", "", "2026-02-28"],
                ["", "𠀀招标", "0.1", "1999-12-31", "00:00:01", "2000-02-29T00:00:00", "false", "", "2024-02-29"],
                ["004", "x", "-333333333333333", "", "PT30H5M0S", "", "", "", ""],
            ])
        #expect(reading.refusals.map { $0.map(\.path) } == [["'中标 公告'!B5"]])
        #expect(reading.refusals[0][0].text.contains("a formula without its value"))
    }

    @Test("every day of both systems of dates is the day that openpyxl meant")
    func days() async throws {
        for epoch in ["CALENDAR_WINDOWS_1900", "CALENDAR_MAC_1904"] {
            let bytes = try await ForeignSpreadsheet.workbook(
                """
                import datetime
                from openpyxl import Workbook
                from openpyxl.utils import datetime as dates
                book = Workbook()
                book.epoch = dates.\(epoch)
                sheet = book.active
                sheet.append(["at", "text"])
                day = datetime.datetime(1904, 1, 2)
                while day.year < 2100:
                    sheet.append([day, day.isoformat()])
                    day += datetime.timedelta(days=97, hours=5, minutes=17, seconds=13)
                book.save("out.xlsx")
                """)
            let reading = SheetReading(bytes)
            #expect(reading.records.count > 700 && reading.findings == [])
            #expect(reading.values.filter { $0[0] != $0[1] } == [])
        }
    }

    @Test("a merged header of three rows below a title")
    func merged() async throws {
        let bytes = try await ForeignSpreadsheet.workbook(
            """
            from openpyxl import Workbook
            book = Workbook()
            book.active.title = "封面"
            sheet = book.create_sheet("评标")
            sheet["B1"] = "评标结果汇总表"
            sheet.merge_cells("B1:F1")
            sheet["B2"], sheet["C2"], sheet["C3"], sheet["D3"], sheet["D4"], sheet["E4"] = "标段", "投标人", "名称", "报价", "元", "大写"
            sheet["F2"] = "备注"
            for area in ("B2:B4", "C2:E2", "C3:C4", "D3:E3", "F2:F4"): sheet.merge_cells(area)
            sheet["B5"], sheet["C5"], sheet["D5"], sheet["E5"] = "01", "甲公司", 1200000.5, "壹佰贰拾万元伍角"
            book.save("out.xlsx")
            """)
        let reading = SheetReading(bytes, dialect: SheetDialect(sheet: .name("评标"), rowsBeforeHeader: 1, headerRows: 3))
        #expect(reading.findings == [])
        #expect(reading.columns == ["标段", "投标人_名称", "投标人_报价_元", "投标人_报价_大写", "备注"])
        #expect(reading.values == [["01", "甲公司", "1200000.5", "壹佰贰拾万元伍角", ""]])
    }

    @Test("50,000 rows come one by one, and no more than a piece of the sheet is held")
    func many() async throws {
        let bytes = try await ForeignSpreadsheet.workbook(
            """
            from openpyxl import Workbook
            book = Workbook(write_only=True)
            sheet = book.create_sheet("数据")
            sheet.append(["code", "title", "amount", "note"])
            for number in range(50000):
                sheet.append([f"{number:08d}", "道路工程招标公告" * 4, number / 8, f"note {number}"])
            book.save("out.xlsx")
            """)
        let cutter = SheetRecordCutter(names: NameTable())
        cutter.append(bytes)
        cutter.finish()
        var tree = RecordTree()
        var (count, wrong, held) = (0, 0, 0)
        reading: while true {
            switch cutter.next(into: &tree) {
            case .record:
                let fields = SheetReading.fields(of: tree)
                let code = String("\(100_000_000 + count)".dropFirst())
                let eighth = ["", ".125", ".25", ".375", ".5", ".625", ".75", ".875"][count % 8]
                if fields.map(\.value) != [
                    code, String(repeating: "道路工程招标公告", count: 4), "\(count / 8)\(eighth)", "note \(count)",
                ] {
                    wrong += 1
                }
                count += 1
                held = max(held, cutter.waitingBytes)
            case .refused, .unreadable: wrong += 1
            case .end, .needsBytes: break reading
            }
        }
        #expect(count == 50_000 && wrong == 0)
        #expect(held > 0 && held < 100_000)
    }

    @Test("a bomb ends at its ratio")
    func bombs() async throws {
        let bytes = try await ForeignSpreadsheet.workbook(
            """
            import zipfile
            from openpyxl import Workbook
            book = Workbook()
            book.active.append(["a"])
            book.save("small.xlsx")
            with zipfile.ZipFile("small.xlsx") as small, zipfile.ZipFile("out.xlsx", "w", zipfile.ZIP_DEFLATED) as out:
                for name in small.namelist():
                    if name == "xl/worksheets/sheet1.xml":
                        with out.open(name, "w") as part:
                            part.write(small.read(name).split(b"</sheetData>")[0])
                            for _ in range(64): part.write(b" " * (1 << 20))
                    else: out.writestr(name, small.read(name))
            """)
        #expect(bytes.count < 200_000)
        let reading = SheetReading(bytes)
        #expect(
            reading.unreadable.map(\.code) == [.bytesOverLimit] && reading.unreadable[0].text.contains("ratioMax 200"),
            "\(reading.findings)")
    }

    @Test("a package written as a stream, with the sizes behind its entries, is read")
    func streamed() async throws {
        let bytes = try await ForeignSpreadsheet.workbook(
            """
            import io, zipfile
            from openpyxl import Workbook
            book = Workbook()
            book.active.append(["a"])
            book.active.append(["一"])
            book.save("small.xlsx")
            class Pipe(io.RawIOBase):
                def __init__(self, file): self.file = file
                def writable(self): return True
                def write(self, data): return self.file.write(data)
            with zipfile.ZipFile("small.xlsx") as small, open("out.xlsx", "wb") as file:
                with zipfile.ZipFile(Pipe(file), "w", zipfile.ZIP_DEFLATED) as out:
                    for name in small.namelist(): out.writestr(name, small.read(name))
            """)
        #expect(SheetReading(bytes).values == [["一"]])
    }

    @Test("a compressed workbook cut off or changed at any region gives findings")
    func damaged() async throws {
        let good = try await ForeignSpreadsheet.workbook(
            """
            from openpyxl import Workbook
            book = Workbook()
            for number in range(40): book.active.append([f"column {number}" if number == 0 else number, "x"])
            book.save("out.xlsx")
            """)
        let whole = SheetReading(good)
        #expect(whole.records.count == 39)
        var harmless = 0
        for place in stride(from: 0, to: good.count, by: 17) {
            #expect(SheetReading(Array(good[..<place])).unreadable.map(\.code) == [.sheetFile], "cut at \(place)")
            var bytes = good
            bytes[place] ^= 0x55
            // Half of the file are parts that are never looked at (colours, properties), and the writer's clock moves them about;
            // whatever is read is then the same.
            let reading = SheetReading(bytes)
            if reading.findings.isEmpty {
                harmless += 1
                #expect(reading.values == whole.values, "byte \(place)")
            }
        }
        #expect(harmless < good.count / 17 * 3 / 4, "\(harmless) of \(good.count / 17) places")
    }

    @Test("a file is read by its path; one that is not there is an error, and one over the limit a finding")
    func path() async throws {
        let bytes = HandmadeWorkbook(rows: HandmadeWorkbook.row(1, ["a"]) + HandmadeWorkbook.row(2, ["1"])).bytes
        try await TemporaryDirectory.with("sheet") { folder in
            let path = try folder.write("a.xlsx", bytes)
            #expect(SheetReading(try SheetRecordCutter(path: path, names: NameTable())).values == [["1"]])
            #expect(throws: GatewayError(.notFound, attempted: "", subject: "", happened: "", remedy: "")) {
                _ = try SheetRecordCutter(path: folder.file("b.xlsx"), names: NameTable())
            }
            var limits = SheetLimits()
            limits.fileBytesMax = 10
            #expect(
                SheetReading(try SheetRecordCutter(path: path, limits: limits, names: NameTable())).unreadable.map(\.code)
                    == [.bytesOverLimit])
        }
    }
}
