import GatewayTesting
import JSON
import Testing

@Suite("The command line")
struct CommandTests {
    static let commands = [
        [], ["serve"], ["check"], ["map"], ["map", "lint"], ["map", "new"], ["map", "run"], ["map", "test"], ["map", "diff"],
        ["map", "explain"],
        ["codes"], ["codes", "gaps"],
        ["replay"], ["outbox"],
        ["outbox", "list"],
        ["outbox", "show"], ["outbox", "retry"], ["outbox", "cancel"], ["outbox", "aside"], ["outbox", "hold"],
        ["outbox", "release"], ["outbox", "stats"], ["outbox", "verify"], ["evidence"], ["evidence", "verify"],
        ["evidence", "export"],
        ["trust"], ["trust", "verify"], ["seal"], ["seal", "verify"],
    ]

    @Test("every command teaches: what it is for, an example, the exit codes, the format option", arguments: commands)
    func help(command: [String]) async throws {
        let result = try await BuiltProgram.run(command + ["--help"])
        #expect(result.exit == 0)
        #expect(result.text.contains("OVERVIEW: "), "\(result.text)")
        #expect(result.text.contains("  tenderbridge ") || result.text.contains("`tenderbridge "), "no example")
        let groups: Set = ["map", "codes", "outbox", "evidence", "trust", "seal"]
        guard let last = command.last, !(command.count == 1 && groups.contains(last)) else { return }
        #expect(result.text.contains("Exit codes: 0 good"))
        #expect(result.text.contains("--format <format>"))
    }

    @Test(
        "a command line that cannot be understood ends with 64",
        arguments: [
            ["nonsense"], ["serve"], ["check", "--config"], ["replay"], ["map", "run", "only-one"], ["evidence", "verify"],
            ["outbox", "retry"], ["outbox", "list", "--state", "lost"], ["outbox", "list", "--limit", "0"],
            ["outbox", "retry", "x", "--dry-run"], ["outbox", "cancel", "--state", "dead"], ["outbox", "aside", "x"],
            ["outbox", "hold", "--reason", "x"], ["outbox", "release"], ["outbox", "verify"],
            ["outbox", "retry", "--cause", "x", "--reason", "y", "--limit", "0"],
            ["trust", "verify", "x.pem", "--at", "yesterday"], ["serve", "--config", "x", "--log-level", "loud"],
            ["check", "--config", "x", "--format", "xml"], ["seal", "verify", "/does/not/exist"],
            ["map", "lint", "/does/not/exist"],
            ["map", "new", "x", "in", "tender-notice"], ["map", "new", "x", "up", "tender-notice", "--from", "a.xml"],
        ])
    func usage(arguments: [String]) async throws {
        let result = try await BuiltProgram.run(arguments)
        #expect(result.exit == 64, "\(result.text)")
    }

    @Test("--version prints name and version")
    func version() async throws {
        let result = try await BuiltProgram.run(["--version"])
        #expect(result.exit == 0)
        #expect(result.lines == ["tenderbridge 0.1.0"])
    }

