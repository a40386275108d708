public import ExchangeModel

/// What tells a stream of records from every other: where it came in, and all of its bytes.
public struct StreamIdentity: Sendable, Hashable {
    /// The channel.
    public var channel: String
    /// SHA-256 of the whole stream.
    public var digest: [UInt8]

    /// A stream.
    public init(channel: String, digest: [UInt8]) {
        self.channel = channel
        self.digest = digest
    }
}

/// A stream of records (a file), and how far it was taken.
public struct RecordStream: Sendable, Hashable {
    /// How it stands.
    public enum State: String, Sendable, Hashable {
        /// Its first records are on disk; the others follow.
        case taking
        /// It was taken to its end; single records of it may have been refused.
        case taken
        /// As a whole: no record of it was taken.
        case refused
    }

    /// Its number in the store.
    public var sequence: Int64
    /// What tells it from others.
    public var identity: StreamIdentity
    /// Its file's name, or whatever names it to people.
    public var name: String
    /// Who sent it.
    public var sender: String
    /// Its size in bytes.
    public var bytes: Int
    /// How it stands.
    public var state: State
    /// Records that are on disk: accepted, known before, or refused.
    public var records, accepted, repeated, refused: Int
    /// Its last record on disk, behind which it goes on; nil before the first.
    public var last: RecordPlace?
    /// When its first part was written.
    public var beganAt: Instant
    /// When its last part was written; nil while it is being taken.
    public var endedAt: Instant?
    /// The refused input that stands for the whole of it, where it was refused.
    public var refusal: MessageID?
}

/// A record of a stream that was refused.
public struct StreamRefusal: Sendable, Hashable {
    /// Where it lies.
    public var place: RecordPlace
    /// Under which id it is kept.
    public var message: MessageID
    /// Every reason.
    public var findings: [Finding]
}
