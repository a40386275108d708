public import ExchangeModel

/// Which past messages a destination is to get as well.
public struct BackfillSelection: Sendable, Hashable {
    /// Where to.
    public var destination: String
    /// Received at `from` or later, and before `to`.
    public var from, to: Instant
    /// Only of this dataset; nil: of all.
    public var dataset: Dataset?
    /// Only of this channel; nil: of all.
    public var channel: String?
    /// Whether the canonical records are wanted with the candidates: they cost a read and a decryption each.
    public var readsRecords: Bool

    /// Takes everything.
    public init(
        destination: String, from: Instant, to: Instant, dataset: Dataset? = nil, channel: String? = nil, readsRecords: Bool
    ) {
        self.destination = destination
        self.from = from
        self.to = to
        self.dataset = dataset
        self.channel = channel
        self.readsRecords = readsRecords
    }
}

/// How far a backfill has come: a value that `MessageStore.backfillPart` takes and hands back.
///
/// It remembers which lanes of the destination hold deliveries of newer messages: about 32 octets for each, at most
/// `StoreLimits.backfillLanes`; a new destination has none.
public struct BackfillScan: Sendable {
    /// What is looked for.
    public let selection: BackfillSelection
    /// Whether every message of the selection was looked at.
    public internal(set) var isDone = false
    /// Sequences of the first and the last message that may be meant; nil until they were looked up.
    var range: ClosedRange<Int64>?
    /// The last message looked at.
    var after: Int64 = 0
    /// The last delivery looked at.
    var deliveriesSeen: Int64 = 0
    /// The newest message of each lane of the destination.
    var newest: [Int64: Int64] = [:]
    /// Deliveries of newer messages that waited for a parent when they were seen: that one may still come.
    var children: [Int64: [Child]] = [:]

    struct Child: Sendable {
        var delivery, message: Int64
    }

    /// Nothing was looked at yet.
    public init(_ selection: BackfillSelection) { self.selection = selection }

    /// Sequence numbers of messages that are behind it, and that there are: for a line of progress. Both are 0 until the
    /// range is known.
    public var progress: (done: Int64, of: Int64) {
        guard let range else { return (0, 0) }
        return (max(0, after - range.lowerBound + 1), range.upperBound - range.lowerBound + 1)
    }
}

/// Whether a message can get a delivery to the destination.
public enum BackfillStanding: String, Sendable, Hashable, CaseIterable {
    /// It has none yet and can get one.
    case addable
    /// It has one, whatever became of it.
    case present
    /// It was refused: there is no record.
    case refused
    /// Its record cannot be read: the data key of its day was destroyed, or the bytes are damaged.
    case unreadable
    /// The destination has a delivery of a newer message of the same ordering key: this one would come out of order.
    case behind
}

/// A message of a backfill's selection.
public struct BackfillCandidate: Sendable {
    /// Its place in the order of the store.
    public var sequence: Int64
    /// Its id.
    public var id: MessageID
    /// Where it came in.
    public var channel: String
    /// What it is; nil for a refused input that was not recognised.
    public var dataset: Dataset?
    /// Its keys.
    public var businessKey, orderingKey: String
    /// Whether it can be sent.
    public var standing: BackfillStanding
    /// A higher version of the same record that the destination has, or gets by the same backfill.
    public var newer: MessageID?
    /// The canonical record, JSON in UTF-8, where it was asked for and is needed.
    public var canonical: [UInt8]
    /// What opens the record, while it is encrypted.
    var seal: Seal?
}

/// Deliveries to be added to messages of the past.
public struct BackfillAddition: Sendable {
    /// One message's.
    public struct Item: Sendable {
        /// The message.
        public var message: Int64
        /// Its delivery, as at an acceptance.
        public var planned: PlannedDelivery
        /// The row of evidence that tells it.
        public var evidence: EvidenceEntry

        /// Takes everything.
        public init(message: Int64, planned: PlannedDelivery, evidence: EvidenceEntry) {
            self.message = message
            self.planned = planned
            self.evidence = evidence
        }
    }

    /// The scan that found the messages: the transaction looks at what has changed since.
    public var scan: BackfillScan
    /// In the order of the messages; at most `StoreLimits.backfillPage`.
    public var items: [Item]
    /// When.
    public var at: Instant

    /// Takes everything.
    public init(scan: BackfillScan, items: [Item], at: Instant) {
        self.scan = scan
        self.items = items
        self.at = at
    }
}

/// What became of a `BackfillAddition`.
public struct BackfillAdded: Sendable {
    /// The new deliveries, in sequence order.
    public var deliveries: [OpenDelivery]
    /// Of each item: `.addable` when its delivery was added, else what has come between.
    public var standings: [BackfillStanding]
}
