internal import ArgumentParser
internal import ExchangeModel
internal import Mapping

/// Where mapping files lie: the folder that holds code lists and audiences, found upwards from any file or folder in it.
struct MappingPlace {
    /// The folder of all mappings.
    let mappings: String
    /// The folder of all schemas.
    let schemas: String

    /// Folders looked at above a path: platform, direction, file.
    private static let levelsMax = 4

    /// - Parameter schemas: the folder of schemas; nil takes `Schemas` beside the folder of mappings.
    init(containing path: String, schemas: String?) throws(GatewayError) {
        guard LocalFiles.exists(path) else {
            throw GatewayError(
                .usage, attempted: "find", subject: path, happened: "it is not there",
                remedy: "name a mapping file or a folder of them")
        }
        let start = FileBytes.resolve(path, in: "")
        var folder = LocalFiles.isFolder(start) ? start : FileBytes.folder(of: start)
        var levels = 0
        while !LocalFiles.exists(folder + "/audiences.yaml"), !LocalFiles.isFolder(folder + "/codelists") {
            levels += 1
            guard levels < Self.levelsMax, folder != ".", folder != "/" else {
                throw GatewayError(
                    .usage, attempted: "find the folder of mappings above", subject: path,
                    happened: "no folder above it holds audiences.yaml or codelists/",
                    remedy: "name files below such a folder, as Mappings/<platform>/in/<dataset>.yaml")
            }
            folder = FileBytes.folder(of: folder)
        }
        mappings = folder
        self.schemas = schemas ?? FileBytes.resolve("Schemas", in: FileBytes.folder(of: folder))
    }

    /// Loads everything in it.
    func load() -> (library: MappingLibrary, findings: [FileFinding]) {
        MappingLibrary.load(mappings: mappings, schemas: schemas)
    }

    /// The name of the mapping in a file: its path below the folder without `.yaml` or `.tests.yaml`.
    func name(ofFile path: String) -> String? {
        let file = FileBytes.resolve(path, in: "")
        guard file.hasPrefix(mappings + "/") else { return nil }
        let name = file.dropFirst(mappings.utf8.count + 1)
        for suffix in [".tests.yaml", ".yaml"] where name.hasSuffix(suffix) { return String(name.dropLast(suffix.count)) }
        return nil
    }

    /// Whether a file of this place is one of the paths or lies below one of them.
    static func covers(_ paths: [String], _ file: String) -> Bool {
        paths.contains { path in
            let path = FileBytes.resolve(path, in: "")
            return path == "." || file == path || file.hasPrefix(path + "/")
        }
    }
}

/// The option of commands that need the folder of schemas.
struct SchemasOption: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("Folder of the schemas; without it `Schemas` beside the folder of mappings.", valueName: "dir"))
    var schemas: String?
}
