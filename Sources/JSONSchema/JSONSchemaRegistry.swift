public import ExchangeModel

/// The documents that references may lead to, each under its address. Nothing is ever fetched.
///
/// The meta-schemas of 2020-12 are always there. Addresses may be relative: a document `common.json` is found by
/// `{"$ref": "common.json"}` from a schema that was loaded as `notice.json`.
public struct JSONSchemaRegistry: Sendable {
    private var documents: [String: [UInt8]] = [:]
    private let folder: String?

    /// An empty registry.
    public init() { folder = nil }

    /// A registry over the files of a folder, by their path relative to it; no address leads out of the folder. Files are read
    /// when a reference leads to them.
    public init(folder: String) { self.folder = folder }

    /// Adds a document under its address; it is read when a reference leads to it. One that was there is replaced.
    public mutating func add(_ bytes: [UInt8], at address: String) { documents[SchemaURI(address).text()] = bytes }

    /// The addresses, sorted.
    public var addresses: [String] { documents.keys.sorted() }

    func bytes(at address: String, limit: Int) -> [UInt8]? {
        if let known = documents[address] ?? Metaschema.documents[address].map({ Array($0.utf8) }) { return known }
        let uri = SchemaURI("").resolving(SchemaURI(address))
        guard let folder, uri.scheme == nil, uri.authority == nil, uri.query == nil, !uri.path.isEmpty, !uri.path.hasPrefix("/"),
            let path = SchemaURI.decoded(uri.path), !path.split(separator: "/").contains("..")
        else { return nil }
        return try? FileBytes.read(folder + "/" + path, limit: limit).get()
    }

    /// Whether a document is one that every schema may refer to without bringing it.
    static func isBuiltIn(_ address: String) -> Bool { Metaschema.documents[address] != nil }
}

/// A schema that cannot be used, with every reason found.
public struct JSONSchemaFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, with file, line and column; never empty.
    public let findings: [FileFinding]

    init(_ findings: [FileFinding]) { self.findings = findings.sorted() }

    /// One line for each finding, as compilers write it.
    public var description: String { findings.map(\.description).joined(separator: "\n") }
}
