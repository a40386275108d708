public import ExchangeModel

/// What a row of `payload` is.
public enum PayloadKind: String, Sendable, CaseIterable {
    /// The bytes as received.
    case received
    /// The canonical record.
    case canonical
    /// The bytes of one delivery.
    case frozen
}

/// Whose bytes are meant.
public enum PayloadOwner: Sendable, Hashable {
    /// A message: what was received, or the canonical record.
    case message(MessageID)
    /// A delivery: its own frozen bytes, or what its message holds.
    case delivery(DeliveryID)
}

/// Bytes that the store keeps, with what they belong to.
public struct StoredPayload: Sendable {
    /// The message they belong to.
    public var message: MessageID
    /// What they are.
    public var kind: PayloadKind
    /// Their media type.
    public var contentType: String
    /// What made them; empty names for received bytes.
    public var versions: FormVersions
    /// The bytes; empty unless `state` is `.readable`.
    public var bytes: [UInt8]
    /// Whether they can be shown.
    public var state: StoredBytesState
    /// What opens the bytes, while they are encrypted, and the delivery's sequence that frozen bytes are bound to.
    var seal: Seal?
    var delivery: Int64?
}
