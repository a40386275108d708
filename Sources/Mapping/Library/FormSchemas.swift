public import ExchangeModel
internal import Formats
internal import JSONSchema

/// The schemas of one folder (`Schemas/`), each compiled once: JSON Schema where the name ends in `.json`, else XSD.
///
/// Safe to share between threads. Asking for a schema the first time reads files and compiles: do it while a configuration is
/// loaded. A reload makes a new one.
public final class FormSchemas: Sendable {
    private let xml: SchemaRegistry
    private let json: JSONSchemaFolder

    /// The schemas of a folder; nothing is read yet.
    public init(folder: String) {
        xml = SchemaRegistry(folder: folder)
        json = JSONSchemaFolder(folder: folder)
    }

    /// Whether a name is that of a JSON Schema.
    static func isJSON(_ name: String) -> Bool { JSONSchemaFolder.isName(name) }

    /// The schema of a file, by its path relative to the folder (`provincial/tender-notice.xsd`).
    ///
    /// - Throws: `.configuration`, naming file and line, when it is missing or wrong, or the name leaves the folder.
    public func schema(_ name: String) throws(GatewayError) -> FormSchema {
        Self.isJSON(name) ? .json(try json.schema(name)) : .xml(try xml.schema(name))
    }
}
