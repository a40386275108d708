internal import ArgumentParser
internal import ExchangeModel
internal import JSON
internal import Mapping

/// How `map explain` prints.
enum MapExplainFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, csv
}

/// `tenderbridge map explain`.
struct MapExplain: Command {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says where the fields of a record come from, or why they are empty; or prints a mapping's lineage.",
        discussion: """
            With an input (a payload for an `in` mapping, a canonical record for an `out` one) and a field: its value, the source \
            path with line and value, what each function made of it, and the code-list entry; for an empty field, why. A field is \
            named sections[0].code, sections[].code (every item), tenderer (all below it), /sections/0/code, or by the path in the \
            document that is sent. Without a field all are shown. The values of the record are shown: mind who reads them.

            With --lineage and no input: each field with its Chinese name, whether it is required, the paths it is read from, its \
            functions, code lists, who may see it, whether its basis is unverified, and its line; as text, JSON or CSV. In CSV a \
            cell that a spreadsheet would take for a formula begins with an apostrophe.

              tenderbridge map explain Mappings/local-a/in/tender-notice.yaml notice.xml sections[0].tenderMode
              tenderbridge map explain Mappings/provincial/out/tender-notice.yaml record.json BID_OPEN_METHOD --language zh
              tenderbridge map explain Mappings/provincial/out/tender-notice.yaml --lineage --format csv > lineage.csv

            Ends with 1 when the input cannot be read or the record is refused; the explanation is printed all the same.
            \(ExitCodes.help)
            """)

    @Argument(help: ArgumentHelp("The mapping's file.", valueName: "mapping"))
    var mapping: String

    @Argument(help: ArgumentHelp("The payload, or the canonical record.", valueName: "input"))
    var input: String?

    @Argument(help: ArgumentHelp("The field; all without it.", valueName: "field"))
    var field: String?

    @Flag(name: .long, help: "Print the mapping's lineage; takes no input.")
    var lineage = false

    @Option(name: .long, help: ArgumentHelp("How results are printed: text, json, or with --lineage csv.", valueName: "format"))
    var format = MapExplainFormat.text

    @OptionGroup var schemas: SchemasOption
    @OptionGroup var text: LanguageOption

    func validate() throws {
        if lineage, input != nil { throw ValidationError("--lineage takes no input") }
        if !lineage, input == nil { throw ValidationError("give an input, or --lineage") }
        if !lineage, format == .csv { throw ValidationError("--format csv needs --lineage") }
    }

    func perform() async throws -> Int32 {
        let place = try MappingPlace(containing: mapping, schemas: schemas.schemas)
        let (library, found) = place.load()
        let name = place.name(ofFile: mapping) ?? mapping
        let explainer = MappingExplainer(library: library, mappings: place.mappings, schemas: place.schemas)
        guard let input else {
            guard let lineage = explainer.lineage(of: name) else { throw missing(found, place) }
            try print(lineage)
            return ExitCodes.good
        }
        guard let explanation = try explainer.explain(name, input: try LocalFiles.read(input)) else {
            throw missing(found, place)
        }
        let fields = try field.map { try chosen($0, of: explanation) } ?? explanation.fields
        try print(explanation, fields, input)
        return explanation.isRefused ? ExitCodes.findings : ExitCodes.good
    }

    /// There is no good mapping in the file.
    private func missing(_ found: [FileFinding], _ place: MappingPlace) -> any Error {
        let own = found.filter { $0.finding.severity == .error }
        if own.isEmpty {
            return GatewayError(
                .usage, attempted: "find the mapping", subject: mapping, happened: "it is none of \(place.mappings)",
                remedy: "name a file such as \(place.mappings)/<platform>/in/<dataset>.yaml")
        }
        return RefusedFiles(
            findings: FindingList(own), format: format == .json ? .json : .text, language: text.language,
            exitCode: ExitCodes.configuration)
    }

    private func chosen(_ name: String, of explanation: MappingExplanation) throws(GatewayError) -> [MappingExplanation.Field] {
        let fields = explanation.fields(named: name)
        // Of an input that cannot be read there is no field; its findings say why.
        guard fields.isEmpty, !explanation.fields.isEmpty else { return fields }
        let near = Suggestion.nearest(to: name, among: explanation.fieldNames)
        throw GatewayError(
            .usage, attempted: "explain the field", subject: name, happened: "\(explanation.mapping) writes no such field",
            remedy: near.map { "did you mean \($0)?" } ?? "leave the field out to see all of them")
    }

    // MARK: Printing

    private func print(_ explanation: MappingExplanation, _ fields: [MappingExplanation.Field], _ input: String) throws {
        let list = FindingList(file: input, explanation.findings)
        if format == .json {
            return try Terminal.print { json in
                json.object { json in
                    json.member("mapping", explanation.mapping)
                    json.member("file", explanation.file)
                    json.member("input", input)
                    json.member("refused", explanation.isRefused)
                    json.member("cut", explanation.isCut)
                    json.array("fields") { json in for field in fields { field.write(to: &json) } }
                    list.write(to: &json)
                }
            }
        }
        for line in list.lines(text.language) { Terminal.complain(line) }
        if explanation.isCut {
            Terminal.complain(text.language == .zh ? "字段过多，只说明前 20000 个" : "too many fields: only the first 20,000 are told")
        }
        for field in fields {
            for line in field.lines(mapping: explanation.file, input: input, isChinese: text.language == .zh) {
                try Terminal.print(line)
            }
        }
    }

    private func print(_ lineage: MappingLineage) throws {
        switch format {
        case .csv: try Terminal.print(lineage.csv())
        case .json: try Terminal.print { json in lineage.write(to: &json) }
        case .text:
            for row in lineage.rows {
                for line in row.lines(isChinese: text.language == .zh) { try Terminal.print(line) }
            }
        }
    }
}
