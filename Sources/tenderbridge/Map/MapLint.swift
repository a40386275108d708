internal import ArgumentParser
internal import ExchangeModel
internal import JSON
internal import Mapping

/// `tenderbridge map lint`.
struct MapLint: Command {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Finds what is wrong in mapping files, code lists and audiences.",
        discussion: """
            Compiles the files as the gateway does. Each finding is one line, `file:line:column: error: text`, with a \
            suggestion where a word is nearly right. Files that mappings share (code lists, audiences, canonical schemas) are \
            always checked; their errors are shown whatever paths are named.

              tenderbridge map lint Mappings/local-a/in/tender-notice.yaml
              tenderbridge map lint Mappings --language zh

            Ends with 0 when nothing is an error (warnings are shown), else with 1.
            \(ExitCodes.help)
            """)

    @Argument(help: ArgumentHelp("Mapping files, or folders of them.", valueName: "path"))
    var paths: [String] = ["Mappings"]

    @OptionGroup var schemas: SchemasOption
    @OptionGroup var output: FormatOption
    @OptionGroup var text: LanguageOption

    func perform() async throws -> Int32 {
        var findings: [FileFinding] = []
        var names: Set<String> = []
        var mappings: Set<String> = []
        for place in try places() where mappings.insert(place.mappings).inserted {
            let (library, found) = place.load()
            findings += found.filter { MappingPlace.covers(paths, $0.file) || isShared($0, place) }
            for name in library.names where MappingPlace.covers(paths, "\(place.mappings)/\(name).yaml") { names.insert(name) }
        }
        let list = FindingList(findings.sorted())
        switch output.format {
        case .text:
            for line in list.lines(text.language) { try Terminal.print(line) }
            if !list.hasErrors { try Terminal.print("\(names.count) mapping(s) good") }
        case .json:
            try Terminal.print { json in
                json.object { json in
                    json.member("good", !list.hasErrors)
                    json.member("mappings", names.sorted())
                    list.write(to: &json)
                }
            }
        }
        return list.hasErrors ? ExitCodes.findings : ExitCodes.good
    }

    private func places() throws(GatewayError) -> [MappingPlace] {
        var result: [MappingPlace] = []
        for path in paths { result.append(try MappingPlace(containing: path, schemas: schemas.schemas)) }
        return result
    }

    /// An error in a file that the mappings named may use.
    private func isShared(_ finding: FileFinding, _ place: MappingPlace) -> Bool {
        guard finding.finding.severity == .error else { return false }
        return finding.file == place.mappings || finding.file == place.mappings + "/audiences.yaml"
            || finding.file.hasPrefix(place.mappings + "/codelists/") || finding.file.hasPrefix(place.schemas + "/")
    }
}
