public import ExchangeModel

/// Records that came together and are written together: a part of a file, or a page of a poll channel.
public struct IntakeBatch: Sendable {
    /// What becomes of one record.
    public enum Item: Sendable {
        /// It is accepted, unless its key is bound.
        case accept(Intake)
        /// It is refused, and kept with its findings.
        case refuse(Refusal)
        /// It is the same record as this message, in another spelling: nothing is written but that it was passed.
        case pass(MessageID)
    }

    /// A record and its place in the stream.
    public struct Record: Sendable {
        /// Where it lies.
        public var place: RecordPlace
        /// What becomes of it.
        public var item: Item

        /// Takes both.
        public init(place: RecordPlace, item: Item) {
            self.place = place
            self.item = item
        }
    }

    /// How a stream ends.
    public enum Ending: Sendable {
        /// Everything in it was taken; the row of evidence says so.
        case taken(EvidenceEntry)
        /// It is refused as a whole.
        case refused(Refusal)
    }

    /// The stream that the records are a part of.
    public struct Part: Sendable {
        /// Which stream.
        public var stream: StreamIdentity
        /// Its name and sender.
        public var name, sender: String
        /// Its size in bytes.
        public var bytes: Int
        /// How many of its records are on disk before this part: it fits nowhere else.
        public var behind: Int
        /// What follows behind these records; nil: more.
        public var ending: Ending?

        /// Takes everything.
        public init(stream: StreamIdentity, name: String, sender: String, bytes: Int, behind: Int, ending: Ending? = nil) {
            self.stream = stream
            self.name = name
            self.sender = sender
            self.bytes = bytes
            self.behind = behind
            self.ending = ending
        }
    }

    /// At most `StoreLimits.batchRecords`, in their order.
    public var records: [Record]
    /// The stream, where its progress is to be kept.
    public var part: Part?
    /// Where the poll channel goes on once these records are on disk.
    public var cursor: ChannelCursor?
    /// When.
    public var at: Instant

    /// Takes everything.
    public init(records: [Record], part: Part? = nil, cursor: ChannelCursor? = nil, at instant: Instant) {
        self.records = records
        self.part = part
        self.cursor = cursor
        at = instant
    }
}

/// Where a poll channel goes on.
public struct ChannelCursor: Sendable, Hashable {
    /// The channel.
    public var channel: String
    /// What the platform is asked for next.
    public var value: String

    /// A cursor.
    public init(channel: String, value: String) {
        self.channel = channel
        self.value = value
    }
}

/// What became of a batch.
public struct BatchOutcome: Sendable {
    /// What became of one record.
    public enum Record: Sendable {
        /// On disk.
        case accepted
        /// Its key was bound before by the same body: nothing was written.
        case repeated(BoundMessage)
        /// Its key was bound before by another body. Neither it nor anything behind it was written, nor ending or cursor: whoever
        /// asks compares the records, and comes again with this one as `refuse` or `pass`.
        case conflict(BoundMessage)
        /// On disk, as refused.
        case refused
        /// Passed.
        case passed
    }

    /// In the order of the records; shorter when one of them is a conflict, which then is the last.
    public var records: [Record]
    /// How its stream stands now.
    public var stream: RecordStream?
    /// The deliveries that it brought into being.
    var opened: [OpenDelivery] = []
}
