public import ExchangeModel

/// A message as people and senders see it.
public struct MessageReport: Sendable {
    /// Its id.
    public var id: MessageID
    /// Where it came in and who sent it.
    public var channel, sender: String
    /// What it is; nil for a refused input that was not recognised.
    public var dataset: Dataset?
    /// Its keys and edition; empty for a refused input.
    public var businessKey, orderingKey, version: String
    /// Where it stands.
    public var state: MessageState
    /// When it was received and, once settled, when that was.
    public var receivedAt: Instant
    /// When the last delivery came to its end.
    public var settledAt: Instant?
    /// W3C trace id.
    public var traceID: String
    /// Errors of a refused input, warnings of an accepted one.
    public var findings: [Finding]
    /// Every delivery.
    public var deliveries: [DeliveryReport]
    /// What it names.
    public var attachments: [NamedAttachment] = []

    /// Takes everything.
    public init(
        id: MessageID, channel: String, sender: String, dataset: Dataset?, businessKey: String, orderingKey: String,
        version: String, state: MessageState, receivedAt: Instant, settledAt: Instant?, traceID: String,
        findings: [Finding], deliveries: [DeliveryReport]
    ) {
        self.id = id
        self.channel = channel
        self.sender = sender
        self.dataset = dataset
        self.businessKey = businessKey
        self.orderingKey = orderingKey
        self.version = version
        self.state = state
        self.receivedAt = receivedAt
        self.settledAt = settledAt
        self.traceID = traceID
        self.findings = findings
        self.deliveries = deliveries
    }
}

/// A delivery as people see it.
public struct DeliveryReport: Sendable {
    /// The delivery as the outbox sees it, without canonical record.
    public var delivery: OpenDelivery
    /// Keys of its message.
    public var dataset: Dataset
    /// Business key of its message.
    public var businessKey: String
    /// Ordering key of its message.
    public var orderingKey: String
    /// When its state last changed.
    public var changedAt: Instant
    /// Why it stands there.
    public var cause: DeliveryCause?
    /// The frozen bytes' size and versions, once frozen.
    public var frozenBytes: Int?
    /// What made the frozen bytes.
    public var versions: FormVersions?
    /// Attempts, in order.
    public var attempts: [AttemptReport]
    /// Receipts, in order.
    public var receipts: [ReceiptReport]
    /// What exactly it waits for, or waited for without success, as `MessageStore.wake` names it.
    public var waitingSubject: String?
    /// What holds its destination or lane, or parks the lane.
    public var holds: [LaneHold] = []

    /// The receipt that came by itself and says that the destination has it, wherever the delivery stands; nil for one that never
    /// left, which it cannot be about. Of one that is dead, such a receipt contradicts that; it is not sent again.
    public var confirmation: ReceiptReport? {
        if delivery.attempts == 0 { return nil }
        return receipts.first { $0.arrival != nil && $0.receipt.verdict == ReceiptVerdict.accepted.rawValue }
    }

    /// Takes everything.
    public init(
        delivery: OpenDelivery, dataset: Dataset, businessKey: String, orderingKey: String, changedAt: Instant,
        cause: DeliveryCause?, frozenBytes: Int?, versions: FormVersions?, attempts: [AttemptReport],
        receipts: [ReceiptReport]
    ) {
        self.delivery = delivery
        self.dataset = dataset
        self.businessKey = businessKey
        self.orderingKey = orderingKey
        self.changedAt = changedAt
        self.cause = cause
        self.frozenBytes = frozenBytes
        self.versions = versions
        self.attempts = attempts
        self.receipts = receipts
    }
}

/// One attempt.
public struct AttemptReport: Sendable {
    /// From 1.
    public var number: Int
    /// When it began, and how long it took (nil: no end is recorded).
    public var begunAt: Instant
    /// How long it took; nil when no end is recorded.
    public var duration: Duration?
    /// HTTP status, 0 when none.
    public var status: Int
    /// What it was taken for.
    public var outcome: String

    /// Takes everything.
    public init(number: Int, begunAt: Instant, duration: Duration?, status: Int, outcome: String) {
        self.number = number
        self.begunAt = begunAt
        self.duration = duration
        self.status = status
        self.outcome = outcome
    }
}

/// One receipt with its time.
public struct ReceiptReport: Sendable {
    /// When it was recorded.
    public var at: Instant
    /// What was answered.
    public var receipt: Receipt
    /// Whether the answer's bytes can be shown; when not, `receipt.answer` is empty.
    public var answerState = StoredBytesState.readable
    /// Of a receipt that came by itself: what it did. Nil for answers.
    public var arrival: ReceiptArrival?

    /// Takes both.
    public init(at: Instant, receipt: Receipt) {
        self.at = at
        self.receipt = receipt
    }
}

/// Which deliveries to show.
public struct DeliveryFilter: Sendable {
    /// One destination.
    public var destination: String?
    /// State names; empty means every open one, dead included.
    public var states: [String]
    /// One business key.
    public var businessKey: String?
    /// One code of a cause.
    public var cause: String?
    /// Rows above this sequence, for paging.
    public var after: Int64
    /// At most so many.
    public var limit: Int

    /// Takes everything.
    public init(
        destination: String? = nil, states: [String] = [], businessKey: String? = nil, cause: String? = nil, after: Int64 = 0,
        limit: Int = 100
    ) {
        self.destination = destination
        self.states = states
        self.businessKey = businessKey
        self.cause = cause
        self.after = after
        self.limit = limit
    }
}

/// How many open deliveries of a destination are in a state.
public struct OutboxCount: Sendable, Hashable {
    /// Destination and state name.
    public var destination, state: String
    /// How many.
    public var count: Int
    /// When the first of the destination's open deliveries was received, whatever its state.
    public var oldestReceivedAt: Instant

    /// Takes everything.
    public init(destination: String, state: String, count: Int, oldestReceivedAt: Instant) {
        self.destination = destination
        self.state = state
        self.count = count
        self.oldestReceivedAt = oldestReceivedAt
    }
}
