internal import ArgumentParser
internal import ExchangeModel
internal import JSON
internal import Mapping

/// `tenderbridge map test`.
struct MapTest: Command {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Runs the tests that stand beside mappings (<dataset>.tests.yaml), and shows what they prove.",
        discussion: """
            A test gives an input and what must come of it: fields by path, keys, findings, or the whole output. A field that \
            differs is shown with its path, its Chinese name, and both values.

            --coverage lists what no test proves, as file:line:column: target fields whose value no expectation compares, source \
            paths without a value in any test, codes that none translates, branches that none takes. --min N asks for N percent of \
            the target fields of each mapping. As html it is one page for a browser, with the mappings' text in colours.

              tenderbridge map test
              tenderbridge map test Mappings/local-a/in/tender-notice.yaml --format json
              tenderbridge map test Mappings --coverage --min 95
              tenderbridge map test Mappings --coverage --format html --output coverage.html

            Ends with 0 when all tests passed, with 1 when one failed, there is none, or a mapping is below --min.
            \(ExitCodes.help)
            """)

    @Argument(help: ArgumentHelp("Mapping files, or folders of them.", valueName: "path"))
    var paths: [String] = ["Mappings"]

    @Flag(name: .long, help: "Show what the tests do not prove.")
    var coverage = false

    @Option(
        name: .long, help: ArgumentHelp("Least percent of target fields of each mapping; needs --coverage.", valueName: "percent")
    )
    var min: Int?

    @Option(name: .shortAndLong, help: ArgumentHelp("Write the report to a file; needs --coverage.", valueName: "file"))
    var output: String?

    @Option(name: .long, help: ArgumentHelp("How results are printed: text, json, or with --coverage html.", valueName: "format"))
    var format = MapTestFormat.text

    @OptionGroup var schemas: SchemasOption
    @OptionGroup var text: LanguageOption

    func validate() throws {
        if !coverage {
            if min != nil { throw ValidationError("--min needs --coverage") }
            if output != nil { throw ValidationError("--output needs --coverage") }
            if format == .html { throw ValidationError("--format html needs --coverage") }
        }
        if let min, !(0...100).contains(min) { throw ValidationError("--min is a percentage, 0 to 100") }
    }

    /// What the tests of all places gave.
    private struct Gathered {
        var results: [MappingTestResult] = []
        var findings: [FileFinding] = []
        var coverage: [MappingCoverage] = []
    }

    func perform() async throws -> Int32 {
        let gathered = try gather()
        let list = FindingList(gathered.findings.sorted())
        let report = coverage ? CoverageReport(coverage: gathered.coverage, least: min, language: text.language) : nil
        let failed = gathered.results.count { !$0.passed }
        switch format {
        case .text:
            if let output, let report {
                try LocalFiles.write(Array(report.lines.map { $0 + "\n" }.joined().utf8), to: output)
            }
            try printTexts(gathered.results, list, output == nil ? report?.lines ?? [] : [])
            try printLastLines(gathered.results, report)
        case .json:
            var json = JSONWriter(pretty: true)
            Self.write(gathered.results, list, report, to: &json)
            json.endLine()
            try deliver(json.bytes, gathered.results, list, report)
        case .html:
            let page = CoveragePage(gathered.coverage) { try? LocalFiles.read($0) }
            if output == nil {
                for result in gathered.results where !result.passed { Terminal.complain("FAIL \(result.file): \(result.name)") }
            }
            try deliver(page.bytes(), gathered.results, list, report)
        }
        let isGood = failed == 0 && !gathered.results.isEmpty && !list.hasErrors && report?.below.isEmpty ?? true
        return isGood ? ExitCodes.good : ExitCodes.findings
    }

    private func gather() throws -> Gathered {
        var gathered = Gathered()
        var mappings: Set<String> = []
        for path in paths {
            let place = try MappingPlace(containing: path, schemas: schemas.schemas)
            guard mappings.insert(place.mappings).inserted else { continue }
            let (library, found) = place.load()
            let runner = MappingTestRunner(library: library, mappings: place.mappings, schemas: place.schemas)
            let asked = paths.map { path in place.name(ofFile: path).map { "\(place.mappings)/\($0).tests.yaml" } ?? path }
            var ran = runner.run(coverage)
            ran.coverage = ran.coverage.filter { MappingPlace.covers(asked, "\(place.mappings)/\($0.mapping).tests.yaml") }
            gathered.results += ran.results.filter { MappingPlace.covers(asked, $0.file) }
            gathered.findings += found.filter { $0.finding.severity == .error }
            gathered.findings += ran.findings.filter { MappingPlace.covers(asked, $0.file) }
            gathered.coverage += ran.coverage
        }
        return gathered
    }

    /// Prints the report, or writes it to the file asked for and prints what people read.
    private func deliver(
        _ bytes: [UInt8], _ results: [MappingTestResult], _ list: FindingList, _ report: CoverageReport?
    ) throws {
        guard let output else { return try Terminal.print(bytes) }
        try LocalFiles.write(bytes, to: output)
        try printTexts(results, list, [])
        try printLastLines(results, report)
    }

    private func printTexts(_ results: [MappingTestResult], _ list: FindingList, _ lines: [String]) throws {
        for line in list.lines(text.language) { try Terminal.print(line) }
        for result in results where !result.passed { try print(result) }
        for line in lines { try Terminal.print(line) }
    }

    private func printLastLines(_ results: [MappingTestResult], _ report: CoverageReport?) throws {
        for line in report?.lastLines ?? [] { try Terminal.print(line) }
        let failed = results.count { !$0.passed }
        try Terminal.print(
            text.language == .zh
                ? "通过 \(results.count - failed) 项，失败 \(failed) 项" : "\(results.count - failed) passed, \(failed) failed")
    }

    private func print(_ result: MappingTestResult) throws(GatewayError) {
        let isChinese = text.language == .zh
        try Terminal.print("\(isChinese ? "失败" : "FAIL") \(result.file):\(result.position.line): \(result.name)")
        for failure in isChinese ? result.failuresZH : result.failures { try Terminal.print("  \(failure)") }
        for difference in result.differences {
            try Terminal.print("  \(isChinese ? difference.descriptionZH : difference.description)")
        }
    }

    private static func write(
        _ results: [MappingTestResult], _ findings: FindingList, _ report: CoverageReport?, to json: inout JSONWriter
    ) {
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
                        json.member("failuresZh", result.failuresZH)
                        json.array("differences") { json in
                            for difference in result.differences { difference.write(to: &json) }
                        }
                    }
                }
            }
            findings.write(to: &json)
            json.member("passed", results.count { $0.passed })
            json.member("failed", results.count { !$0.passed })
            report?.write(to: &json)
        }
    }
}

extension MappingTestRunner {
    /// Runs all tests, with or without notes of what they prove.
    fileprivate func run(
        _ measuresCoverage: Bool
    ) -> (results: [MappingTestResult], findings: [FileFinding], coverage: [MappingCoverage]) {
        if measuresCoverage { return runWithCoverage() }
        let (results, findings) = run()
        return (results, findings, [])
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
