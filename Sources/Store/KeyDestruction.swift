public import ExchangeModel

/// A person's order to destroy data keys.
public struct KeyDestructionOrder: Sendable {
    /// The first moment whose UTC day is kept; days before it go.
    public var before: Instant
    /// Who wants it and why, for the evidence.
    public var actor, reason: String
    /// When. `before` must not be later than this day.
    public var at: Instant

    /// Takes everything.
    public init(before: Instant, actor: String, reason: String, at: Instant) {
        self.before = before
        self.actor = actor
        self.reason = reason
        self.at = at
    }
}

/// What was destroyed.
public struct KeyDestruction: Sendable {
    /// The first moment of each UTC day whose keys are gone, in order.
    public var days: [Instant]
    /// How many keys these were; a day has one for each start of the gateway.
    public var keys: Int
    /// Days before the date that open deliveries still need: their keys stay.
    public var keptDays: [Instant]
    /// Messages of these days whose payload was never encrypted, as they came before encryption was switched on: it stays.
    public var hasPlainPayloads: Bool
    var keyIDs: [UInt32]
}
