import ExchangeModel
import Testing

@testable import Formats

@Suite("Sheets cut into records")
struct SheetRecordCutterTests {
    private typealias Book = HandmadeWorkbook

    private func refusal(_ reading: SheetReading) -> [String] { reading.findings.map { "\($0.code) \($0.path)" } }

    @Test("each row is a record with the names of the header; positions and paths are those of the sheet")
    func rows() {
        let rows =
            Book.row(1, ["编号", " 名称 ", "备注"]) + Book.row(2, ["A-1", "楼", "x"])
            + "<row r=\"4\"><c r=\"B4\" t=\"inlineStr\"><is><t>桥</t></is></c></row>"
        let reading = SheetReading(Book(rows: rows).bytes)
        #expect(reading.findings == [])
        #expect(reading.columns == ["编号", "名称", "备注"])
        #expect(reading.values == [["A-1", "楼", "x"], ["", "桥", ""]])
        #expect(reading.records[1][1].position == SourcePosition(line: 4, column: 2))
        #expect(reading.places.map(\.line) == [2, 4] && reading.places.map(\.number) == [1, 2])
    }

    @Test("shared strings: runs are joined, phonetic text is left out, escapes are undone")
    func sharedStrings() {
        let strings = [
            "<t>名称</t>",
            "<r><rPr><b/></rPr><t>招</t></r><r><t xml:space=\"preserve\"> 标</t></r><rPh sb=\"0\" eb=\"1\"><t>zhao</t></rPh>",
            "<t>a_x000A_b_x005F_x0041_&amp;&lt;</t>", "<t/>", "<t>_xD83D__xDE00_</t>", "<t>_xD83D_</t>",
        ]
        let rows =
            "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>"
            + (1...5).map { "<row r=\"\($0 + 1)\"><c r=\"A\($0 + 1)\" t=\"s\"><v>\($0)</v></c></row>" }.joined()
            + "<row r=\"7\"><c r=\"A7\" t=\"s\"><v>6</v></c></row>"
        let reading = SheetReading(Book(rows: rows, strings: strings).bytes)
        #expect(reading.values == [["招 标"], ["a\nb_x0041_&<"], ["😀"], ["_xD83D_"]])
        #expect(reading.refusals.map { $0.map(\.path) } == [["Sheet1!A7"]])
    }

    @Test("numbers stay as written up to 15 digits, and are rounded beyond as a spreadsheet shows them")
    func numbers() {
        for (written, expected) in [
            ("1.50", "1.50"), ("0.30000000000000004", "0.3"), ("1.1000000000000001", "1.1"),
            ("-12345678.9012345678", "-12345678.9012346"),
            ("1E+3", "1000"), ("1.5E-3", "0.0015"), ("123456789012345", "123456789012345"), ("0.1", "0.1"),
            ("-0.99999999999999999", "-1"),
            ("99999999999999.99", "100000000000000"), ("0", "0"), ("2.5E0", "2.5"), ("1E-7", "0.0000001"), ("007", "007"),
        ] {
            let rows = Book.row(1, ["n"]) + "<row r=\"2\"><c r=\"A2\"><v>\(written)</v></c></row>"
            let reading = SheetReading(Book(rows: rows).bytes)
            #expect(reading.values == [[expected]], "\(written)")
            #expect(reading.records.first?.first?.kind == .number)
        }
        for written in ["1234567890123456", "4.4010619900101E+17", "1E+400", "abc", "1E", "NaN", "--1", "1 2", "0x10"] {
            let rows = Book.row(1, ["n"]) + "<row r=\"2\"><c r=\"A2\"><v>\(written)</v></c></row>"
            let reading = SheetReading(Book(rows: rows).bytes)
            #expect(refusal(reading) == ["sheet.cell Sheet1!A2"], "\(written)")
        }
    }

