public import ExchangeModel
public import Formats
internal import JSON
public import JSONSchema
public import XML

/// The schema of a form: XSD for XML, JSON Schema for JSON. Immutable, safe to share.
public enum FormSchema: Sendable {
    /// XML.
    case xml(XMLSchema)
    /// JSON.
    case json(JSONSchema)

    /// The bytes of all its files: what a digest of it is taken over.
    public var sourceBytes: [UInt8] {
        switch self {
        case .xml(let schema): schema.sourceBytes
        case .json(let schema): schema.sourceBytes
        }
    }

    /// For a reader of XML; nil of another form.
    public var xml: XMLSchema? { if case .xml(let schema) = self { schema } else { nil } }

    /// For a reader of JSON; nil of another form.
    public var json: (any JSONDocumentCheck)? {
        if case .json(let schema) = self { JSONSchemaCheck(schema: schema) } else { nil }
    }

    /// A check of whole documents: for bytes that this gateway wrote and is about to send. Safe to call from any thread.
    public func check() -> @Sendable ([UInt8]) -> [Finding] {
        switch self {
        case .xml(let schema):
            let reader = XMLRecordReader(schema: schema)
            return { reader.check($0) }
        case .json(let schema):
            let check = JSONSchemaCheck(schema: schema)
            return { $0.withUnsafeBufferPointer { check.findings(in: $0, limits: .default) } }
        }
    }
}

/// A JSON Schema at work in a reader.
struct JSONSchemaCheck: JSONDocumentCheck {
    let schema: JSONSchema

    func findings(in document: UnsafeBufferPointer<UInt8>, limits: JSONLimits) -> [Finding] {
        do throws(JSONError) {
            let verdict = try schema.validate(Array(document), limits: limits)
            return verdict.isValid ? [] : verdict.gatewayFindings
        } catch { return [error.finding] }
    }
}
