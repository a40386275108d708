public import ExchangeModel
public import JSON

/// What a JSON document is checked against while it is read: a JSON Schema. Thread-safe.
public protocol JSONDocumentCheck: Sendable {
    /// Everything that is wrong with a document which was read within these limits before; positions count from its first byte.
    func findings(in document: UnsafeBufferPointer<UInt8>, limits: JSONLimits) -> [Finding]
}
