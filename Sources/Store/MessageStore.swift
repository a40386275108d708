public import ExchangeModel

/// The durable memory of the gateway: intake, deliveries and evidence.
///
/// **A write that returns is on disk and synced** (SQLite: WAL with `synchronous=FULL`). Concurrent writes share one
/// synced transaction; each is applied wholly or not at all, and one that fails does not spoil its neighbours. No type of a
/// database library shows here, so that another database can stand behind the same protocol; every implementation
/// passes the conformance suite in `Tests/StoreTests`.
///
/// Errors are `GatewayError`: `.storeFull` (nothing was written; the same may succeed when space returns),
/// `.storeFailed`, `.stopping`. All methods are safe from any task and never block the cooperative pool.
public protocol MessageStore: StreamStore {
    /// Accepts one message: raw bytes, canonical record, its deliveries (without bytes yet) and one evidence row, in one
    /// transaction; or answers that the idempotency key is bound already.
    func accept(_ intake: Intake) async throws -> IntakeOutcome

    /// What it knows of attachments.
    var attachments: any AttachmentLedger { get }

    /// Where those who prepare an intake count themselves in: a commit waits for them, at most `StoreLimits.gathering`.
    var traffic: IntakeTraffic { get }

    /// The wake-up notice: `observer` gets the deliveries of committed intakes, in sequence order, right after the commit
    /// and before `accept` returns; the intakes of one transaction come in one call. It runs on the store's own thread,
    /// must not block and must not call the store. One observer; set it before the first `accept`.
    func observeCommits(_ observer: @escaping @Sendable ([OpenDelivery]) -> Void)

    /// The other wake-up notice: `observer` gets deliveries that the store itself moved, right after the commit: those that a
    /// newer version superseded, those whose precondition is there, and those that a receipt confirmed or refused; and, with
    /// `OpenDelivery.isContradicted`, those that a receipt contradicts. Same rules as `observeCommits`, and called after it.
    func observeMoves(_ observer: @escaping @Sendable ([OpenDelivery]) -> Void)

    /// Makes deliveries ready that wait for this cause and subject (`PlannedDelivery.waitingSubject`), in one transaction
    /// with their evidence; of one destination alone unless it is nil. Returns how many.
    @discardableResult
    func wake(_ cause: WaitingCause, subject: String, destination: String?, at instant: Instant) async throws -> Int

    /// Hashes keys that are a person's number; nil where nothing is encrypted. Reads by business key look for both texts.
    func personalNumbers(at now: Instant) -> PersonalNumbers?

    /// Takes receipts that came by themselves, all in one synced transaction, in their order: each finds its delivery and does
    /// what it says where the state machine allows it, is kept until its delivery exists, or is told apart as a repeat, which
    /// writes nothing. The answers come in the order of the receipts. `cursor` is written with them, unless one found no room.
    ///
    /// A confirmation is believed for everything that left at least once, so that nothing is sent after it; it raises the
    /// fence, and `observeMoves` tells of it. What contradicts changes no state (`ReceiptEffect.contradicts`).
    func receive(_ receipts: [IncomingReceipt], cursor: ReceiptCursor?, at instant: Instant) async throws -> [ReceiptOutcome]

    /// How far the receipts of a destination were fetched; nil before the first time.
    func receiptCursor(destination: String) async throws -> String?

    /// Drops receipts that came before an instant and found no delivery, with a row of evidence each; at most
    /// `StoreLimits.receiptsPerCall`.
    func expireReceipts(before: Instant, at instant: Instant) async throws -> [ExpiredReceipt]

    /// Keeps a refused input with every finding (or only digest and size where the sender was not let in).
    func refuse(_ refusal: Refusal) async throws

    /// Applies changes to deliveries, each only if its fence is still the expected one. The answers come in the order of
    /// the changes. All changes of one call are applied in one transaction.
    func apply(_ changes: [DeliveryChange]) async throws -> [ChangeOutcome]

    /// Holds a destination or one lane for a person, with a row of evidence; answers `.standing`, and writes nothing, when a
    /// person holds it already. It lasts until `release`, over restarts. It changes no delivery.
    func hold(_ order: HoldOrder) async throws -> HoldOutcome

    /// Takes a hold away, with a row of evidence; nil, and nothing is written, when there is none of that kind.
    func release(_ order: ReleaseOrder) async throws -> LaneHold?

