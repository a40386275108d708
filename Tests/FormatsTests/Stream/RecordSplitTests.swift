import ExchangeModel
import Formats
import JSON
import Testing

@Suite("How documents are split")
struct RecordSplitTests {
    @Test(
        "a word is read and written back",
        arguments: [
            ("document", RecordSplit.document), ("lines", .lines), ("elements", .elements), ("rows", .rows),
            ("/data/rows", .path("/data/rows")), ("/NOTICES/*/GCJS_NOTICE", .path("/NOTICES/*/GCJS_NOTICE")),
            ("/{urn:a/b}A/B", .path("/{urn:a/b}A/B")), ("/a~1b/0", .path("/a~1b/0")),
        ])
    func words(text: String, split: RecordSplit) {
        #expect(RecordSplit(text) == split && split.text == text)
    }

    @Test("other words are none", arguments: ["", "line", "data/rows", "Lines", "$.rows"])
    func noWords(text: String) { #expect(RecordSplit(text) == nil) }

    @Test("each form says what it cannot be cut by, in two languages")
    func forms() {
        #expect(RecordSplit.lines.fits(.json) && RecordSplit.elements.fits(.json) && RecordSplit.rows.fits(.csv))
        #expect(RecordSplit.rows.fits(.xlsx) && RecordSplit.path("/A/B").fits(.xml) && RecordSplit.path("/A/B").fits(.json))
        for form in RecordSplit.Form.allCases { #expect(RecordSplit.document.fits(form)) }
        #expect(
            RecordSplit.lines.problem(with: .xml)?.text
                == "xml is not cut by lines; write document or a path such as /NOTICES/NOTICE")
        #expect(RecordSplit.path("/A").problem(with: .csv)?.textZH == "csv 不能按 /A 切分；请写 document or rows")
        #expect(!RecordSplit.path("/a b").fits(.xml) && RecordSplit.path("/a b").fits(.json))
        #expect(!RecordSplit.path("/a~2").fits(.json) && !RecordSplit.path("/").fits(.xml))
    }

    @Test("a split that fits makes a cutter, another none")
    func cutters() {
        #expect(RecordSplit.lines.cutter(for: .json, names: table([])) is JSONLineCutter)
        #expect(RecordSplit.path("/a").cutter(for: .json, names: table([])) is JSONElementCutter)
        #expect(RecordSplit.path("/a").cutter(for: .xml, names: table([])) is XMLRecordCutter)
        #expect(RecordSplit.rows.cutter(for: .csv, names: table([])) is CSVRecordCutter)
        #expect(RecordSplit.document.cutter(for: .csv, names: table([])) is DocumentCutter)
        #expect(RecordSplit.rows.cutter(for: .json, names: table([])) == nil)
        #expect(RecordSplit.rows.cutter(for: .xlsx, names: table([])) is SheetRecordCutter)
    }

    @Test("a whole document is one record, refused when it is too large")
    func document() throws {
        let cutter = try #require(RecordSplit.document.cutter(for: .json, names: table(["a"])))
        let cuts = Cuts(cutter, "{\"a\":\n1}", pieces: [2])
        #expect(cuts.records.count == 1)
        #expect(cuts.places == [RecordPlace(number: 1, offset: 0, end: 8, line: 1, endLine: 2, endColumn: 3)])
        var options = RecordSplit.Options()
        options.jsonLimits.bytesMax = 7
        let small = try #require(RecordSplit.document.cutter(for: .json, names: table([]), options: options))
        #expect(Cuts(small, "{\"a\":\n1}").refusals.first?.first?.code == .bytesOverLimit)
    }
}
