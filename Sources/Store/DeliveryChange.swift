public import ExchangeModel

/// A delivery that is not at an end, as the outbox schedules it.
public struct OpenDelivery: Sendable {
    /// Order within the store, given at commit.
    public var sequence: Int64
    /// The id sent on every attempt.
    public var id: DeliveryID
    /// Its message.
    public var messageID: MessageID
    /// Number of its lane (destination and ordering key).
    public var lane: Int64
    /// Where to.
    public var destination: String
    /// Where it stands.
    public var state: DeliveryState
    /// When it is due again (`retryWait`), or when the lease ends (`inFlight`), or when the question of an `unknown` is due, or
    /// when the wait ends without success (`waiting`).
    public var dueAt: Instant?
    /// How many attempts were begun.
    public var attempts: Int
    /// The compare-and-set token: rises with each lease, and when the store wakes it.
    public var fence: Int64
    /// Whether the bytes are frozen.
    public var isFrozen: Bool
    /// When the message was received; when a backfill added the delivery later, the time of that.
    public var receivedAt: Instant
    /// The source's own time stamp.
    public var sourceTime: Instant?
    /// The canonical record, handed over right after acceptance to save a read; nil when read back from the store.
    public var canonical: [UInt8]?
    /// W3C trace id of the message.
    public var traceID: String
    /// Where its message came in: channels share a destination fairly.
    public var channel: String
    /// The date that must not be missed, if there is one.
    public var deadline: Instant?
    /// Those behind it in its lane go past it: a person moved it aside (`DeliveryCause.movedAside`), or it waits for a parent
    /// that was accepted after it in the same lane (`DeliveryCause.behindParent`).
    public var isAside = false
    /// A receipt contradicts where it stands. Set in the notice of that moment alone (`MessageStore.observeMoves`).
    public var isContradicted = false

    /// Takes everything.
    public init(
        sequence: Int64, id: DeliveryID, messageID: MessageID, lane: Int64, destination: String, state: DeliveryState,
        dueAt: Instant?, attempts: Int, fence: Int64, isFrozen: Bool, receivedAt: Instant, sourceTime: Instant?,
        canonical: [UInt8]?, traceID: String, channel: String = "", deadline: Instant? = nil
    ) {
        self.sequence = sequence
        self.id = id
        self.messageID = messageID
        self.lane = lane
        self.destination = destination
        self.state = state
        self.dueAt = dueAt
        self.attempts = attempts
        self.fence = fence
        self.isFrozen = isFrozen
        self.receivedAt = receivedAt
        self.sourceTime = sourceTime
        self.canonical = canonical
        self.traceID = traceID
        self.channel = channel
        self.deadline = deadline
    }
}

/// The two forms of a delivery: what it is made from and, once frozen, what is sent.
public struct DeliveryForms: Sendable {
    /// The canonical record, JSON in UTF-8.
    public var canonical: [UInt8]
    /// The frozen bytes, if any.
    public var frozen: FrozenForm?
    /// How many attempts left without any verdict that was recorded: bytes of these may have come there.
    public var lostAttempts: Int
    /// What opens the canonical record, while it is encrypted, and the message it belongs to.
    var canonicalSeal: Seal?
    var message: MessageID?

    /// Takes everything.
    public init(canonical: [UInt8], frozen: FrozenForm?, lostAttempts: Int = 0) {
        self.canonical = canonical
        self.frozen = frozen
        self.lostAttempts = lostAttempts
    }
}

/// The exact bytes of a delivery; every retry sends these.
public struct FrozenForm: Sendable {
    /// The body.
    public var bytes: [UInt8]
    /// Its media type.
    public var contentType: String
    /// What made it.
    public var versions: FormVersions
    /// What was found when they were made and keeps nothing back; for log and evidence, not stored with the bytes.
    public var warnings: [Finding] = []
    /// Warnings that are logged and told in the evidence; the rest is counted there.
    public static let warningsTold = 10
    /// What opens the bytes, while they are encrypted: inside the store alone.
    var seal: Seal?

    /// Takes everything.
    public init(bytes: [UInt8], contentType: String, versions: FormVersions) {
        self.bytes = bytes
        self.contentType = contentType
        self.versions = versions
    }
}

