import ExchangeModel
import Formats
import GatewayTesting
import Glibc
import JSON
import Spreadsheet
import Store
import Testing

@testable import Gateway

@Suite("Workbooks that are dropped into a folder")
struct WorkbookFileTests {
    private static let channel = ", directory: {path: in, sender: local-a, files: \"*.xlsx\"}"
    private static let header = ["key", "code", "title", "at", "tenderer", "edition"]

    private func drop(_ name: String, _ numbers: ClosedRange<Int>, bad: Set<Int> = [], _ scene: RowScene) throws {
        let writer = try SpreadsheetWriter(path: scene.folder.file("in/\(name)"), header: Self.header)
        for number in numbers {
            let title = bad.contains(number) ? SpreadsheetCell.empty : .text("第\(number)座桥，\"东\"")
            try writer.append([
                .text("K\(number)"), .text("E4401000002000033001"), title, .text("20260501090000"), .text("甲"), .number("1"),
            ])
        }
        try writer.close()
    }

    @Test("each row is a message; it is kept as CSV of what its cells stand for")
    func rows() async throws {
        try await RowScene.with(mapping: "sheets", channel: Self.channel) { scene in
            try drop("may.xlsx", 1...3, scene)
            try await scene.take()
            #expect(try await scene.accepted() == ["K1", "K2", "K3"])
            let row = try await scene.store.evidence(from: 1, limit: 10).first.map { try JSONValue(parsing: $0.content) }
            let id = try #require(row?["message"]?.string.flatMap { MessageID($0) })
            let payload = try #require(await scene.store.payload(.received, of: .message(id)))
            #expect(payload.contentType == "text/csv")
            #expect(
                String(decoding: payload.bytes, as: UTF8.self) == """
                    key,code,title,at,tenderer,edition
                    K1,E4401000002000033001,"第1座桥，""东""\",20260501090000,甲,1

                    """)
        }
    }

    @Test("a mapping of CSV serves workbooks where the channel says so")
    func mappingOfCSV() async throws {
        let channel = ", sheet: {number: 1}" + Self.channel
        try await RowScene.with(mapping: "rows", channel: channel) { scene in
            try drop("may.xlsx", 1...3, bad: [2], scene)
            try await scene.take()
            #expect(try await scene.accepted() == ["K1", "K3"])
            #expect(try await scene.names("in/refused") == ["may.refused-records.xlsx"])
        }
    }

    @Test(
        "refused rows name their cells, and come in a workbook that is mended and sent again",
        .enabled(
            if: access("/usr/lib/python3/dist-packages/openpyxl/__init__.py", R_OK) == 0, "python3-openpyxl is not installed"))
    func refused() async throws {
        try await RowScene.with(mapping: "sheets", channel: Self.channel) { scene in
            try drop("may.xlsx", 1...600, bad: [2, 599], scene)
            try await scene.take()
            #expect(try await scene.accepted().count == 598)
            let report = try scene.report("in/done/may.xlsx.report.json")
            #expect(report["refusedRecords"]?.elements?.map { $0["line"]?.integer } == [3, 600])
            #expect(report["refusedRecords"]?[0]?["findings"]?[0]?["path"]?.string == "Sheet1!C3")
            let name = try #require(report["refusedRecordsFile"]?.string)
            #expect(name == "may.refused-records.xlsx")
            let collected = try scene.folder.read("in/refused/\(name)")
            let cutter = SheetRecordCutter(names: NameTable())
            cutter.append(collected)
            cutter.finish()
            var tree = RecordTree()
            guard case .record = cutter.next(into: &tree) else { throw TestingFailure("no row") }
            #expect(cutter.columnTitles == Self.header + ["拒收原因"])
            // Somebody fills the cells that are empty.
            try await ChildProcess.run([
                "/usr/bin/python3", "-c",
                """
                import sys, openpyxl
                book = openpyxl.load_workbook(sys.argv[1])
                for row in book.active.iter_rows(min_row=2): row[2].value = "桥"
                book.save(sys.argv[2])
                """, scene.folder.file("in/refused/\(name)"), scene.folder.file("in/mended.xlsx"),
            ])
            try await scene.take()
            #expect(try await scene.accepted().suffix(2) == ["K2", "K599"])
        }
    }

    @Test("what is no workbook is refused as a whole, and says what it is")
    func noWorkbook() async throws {
        try await RowScene.with(mapping: "sheets", channel: Self.channel) { scene in
            try scene.drop("a.xlsx", "<html><body><table/></body></html>")
            try scene.drop("b.xlsx", "PK\u{3}\u{4}half")
            try await scene.take()
            #expect(try await scene.accepted().isEmpty)
            for name in ["a", "b"] {
                let report = try scene.report("in/refused/\(name).xlsx.report.json")
                #expect(report["outcome"]?.string == "refused" && report["findings"]?[0]?["textZh"]?.string?.isEmpty == false)
            }
        }
    }

    @Test("an interrupted workbook goes on behind the last row on disk")
    func resumes() async throws {
        try await RowScene.with(mapping: "sheets", channel: Self.channel) { scene in
            let count = StreamIntake.partRecords * 2 + 40
            try drop("may.xlsx", 1...count, scene)
            let bytes = try scene.folder.read("in/may.xlsx")
            let channel = try #require(scene.gateway.present.channel("local-a"))
            func intake(_ source: any RecordSource) -> StreamIntake {
                StreamIntake(
                    pipeline: scene.gateway.accepting, active: scene.gateway.present, channel: channel, way: channel.ways[0],
                    tolerance: .any, name: "may.xlsx", sender: "local-a", traceID: scene.gateway.accepting.makeTraceID(),
                    source: source)
            }
            let look = try #require(try intake(MemorySource(bytes)).look())
            // Two parts of it, as a former life left them.
            let whole = intake(MemorySource(bytes))
            let task = Task { try await whole.take(look) }
            while (try await scene.store.stream(look.identity)?.records ?? 0) < StreamIntake.partRecords { await Task.yield() }
            task.cancel()
            _ = try? await task.value
            let done = try #require(await intake(MemorySource(bytes)).take(look))
            #expect(done.state == .taken && done.records == count && done.repeated == 0)
            #expect(try await scene.accepted() == (1...count).map { "K\($0)" })
        }
    }
}