    /// Parks the lanes of heads that are dead already (a receipt refused them, or the rule was another one before), given by
    /// their sequences, each with a row of evidence, all in one transaction. At most `StoreLimits.parkedPerCall`. Answers how
    /// the lanes are parked: by these, or by others that had parked them before (then nothing is written). Those that are not
    /// dead, or stand aside, are left out.
    func park(_ heads: [Int64], at instant: Instant) async throws -> [LaneHold]

    /// Whether exactly this is held or parked, and by whom: at most one hold of each kind.
    func holds(_ selector: HoldSelector) async throws -> [LaneHold]

    /// What is held or parked, of one destination or of all.
    func holds(destination: String?) async throws -> [LaneHold]

    /// Looks at the next part of a backfill's selection, in the order of the messages; bounded, and changes nothing. A part may
    /// find nothing without being the last (`BackfillScan.isDone`). Throws `.usage` for a destination that has deliveries of
    /// newer messages in more than two million lanes.
    func backfillPart(_ scan: BackfillScan) async throws -> (BackfillScan, [BackfillCandidate])

    /// Adds deliveries to accepted and settled messages as an acceptance would have: versions, parents and the wake-up notice
    /// included, each with its row of evidence, in one transaction. The messages' standings are judged again in it; one that
    /// is not `.addable` any more gets nothing. Time counts from `BackfillAddition.at`.
    func backfill(_ addition: BackfillAddition) async throws -> BackfillAdded

    /// Adds evidence that belongs to no delivery change (start, stop, an operator's look).
    func record(_ entry: EvidenceEntry) async throws

    /// The message bound to an idempotency key of a sender and channel, if any. A look-up before work is spent on a
    /// repeated payload; `accept` checks again inside its transaction.
    func boundMessage(sender: String, channel: String, idempotencyKey: String) async throws -> BoundMessage?

    /// One message with its deliveries and receipts.
    func message(_ id: MessageID) async throws -> MessageReport?

    /// Messages of a business key, newest first, at most `limit`; of one sender alone unless `sender` is nil.
    func messages(businessKey: String, sender: String?, limit: Int) async throws -> [MessageReport]

    /// One delivery, with its message's keys.
    func delivery(_ id: DeliveryID) async throws -> DeliveryReport?

    /// Deliveries for people to look at, by filter, in sequence order.
    func deliveries(_ filter: DeliveryFilter) async throws -> [DeliveryReport]

    /// Open deliveries (not at an end) of one destination with a sequence above `after`, in sequence order, at most
    /// `limit`: what the outbox schedules from after a start or when its window ran dry.
    func openDeliveries(destination: String, after: Int64, limit: Int) async throws -> [OpenDelivery]

    /// Open deliveries of one lane with a sequence above `after`, in sequence order, at most `limit`.
    func openDeliveries(lane: Int64, after: Int64, limit: Int) async throws -> [OpenDelivery]

    /// What a delivery needs for preparation or for sending again: canonical record and frozen bytes.
    func deliveryForms(_ sequences: [Int64]) async throws -> [Int64: DeliveryForms]

    /// Deliveries that are `inFlight` under another owner than the given one (a former life of this gateway).
    func strandedDeliveries(owner: String) async throws -> [OpenDelivery]

    /// How many attempts for a destination began at `from` or later and before `to`: what a quota counts after a start. It
    /// reads every attempt that the store has, so it is not for the way of a message.
    func attemptCount(destination: String, from: Instant, to: Instant) async throws -> Int

    /// How much the store holds and how much room it has: cheap enough for every second, also with a million open deliveries.
    func usage() async throws -> StoreUsage

    /// Open deliveries of one destination, or (nil) of all, by dataset and deadline, the earliest first.
    func backlog(destination: String?) async throws -> [BacklogGroup]

    /// How many deliveries a filter finds (its paging aside).
    func deliveryCount(_ filter: DeliveryFilter) async throws -> Int

    /// Number of open deliveries, dead ones included, by destination and state name. Cheap however many are open: it may be
    /// asked by every scrape of the metrics.
    func outboxCounts() async throws -> [OutboxCount]

    /// Looks for what does not fit together in the store; see `OutboxConsistency`. Reads everything, a part at a time.
    ///
    /// - Parameter owner: the life of the gateway that runs, by which each lease must be held; nil when none runs.
    func verifyOutbox(owner: String?) async throws -> OutboxConsistency

