import ExchangeModel
import Store
import Synchronization

/// A real store whose writes can be made to fail as a full disk does.
final class FaultyStore: MessageStore {
    private let inner: SQLiteStore
    private let full = Mutex(false)

    init(_ inner: SQLiteStore) { self.inner = inner }

    var isFull: Bool {
        get { full.withLock { $0 } }
        set { full.withLock { $0 = newValue } }
    }

    private func check() throws {
        if isFull {
            throw GatewayError(
                .storeFull, attempted: "write", subject: "the store", happened: "database or disk is full", remedy: "make room")
        }
    }

    func accept(_ intake: Intake) async throws -> IntakeOutcome {
        try check()
        return try await inner.accept(intake)
    }
    func accept(_ batch: IntakeBatch) async throws -> BatchOutcome {
        try check()
        return try await inner.accept(batch)
    }
    func stream(_ identity: StreamIdentity) async throws -> RecordStream? { try await inner.stream(identity) }
    func streams(channel: String?, limit: Int) async throws -> [RecordStream] {
        try await inner.streams(channel: channel, limit: limit)
    }
    func refusals(ofStream sequence: Int64, after number: Int, limit: Int) async throws -> [StreamRefusal] {
        try await inner.refusals(ofStream: sequence, after: number, limit: limit)
    }
    func channelCursor(_ channel: String) async throws -> String? { try await inner.channelCursor(channel) }
    var attachments: any AttachmentLedger { inner.attachments }
    var traffic: IntakeTraffic { inner.traffic }
    func observeCommits(_ observer: @escaping @Sendable ([OpenDelivery]) -> Void) { inner.observeCommits(observer) }
    func refuse(_ refusal: Refusal) async throws {
        try check()
        try await inner.refuse(refusal)
    }
    func apply(_ changes: [DeliveryChange]) async throws -> [ChangeOutcome] {
        try check()
        return try await inner.apply(changes)
    }
    func observeMoves(_ observer: @escaping @Sendable ([OpenDelivery]) -> Void) { inner.observeMoves(observer) }
    func wake(_ cause: WaitingCause, subject: String, destination: String?, at instant: Instant) async throws -> Int {
        try await inner.wake(cause, subject: subject, destination: destination, at: instant)
    }
    func backfillPart(_ scan: BackfillScan) async throws -> (BackfillScan, [BackfillCandidate]) {
        try await inner.backfillPart(scan)
    }
    func backfill(_ addition: BackfillAddition) async throws -> BackfillAdded { try await inner.backfill(addition) }
    func record(_ entry: EvidenceEntry) async throws { try await inner.record(entry) }
    func boundMessage(sender: String, channel: String, idempotencyKey: String) async throws -> BoundMessage? {
        try await inner.boundMessage(sender: sender, channel: channel, idempotencyKey: idempotencyKey)
    }
    func message(_ id: MessageID) async throws -> MessageReport? { try await inner.message(id) }
    func messages(businessKey: String, sender: String?, limit: Int) async throws -> [MessageReport] {
        try await inner.messages(businessKey: businessKey, sender: sender, limit: limit)
    }
    func delivery(_ id: DeliveryID) async throws -> DeliveryReport? { try await inner.delivery(id) }
    func deliveries(_ filter: DeliveryFilter) async throws -> [DeliveryReport] { try await inner.deliveries(filter) }
    func openDeliveries(destination: String, after: Int64, limit: Int) async throws -> [OpenDelivery] {
        try await inner.openDeliveries(destination: destination, after: after, limit: limit)
    }
    func openDeliveries(lane: Int64, after: Int64, limit: Int) async throws -> [OpenDelivery] {
        try await inner.openDeliveries(lane: lane, after: after, limit: limit)
    }
    func deliveryForms(_ sequences: [Int64]) async throws -> [Int64: DeliveryForms] { try await inner.deliveryForms(sequences) }
    func strandedDeliveries(owner: String) async throws -> [OpenDelivery] { try await inner.strandedDeliveries(owner: owner) }
    func attemptCount(destination: String, from: Instant, to: Instant) async throws -> Int {
        try await inner.attemptCount(destination: destination, from: from, to: to)
    }
    func hold(_ order: HoldOrder) async throws -> HoldOutcome {
        try check()
        return try await inner.hold(order)
    }
    func release(_ order: ReleaseOrder) async throws -> LaneHold? {
        try check()
        return try await inner.release(order)
    }
    func park(_ heads: [Int64], at instant: Instant) async throws -> [LaneHold] {
        try check()
        return try await inner.park(heads, at: instant)
    }
    func holds(_ selector: HoldSelector) async throws -> [LaneHold] { try await inner.holds(selector) }
    func receive(
        _ receipts: [IncomingReceipt], cursor: ReceiptCursor?, at instant: Instant
    ) async throws -> [ReceiptOutcome] {
        try check()
        return try await inner.receive(receipts, cursor: cursor, at: instant)
    }
    func receiptCursor(destination: String) async throws -> String? {
        try await inner.receiptCursor(destination: destination)
    }
    func expireReceipts(before: Instant, at instant: Instant) async throws -> [ExpiredReceipt] {
        try await inner.expireReceipts(before: before, at: instant)
    }
    func holds(destination: String?) async throws -> [LaneHold] { try await inner.holds(destination: destination) }
    func deliveryCount(_ filter: DeliveryFilter) async throws -> Int { try await inner.deliveryCount(filter) }
    func verifyOutbox(owner: String?) async throws -> OutboxConsistency { try await inner.verifyOutbox(owner: owner) }
    func outboxCounts() async throws -> [OutboxCount] { try await inner.outboxCounts() }
    func personalNumbers(at now: Instant) -> PersonalNumbers? { inner.personalNumbers(at: now) }
    func usage() async throws -> StoreUsage { try await inner.usage() }
    func backlog(destination: String?) async throws -> [BacklogGroup] { try await inner.backlog(destination: destination) }
    func evidence(from sequence: Int64, limit: Int) async throws -> [EvidenceRow] {
        try await inner.evidence(from: sequence, limit: limit)
    }
    func evidence(ofMessage id: MessageID) async throws -> [EvidenceRow] { try await inner.evidence(ofMessage: id) }
    func evidenceHead() async throws -> EvidenceHead { try await inner.evidenceHead() }
    func payload(_ kind: PayloadKind, of owner: PayloadOwner) async throws -> StoredPayload? {
        try await inner.payload(kind, of: owner)
    }
    func destroyKeys(_ order: KeyDestructionOrder) async throws -> KeyDestruction { try await inner.destroyKeys(order) }
    func verifyEvidence() async throws -> EvidenceVerdict { try await inner.verifyEvidence() }
    func close() async { await inner.close() }
}
