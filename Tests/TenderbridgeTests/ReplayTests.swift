import GatewayTesting
import Glibc
import JSON
import Testing

@Suite("The replay of recordings")
struct ReplayTests {
    static let hasXmllint = access("/usr/bin/xmllint", X_OK) == 0
    static let hasVectors = (getenv("TENDERBRIDGE_VECTORS").map { String(cString: $0) } ?? "") != ""

    private func replay(_ arguments: [String], environment: [String: String] = [:]) async throws -> BuiltProgram.Result {
        try await BuiltProgram.run(["replay"] + arguments, environment: environment)
    }

    @Test("gives what every recording names: status, findings, record, documents, facts")
    func recordings() async throws {
        let result = try await replay(["Tests/Recordings"])
        #expect(result.exit == 0, "\(result.text)")
        let skipped = Self.hasVectors ? 0 : 3
        let cases = try await ChildProcess.run(["find", Repository.file("Tests/Recordings"), "-name", "case.yaml"]).count
        #expect(cases >= 164)
        #expect(result.lines.last == "\(cases - skipped) passed, 0 failed, \(skipped) skipped")
    }

    @Test("covers the eForms notices where the test vectors are", .enabled(if: hasVectors, "TENDERBRIDGE_VECTORS is not set"))
    func vectors() async throws {
        let names = ["eforms-01-minimal", "eforms-02-cumbria", "eforms-03-invalid"]
        let result = try await replay(["Tests/Recordings"] + names.flatMap { ["--case", $0] })
        #expect(result.exit == 0, "\(result.text)")
        #expect(result.lines.last == "3 passed, 0 failed, 0 skipped")
    }