    /// Reads evidence rows in order, from a sequence, at most `limit`.
    func evidence(from sequence: Int64, limit: Int) async throws -> [EvidenceRow]

    /// Every row of evidence of a message and its deliveries, in order; at most `StoreLimits.rowsPerRead`, then the newest.
    /// Empty for an id that is not there.
    func evidence(ofMessage id: MessageID) async throws -> [EvidenceRow]

    /// The last row of the chain.
    func evidenceHead() async throws -> EvidenceHead

    /// Bytes of a message or a delivery, for a person: **whoever shows them records that first** (`record`). Nil when there
    /// is no such owner, or it has no bytes of this kind.
    func payload(_ kind: PayloadKind, of owner: PayloadOwner) async throws -> StoredPayload?

    /// Destroys the data keys of days before a date, so that what they encrypted cannot be read any more. Days that open
    /// deliveries still need are kept. Writes a row of evidence; the chain goes on, as it holds digests alone.
    func destroyKeys(_ order: KeyDestructionOrder) async throws -> KeyDestruction

    /// Recomputes the chain of digests from the first row to the last.
    func verifyEvidence() async throws -> EvidenceVerdict

    /// Writes what is queued, closes the store and gives its lock back. Later calls throw `.stopping`.
    func close() async
}

/// A message on its way in.
public struct Intake: Sendable {
    /// The id that the acknowledgement names, made at `receivedAt`: by its time a backfill finds the message.
    public var id: MessageID
    /// Where it came in and who sent it.
    public var channel, sender: String
    /// What it is.
    public var dataset: Dataset
    /// What the record is called by its own system, in which order it belongs, and which edition of it this is.
    public var businessKey, orderingKey, version: String
    /// As the sender gave it, or the body's digest; with the rule `idempotencyKey` bound to this message when it is accepted.
    public var idempotencyKey: String
    /// What makes another input a repeat of this one.
    public var duplicates: DuplicateRule = .idempotencyKey
    /// Keeps versions of records apart that share a business key on one channel; empty where nothing is to be kept apart.
    public var duplicateScope = ""
    /// SHA-256 of the body, to tell a repeat from a conflict.
    public var bodyDigest: [UInt8]
    /// When the last byte of the body had come.
    public var receivedAt: Instant
    /// The source's own time stamp of the record, for `tenderbridge_source_to_confirmed_seconds`.
    public var sourceTime: Instant?
    /// W3C trace id, 32 hexadecimal digits.
    public var traceID: String
    /// As declared by the sender.
    public var contentType: String
    /// The bytes as received.
    public var payload: [UInt8]
    /// The canonical record, JSON in UTF-8.
    public var canonical: [UInt8]
    /// What made the canonical record.
    public var versions: FormVersions
    /// Findings that did not refuse.
    public var warnings: [Finding]
    /// One for each destination.
    public var deliveries: [PlannedDelivery]
    /// What it names; the references are written with it.
    public var attachments: [NamedAttachment] = []
    /// Content of the evidence row, JSON in UTF-8, hashed as stored.
    public var evidence: EvidenceEntry

    /// Takes everything.
    public init(
        id: MessageID, channel: String, sender: String, dataset: Dataset, businessKey: String, orderingKey: String,
        version: String, idempotencyKey: String, bodyDigest: [UInt8], receivedAt: Instant, sourceTime: Instant?,
        traceID: String, contentType: String, payload: [UInt8], canonical: [UInt8], versions: FormVersions,
        warnings: [Finding], deliveries: [PlannedDelivery], evidence: EvidenceEntry
    ) {
        self.id = id
        self.channel = channel
        self.sender = sender
        self.dataset = dataset
        self.businessKey = businessKey
        self.orderingKey = orderingKey
        self.version = version
        self.idempotencyKey = idempotencyKey
        self.bodyDigest = bodyDigest
        self.receivedAt = receivedAt
        self.sourceTime = sourceTime
        self.traceID = traceID
        self.contentType = contentType
        self.payload = payload
        self.canonical = canonical
        self.versions = versions
        self.warnings = warnings
        self.deliveries = deliveries
        self.evidence = evidence
    }
}

