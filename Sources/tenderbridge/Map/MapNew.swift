internal import ArgumentParser
internal import ExchangeModel
internal import JSON
internal import Mapping

/// `tenderbridge map new`.
struct MapNew: Command {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Makes a first draft of a mapping from a partner's schema or a sample.",
        discussion: """
            Fields are guessed by likeness of names and labels and by the form of values. Every guess is marked on its line; what must \
            be there and was not guessed stands as a remark "needed", and what of the form nothing reads is listed at the end. \
            A draft is to be read line by line. A file that exists is not replaced without --force.

              tenderbridge map new city-x in tender-notice --from Schemas/city-x/notice.xsd -o Mappings/city-x/in/tender-notice.yaml
              tenderbridge map new city-x in penalty --from rows.csv
              tenderbridge map new province-y out tender-notice --audience province --from Schemas/province-y/notice.xsd

            --from names an XSD or a JSON Schema (below the folder of schemas, so that the mapping can name it), or a sample: XML, JSON, \
            CSV or a workbook (xlsx). What it is, is told by how its name ends.
            \(ExitCodes.help)
            """)

    /// Which way records flow.
    enum Direction: String, ExpressibleByArgument, CaseIterable {
        case `in`, out
    }

    @Argument(help: ArgumentHelp("The platform: its folder below the folder of mappings.", valueName: "platform"))
    var platform: String

    @Argument(help: ArgumentHelp("From the platform's form (in), or to it (out).", valueName: "in|out"))
    var direction: Direction

    @Argument(help: ArgumentHelp("The dataset, such as tender-notice.", valueName: "dataset"))
    var dataset: String

    @Option(name: .long, help: ArgumentHelp("A schema, or a sample of the form.", valueName: "file"))
    var from: String

    @Option(name: .long, help: ArgumentHelp("The root element, where the schema has several.", valueName: "name"))
    var root: String?

    @Option(name: .long, help: ArgumentHelp("Who receives the form (out only); a name of audiences.yaml.", valueName: "name"))
    var audience: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("File to write instead of the standard output.", valueName: "file"))
    var out: String?

    @Flag(name: .long, help: "Replaces the file if it exists.")
    var force = false

    @Option(name: .long, help: ArgumentHelp("Folder of mappings.", valueName: "folder"))
    var mappings = "Mappings"

    @OptionGroup var schemas: SchemasOption
    @OptionGroup var output: FormatOption

    func perform() async throws -> Int32 {
        let place = try MappingPlace(containing: mappings, schemas: schemas.schemas)
        if let out, !force, LocalFiles.exists(out) {
            throw GatewayError(
                .usage, attempted: "write the draft to", subject: out, happened: "the file exists",
                remedy: "name another file, or add --force to replace it")
        }
        let bytes = try LocalFiles.read(from)
        let path = FileBytes.resolve(from, in: "")
        let folder = FileBytes.resolve(place.schemas, in: "") + "/"
        let draft = try MappingDraft.make(
            .init(
                platform: platform, isInbound: direction == .in, dataset: dataset, audience: audience, root: root,
                sourceName: from,
                source: bytes, schemaName: path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : nil),
            mappings: place.mappings, schemas: place.schemas)
        if let out { try LocalFiles.write(Array(draft.text.utf8), to: out) }
        if output.format == .json {
            try Terminal.print { json in
                json.object { json in
                    json.member("guesses", draft.guesses)
                    json.member("needed", draft.needed)
                    if let out { json.member("file", out) } else { json.member("draft", draft.text) }
                    FindingList(file: out ?? "", draft.findings).write(to: &json)
                }
            }
        } else if let out {
            try Terminal.print("\(out): \(draft.guesses) field(s) guessed, \(draft.needed.count) needed")
            for name in draft.needed { try Terminal.print("  needed: \(name)") }
        } else {
            try Terminal.print(Array(draft.text.utf8))
        }
        return ExitCodes.good
    }
}
