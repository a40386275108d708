public import ExchangeModel

/// Evidence to be added: the store gives it a sequence number and the digest of the chain.
public struct EvidenceEntry: Sendable {
    /// When it happened.
    public var at: Instant
    /// The message it belongs to, if any.
    public var messageID: MessageID?
    /// UTF-8 JSON, stored and hashed as it is, never re-encoded. No payload, no secret, no personal data.
    public var content: [UInt8]

    /// Takes everything.
    public init(at: Instant, messageID: MessageID?, content: [UInt8]) {
        self.at = at
        self.messageID = messageID
        self.content = content
    }
}

/// A row of the tamper-evident record.
///
/// `digest = SM3(previous 32 bytes || sequence as 8 bytes big-endian || time in milliseconds as 8 bytes big-endian ||
/// content)`; the first previous is 32 zero bytes; one chain for a store.
public struct EvidenceRow: Sendable {
    /// From 1, without gaps.
    public var sequence: Int64
    /// When.
    public var at: Instant
    /// The message it belongs to, if any.
    public var messageID: MessageID?
    /// As stored.
    public var content: [UInt8]
    /// 32 bytes.
    public var digest: [UInt8]

    /// Takes everything.
    public init(sequence: Int64, at: Instant, messageID: MessageID?, content: [UInt8], digest: [UInt8]) {
        self.sequence = sequence
        self.at = at
        self.messageID = messageID
        self.content = content
        self.digest = digest
    }
}

/// The end of the chain of evidence: the last row's number and digest. Rows are numbered without gaps, so the number is also
/// how many there are.
public struct EvidenceHead: Sendable, Hashable {
    /// 0 before the first row.
    public var sequence: Int64
    /// 32 bytes; zero bytes before the first row.
    public var digest: [UInt8]

    /// Takes both.
    public init(sequence: Int64, digest: [UInt8]) {
        self.sequence = sequence
        self.digest = digest
    }

    /// Before the first row.
    public static let empty = EvidenceHead(sequence: 0, digest: [UInt8](repeating: 0, count: 32))
}

/// Whether the chain holds.
public struct EvidenceVerdict: Sendable {
    /// Rows read.
    public var rows: Int64
    /// The digest of the last row: write it down elsewhere to prove later that nothing was cut off.
    public var lastDigest: [UInt8]
    /// The first row that does not fit, and why; nil when all fit.
    public var firstBroken: (sequence: Int64, reason: String)?

    /// Takes everything.
    public init(rows: Int64, lastDigest: [UInt8], firstBroken: (sequence: Int64, reason: String)?) {
        self.rows = rows
        self.lastDigest = lastDigest
        self.firstBroken = firstBroken
    }
}
