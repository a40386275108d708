public import ExchangeModel

/// What makes an input a repeat of one that was accepted, for one sender and one channel.
public enum DuplicateRule: String, Sendable, Hashable, CaseIterable {
    /// The sender's idempotency key; without one, the body's digest.
    case idempotencyKey
    /// The canonical record itself: the same record in another spelling, or under another idempotency key, is a repeat.
    case content
    /// Business key and version. The same version with another content is a conflict. A record without a version is known
    /// by business key and content.
    case businessKeyVersion
}

/// A record that another one must not overtake: a project before its notices.
public struct ParentRecord: Sendable, Hashable {
    /// What it is.
    public var dataset: String
    /// What its own system calls it.
    public var businessKey: String
    /// How long a delivery waits for it.
    public var until: Instant

    /// Takes everything.
    public init(dataset: String, businessKey: String, until: Instant) {
        self.dataset = dataset
        self.businessKey = businessKey
        self.until = until
    }

    /// What a delivery waits for, in one text. The names of datasets hold no blank.
    public var subject: String { Self.subject(dataset: dataset, businessKey: businessKey) }

    /// The subject of a record.
    public static func subject(dataset: String, businessKey: String) -> String { "\(dataset) \(businessKey)" }
}
