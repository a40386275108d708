import GatewayTesting
import Testing

/// The schemas that editors complete and check files by, held against the files by a validator that is not ours.
@Suite("Schemas for editors", .enabled(if: PythonJSONSchema.readsYAML, "Python's jsonschema and yaml are not installed"))
struct EditorSchemaTests {
    /// Reads YAML twice: every scalar as text, as the gateway does, and typed, as editors do; CSV as rows by their header.
    /// Prints what does not fit, and ends with 1 when something does not.
    static let program = """
        import csv, datetime, glob, json, sys, jsonschema, yaml
        def plain(value):
            if isinstance(value, dict): return {str(key): plain(inner) for key, inner in value.items()}
            if isinstance(value, list): return [plain(inner) for inner in value]
            return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else value
        def documents(path):
            text = open(path, encoding='utf-8', newline='').read()
            if path.endswith('.csv'): return [list(csv.DictReader(text.splitlines()))]
            return [plain(yaml.load(text, Loader=loader)) for loader in (yaml.BaseLoader, yaml.SafeLoader)]
        schema = json.load(open(sys.argv[1], encoding='utf-8'))
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        bad = 0
        paths = [path for pattern in sys.argv[3:] for path in glob.glob(pattern)]
        paths = [path for path in paths if path.endswith('.tests.yaml') == (sys.argv[2] == 'mapping-tests')]
        print(len(paths), 'files')
        for path in paths:
            for document in documents(path):
                for error in validator.iter_errors(document):
                    bad += 1
                    print(path, list(error.absolute_path), error.message[:200])
        sys.exit(1 if bad else 0)
        """

    private func validate(_ patterns: [String], _ schema: String) async throws -> BuiltProgram.Result {
        try await BuiltProgram.run(
            command: ["python3", "-c", Self.program, Repository.file("Schemas/\(schema).schema.json"), schema] + patterns)
    }

    @Test(
        "Every shipped file fits",
        arguments: [
            ("mapping", ["*/in/*.yaml", "*/out/*.yaml"], 6), ("mapping-tests", ["*/in/*.yaml", "*/out/*.yaml"], 6),
            ("platform", ["*/platform.yaml"], 5), ("audiences", ["audiences.yaml"], 1), ("codelist", ["codelists/*.csv"], 13),
        ])
    func shipped(schema: String, patterns: [String], filesMin: Int) async throws {
        let result = try await validate(patterns.map { Repository.file("Mappings/\($0)") }, schema)
        #expect(result.exit == 0, "\(result.text)")
        let count = result.lines.first.flatMap { Int($0.prefix { $0 != " " }) } ?? 0
        #expect(count >= filesMin, "\(count) files")
    }

    @Test(
        "A slip in a file does not fit",
        arguments: [
            ("mapping", "local-a/in/tender-notice.yaml", "version: 1\n", "version: one\n"),
            ("mapping", "local-a/in/tender-notice.yaml", "version: 1\n", "verson: 1\n"),
            ("mapping", "local-a/in/tender-notice.yaml", "format: xml", "format: xlm"),
            ("mapping", "local-a/in/tender-notice.yaml", "  businessKey: concat", "  busnessKey: concat"),
            ("mapping", "local-a/in/tender-notice.yaml", "canonical: 1 }", "canonical: 0 }"),
            ("mapping", "local-a/in/tender-notice.yaml", "basis: unverified", "basis: certain"),
            ("mapping", "local-a/in/tender-notice.yaml", "    each: SECTION\n    fields:", "    each: SECTION\n    felds:"),
            ("mapping", "local-b/in/penalty.yaml", "encoding: gb18030", "encoding: gbk"),
            ("mapping", "local-b/in/penalty.yaml", "rowsAfterHeader: 1", "rowsAfterHeader: 101"),
            ("mapping", "provincial/out/tender-notice.yaml", "audience: province\n", ""),
            ("mapping", "provincial/out/tender-notice.yaml", "audience: province\n", "audience: [province]\n"),
            ("mapping-tests", "local-b/in/penalty.tests.yaml", "mapping: local-b/in/penalty", "mapping: local-b/penalty"),
            (
                "mapping-tests", "local-b/in/penalty.tests.yaml", "inputFile: samples/penalty.csv",
                "inputFile: [samples/penalty.csv]"
            ),
            (
                "mapping-tests", "local-b/in/penalty.tests.yaml", "inputFile: samples/penalty.csv",
                "inputfile: samples/penalty.csv"
            ),
            ("mapping-tests", "local-b/in/penalty.tests.yaml", "inputFile: samples/penalty.csv", "inputFile: /etc/passwd"),
            ("mapping-tests", "local-b/in/penalty.tests.yaml", "      businessKey:", "      busnessKey:"),
            ("mapping-tests", "local-b/in/penalty.tests.yaml", "tests:", "test:"),
            ("platform", "local-a/platform.yaml", "kind: trading-system", "kind: trading"),
            ("platform", "local-a/platform.yaml", "title_zh:", "titleZH:"),
            ("platform", "local-a/platform.yaml", "platform: local-a", "platform: [local-a]"),
            ("audiences", "audiences.yaml", "  - name: public", "  - nmae: public"),
            ("audiences", "audiences.yaml", "audiences:", "audience:"),
            ("audiences", "audiences.yaml", "label: 社会公众", "label: { zh: 社会公众 }"),
            ("codelist", "codelists/notice-nature.csv", "list,edition,partner", "list,edition,partnr"),
            ("codelist", "codelists/notice-nature.csv", "2018,local-a,1,normal", "2018,local-a,,normal"),
            ("codelist", "codelists/notice-nature.csv", "Normal notice,,,", "Normal notice,1 May,,"),
            ("codelist", "codelists/notice-nature.csv", "local-a,1,normal", "local-a,1,normal notice"),
        ])
    func slip(schema: String, file: String, old: String, new: String) async throws {
        let folder = try TemporaryDirectory("tb")
        defer { withExtendedLifetime(folder) {} }
        let text = try Repository.text("Mappings/\(file)")
        #expect(text.contains(old))
        let slipped = try folder.write(
            "a." + file.drop { $0 != "." }.dropFirst(), text.replacing(old, with: new, maxReplacements: 1))
        let result = try await validate([slipped], schema)
        #expect(result.exit == 1 && result.text.contains("a."), "\(new): \(result.text)")
    }
}
