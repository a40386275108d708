import GatewayTesting
import Glibc
import JSON
import Testing

private let python = "/usr/bin/python3"
private let hasOpenpyxl = access("/usr/lib/python3/dist-packages/openpyxl/__init__.py", R_OK) == 0 && access(python, X_OK) == 0

@Suite("map run on a workbook", .enabled(if: hasOpenpyxl, "python3-openpyxl is not installed"))
struct SheetRunTests {
    private static let mapping = """
        mapping: local-a/in/tender-notice@sheet
        version: 1
        from: { format: xlsx, sheet: { name: 公告, rowsBeforeHeader: 1, names: { "key (text)": key } } }
        to: { dataset: tender-notice, canonical: 1 }
        identify: { businessKey: key, orderingKey: key, version: literal("1") }
        fields:
          source.recordKey: key | trim | required
          tenderProject.code: code | trim | identifier("CN-TENDER-PROJECT") | required
          title: 标题 | trim | required
          nature: literal("normal")
          bulletinType: literal("tender-notice")
          publishedAt: at | time("yyyy-MM-ddTHH:mm:ss") | required
          tenderer.name: 招标人 | trim | required
        """

    /// Writes rows of key, code and title below a row of explanation.
    private func workbook(_ folder: TemporaryDirectory, _ name: String, _ rows: [[String]]) async throws {
        try folder.write("rows.json", JSONValue.array(rows.map { .array($0.map { .string($0) }) }).bytes())
        let program = """
            import datetime, json, sys
            from openpyxl import Workbook
            book = Workbook()
            sheet = book.active
            sheet.title = "公告"
            sheet.append(["说明"])
            sheet.append(["key (text)", "code", "标题", "at", "招标人", "不读"])
            for key, code, title in json.load(open("rows.json", encoding="utf-8")):
                sheet.append([key, code, title, datetime.datetime(2026, 5, 1, 9), "甲", 12.5])
            book.save(sys.argv[1])
            """
        _ = try await ChildProcess.run([python, "-c", program, name], in: folder.path)
    }

    /// The rows of a workbook that was written for mending, as openpyxl reads them.
    private func rows(_ folder: TemporaryDirectory, _ name: String) async throws -> [[String]] {
        let program = """
            import json, sys
            from openpyxl import load_workbook
            rows = [["" if value is None else str(value) for value in row]
                    for row in load_workbook(sys.argv[1])["公告"].iter_rows(min_row=3, values_only=True)]
            json.dump(rows, open("read.json", "w"))
            """
        _ = try await ChildProcess.run([python, "-c", program, name], in: folder.path)
        let rows = try JSONValue(parsing: try folder.read("read.json"))
        return rows.elements?.map { $0.elements?.compactMap(\.string) ?? [] } ?? []
    }

    @Test("good rows are records; the others stand in a workbook that is mended and sent again")
    func refusedRows() async throws {
        try await TemporaryDirectory.with("tb") { folder in
            _ = try await ChildProcess.run(["cp", "-rL", Repository.file("Mappings"), folder.path])
            let mapping = try folder.write("Mappings/local-a/in/tender-notice@sheet.yaml", Self.mapping)
            try await workbook(
                folder, "rows.xlsx",
                [
                    ["K1", "E4401000002000033001", "桥"], ["K2", "E4401000002000033002", ""], ["K3", "", "路"],
                    ["004", "E4401000002000033004", "楼"],
                ])
            func run(_ input: String, _ more: [String] = []) async throws -> BuiltProgram.Result {
                try await BuiltProgram.run(
                    [
                        "map", "run", mapping, folder.file(input), "--schemas", Repository.file("Schemas"), "-o",
                        folder.file("records.jsonl"), "--refused", folder.file("mend.xlsx"),
                    ] + more)
            }
            let first = try await run("rows.xlsx", ["--format", "json"])
            #expect(first.exit == 1, "\(first.text)")
            let report = try JSONValue(parsing: first.text)
            #expect(report["records"]?.integer == 2 && report["refused"]?.integer == 2)
            #expect(report["refusedFile"]?.string == folder.file("mend.xlsx"))
            #expect(report["findings"]?.elements?.map { $0["path"]?.string ?? "" } == ["公告!C4", "公告!B5"])
            let records = String(decoding: try folder.read("records.jsonl"), as: UTF8.self)
            #expect(records.contains("\"004\"") && records.contains("2026-05-01T09:00:00+08:00"), "\(records)")

            // The refused rows come again as they were, with the reason behind them; a second refusal has one reason still.
            for _ in 0..<2 {
                let mend = try await rows(folder, "mend.xlsx")
                #expect(
                    mend.map { Array($0.prefix(6)) } == [
                        ["K2", "E4401000002000033002", "", "2026-05-01T09:00:00", "甲", "12.5"],
                        ["K3", "", "路", "2026-05-01T09:00:00", "甲", "12.5"],
                    ])
                #expect(mend.allSatisfy { $0.count == 7 } && mend[0][6].contains("[标题]"), "\(mend)")
                _ = try await ChildProcess.run(["cp", folder.file("mend.xlsx"), folder.file("again.xlsx")])
                let again = try await run("again.xlsx")
                #expect(again.exit == 1 && again.lines.last?.hasSuffix("0 records made, 2 refused") == true, "\(again.text)")
            }

            // Without a refused row there is no file, and a workbook that is none is a finding.
            unlink(folder.file("mend.xlsx"))
            try await workbook(folder, "good.xlsx", [["K1", "E4401000002000033001", "桥"]])
            let good = try await run("good.xlsx")
            #expect(good.exit == 0 && access(folder.file("mend.xlsx"), F_OK) != 0, "\(good.text)")
            try folder.write("bad.xlsx", "key,code\n")
            let bad = try await run("bad.xlsx")
            #expect(bad.exit == 1 && bad.text.contains("not xlsx"), "\(bad.text)")
            let elsewhere = try await BuiltProgram.run([
                "map", "run", Repository.file("Mappings/local-a/in/tender-notice.yaml"), folder.file("bad.xlsx"), "--refused",
                "x.xlsx",
            ])
            #expect(elsewhere.exit == 64, "\(elsewhere.text)")

            // Tests beside a mapping name the workbook as a file.
            _ = try await ChildProcess.run(["cp", folder.file("good.xlsx"), folder.file("Mappings/local-a/in/one.xlsx")])
            try folder.write(
                "Mappings/local-a/in/tender-notice@sheet.tests.yaml",
                """
                mapping: local-a/in/tender-notice@sheet
                tests:
                  - name: A row becomes a record
                    inputFile: one.xlsx
                    expect: { /title: 桥, /source/recordKey: K1 }
                """)
            let tests = try await BuiltProgram.run([
                "map", "test", folder.file("Mappings/local-a/in/tender-notice@sheet.yaml"), "--schemas",
                Repository.file("Schemas"),
            ])
            #expect(tests.exit == 0, "\(tests.text)")
        }
    }
}