    @Test("check says that a good configuration is good, and prints findings in either language and as JSON")
    func check() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let good = try await BuiltProgram.run(["check", "--config", gateway.config])
        #expect(good.exit == 0)
        #expect(good.lines.last == "\(gateway.config): good")
        #expect(good.text.contains("is made at the first start"))
        try gateway.configure(extra: "limts: {}")
        let english = try await BuiltProgram.run(["check", "--config", gateway.config])
        let chinese = try await BuiltProgram.run(["check", "--config", gateway.config, "--language", "zh"])
        let json = try JSONValue(
            parsing: try await BuiltProgram.run(["check", "--config", gateway.config, "--format", "json"]).text)
        #expect(english.exit == 78 && chinese.exit == 78)
        #expect(english.text != chinese.text)
        #expect(json["good"]?.boolean == false)
        #expect(json["findings"]?[0]?["line"]?.integer == 21)
        #expect(json["findings"]?[0]?["textZh"]?.string?.isEmpty == false)
    }

    @Test("map lint names file, line and column of a slip and the word that was meant")
    func mapLint() async throws {
        let good = try await BuiltProgram.run(["map", "lint"])
        #expect(good.exit == 0, "\(good.text)")
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let mappings = try await gateway.copyMappings()
        try gateway.replace(
            "title: NOTICE_NAME | trim |", with: "title: NOTICE_NAME | trimm |", in: "Mappings/local-a/in/tender-notice.yaml")
        let file = mappings + "/local-a/in/tender-notice.yaml"
        let result = try await BuiltProgram.run(["map", "lint", file, "--schemas", Repository.file("Schemas")])
        #expect(result.exit == 1)
        #expect(result.lines.allSatisfy { $0.hasPrefix(file + ":") }, "\(result.text)")
        #expect(result.lines.contains { $0.contains(": error: ") && $0.contains("did you mean \"trim\"?") }, "\(result.text)")
    }

    @Test("map run makes the canonical record, and from it the province's document")
    func mapRun() async throws {
        let folder = try TemporaryDirectory("tb")
        defer { withExtendedLifetime(folder) {} }
        let recording = Repository.file("Tests/Recordings/good-24-village-hall")
        let inbound = try await BuiltProgram.run([
            "map", "run", "Mappings/local-a/in/tender-notice.yaml", recording + "/notice.xml", "-o", folder.file("record.json"),
        ])
        #expect(inbound.exit == 0, "\(inbound.text)")
        #expect(try folder.read("record.json") == Repository.bytes(recording + "/expected/canonical.json"))
        let outbound = try await BuiltProgram.run([
            "map", "run", "Mappings/provincial/out/tender-notice.yaml", folder.file("record.json"), "-o",
            folder.file("notice.xml"),
        ])
        #expect(outbound.exit == 0, "\(outbound.text)")
        #expect(try folder.read("notice.xml") == Repository.bytes(recording + "/expected/provincial/1.xml"))
        let refused = try await BuiltProgram.run([
            "map", "run", "Mappings/local-a/in/tender-notice.yaml",
            Repository.file("Tests/Recordings/bad-15-unknown-code/notice.xml"),
        ])
        #expect(refused.exit == 1)
        #expect(refused.lines.count == 1 && refused.text.contains("notice.xml:9: error: "), "\(refused.text)")
        let nowhere = try await BuiltProgram.run([
            "map", "run", "Mappings/local-a/in/tender-notice.yaml", recording + "/notice.xml", "-o", "/proc/nowhere/out.json",
        ])
        #expect(nowhere.exit == 73, "\(nowhere.text)")
    }

    @Test("map run makes a record of each good row of a CSV file, and says of each bad one what to mend")
    func mapRunRows() async throws {
        let folder = try TemporaryDirectory("tb")
        defer { withExtendedLifetime(folder) {} }
        _ = try await ChildProcess.run(["cp", "-rL", Repository.file("Mappings"), folder.path])
        let mapping = try folder.write(
            "Mappings/local-a/in/tender-notice@csv.yaml",
            """
            mapping: local-a/in/tender-notice@csv
            version: 1
            from: { format: csv, csv: { rowsBeforeHeader: 1, names: { "key (text)": key } } }
            to: { dataset: tender-notice, canonical: 1 }
            identify: { businessKey: key, orderingKey: key, version: literal("1") }
            fields:
              source.recordKey: key | trim | required
              tenderProject.code: code | trim | identifier("CN-TENDER-PROJECT") | required
              title: 标题 | trim | required
              nature: literal("normal")
              bulletinType: literal("tender-notice")
              publishedAt: at | time("yyyyMMddHHmmss") | required
              tenderer.name: 招标人 | trim | required
            """)
        let rows = [
            "explanation,,,,", "key (text),code,标题,at,招标人", "K1,E4401000002000033001,\"桥,\"\"一\"\"\",20260501090000,甲",
            "K2,E4401000002000033002,桥",
            "K3,E4401000002000033003,,20260501090000,乙", "K4,E4401000002000033004,路,20260501090000,丙", "",
        ]
        let input = try folder.write("notices.csv", rows.joined(separator: "\r\n"))
        let arguments = [
            "map", "run", mapping, input, "--schemas", Repository.file("Schemas"), "-o", folder.file("out/records.jsonl"),
        ]
        let result = try await BuiltProgram.run(arguments)
        #expect(result.exit == 1)
        #expect(result.lines.count == 3, "\(result.text)")
        #expect(result.text.contains("notices.csv:4:") && result.text.contains("the row has 3 fields, the header has 5"))
        #expect(result.text.contains("notices.csv:5:"), "\(result.text)")
        #expect(result.lines.last?.hasSuffix("2 records made, 2 refused") == true)
        let records = String(decoding: try folder.read("out/records.jsonl"), as: UTF8.self).split(separator: "\n")
        #expect(try records.map { try JSONValue(parsing: String($0)).value(at: "/source/recordKey")?.string } == ["K1", "K4"])
        let report = try await BuiltProgram.run(arguments + ["--format", "json"])
        #expect(report.exit == 1)
        let json = try JSONValue(parsing: report.text)
        #expect(json["records"]?.integer == 2 && json["refused"]?.integer == 2 && json["findings"]?.elements?.count == 2)
        let none = try await BuiltProgram.run(Array(arguments.dropLast(2)) + ["--format", "json"])
        #expect(none.exit == 64, "\(none.text)")
        let good = try folder.write("good.csv", [rows[0], rows[1], rows[2]].joined(separator: "\n"))
        let printed = try await BuiltProgram.run(["map", "run", mapping, good, "--schemas", Repository.file("Schemas")])
        #expect(printed.exit == 0 && printed.lines.count == 1, "\(printed.text)")
        #expect(try JSONValue(parsing: printed.text)["title"]?.string == "桥,\"一\"")
        try folder.write(
            "Mappings/local-a/in/tender-notice@csv.tests.yaml",
            """
            mapping: local-a/in/tender-notice@csv
            tests:
              - name: A row becomes a record
                input: |
                  explanation,,,,
                  key (text),code,标题,at,招标人
                  K1,E4401000002000033001,"桥,路",20260501090000,甲
                expect: { /title: "桥,路", /tenderer/name: 甲 }
                keys: { businessKey: K1 }
              - name: Two rows are none
                input: |
                  explanation,,,,
                  key (text),code,标题,at,招标人
                  K1,E4401000002000033001,桥,20260501090000,甲
                  K2,E4401000002000033001,桥,20260501090000,甲
                findings: [{ code: csv.record-count, line: 4 }]

            """)
        let tests = try await BuiltProgram.run(["map", "test", mapping, "--schemas", Repository.file("Schemas")])
        #expect(tests.exit == 0, "\(tests.text)")
        let wrong = try folder.write("wrong.csv", rows.dropFirst().joined(separator: "\n"))
        let unreadable = try await BuiltProgram.run([
            "map", "run", mapping, wrong, "--schemas", Repository.file("Schemas"), "--language", "zh",
        ])
        #expect(unreadable.exit == 1 && unreadable.text.contains("rowsBeforeHeader"), "\(unreadable.text)")
    }

    @Test("map run --split makes one line of JSON of each good record, and tells of each bad one with its line")
    func mapRunSplit() async throws {
        let folder = try TemporaryDirectory("split")
        defer { withExtendedLifetime(folder) {} }
        let schemas = ["--schemas", Repository.file("Schemas")]
        let notice = try Repository.text("Tests/Recordings/good-24-village-hall/notice.xml")
        let record = notice.drop { $0 != "?" }.dropFirst().drop { $0 != "<" }
        let day = try folder.write("day.xml", "<DAY>\n\(record)<TENDER_ANN_QUA_INQUERY_ANN/>\n\(record)</DAY>")
        let mapping = "Mappings/local-a/in/tender-notice.yaml"
        let arguments = ["map", "run", mapping, day, "--split", "/DAY/*"] + schemas
        let result = try await BuiltProgram.run(arguments + ["-o", folder.file("day.jsonl")])
        #expect(result.exit == 1 && result.lines.last?.hasSuffix("2 records made, 1 refused") == true, "\(result.text)")
        let line = 2 + record.count { $0 == "\n" }
        #expect(result.text.contains("day.xml:\(line): error: "), "\(result.text)")
        let one = try folder.write("one.xml", notice)
        let single = try await BuiltProgram.run(["map", "run", mapping, one, "-o", folder.file("one.json")] + schemas)
        #expect(single.exit == 0, "\(single.text)")
        let expected = try JSONValue(parsing: folder.read("one.json"))
        let records = String(decoding: try folder.read("day.jsonl"), as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(try records.map { try JSONValue(parsing: $0) } == [expected, expected])
        let whole = try await BuiltProgram.run(
            ["map", "run", mapping, one, "--split", "document", "-o", folder.file("two.json")] + schemas)
        #expect(whole.exit == 0, "\(whole.text)")
        #expect(try folder.read("two.json") == folder.read("one.json"))
        for (split, word) in [
            ("lines", "xml is not cut by lines"), ("line", "did you mean lines?"), ("/a b", "xml is not cut by /a b"),
        ] {
            let wrong = try await BuiltProgram.run(["map", "run", mapping, day, "--split", split] + schemas)
            #expect(wrong.exit == 64 && wrong.text.contains(word), "\(wrong.text)")
        }
        let out = try await BuiltProgram.run(
            ["map", "run", "Mappings/provincial/out/tender-notice.yaml", day, "--split", "lines"] + schemas)
        #expect(out.exit == 64, "\(out.text)")
    }

    @Test("map test runs the tests beside the mappings")
    func mapTest() async throws {
        let result = try await BuiltProgram.run(["map", "test"])
        #expect(result.exit == 0, "\(result.text)")
        #expect(result.lines.last?.hasSuffix(" passed, 0 failed") == true)
    }

    @Test("a store that is not there is said to be missing")
    func noStore() async throws {
        let result = try await BuiltProgram.run(["evidence", "verify", "--store", "/does/not/exist.sqlite"])
        #expect(result.exit == 1)
        #expect(result.text.hasPrefix("error: not-found: cannot open the store /does/not/exist.sqlite"))
    }

    @Test("output that cannot be written is a failure")
    func fullOutput() async throws {
        let result = try await BuiltProgram.run(command: ["sh", "-c", "exec \"$0\" map lint > /dev/full", BuiltProgram.path])
        #expect(result.exit == 73, "\(result.text)")
    }
}
