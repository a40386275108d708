public import ExchangeModel
internal import JSON
internal import Synchronization

/// The JSON Schemas of one folder (`Schemas/`), each compiled once and shared by everybody who asks for it.
///
/// Safe to share between threads. Asking for a schema the first time reads files and compiles: do it while a configuration is
/// loaded. A reload makes a new one.
public final class JSONSchemaFolder: Sendable {
    /// The folder, as configured.
    public let folder: String
    private let options: JSONSchemaOptions
    private let compiled = Mutex<[String: JSONSchema]>([:])

    /// The schemas of a folder; nothing is read yet.
    public init(folder: String, options: JSONSchemaOptions = JSONSchemaOptions()) {
        self.folder = folder
        self.options = options
    }

    /// Whether a name is that of a JSON Schema, and not of another kind of schema.
    public static func isName(_ name: String) -> Bool { name.hasSuffix(".json") }

    /// The schema of a file, by its path relative to the folder (`credit/penalty.schema.json`). What it refers to by a relative
    /// address is found in the folder too.
    ///
    /// - Throws: `.configuration`, naming file, line and column, when it is missing or wrong, or the name leaves the folder.
    public func schema(_ name: String) throws(GatewayError) -> JSONSchema {
        let result: Result<JSONSchema, GatewayError> = compiled.withLock { known in
            if let schema = known[name] { return .success(schema) }
            do throws(GatewayError) {
                let schema = try load(name)
                known[name] = schema
                return .success(schema)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// The schemas asked for so far, by name.
    public var loaded: [JSONSchema] { compiled.withLock { $0.values.sorted { $0.name < $1.name } } }

    private func load(_ name: String) throws(GatewayError) -> JSONSchema {
        guard !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else {
            throw Self.failure(name, "the name leaves the schema folder")
        }
        let bytes: [UInt8]
        switch FileBytes.read(folder + "/" + name, limit: options.limits.document.bytesMax) {
        case .success(let read): bytes = read
        case .failure(let failure): throw Self.failure(name, failure.text)
        }
        do throws(JSONSchemaFailure) {
            return try JSONSchema(parsing: bytes, name: name, registry: JSONSchemaRegistry(folder: folder), options: options)
        } catch {
            // A failure holds at least one finding.
            let first = error.findings[0]
            let others = error.findings.count > 1 ? " (and \(error.findings.count - 1) more)" : ""
            let position = first.finding.position
            throw Self.failure("\(first.file):\(position.line):\(position.column)", first.finding.text + others)
        }
    }

    private static func failure(_ subject: String, _ happened: String) -> GatewayError {
        GatewayError(
            .configuration, attempted: "load the JSON Schema", subject: subject, happened: happened,
            remedy: "correct the file, or the name that leads to it")
    }
}
