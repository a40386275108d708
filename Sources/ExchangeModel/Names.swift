/// A kind of record, such as `tender-notice` (DESIGN section 2, "dataset").
public struct Dataset: Sendable, Hashable, CustomStringConvertible {
    /// The name in lower case with hyphens.
    public let name: String
    /// Takes a name as configured.
    public init(_ name: String) { self.name = name }
    /// The name.
    public var description: String { name }
}

/// Who may see a field, such as `public` or `province`; an open list kept in `Mappings/audiences.yaml`.
public struct Audience: Sendable, Hashable, CustomStringConvertible {
    /// The name in lower case with hyphens.
    public let name: String
    /// Takes a name as configured.
    public init(_ name: String) { self.name = name }
    /// The name.
    public var description: String { name }
}

/// The id of a message: one payload received once.
public typealias MessageID = UUIDv7
/// The id of a delivery: one message to one destination. Sent as `TenderBridge-Delivery-Id` on every attempt.
public typealias DeliveryID = UUIDv7

/// Which edition of mapping, schemas and code lists made a record; kept with every message and every frozen delivery.
public struct FormVersions: Sendable, Hashable {
    /// `path@version` of the mapping.
    public var mapping: String
    /// Digest of the schema file that was checked against; empty when none.
    public var schema: String
    /// Digest over the code lists that the mapping names; empty when none.
    public var codeLists: String

    /// Takes the three as text.
    public init(mapping: String, schema: String, codeLists: String) {
        self.mapping = mapping
        self.schema = schema
        self.codeLists = codeLists
    }
}
