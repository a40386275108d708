import GatewayTesting
import JSON
import Testing

@Suite("The command line")
struct CommandTests {
    static let commands = [
        [], ["serve"], ["check"], ["map"], ["map", "lint"], ["map", "run"], ["map", "test"], ["replay"], ["outbox"],
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
        let groups: Set = ["map", "outbox", "evidence", "trust", "seal"]
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