/// A delivery as planned at acceptance: no bytes yet.
public struct PlannedDelivery: Sendable {
    /// Its id, sent on every attempt.
    public var id: DeliveryID
    /// Where to.
    public var destination: String
    /// `pending`, or `waiting` with its cause.
    public var state: DeliveryState
    /// The date that must not be missed, if the dataset has one.
    public var deadline: Instant?
    /// Whether it takes the place of lower versions that have not left for this destination (`RecordVersion`).
    public var supersedes: Bool
    /// The record that this destination must have first. Where it has not, the delivery begins as `waiting(parent)`; the
    /// store decides that in the transaction.
    public var parent: ParentRecord?
    /// With `waiting`: what exactly it waits for, as `MessageStore.wake` will name it, and until when.
    public var waitingSubject: String?
    /// With `waiting`: when the wait ends without success; nil: never.
    public var waitingUntil: Instant?

    /// Takes everything.
    public init(
        id: DeliveryID, destination: String, state: DeliveryState, deadline: Instant? = nil, supersedes: Bool = false,
        parent: ParentRecord? = nil, waitingSubject: String? = nil, waitingUntil: Instant? = nil
    ) {
        self.id = id
        self.destination = destination
        self.state = state
        self.deadline = deadline
        self.supersedes = supersedes
        self.parent = parent
        self.waitingSubject = waitingSubject
        self.waitingUntil = waitingUntil
    }
}

/// What became of an intake.
public enum IntakeOutcome: Sendable {
    /// On disk; the deliveries are ready to be scheduled, in the order of `Intake.deliveries`.
    case committed([OpenDelivery])
    /// The key of the intake's `DuplicateRule` was bound before by the same body: nothing was written.
    case replayed(BoundMessage)
    /// The key was bound before by another body: nothing was written. Whether the records differ the caller sees by
    /// the canonical ones: the same record may be spelled differently.
    case conflict(BoundMessage)
}

/// The message that holds an idempotency key, with what its acknowledgement said.
public struct BoundMessage: Sendable {
    /// The message.
    public var id: MessageID
    /// SHA-256 of the body that bound the key.
    public var bodyDigest: [UInt8]
    /// What it is and what it is called.
    public var dataset: Dataset
    /// Its business key.
    public var businessKey: String
    /// Its deliveries as acknowledged: id and destination.
    public var deliveries: [(id: DeliveryID, destination: String)]

    /// Takes everything.
    public init(
        id: MessageID, bodyDigest: [UInt8], dataset: Dataset, businessKey: String,
        deliveries: [(id: DeliveryID, destination: String)]
    ) {
        self.id = id
        self.bodyDigest = bodyDigest
        self.dataset = dataset
        self.businessKey = businessKey
        self.deliveries = deliveries
    }
}

/// A refused input.
public struct Refusal: Sendable {
    /// The id that the refusal names; it can be read again.
    public var id: MessageID
    /// Where it came in; the sender is empty when nobody was recognised.
    public var channel, sender: String
    /// The dataset, when it was recognised.
    public var dataset: Dataset?
    /// The idempotency key given; it is **not** bound.
    public var idempotencyKey: String
    /// SHA-256 of the bytes read, and how many the sender declared (nil: not declared).
    public var bodyDigest: [UInt8]
    /// Content-Length as declared.
    public var declaredBytes: Int?
    /// When.
    public var receivedAt: Instant
    /// W3C trace id.
    public var traceID: String
    /// As declared by the sender.
    public var contentType: String
    /// The bytes as received; nil for 401, 403 and 413.
    public var payload: [UInt8]?
    /// The HTTP status or its like that the sender was told.
    public var status: Int
    /// Every reason with its position.
    public var findings: [Finding]
    /// The evidence row.
    public var evidence: EvidenceEntry
    /// What opens the payload, while it is encrypted: inside the store alone.
    var seal: Seal?

    /// Takes everything.
    public init(
        id: MessageID, channel: String, sender: String, dataset: Dataset?, idempotencyKey: String, bodyDigest: [UInt8],
        declaredBytes: Int?, receivedAt: Instant, traceID: String, contentType: String, payload: [UInt8]?, status: Int,
        findings: [Finding], evidence: EvidenceEntry
    ) {
        self.id = id
        self.channel = channel
        self.sender = sender
        self.dataset = dataset
        self.idempotencyKey = idempotencyKey
        self.bodyDigest = bodyDigest
        self.declaredBytes = declaredBytes
        self.receivedAt = receivedAt
        self.traceID = traceID
        self.contentType = contentType
        self.payload = payload
        self.status = status
        self.findings = findings
        self.evidence = evidence
    }
}
