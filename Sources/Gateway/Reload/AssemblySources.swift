internal import Cryptography
internal import ExchangeModel
internal import Platforms
internal import Store

/// Digests of the files that an assembly was made from, so that two assemblies can be compared.
struct AssemblySources: Sendable, Equatable {
    /// Of the mappings that the configuration names, by name.
    private(set) var mappings: [String: String] = [:]
    /// Of the schemas that they name, by name.
    private(set) var schemas: [String: String] = [:]
    /// Of the code lists of each mapping, by the mapping's name.
    private(set) var codeLists: [String: String] = [:]
    /// Of the canonical forms, by dataset.
    private(set) var canonical: [String: String] = [:]
    /// Of certificates, keys and authorities, by path.
    private(set) var certificates: [String: String] = [:]
    private var schemaNames: [String: String] = [:]

    /// Largest file that is looked at; a larger one cannot be compiled either.
    static let fileBytesMax = 16 << 20

    /// Reads the files that a configuration names. Blocking. What cannot be read is found by those who need it.
    init(reading configuration: GatewayConfiguration) {
        let taken = configuration.channels.flatMap(\.datasets)
        for name in Set(taken.map(\.mapping) + configuration.destinations.map(\.mapping)) {
            mappings[name] = Self.digest("\(configuration.mappingsFolder)/\(name).yaml")
        }
        for dataset in Set(taken.map(\.dataset.name) + configuration.routes.map(\.dataset.name)) {
            canonical[dataset] = Self.digest("\(configuration.schemasFolder)/canonical/\(dataset).json")
        }
        let identity = configuration.dataListener.tls
        var paths = [identity?.certificatePath, identity?.keyPath]
        for tls in configuration.destinations.map(\.http.tls) {
            paths += [tls.authoritiesPath, tls.certificatePath, tls.keyPath]
        }
        for path in Set(paths.compactMap { $0 }) { certificates[path] = Self.digest(path) }
    }

    /// What a mapping was compiled with.
    mutating func note(_ mapping: String, schemaName: String?, _ versions: FormVersions) {
        codeLists[mapping] = versions.codeLists
        guard let schemaName else { return }
        schemas[schemaName] = versions.schema
        schemaNames[mapping] = schemaName
    }

    /// Everything that decides what a destination's bytes and connections are, beside its configuration.
    func edition(of destination: GatewayConfiguration.DestinationConfiguration) -> [String?] {
        let mapping = destination.mapping
        let tls = destination.http.tls
        return [mappings[mapping], codeLists[mapping], schemaNames[mapping], schemaNames[mapping].flatMap { schemas[$0] }]
            + [tls.authoritiesPath, tls.certificatePath, tls.keyPath].map { $0.flatMap { certificates[$0] } }
            + canonical.sorted { $0.key < $1.key }.map(\.value)
    }

    private static func digest(_ path: String) -> String {
        switch FileBytes.read(path, limit: fileBytesMax) {
        case .success(let bytes): Hex.encode(SHA256.digest(bytes))
        case .failure: ""
        }
    }
}
