public import ExchangeModel
public import Store

/// What the outbox needs of a destination: making the bytes, carrying them, asking about them.
///
/// `Platforms` implements it over mapping, schema and transport; a simulation implements it over a script. All methods
/// may be called from any thread; completions run on the carrier's own thread and must not block.
public protocol Courier: Sendable {
    /// Makes the exact bytes from a canonical record and checks them against the destination's schema. Work for the
    /// processor only: no network, no disk, no clock.
    ///
    /// - Parameter recordTime: the source's own time stamp, which decides which code-list entries hold; nil when it gave none.
    func prepare(canonical: [UInt8], recordTime: Instant?) -> Preparation

    /// Sends frozen bytes. `completion` is called exactly once, also when the carrier stops.
    func send(_ shipment: Shipment, completion: @escaping @Sendable (SendResult) -> Void)

    /// Asks the destination what it knows of a delivery. Called only where the policy says `statusQuery`.
    func askStatus(of delivery: DeliveryID, traceID: String, completion: @escaping @Sendable (StatusResult) -> Void)
}

/// The outcome of making the bytes.
public enum Preparation: Sendable {
    /// Ready to freeze.
    case ready(FrozenForm)
    /// Refused by mapping, schema or limit, with every finding.
    case failed([Finding])
}

/// One attempt on its way out.
public struct Shipment: Sendable {
    /// The delivery.
    public var delivery: DeliveryID
    /// The id sent with it: the delivery's on every attempt, unless the destination asks for a new one (`replaces`).
    public var sentAs: DeliveryID
    /// The id that went out first, where this is a repetition under a new id; nil otherwise.
    public var replaces: DeliveryID?
    /// Attempt number from 1.
    public var attempt: Int
    /// The frozen bytes.
    public var form: FrozenForm
    /// W3C trace id of the message.
    public var traceID: String

    /// Takes everything.
    public init(
        delivery: DeliveryID, attempt: Int, form: FrozenForm, traceID: String, sentAs: DeliveryID? = nil,
        replaces: DeliveryID? = nil
    ) {
        self.delivery = delivery
        self.sentAs = sentAs ?? delivery
        self.replaces = replaces
        self.attempt = attempt
        self.form = form
        self.traceID = traceID
    }
}

/// What came of an attempt, classified by the destination's configuration.
public struct SendResult: Sendable {
    /// The classification.
    public var verdict: Verdict
    /// Why, for people; also for an acceptance (then it is not shown).
    public var cause: DeliveryCause
    /// What was answered, if anything was.
    public var receipt: Receipt?
    /// HTTP status or 0.
    public var status: Int
    /// How long the attempt took.
    public var duration: Duration

    /// The classes of an answer.
    public enum Verdict: Sendable, Hashable {
        /// The destination has it.
        case accepted
        /// The destination took it and answers later.
        case handedOver
        /// The destination will never take it as it is.
        case permanent
        /// The destination may take it later, not before the time it names.
        case transient(retryAfter: Duration?)
        /// Bytes may have left; nobody knows.
        case unclear
        /// It is certain that no byte left.
        case notSent
    }

    /// Takes everything.
    public init(verdict: Verdict, cause: DeliveryCause, receipt: Receipt?, status: Int, duration: Duration) {
        self.verdict = verdict
        self.cause = cause
        self.receipt = receipt
        self.status = status
        self.duration = duration
    }
}

/// What a status query told.
public enum StatusResult: Sendable {
    /// The destination has it.
    case accepted(Receipt)
    /// The destination got it and refused it.
    case refused(DeliveryCause, Receipt)
    /// The destination never got it.
    case absent(Receipt)
    /// No usable answer; ask again later.
    case unclear(DeliveryCause)
}