    @Test("shows cases that need test vectors as skipped, and does not pass by skipping alone")
    func skipped() async throws {
        let result = try await replay(
            ["Tests/Recordings", "--case", "eforms-01-minimal"], environment: ["TENDERBRIDGE_VECTORS": ""])
        #expect(result.exit == 1)
        #expect(
            result.lines == [
                "skip eforms-01-minimal: TENDERBRIDGE_VECTORS names no folder of test vectors", "0 passed, 0 failed, 1 skipped",
            ])
    }

    @Test("prints the same as JSON")
    func json() async throws {
        let result = try await replay(["Tests/Recordings", "--case", "good-15-village-minimal", "--format", "json"])
        let report = try JSONValue(parsing: result.text)
        #expect(report["passed"]?.integer == 1 && report["failed"]?.integer == 0)
        #expect(report["cases"]?[0]?["case"]?.string == "good-15-village-minimal")
        #expect((report["cases"]?[0]?["facts"]?.integer ?? 0) > 20)
    }

    @Test(
        "expected documents are valid by xmllint too", .enabled(if: hasXmllint, "xmllint is not installed"),
        arguments: [("provincial", "provincial/tender-notice.xsd", 49), ("credit", "credit/penalty.xsd", 11)])
    func xmllint(destination: String, schema: String, count: Int) async throws {
        let files = try await ChildProcess.run([
            "find", Repository.file("Tests/Recordings"), "-path", "*/expected/\(destination)/*.xml",
        ])
        #expect(files.count >= count)
        let result = try await BuiltProgram.run(
            command: ["xmllint", "--noout", "--nonet", "--schema", Repository.file("Schemas/" + schema)] + files)
        #expect(result.exit == 0, "\(result.lines.filter { !$0.hasSuffix(" validates") }.joined(separator: "\n"))")
    }

    @Test(
        "expected canonical records are valid by Python's jsonschema too", .enabled(if: PythonJSONSchema.isThere, "no jsonschema")
    )
    func jsonschema() async throws {
        let files = try await ChildProcess.run([
            "find", Repository.file("Tests/Recordings"), "-path", "*/expected/canonical*.json",
        ])
        #expect(files.count >= 26)
        for (dataset, isPenalty) in [("tender-notice", false), ("penalty", true)] {
            let own = try files.filter { file in
                let folder = file.prefix(upTo: try #require(file.firstRange(of: "/expected/")).lowerBound)
                return try Self.isPenalty(String(folder)) == isPenalty
            }
            #expect(own.count >= 11)
            let result = try await PythonJSONSchema.validate(own, schema: Repository.file("Schemas/canonical/\(dataset).json"))
            #expect(result.exit == 0, "\(result.text)")
        }
    }

    /// Whether a case comes to a channel of penalties.
    private static func isPenalty(_ folder: String) throws -> Bool {
        let text = String(decoding: try Repository.bytes(folder + "/case.yaml"), as: UTF8.self)
        return text.split(separator: "\n").contains { $0.hasPrefix("channel: local-b-penalt") }
    }

    /// Runs a good recording with one line of a mapping changed.
    private func replay(_ name: String, changing file: String, _ old: String, to new: String) async throws -> BuiltProgram.Result
    {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let mappings = try await gateway.copyMappings()
        try gateway.replace(old, with: new, in: "Mappings/" + file)
        try gateway.configure(mappings: mappings)
        return try await replay(["Tests/Recordings", "--case", name, "--config", gateway.config])
    }

    @Test("fails with field, name and both values when an inbound line takes another field")
    func swappedField() async throws {
        let result = try await replay(
            "good-01-road-notice", changing: "local-a/in/tender-notice.yaml", "bid.openingAt: BID_OPEN_TIME",
            to: "bid.openingAt: DOC_GET_END_TIME")
        #expect(result.exit == 1)
        #expect(
            result.lines.contains(
                "     canonical /bid/openingAt (开标时间): expected \"2026-06-01T09:30:00+08:00\", but found \"2026-05-13T17:00:00+08:00\""
            ),
            "\(result.text)")
        #expect(result.lines.contains { $0.contains("fact: provincial /GCJS_NOTICE/BID_OPEN_TIME (开标时间, facts.csv line ") })
    }

    @Test("fails when an outbound line is taken out")
    func droppedLine() async throws {
        let result = try await replay(
            "good-01-road-notice", changing: "provincial/out/tender-notice.yaml", "  DOC_PRICE: document.price | amount(\"元\")\n",
            to: "")
        #expect(result.exit == 1)
        #expect(
            result.lines.contains("     provincial /GCJS_NOTICE/DOC_PRICE (文件售价 0元): expected \"0\", but it is missing"),
            "\(result.text)")
    }

    @Test("fails when a code list gives another code")
    func changedCode() async throws {
        let result = try await replay(
            "good-01-road-notice", changing: "codelists/notice-nature.csv", "local-a,1,normal",
            to: "local-a,1,correction")
        #expect(result.exit == 1)
        #expect(result.text.contains("/nature"), "\(result.text)")
    }

    @Test("--accept rewrites expected/ and never the facts")
    func accept() async throws {
        let folder = try TemporaryDirectory("tb")
        defer { withExtendedLifetime(folder) {} }
        try await ChildProcess.run(["cp", "-r", Repository.file("Tests/Recordings/good-15-village-minimal"), folder.file("case")])
        let facts = try folder.read("case/facts.csv")
        try folder.write("case/facts.csv", facts + Array("wrong on purpose,canonical,/title,text,another title\n".utf8))
        let changed = try folder.read("case/facts.csv")
        try folder.write("case/expected/canonical.json", "{}\n")
        try folder.write("case/expected/left-over.txt", "from a mapping that is gone")

        let before = try await replay([folder.path])
        #expect(before.exit == 1)
        #expect(before.text.contains("left-over.txt"))
        let accepted = try await replay([folder.path, "--accept"])
        #expect(accepted.exit == 1, "the wrong fact stays wrong")
        #expect(accepted.lines.count { $0.hasPrefix("     ") } == 1, "\(accepted.text)")
        #expect(accepted.text.contains("fact: canonical /title (wrong on purpose, facts.csv line "))
        #expect(try folder.read("case/facts.csv") == changed)
        #expect(access(folder.file("case/expected/left-over.txt"), F_OK) != 0)
        try folder.write("case/facts.csv", facts)
        #expect(try await replay([folder.path]).exit == 0)
    }

    @Test("refuses a case that is not known, with the nearest name")
    func unknownCase() async throws {
        let result = try await replay(["Tests/Recordings", "--case", "good-15-vilage-minimal"])
        #expect(result.exit == 64)
        #expect(result.text.contains("did you mean good-15-village-minimal?"))
    }

    @Test("names every fault of a case.yaml with its place")
    func faultyCase() async throws {
        let folder = try TemporaryDirectory("tb")
        defer { withExtendedLifetime(folder) {} }
        try folder.makeDirectory("one")
        try folder.write("one/case.yaml", "channel: local-a\nsnder: local-a\nhttp: many\n")
        let result = try await replay([folder.path])
        #expect(result.exit == 1)
        #expect(result.lines.contains { $0.contains("one/case.yaml:2:1: error:") && $0.contains("sender") }, "\(result.text)")
        #expect(result.lines.contains { $0.contains("one/case.yaml:3:7: error:") }, "\(result.text)")
    }
}

/// Python's `jsonschema`, a second opinion apart from our own code.
enum PythonJSONSchema {
    static let isThere = system("python3 -c 'import jsonschema' >/dev/null 2>&1") == 0
    static let readsYAML = system("python3 -c 'import jsonschema, yaml' >/dev/null 2>&1") == 0

    /// Validates JSON and YAML files; prints what is wrong.
    static func validate(_ files: [String], schema: String) async throws -> BuiltProgram.Result {
        let script = """
            import json, sys, jsonschema
            def load(path):
                if path.endswith('.yaml'):
                    import yaml
                    return yaml.safe_load(open(path, encoding='utf-8'))
                return json.load(open(path, encoding='utf-8'))
            schema = load(sys.argv[1])
            jsonschema.Draft202012Validator.check_schema(schema)
            validator = jsonschema.Draft202012Validator(schema)
            bad = 0
            for path in sys.argv[2:]:
                for error in validator.iter_errors(load(path)):
                    bad += 1
                    print(path, list(error.absolute_path), error.message[:200])
            sys.exit(1 if bad else 0)
            """
        return try await BuiltProgram.run(command: ["python3", "-c", script, schema] + files)
    }
}