    @Test("errors, formulas without value, unknown kinds and control characters refuse their row; other rows are good")
    func cells() {
        let rows =
            Book.row(1, ["a", "b"])
            + "<row r=\"2\"><c r=\"A2\" t=\"e\"><v>#REF!</v></c><c r=\"B2\" t=\"e\"><v>#N/A</v></c></row>"
            + "<row r=\"3\"><c r=\"A3\"><f>1+1</f><v></v></c></row>" + "<row r=\"4\"><c r=\"A4\" t=\"zz\"><v>1</v></c></row>"
            + "<row r=\"5\"><c r=\"A5\" t=\"inlineStr\"><is><t>a_x0001_</t></is></c></row>"
            + "<row r=\"6\"><c r=\"A6\" t=\"b\"><v>1</v></c><c r=\"B6\" t=\"b\"><v>0</v></c></row>"
            + "<row r=\"7\"><c r=\"A7\"><f>1+1</f><v>2</v></c><c r=\"B7\" t=\"str\"><f>\"\"</f><v></v></c></row>"
            + "<row r=\"8\"><c r=\"A8\" t=\"d\"><v>2026-05-01T09:00:00</v></c></row>"
            + "<row r=\"9\"><c r=\"A9\"/><c r=\"B9\" s=\"3\"/></row>"
            + "<row r=\"10\"><c r=\"A10\" t=\"b\"><v>2</v></c></row>"
        let reading = SheetReading(Book(rows: rows).bytes)
        #expect(reading.values == [["true", "false"], ["2", ""], ["2026-05-01T09:00:00", ""]])
        #expect(
            reading.refusals.map { $0.map(\.path) }
                == [["Sheet1!A2", "Sheet1!B2"], ["Sheet1!A3"], ["Sheet1!A4"], ["Sheet1!A5"], ["Sheet1!A10"]])
        #expect(reading.refusals[0][0].text == "cell A2 holds the error #REF!; mend its formula or write the value")
        #expect(reading.refusals[0][0].textZH == "单元格 A2 为错误值 #REF!；请修正公式或直接填写数值")
        // A column that the mapping does not read refuses nothing.
        let known = SheetReading(Book(rows: rows).bytes, names: ["b"])
        #expect(known.refusals.map { $0.map(\.path) } == [["Sheet1!B2"]])
    }

    @Test("dates of both systems, and what is no day of the calendar")
    func dates() {
        let styles = """
            <numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/><numFmt numFmtId="165" formatCode="[h]:mm:ss"/></numFmts>
            <cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="21"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="31"/></cellXfs>
            """
        func read(_ value: String, _ style: Int, _ properties: String = "") -> SheetReading {
            let rows = Book.row(1, ["at"]) + "<row r=\"2\"><c r=\"A2\" s=\"\(style)\"><v>\(value)</v></c></row>"
            return SheetReading(Book(rows: rows, styles: styles, properties: properties).bytes)
        }
        for (value, style, expected) in [
            ("46143", 1, "2026-05-01"), ("1", 1, "1900-01-01"), ("59", 1, "1900-02-28"), ("61", 1, "1900-03-01"),
            ("2958465", 4, "9999-12-31"), ("46143.395833333336", 2, "2026-05-01T09:30:00"),
            ("46143.999999999", 2, "2026-05-02T00:00:00"),
            ("0.5", 3, "12:00:00"), ("0.524259259259259", 3, "12:34:56"), ("46143.25", 3, "2026-05-01T06:00:00"),
            ("46143.25", 4, "2026-05-01"),
            ("1.5", 5, "PT36H0M0S"), ("46143", 6, "2026-05-01"), ("46143", 0, "46143"), ("46143", 99, "46143"),
            ("4.6143E4", 1, "2026-05-01"),
        ] {
            #expect(read(value, style).values == [[expected]], "\(value) \(style)")
        }
        #expect(read("44681", 1, "date1904=\"1\"").values == [["2026-05-01"]])
        #expect(read("0", 1, "date1904=\"true\"").values == [["1904-01-01"]])
        for value in ["60", "0", "-1", "2958466", "99999999999", "0.5"] {
            let reading = read(value, 1)
            #expect(refusal(reading) == ["time.invalid Sheet1!A2"], "\(value)")
        }
    }

    @Test("formats of moments are told from formats of numbers")
    func formats() {
        for (code, expected): (String, SheetNumberFormat) in [
            ("General", .number), ("0.00", .number), ("#,##0.00_);[Red](#,##0.00)", .number), ("0.00E+00", .number),
            ("@", .number),
            ("\"day \"0", .number), ("0\\d", .number), ("[$¥-804]#,##0", .number), ("G/通用格式", .number), ("# ?/?", .number),
            ("", .number),
            ("yyyy-mm-dd", .date), ("yyyy\"年\"m\"月\"d\"日\"", .date), ("m/d/yy", .date), ("mmm-yy", .date), ("mmmm", .date),
            ("[$-804]yyyy\"年\"m\"月\";@", .date), ("[DBNum1][$-804]yyyy\"年\"m\"月\"d\"日\"", .date), ("e/m/d", .date),
            ("aaaa", .date),
            ("h:mm", .time), ("mm:ss", .time), ("mm:ss.0", .time), ("h:mm AM/PM", .time), ("AM/PM h:mm", .time),
            ("上午/下午h\"时\"mm\"分\"", .time), ("h\"时\"mm\"分\"ss\"秒\"", .time), ("[h]:mm:ss", .elapsed), ("[mm]:ss", .elapsed),
            ("yyyy-mm-dd hh:mm:ss", .dateTime), ("m/d/yy h:mm", .dateTime), ("yyyy/m/d\\ h:mm;@", .dateTime),
            ("d.m. hh:mm", .dateTime),
        ] {
            #expect(SheetNumberFormat(code: code) == expected, "\(code)")
        }
        #expect((14...17).allSatisfy { SheetNumberFormat(builtIn: $0) == .date } && SheetNumberFormat(builtIn: 22) == .dateTime)
        #expect(SheetNumberFormat(builtIn: 46) == .elapsed && SheetNumberFormat(builtIn: 49) == .number)
    }

    @Test("rows of explanation are passed over on both sides of the header, empty ones counted")
    func explanation() {
        let rows = Book.row(1, ["填表说明"]) + Book.row(3, ["code", "name"]) + Book.row(4, ["必填", "选填"]) + Book.row(6, ["1", "a"])
        let reading = SheetReading(Book(rows: rows).bytes, dialect: SheetDialect(rowsBeforeHeader: 2, rowsAfterHeader: 1))
        #expect(reading.findings == [] && reading.values == [["1", "a"]])
    }

    @Test("a header of two rows joins the names; cells merged over columns stand above all of them")
    func mergedHeader() {
        let rows =
            "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>编号</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>投标人</t></is></c>"
            + "<c r=\"D1\" t=\"inlineStr\"><is><t>备注</t></is></c></row>"
            + "<row r=\"2\"><c r=\"B2\" t=\"inlineStr\"><is><t>名称</t></is></c><c r=\"C2\" t=\"inlineStr\"><is><t>金额\n(万元)</t></is></c></row>"
            + Book.row(3, ["1", "甲", "2.5", "x"])
        let merged = "<mergeCells><mergeCell ref=\"A1:A2\"/><mergeCell ref=\"B1:C1\"/><mergeCell ref=\"D1:D2\"/></mergeCells>"
        let reading = SheetReading(
            Book(rows: rows, behind: merged).bytes, dialect: SheetDialect(headerRows: 2, names: ["投标人_金额(万元)": "amount"]))
        #expect(reading.findings == [])
        #expect(reading.columns == ["编号", "投标人_名称", "amount", "备注"])
        #expect(reading.values == [["1", "甲", "2.5", "x"]])
        // Without the merged cell nobody says that the group goes on.
        #expect(
            SheetReading(Book(rows: rows).bytes, dialect: SheetDialect(headerRows: 2)).columns == [
                "编号", "投标人_名称", "金额(万元)", "备注",
            ])
    }

    @Test("a header is refused with a name twice, without a name, or with none that the mapping reads")
    func headers() {
        #expect(refusal(SheetReading(Book(rows: Book.row(1, ["a", "b", "a"])).bytes)) == ["sheet.header Sheet1!C1"])
        #expect(refusal(SheetReading(Book(rows: Book.row(2, ["x", "y"])).bytes, names: ["a"])) == ["sheet.header Sheet1!A2"])
        #expect(refusal(SheetReading(Book(rows: "").bytes)) == ["sheet.header "])
        #expect(
            refusal(SheetReading(Book(rows: Book.row(1, ["a"])).bytes, dialect: SheetDialect(rowsBeforeHeader: 1))) == [
                "sheet.header "
            ])
        // A column without a name is of no matter until it has a value.
        let rows = Book.row(1, ["", "a"]) + Book.row(2, ["", "1"]) + Book.row(3, ["x", "2", "y"])
        let reading = SheetReading(Book(rows: rows).bytes)
        #expect(reading.values == [["1"]] && refusal(reading) == ["sheet.columns Sheet1!A3", "sheet.columns Sheet1!C3"])
    }

    @Test("the strict form is read like the transitional, and cells without names stand one behind another")
    func strict() {
        let rows = "<row><c t=\"inlineStr\"><is><t>a</t></is></c></row><row><c><v>1</v></c></row>"
        let strict = Book(
            rows: rows, main: "http://purl.oclc.org/ooxml/spreadsheetml/main",
            office: "http://purl.oclc.org/ooxml/officeDocument/relationships")
        #expect(SheetReading(strict.bytes).values == [["1"]])
    }

    @Test("reading goes on behind a row when the whole file comes again")
    func resumes() {
        let book = Book(rows: Book.row(1, ["a"]) + (2...9).map { Book.row($0, ["\($0)"]) }.joined())
        let whole = SheetReading(book.bytes)
        let rest = SheetReading(book.bytes, resumingBehind: whole.places[3])
        #expect(rest.values == Array(whole.values.dropFirst(4)))
        #expect(rest.places == Array(whole.places.dropFirst(4)))
    }

    @Test("one record is one row")
    func single() {
        func read(_ rows: String) -> (findings: [Finding.Code], isEmpty: Bool) {
            var tree = RecordTree()
            let findings = SheetRecordReader().read(Book(rows: rows).bytes, names: NameTable(), into: &tree)
            return (findings.map(\.code), tree.root == RecordTree.none)
        }
        #expect(read(Book.row(1, ["a"]) + Book.row(2, ["1"])) == ([], false))
        #expect(read(Book.row(1, ["a"])) == ([.sheetRecordCount], true))
        #expect(read(Book.row(1, ["a"]) + Book.row(2, ["1"]) + Book.row(3, ["2"])) == ([.sheetRecordCount], true))
    }
}
