import ExchangeModel
import GatewayTesting
import Testing

@testable import Formats

/// Damage of every kind in every part of a workbook: an answer each time, never a crash, and never more than the limits.
@Suite("Damaged workbooks")
struct SheetFuzzTests {
    private static let book = HandmadeWorkbook(
        rows: HandmadeWorkbook.row(1, ["编号", "名称"]) + HandmadeWorkbook.row(2, ["", "名称"])
            + (3...20).map {
                "<row r=\"\($0)\"><c r=\"A\($0)\" s=\"1\"><v>461\($0).25</v></c><c r=\"B\($0)\" t=\"s\"><v>\($0 % 3)</v></c></row>"
            }.joined(),
        behind: "<mergeCells count=\"1\"><mergeCell ref=\"A1:B1\"/></mergeCells>",
        strings: ["<t>招标</t>", "<r><t>a_x0041_</t></r>", "<t xml:space=\"preserve\"> b </t>"],
        styles:
            "<numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy-mm-dd hh:mm\"/></numFmts><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/></cellXfs>"
    )
    private static let pieces: [[UInt8]] =
        [
            "<", ">", "&", "\"", "<!--", "-->", "<![CDATA[", "]]>", "<!DOCTYPE x>", "<?", "&#0;", "&amp;", "</row>",
            "<row r=\"1\">", "<c r=\"A1\">",
            "</c>", "<v>", "</sheetData>", "1E999999999", "_x0000_", "_xD800_", "99999999999999999999", "-1", "\u{FEFF}",
            "PK\u{3}\u{4}", "PK\u{1}\u{2}",
        ].map { Array($0.utf8) } + [[0xFF, 0xFE], [0], [0xC0, 0x80], [0xED, 0xA0, 0x80]]

    private func damage(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...64, using: &random)))
            case 3: bytes.insert(contentsOf: Self.pieces.randomElement(using: &random) ?? [], at: place)
            case 4: bytes.removeSubrange(place...)
            default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 100)], at: place)
            }
        }
    }

    private func check(_ bytes: [UInt8], _ random: inout SeededRandom, _ words: String) {
        let dialect = SheetDialect(headerRows: random.chance(50) ? 2 : 1)
        let reading = SheetReading(bytes, dialect: dialect)
        // Every record is text, and every finding says something in both languages.
        #expect(reading.records.allSatisfy { $0.count == reading.columns.count }, "\(words)")
        #expect(reading.findings.allSatisfy { !$0.text.isEmpty && !$0.textZH.isEmpty }, "\(words)")
        #expect(reading.unreadable.count <= HeaderFindings.shownMax + 1, "\(words) \(reading.unreadable.map(\.path))")
    }

    @Test("damage in the file, at any byte")
    func file() {
        let seed = TestSeed.choose()
        print("SheetFuzzTests.file seed \(seed)")
        var random = SeededRandom(seed: seed)
        let good = Self.book.bytes
        for round in 0..<(TestSeed.number("TENDERBRIDGE_FUZZ_ROUNDS") ?? 150) {
            var bytes = good
            damage(&bytes, &random)
            check(bytes, &random, "seed \(seed) round \(round)")
        }
    }

    @Test("damage in a part of a package that is whole")
    func part() {
        let seed = TestSeed.choose()
        print("SheetFuzzTests.part seed \(seed)")
        var random = SeededRandom(seed: seed)
        for round in 0..<(TestSeed.number("TENDERBRIDGE_FUZZ_ROUNDS") ?? 300) {
            var book = Self.book
            let index = Int.random(in: 0..<book.parts.count, using: &random)
            damage(&book.parts[index].bytes, &random)
            check(book.bytes, &random, "seed \(seed) round \(round) \(book.parts[index].name)")
        }
    }

    @Test("a byte changed in each region, and the file cut off at each")
    func everywhere() {
        let good = Self.book.bytes
        var random = SeededRandom(seed: 1)
        for place in stride(from: 0, to: good.count, by: 23) {
            var bytes = good
            bytes[place] = ~bytes[place]
            check(bytes, &random, "byte \(place)")
            let cut = SheetReading(Array(good[..<place]))
            #expect(cut.unreadable.map(\.code) == [.sheetFile], "cut at \(place)")
        }
    }
}
