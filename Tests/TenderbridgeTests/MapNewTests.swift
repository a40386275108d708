import GatewayTesting
import JSON
import Testing

@Suite("map new")
struct MapNewTests {
    private let source = Repository.file("Schemas/local-a/tender-notice.xsd")
    private var folders: [String] { ["--mappings", Repository.file("Mappings")] }

    @Test("writes a draft, tells what is needed, and never takes the place of a file unless it is told to")
    func file() async throws {
        let folder = try TemporaryDirectory("tb")
        defer { withExtendedLifetime(folder) {} }
        let out = folder.path + "/in/tender-notice.yaml"
        let command = ["map", "new", "city-x", "in", "tender-notice", "--from", source, "-o", out] + folders
        let made = try await BuiltProgram.run(command)
        #expect(made.exit == 0, "\(made.text)")
        #expect(made.text.contains("field(s) guessed, 2 needed") && made.text.contains("needed: bulletinType"), "\(made.text)")
        let text = String(decoding: try Repository.bytes(out), as: UTF8.self)
        #expect(text.contains("mapping: city-x/in/tender-notice\n") && text.contains("schema: local-a/tender-notice.xsd"))
        let again = try await BuiltProgram.run(command)
        #expect(again.exit == 64 && again.text.contains("--force"), "\(again.text)")
        #expect(try await BuiltProgram.run(command + ["--force"]).exit == 0)
    }

    @Test("prints the draft, or all of it as JSON")
    func printed() async throws {
        let command =
            ["map", "new", "provincial", "out", "tender-notice", "--audience", "province", "--from"]
            + [Repository.file("Schemas/provincial/tender-notice.xsd")] + folders
        let text = try await BuiltProgram.run(command)
        #expect(
            text.exit == 0 && text.text.contains("  NOTICE_NAME: title | max(600) | required   # guess 1.00: 公告标题"),
            "\(text.text)")
        let json = try JSONValue(parsing: try await BuiltProgram.run(command + ["--format", "json"]).text)
        #expect(json["needed"]?.elements == [] && json["findings"]?.elements == [] && (json["guesses"]?.integer ?? 0) > 40)
    }

    @Test(
        "ends with 64 and what to do where nothing can be drafted",
        arguments: [
            (["city-x", "in", "nothing"], "name one of"), (["city-x", "out", "tender-notice"], "--audience"),
            (["City X", "in", "tender-notice"], "small letters"),
        ])
    func refused(words: [String], hint: String) async throws {
        let result = try await BuiltProgram.run(["map", "new"] + words + ["--from", source] + folders)
        #expect(result.exit == 64 && result.text.contains(hint), "\(result.text)")
    }
}
