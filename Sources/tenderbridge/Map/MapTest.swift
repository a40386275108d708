internal import ArgumentParser
internal import ExchangeModel
internal import JSON
internal import Mapping

/// `tenderbridge map test`.
struct MapTest: Command {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Runs the tests that stand beside mappings (<dataset>.tests.yaml).",
        discussion: """
            A test gives an input and what must come of it: fields by path, keys, findings, or the whole output. A field that \
            differs is shown with its path, its Chinese name, and both values.

              tenderbridge map test
              tenderbridge map test Mappings/local-a/in/tender-notice.yaml --format json

            Ends with 0 when all tests passed, with 1 when one failed or there is none.
            \(ExitCodes.help)
            """)

    @Argument(help: ArgumentHelp("Mapping files, or folders of them.", valueName: "path"))
    var paths: [String] = ["Mappings"]

    @OptionGroup var schemas: SchemasOption
    @OptionGroup var output: FormatOption
    @OptionGroup var text: LanguageOption

    func perform() async throws -> Int32 {
        var results: [MappingTestResult] = []
        var findings: [FileFinding] = []
        var mappings: Set<String> = []
        for path in paths {
            let place = try MappingPlace(containing: path, schemas: schemas.schemas)
            guard mappings.insert(place.mappings).inserted else { continue }
            let (library, found) = place.load()
            let ran = MappingTestRunner(library: library, mappings: place.mappings, schemas: place.schemas).run()
            let asked = paths.map { path in place.name(ofFile: path).map { "\(place.mappings)/\($0).tests.yaml" } ?? path }
            results += ran.results.filter { MappingPlace.covers(asked, $0.file) }
            findings += found.filter { $0.finding.severity == .error }
            findings += ran.findings.filter { MappingPlace.covers(asked, $0.file) }
        }
        let list = FindingList(findings.sorted())
        let failed = results.count { !$0.passed }
        switch output.format {
        case .text:
            for line in list.lines(text.language) { try Terminal.print(line) }
            for result in results where !result.passed { try print(result) }
            try Terminal.print("\(results.count - failed) passed, \(failed) failed")
        case .json: try Terminal.print { json in Self.write(results, list, to: &json) }
        }
        return failed > 0 || results.isEmpty || list.hasErrors ? ExitCodes.findings : ExitCodes.good
    }

    private func print(_ result: MappingTestResult) throws(GatewayError) {
        try Terminal.print("FAIL \(result.file):\(result.position.line): \(result.name)")
        for failure in result.failures { try Terminal.print("  \(failure)") }
        for difference in result.differences { try Terminal.print("  \(difference)") }
    }

    private static func write(_ results: [MappingTestResult], _ findings: FindingList, to json: inout JSONWriter) {
        json.object { json in
            json.array("tests") { json in
                for result in results {
                    json.object { json in
                        json.member("mapping", result.mapping)
                        json.member("name", result.name)
                        json.member("file", result.file)
                        json.member("line", result.position.line)
                        json.member("passed", result.passed)
                        json.member("failures", result.failures)
                        json.array("differences") { json in
                            for difference in result.differences { difference.write(to: &json) }
                        }
                    }
                }
            }
            findings.write(to: &json)
            json.member("passed", results.count { $0.passed })
            json.member("failed", results.count { !$0.passed })
        }
    }
}

extension RecordDiff.Difference {
    /// As JSON: path, Chinese name, both values.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("path", path)
            json.memberIfPresent("label", label)
            json.member("expected", expected)
            json.member("actual", actual)
        }
    }
}