/// One step of a delivery, applied only if the fence is still the expected one.
public struct DeliveryChange: Sendable {
    /// Which delivery.
    public var sequence: Int64
    /// The fence that must still stand. A change to `inFlight` raises it by one; no other does.
    public var expectedFence: Int64
    /// The state that must still stand; nil: any. Few changes raise the fence, and one that was written without its writer
    /// being told is written again: it must then come too late.
    public var expectedState: DeliveryState?
    /// The state to set.
    public var state: DeliveryState
    /// When (the store keeps it as the time of the last change).
    public var at: Instant
    /// Who leases it and until when; only with `inFlight`, cleared by every other state.
    public var lease: Lease?
    /// When it is due again (`retryWait`, `unknown`), nil otherwise.
    public var dueAt: Instant?
    /// Why it stands there, for people: only with `retryWait`, `unknown`, `dead`, `expired`, `superseded`; cleared otherwise.
    public var cause: DeliveryCause?
    /// Bytes to freeze, once.
    public var freeze: FrozenForm?
    /// An attempt begun or ended by this change.
    public var attempt: AttemptStep?
    /// What the destination answered.
    public var receipt: Receipt?
    /// What it does to the lane as a whole.
    public var parking: ParkingChange?
    /// The evidence row of this change.
    public var evidence: EvidenceEntry
    /// The store moves it past the outbox, so whatever that has on its way must come too late.
    var raisesFence = false

    /// Takes everything.
    public init(
        sequence: Int64, expectedFence: Int64, state: DeliveryState, at: Instant, lease: Lease? = nil, dueAt: Instant? = nil,
        cause: DeliveryCause? = nil, freeze: FrozenForm? = nil, attempt: AttemptStep? = nil, receipt: Receipt? = nil,
        evidence: EvidenceEntry
    ) {
        self.sequence = sequence
        self.expectedFence = expectedFence
        self.state = state
        self.at = at
        self.lease = lease
        self.dueAt = dueAt
        self.cause = cause
        self.freeze = freeze
        self.attempt = attempt
        self.receipt = receipt
        self.evidence = evidence
    }
}

/// Who may act on an `inFlight` delivery, and until when.
public struct Lease: Sendable {
    /// One life of the gateway: unique for each start.
    public var owner: String
    /// After this the delivery is `unknown`, or `pending` when it is certain that no byte left.
    public var until: Instant

    /// Takes both.
    public init(owner: String, until: Instant) {
        self.owner = owner
        self.until = until
    }
}

/// Why a delivery stands where it stands, for people and for grouping.
public struct DeliveryCause: Sendable, Hashable {
    /// Stable short name, such as `answer.permanent` or `transport.reset`.
    public var code: String
    /// One sentence, without payload.
    public var text: String

    /// Takes both.
    public init(code: String, text: String) {
        self.code = code
        self.text = text
    }
}

extension DeliveryCause {
    /// The code of a delivery that is dead because a person moved it aside.
    public static let movedAside = "operator.aside"
    /// The code of a delivery that stepped aside because the parent it waits for stands behind it in its lane.
    public static let behindParent = "wait.behindParent"
}

/// The beginning or the end of an attempt.
public enum AttemptStep: Sendable {
    /// Attempt number (from 1) begins with this change.
    case begun(number: Int)
    /// The attempt ended: HTTP status (0 when none), how long it took, and what that was taken for.
    case ended(number: Int, status: Int, duration: Duration, outcome: String)
}

/// What a destination answered (回执), at once or to a question.
public struct Receipt: Sendable {
    /// `answer`, `status` (to a status query), `callback` or `poll`.
    public var kind: String
    /// The destination's own number for it, if it gave one.
    public var reference: String
    /// What it was taken for: `accepted`, `handedOver`, `permanent`, `transient`, `unclear`, `absent`; of one that came by itself
    /// `accepted`, `refused`, `other`.
    public var verdict: String
    /// HTTP status, or 0.
    public var status: Int
    /// The first bytes of the answer as received (at most `StoreLimits.receiptBytes`; the store refuses more).
    public var answer: [UInt8]
    /// What opens the answer, while it is encrypted: inside the store alone.
    var seal: Seal?

    /// Takes everything.
    public init(kind: String, reference: String, verdict: String, status: Int, answer: [UInt8]) {
        self.kind = kind
        self.reference = reference
        self.verdict = verdict
        self.status = status
        self.answer = answer
    }
}

/// What became of a change.
public enum ChangeOutcome: Sendable, Equatable {
    /// On disk; the fence that now stands.
    case applied(fence: Int64)
    /// Someone else moved the delivery first: nothing was changed.
    case stale
}
