public import ExchangeModel
internal import Synchronization
public import XML

/// The schemas of one folder (`Schemas/`), each compiled once and shared by everybody who asks for it.
///
/// Safe to share between threads. Asking for a schema the first time reads files and compiles under a lock: do it while a
/// configuration is loaded. A reload makes a new registry.
public final class SchemaRegistry: Sendable {
    /// The folder, as configured.
    public let folder: String
    private let compiled = Mutex<[String: XMLSchema]>([:])

    /// A registry over a folder; nothing is read yet.
    public init(folder: String) { self.folder = folder }

    /// The schema of a file, by its path relative to the folder (`provincial/tender-notice.xsd`).
    ///
    /// - Throws: `.configuration`, naming file and line, when it is missing or wrong, or the name leaves the folder.
    public func schema(_ name: String) throws(GatewayError) -> XMLSchema {
        let result: Result<XMLSchema, GatewayError> = compiled.withLock { known in
            if let schema = known[name] { return .success(schema) }
            do throws(GatewayError) {
                let schema = try XMLSchema(name: name, folder: folder)
                known[name] = schema
                return .success(schema)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// The schemas asked for so far, by name.
    public var loaded: [XMLSchema] { compiled.withLock { $0.values.sorted { $0.name < $1.name } } }
}
