import ExchangeModel
import Testing

@testable import Formats

@Suite("CSV records")
struct CSVRecordCutterTests {
    @Test("a row is a group of text nodes with the header's names, each with its line and column")
    func tree() {
        var tree = RecordTree()
        let cutter = CSVRecordCutter(names: CSVReading.table(["b"]))
        cutter.append(Array("a,b\n1,\"x\ny\"\n".utf8))
        cutter.finish()
        #expect(
            cutter.next(into: &tree) == .record(RecordPlace(number: 1, offset: 4, end: 12, line: 2, endLine: 4)))
        #expect(tree[tree.root].kind == .group && tree.text(tree[tree.root].rawName) == "")
        #expect(
            CSVReading.fields(of: tree) == [
                .init(name: "a", value: "1", position: SourcePosition(line: 2, column: 1)),
                .init(name: "b", value: "x\ny", position: SourcePosition(line: 2, column: 4)),
            ])
        #expect(tree[1].name == .unknown && tree[2].name == NameID(index: 0) && tree[2].kind == .text)
        #expect(cutter.next(into: &tree) == .end)
    }

    @Test(
        "quotation marks, line ends and a missing last one are read as RFC 4180 has them",
        arguments: [
            ("a,b\n1,2\n", [["1", "2"]]), ("a,b\r\n1,2\r\n3,4", [["1", "2"], ["3", "4"]]),
            ("a,b\r1,2\r3,4\r", [["1", "2"], ["3", "4"]]),
            ("a,b\n\"1\",\"2\"", [["1", "2"]]), ("a,b\n\"1,5\",\"say \"\"hi\"\"\"\n", [["1,5", "say \"hi\""]]),
            ("a,b\n\"x\r\ny\",\"\n\"\r\n", [["x\r\ny", "\n"]]), ("a,b\n,\n", [["", ""]]), ("a,b\n\"\",\"\"\"\"\n", [["", "\""]]),
            ("a,b\n1,\n", [["1", ""]]), ("a,b\n1,", [["1", ""]]), ("a,b\n\n1,2\n\r\n\n3,4\n\n", [["1", "2"], ["3", "4"]]),
            ("a\n\"\"\n", [[""]]), ("a,b\n 1 , 2\n", [[" 1 ", " 2"]]), ("a,b\n6'1\",x\"y\"\n", [["6'1\"", "x\"y\""]]),
            ("a,b\n项目,\"招标,公告\"\n", [["项目", "招标,公告"]]), ("a,b\n1\t2,3\n", [["1\t2", "3"]]), ("a,b\n", []), ("a", []),
        ] as [(String, [[String]])])
    func grammar(text: String, rows: [[String]]) {
        let reading = CSVReading(text)
        #expect(reading.values == rows)
        #expect(reading.refusals == [] && reading.unreadable == [])
    }

    @Test("tab and semicolon separate when they are asked for, and a comma is then text")
    func separators() {
        #expect(CSVReading("a\tb\n1,5\t\"x\ty\"\n", dialect: CSVDialect(separator: .tab)).values == [["1,5", "x\ty"]])
        #expect(CSVReading("a;b\n1,5;\"x;y\"\n", dialect: CSVDialect(separator: .semicolon)).values == [["1,5", "x;y"]])
    }

    @Test("rows of explanation are passed over before and behind the header, empty lines among them counted")
    func explanations() {
        let text = "招标公告,,\n\n  code ,\u{3000}名称\u{3000}\n填写说明,\"多\n行\"\n\n1,2\n"
        let dialect = CSVDialect(rowsBeforeHeader: 2, rowsAfterHeader: 1, names: ["名称": "title"])
        let reading = CSVReading(text, dialect: dialect)
        #expect(
            reading.rows == [
                .record([
                    .init(name: "code", value: "1", position: SourcePosition(line: 7, column: 1)),
                    .init(name: "title", value: "2", position: SourcePosition(line: 7, column: 3)),
                ])
            ])
    }

    @Test(
        "a header that is no header refuses the file and says what to mend",
        arguments: [
            ("", .csvHeader, 1, "ends before its header row"), ("\n\n", .csvHeader, 3, "ends before"),
            ("a,,c\n", .csvHeader, 1, "column 2 has no name"), ("a, \n", .csvHeader, 1, "column 2 has no name"),
            ("a,b, a \n1,2,3\n", .csvHeader, 1, "columns 1 and 3 have the same name"),
            ("\"a\nb\n", .csvQuote, 1, "never closed"), ("x,y\n", .csvHeader, 1, "none of the 2 names"),
            ("a,b,c,d,e,a\n", .countOverLimit, 1, "6 columns; the limit is 5"),
            ("a,bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n", .bytesOverLimit, 1, "limit of 40 bytes"),
            ("a;b\n", .csvHeader, 1, "none of the 1"),
        ] as [(String, Finding.Code, Int, String)])
    func badHeader(text: String, code: Finding.Code, line: Int, words: String) {
        let reading = CSVReading(text, limits: CSVLimits(columnsMax: 5, headerBytesMax: 40), names: ["a", "b"])
        #expect(reading.unreadable.count == 1 && reading.rows.isEmpty)
        let finding = reading.unreadable.first
        #expect(finding?.code == code && finding?.position.line == line)
        #expect(finding?.text.contains(words) == true, "\(finding?.text ?? "")")
        #expect(finding?.textZH.isEmpty == false)
    }

    @Test("every fault of the header is told")
    func allHeaderFaults() {
        #expect(CSVReading("a,,a,\n").unreadable.map(\.position.column) == [3, 4, 6])
    }

    @Test("of many columns without a name of their own the first are told, and how many more there are")
    func manyHeaderFaults() {
        let reading = CSVReading(String(repeating: "a,", count: 100) + "a\n")
        #expect(reading.unreadable.count == HeaderFindings.shownMax + 1)
        #expect(reading.unreadable.last?.text.hasPrefix("80 more columns") == true)
        #expect(reading.unreadable.last?.textZH.contains("80") == true)
    }

    @Test(
        "a rotten row is refused by itself, with its place, and those around it are read",
        arguments: [
            ("1,2,3", .csvColumns, 3, 5, "", "3 fields, the header has 2"), ("1", .csvColumns, 3, 1, "", "1 fields"),
            ("\"x\ny\"", .csvColumns, 3, 2, "", "1 fields"),
            ("\"1\"x,2", .csvQuote, 3, 4, "/a", "follows a closing quotation mark"),
            ("1,\"2\" ", .csvQuote, 3, 6, "/b", "follows a closing"),
            ("\"x\ny\"z,2", .csvQuote, 4, 3, "/a", "lines 3 to 4 are one row"),
            ("1,\u{0}", .csvControl, 3, 3, "/b", "UTF-16"), ("1,\"\u{1B}\"", .csvControl, 3, 4, "/b", "0x1B"),
            ("1,aaaaaaaaaaaaaaaaaaaaa", .bytesOverLimit, 3, 3, "/b", "limit of 20 bytes"),
            (
                "1,\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", .bytesOverLimit, 3, 1, "",
                "limit of 50 bytes"
            ),
        ] as [(String, Finding.Code, Int, Int, String, String)])
    func badRow(row: String, code: Finding.Code, line: Int, column: Int, path: String, words: String) {
        let reading = CSVReading("a,b\ngood,1\n\(row)\ngood,2\n", limits: CSVLimits(rowBytesMax: 50, fieldBytesMax: 20))
        #expect(reading.values == [["good", "1"], ["good", "2"]])
        #expect(reading.refusals.count == 1)
        let finding = reading.refusals.first?.first
        #expect(
            finding?.code == code && finding?.position == SourcePosition(line: line, column: column),
            "\(String(describing: finding))")
        #expect(finding?.path == path && finding?.text.contains(words) == true, "\(finding?.text ?? "")")
        #expect(finding?.textZH.isEmpty == false)
        #expect(reading.places.map(\.number) == [1, 2, 3])
    }

    @Test("what stands in quotation marks never becomes a record, however bad the row is")
    func noRecordOutOfText() {
        // The mark of the first row is missing: what it takes in is refused together, and the next row is read.
        let open = CSVReading("a,b\n\"1,2\n3,4\n5,\"6\"\n7,8\n")
        #expect(open.values == [["7", "8"]] && open.refusals.count == 1)
        #expect(open.places.first == RecordPlace(number: 1, offset: 4, end: 19, line: 2, endLine: 5))
        // Text of somebody's, in marks as it should be, in a row that is bad for another reason or over its limit.
        let forged = "a,b\n\"x\"y,\"\n1,2\n\"\n"
        #expect(CSVReading(forged).values == [])
        let long = "a,b\n1,\"" + String(repeating: "x", count: 100) + "\n1,2\n1,2\"\n7,8\n"
        let limited = CSVReading(Array(long.utf8), limits: CSVLimits(rowBytesMax: 50), pieces: [1])
        #expect(limited.values == [["7", "8"]] && limited.refusals.map { $0.map(\.code) } == [[.bytesOverLimit]])
        let cut = CSVReading("a,b\n1,2\n3,\"4\n5,6\n")
        #expect(cut.values == [["1", "2"]])
        #expect(cut.refusals.first?.first?.code == .csvQuote)
        #expect(cut.refusals.first?.first?.position == SourcePosition(line: 3, column: 3))
    }

    @Test("octets that are no text refuse their row, with the byte's offset, record, column and line for each field")
    func octets() {
        var bytes = Array("\u{FEFF}a,b,c\n1,2,3\nx".utf8)
        bytes += [0xC4, 0xE3] + Array(",y,".utf8) + [0xFF] + Array("\n4,5,6\n".utf8)
        let reading = CSVReading(bytes)
        #expect(reading.values == [["1", "2", "3"], ["4", "5", "6"]])
        let findings = reading.refusals.first ?? []
        #expect(findings.map(\.code) == [.encodingInvalid, .encodingInvalid])
        #expect(findings.map(\.path) == ["/a", "/c"])
        #expect(findings.map(\.position) == [SourcePosition(line: 3, column: 2), SourcePosition(line: 3, column: 7)])
        #expect(findings.first?.text.contains("byte 16 of the file (0xC4), in column 1 of record 2") == true, "\(findings)")
        #expect(findings.last?.text.contains("byte 21 of the file (0xFF)") == true)
    }

    @Test("a row that the other encoding can read says so")
    func otherEncoding() {
        let reading = CSVReading(Array("a,b\n".utf8) + gb18030("招标,公告\n"))
        #expect(reading.refusals.first?.first?.text.contains("as gb18030 the row can be read") == true)
    }

    @Test("GB 18030 is read, separators and all, as UTF-8 is")
    func gb18030Rows() {
        let good = "项目,名称\n\"镕\"\"镕\"\"\",𠀀;|\n€,ｱ\n朱镕基,\"公告,\n第二行\"\n"
        let reading = CSVReading(gb18030(good), dialect: CSVDialect(encoding: .gb18030), names: ["项目"])
        #expect(reading.values == CSVReading(good).values)
        #expect(reading.values.first == ["镕\"镕\"", "𠀀;|"])
        var bytes = gb18030("项目,名称\n1,招")
        bytes[bytes.count - 1] = 0x20
        let bad = CSVReading(bytes, dialect: CSVDialect(encoding: .gb18030))
        #expect(bad.refusals.first?.first?.code == .encodingInvalid)
        #expect(bad.refusals.first?.first?.position == SourcePosition(line: 2, column: 3))
        #expect(bad.refusals.first?.first?.path == "/名称")
    }

    @Test("a byte-order mark is passed over, and one of another encoding refuses the file")
    func marks() {
        #expect(CSVReading("\u{FEFF}a,b\n1,2\n", names: ["a"]).values == [["1", "2"]])
        let national = CSVDialect(encoding: .gb18030)
        #expect(CSVReading([0x84, 0x31, 0x95, 0x33] + gb18030("a\n招\n"), dialect: national, names: ["a"]).values == [["招"]])
        #expect(CSVReading("\u{FEFF}a,b\n1,2\n", dialect: national).unreadable.map(\.code) == [.encodingInvalid])
        #expect(CSVReading([0xFF, 0xFE, 0x61, 0, 0x2C, 0]).unreadable.first?.text.contains("UTF-16") == true)
        #expect(CSVReading([0xEF, 0xBB, 0xBF]).unreadable.map(\.code) == [.csvHeader])
    }

    @Test("a row of 100 MB is refused without being held, and the next is read")
    func hugeRow() {
        let cutter = CSVRecordCutter(limits: CSVLimits(rowBytesMax: 1 << 20), names: NameTable())
        var tree = RecordTree()
        cutter.append(Array("a,b\n1,\"".utf8))
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 18)
        for _ in 0..<400 {
            cutter.append(piece)
            #expect(cutter.next(into: &tree) == .needsBytes)
        }
        cutter.append(Array("\"\n7,8\n".utf8))
        guard case .refused(let place, let findings) = cutter.next(into: &tree) else {
            Issue.record("the row was not refused")
            return
        }
        #expect(findings.map(\.code) == [.bytesOverLimit])
        #expect(place.end - place.offset == 5 + 400 * piece.count)
        guard case .record(let next) = cutter.next(into: &tree) else {
            Issue.record("the next row was not read")
            return
        }
        #expect(next.offset == place.end && next.line == 3)
    }

    @Test("one record a message: the reader takes one row, and refuses none or several")
    func oneRecord() {
        func read(_ text: String) -> ([Finding.Code], Int) {
            var tree = RecordTree()
            let findings = CSVRecordReader().read(Array(text.utf8), names: NameTable(), into: &tree)
            return (findings.map(\.code), tree.nodes.count)
        }
        #expect(read("a,b\n1,2\n") == ([], 3))
        #expect(read("a,b\n") == ([.csvRecordCount], 0))
        #expect(read("a,b\n1,2\n3,4\n") == ([.csvRecordCount], 0))
        #expect(read("a,b\n1\n") == ([.csvColumns], 0))
        #expect(read("") == ([.csvHeader], 0))
    }
}
