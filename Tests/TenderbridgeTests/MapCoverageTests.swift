import GatewayTesting
import Glibc
import JSON
import Testing

private let xmllint = "/usr/bin/xmllint"

@Suite("map test --coverage and map explain as commands")
struct MapCoverageTests {
    /// The repository's mappings with the tests of one of them cut down to the first.
    private func withGaps(_ folder: TemporaryDirectory) async throws -> (mapping: String, schemas: [String]) {
        _ = try await ChildProcess.run(["cp", "-rL", Repository.file("Mappings"), folder.path])
        let tests = String(decoding: try folder.read("Mappings/local-a/in/tender-notice.tests.yaml"), as: UTF8.self)
        let first = try #require(tests.firstRange(of: "\n  # A correction"))
        try folder.write("Mappings/local-a/in/tender-notice.tests.yaml", String(tests[..<first.lowerBound]) + "\n")
        return (folder.file("Mappings/local-a/in/tender-notice.yaml"), ["--schemas", Repository.file("Schemas")])
    }

    @Test("The shipped mappings reach 95 percent; less is named, and ends with 1")
    func least() async throws {
        let good = try await BuiltProgram.run(["map", "test", "Mappings", "--coverage", "--min", "95"])
        #expect(good.exit == 0, "\(good.text)")
        #expect(good.lines.contains { $0.hasPrefix("all mappings: target fields ") })
        try await TemporaryDirectory.with("cover") { folder in
            let (mapping, schemas) = try await withGaps(folder)
            let low = try await BuiltProgram.run(["map", "test", mapping, "--coverage", "--min", "95"] + schemas)
            #expect(low.exit == 1)
            #expect(
                low.lines.contains { $0.hasPrefix("\(mapping):21:3: gap: target field \"project.code\" (项目编号): ") }, "\(low.text)"
            )
            #expect(
                low.lines.contains { $0.contains("Mappings/codelists/notice-nature.csv:3:1: gap: code list notice-nature: ") })
            #expect(low.lines.contains { $0.hasPrefix("local-a/in/tender-notice: ") && $0.hasSuffix("less than --min 95") })
            #expect(low.lines.last == "1 passed, 0 failed")
            #expect(!low.text.contains("eforms/in"), "only what was asked for is measured")
            let zh = try await BuiltProgram.run(
                ["map", "test", mapping, "--coverage", "--min", "20", "--language", "zh"] + schemas)
            #expect(zh.exit == 0, "\(zh.text)")
            #expect(zh.lines.contains { $0.contains(":21:3: gap: 目标字段“project.code”（项目编号）：没有测试比较其值") })
            #expect(zh.lines.last == "通过 1 项，失败 0 项")
        }
    }

    @Test("As JSON: shares, gaps with their places, and who is below")
    func json() async throws {
        try await TemporaryDirectory.with("cover") { folder in
            let (mapping, schemas) = try await withGaps(folder)
            let arguments = ["map", "test", mapping, "--coverage", "--min", "95", "--format", "json"] + schemas
            let result = try await BuiltProgram.run(arguments)
            #expect(result.exit == 1)
            let json = try JSONValue(parsing: result.text)
            let entry = try #require(json["coverage"]?["mappings"]?[0])
            #expect(entry["mapping"]?.string == "local-a/in/tender-notice" && entry["tests"]?.integer == 1)
            #expect(entry["targetFields"]?["total"]?.integer == 73)
            #expect((entry["targetFields"]?["percent"]?.integer ?? 100) < 95)
            #expect(json["coverage"]?["belowMin"]?[0]?.string == "local-a/in/tender-notice")
            let gap = try #require(entry["gaps"]?.elements?.first { $0["name"]?.string == "project.code" })
            #expect(gap["line"]?.integer == 21 && gap["column"]?.integer == 3 && gap["kind"]?.string == "targetFields")
            #expect(gap["file"]?.string == mapping && gap["textZh"]?.string?.isEmpty == false)
            let file = folder.file("out/coverage.json")
            let written = try await BuiltProgram.run(arguments + ["--output", file])
            #expect(written.exit == 1 && written.lines.last == "1 passed, 0 failed")
            #expect(try JSONValue(parsing: try Repository.bytes(file)) == json)
        }
    }

    @Test("As HTML: one well-formed page, nothing fetched")
    func page() async throws {
        try await TemporaryDirectory.with("cover") { folder in
            let file = folder.file("coverage.html")
            let result = try await BuiltProgram.run(["map", "test", "--coverage", "--format", "html", "--output", file])
            #expect(result.exit == 0 && !result.text.contains("<html"), "\(result.text)")
            let page = String(decoding: try Repository.bytes(file), as: UTF8.self)
            #expect(page.contains("<h2 id=\"m1\">credit/out/penalty</h2>") && !page.contains("<script"))
            if access(xmllint, X_OK) == 0 { _ = try await ChildProcess.run([xmllint, "--noout", "--nonet", file]) }
            let printed = try await BuiltProgram.run(["map", "test", "--coverage", "--format", "html"])
            #expect(printed.lines.first?.hasPrefix("<?xml") == true)
        }
    }

    @Test("A test that fails ends with 1, whatever is covered, and is told in either language")
    func failing() async throws {
        try await TemporaryDirectory.with("cover") { folder in
            let (mapping, schemas) = try await withGaps(folder)
            let file = "Mappings/local-a/in/tender-notice.tests.yaml"
            let tests = String(decoding: try folder.read(file), as: UTF8.self)
            let name = try #require(tests.firstRange(of: "\"title\": \"测试道路改造工程招标公告\""))
            try folder.write(file, tests.replacing(tests[name], with: "\"title\": \"别的\""))
            let result = try await BuiltProgram.run(["map", "test", mapping, "--coverage"] + schemas)
            #expect(result.exit == 1)
            #expect(
                result.lines.contains("  /title (公告标题): expected \"别的\", but found \"测试道路改造工程招标公告\""), "\(result.text)")
            #expect(result.lines.contains { $0.contains("gap: target field \"title\" ") })
            let zh = try await BuiltProgram.run(["map", "test", mapping, "--language", "zh"] + schemas)
            #expect(zh.lines.contains("  /title（公告标题）：应为“别的”，实为“测试道路改造工程招标公告”"), "\(zh.text)")
        }
    }

    @Test("map explain shows a field's way, why one is empty, and everything as JSON")
    func explain() async throws {
        let mapping = "Mappings/local-a/in/tender-notice.yaml"
        let notice = "Tests/Recordings/good-24-village-hall/notice.xml"
        let mode = try await BuiltProgram.run(["map", "explain", mapping, notice, "sections[0].tenderMode"])
        #expect(mode.exit == 0)
        #expect(
            mode.lines == [
                "sections[0].tenderMode (标段(包)招标方式) = \"invited\"", "  \(mapping):83:19: BID_TENDER_MODE | code(tender-mode)",
                "  BID_TENDER_MODE: \(notice):42 /TENDER_ANN_QUA_INQUERY_ANN/SECTION/BID_TENDER_MODE = \"2\"",
                "  code(tender-mode): \"2\" -> \"invited\"",
                "    Mappings/codelists/tender-mode.csv:3: tender-mode 2 = invited (邀请招标)",
            ])
        let empty = try await BuiltProgram.run([
            "map", "explain", mapping, notice, "/sections/0/plannedStart", "--language", "zh",
        ])
        #expect(empty.exit == 0 && empty.lines.first == "sections[0].plannedStart（计划开工日期） = 空")
        #expect(empty.lines.contains("  原因：/TENDER_ANN_QUA_INQUERY_ANN/SECTION（第 33 行） 中没有 BEGIN_DATE"), "\(empty.text)")
        let all = try await BuiltProgram.run(["map", "explain", mapping, notice, "--format", "json"])
        let json = try JSONValue(parsing: all.text)
        #expect(json["refused"]?.boolean == false && json["fields"]?.elements?.count == 73)
        let field = try #require(json["fields"]?.elements?.first { $0["field"]?.string == "sections[0].tenderMode" })
        #expect(field["values"]?[0]?.string == "invited" && field["sources"]?[0]?["line"]?.integer == 42)
        #expect(field["steps"]?[0]?["codes"]?[0]?["line"]?.integer == 3)
    }

    @Test("map explain of a refused record ends with 1 and says why all the same; an unknown field is 64 with a suggestion")
    func explainRefused() async throws {
        let mapping = "Mappings/local-a/in/tender-notice.yaml"
        let notice = "Tests/Recordings/bad-15-unknown-code/notice.xml"
        let refused = try await BuiltProgram.run(["map", "explain", mapping, notice, "nature"])
        #expect(refused.exit == 1)
        #expect(refused.lines.contains { $0.hasPrefix("  because code.unknown: ") }, "\(refused.text)")
        let unknown = try await BuiltProgram.run(["map", "explain", mapping, notice, "natur"])
        #expect(unknown.exit == 64 && unknown.text.contains("did you mean nature?"), "\(unknown.text)")
        let group = try await BuiltProgram.run(["map", "explain", mapping, notice, "tenderr"])
        #expect(group.exit == 64 && group.text.contains("did you mean tenderer?"), "\(group.text)")
    }

    @Test("The lineage as text, JSON and CSV")
    func lineage() async throws {
        let mapping = "Mappings/provincial/out/tender-notice.yaml"
        let text = try await BuiltProgram.run(["map", "explain", mapping, "--lineage"])
        #expect(text.exit == 0)
        #expect(
            Array(text.lines.drop { !$0.hasPrefix("BID_OPEN_METHOD") }.prefix(6)) == [
                "BID_OPEN_METHOD (开标方式), basis unverified", "  \(mapping):30:3", "  from: bid.openingMethod",
                "  functions: code(bid-opening-method)", "  code lists: bid-opening-method",
                "  may be seen by: public, province, supervision, discipline-audit, trading-system, guarantor, expert-pool, approval",
            ], "\(text.text)")
        let json = try JSONValue(
            parsing: try await BuiltProgram.run(["map", "explain", mapping, "--lineage", "--format", "json"]).text)
        #expect(json["audience"]?.string == "province" && json["fields"]?.elements?.count == 49)
        let csv = try await BuiltProgram.run(["map", "explain", mapping, "--lineage", "--format", "csv"])
        #expect(csv.exit == 0 && csv.lines.count == 50)
        #expect(csv.lines[1].hasPrefix("PROJECT_CODE,项目编号,no,project.code.value,max(50),,"), "\(csv.lines[1])")
        #expect(csv.lines[1].contains(",unverified,provincial/out/tender-notice,1,\(mapping),12,3"))
    }

    @Test(
        "A command line that makes no sense ends with 64",
        arguments: [
            ["map", "test", "--min", "95"], ["map", "test", "--output", "x"], ["map", "test", "--format", "html"],
            ["map", "test", "--coverage", "--min", "101"], ["map", "explain", "Mappings/local-a/in/tender-notice.yaml"],
            ["map", "explain", "Mappings/local-a/in/tender-notice.yaml", "x.xml", "--lineage"],
            ["map", "explain", "Mappings/local-a/in/tender-notice.yaml", "README.md", "--format", "csv"],
            ["map", "explain", "Mappings/local-a/in/tender-notice.yaml", "/does/not/exist"],
            ["map", "explain", "Mappings/local-a/platform.yaml", "--lineage"],
        ])
    func usage(arguments: [String]) async throws {
        let result = try await BuiltProgram.run(arguments)
        #expect(result.exit == 64, "\(result.text)")
    }
}
