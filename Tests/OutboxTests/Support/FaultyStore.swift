import ExchangeModel
import Store
import Synchronization

/// A real store behind a test's faults, which also keeps what was committed.
final class FaultyStore: MessageStore {
    /// What goes wrong with a write.
    enum Fault {
        /// Nothing is written.
        case before(GatewayError.Code)
        /// It is written, and the caller is not told.
        case after(GatewayError.Code)
    }

    /// A committed change.
    struct Committed: Sendable {
        var sequence: Int64
        var state: DeliveryState
        var cause: String?
        var changes: Int
    }

    /// A message that another task accepts at the worst moment.
    struct Interloper: Sendable {
        var intake: Intake
        var outcome: Result<IntakeOutcome, any Error>?
    }

    /// Receipts that come at the same moment.
    struct SlippedReceipts: Sendable {
        var receipts: [IncomingReceipt]
        var cursor: ReceiptCursor?
        var at: Instant
        var outcome: Result<[ReceiptOutcome], any Error>?
    }

    private struct State {
        var onApply: @Sendable ([DeliveryChange]) -> Fault? = { _ in nil }
        var onCommit: @Sendable (DeliveryChange) -> Void = { _ in }
        var afterPage: @Sendable () async throws -> Void = {}
        var beforeForms: @Sendable () async throws -> Void = {}
        var onRead: @Sendable (String) -> GatewayError.Code? = { _ in nil }
        var onAcknowledged: @Sendable ([[UInt8]]) -> Void = { _ in }
        var interloper: Interloper?
        var slipped: SlippedReceipts?
        var committed: [Committed] = []
        var applies = 0
        var writes = 0
        var reads = 0
        var waiters: [(sequence: Int64, state: DeliveryState, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let inner: any MessageStore
    private let isGone: @Sendable () -> Bool
    private let state = Mutex(State())

    /// - Parameter isGone: whether the process that calls has died: then no call is made, and no answer or notice is heard.
    init(_ inner: any MessageStore, isGone: @escaping @Sendable () -> Bool = { false }) {
        self.inner = inner
        self.isGone = isGone
    }

    func onApply(_ script: @escaping @Sendable ([DeliveryChange]) -> Fault?) { state.withLock { $0.onApply = script } }
    /// Hears of each change that was applied, before its caller does.
    func onCommit(_ script: @escaping @Sendable (DeliveryChange) -> Void) { state.withLock { $0.onCommit = script } }
    /// Runs after a page of open deliveries was read and before the reader gets it.
    func afterPage(_ script: @escaping @Sendable () async throws -> Void) { state.withLock { $0.afterPage = script } }
    /// Runs before frozen bytes are read for a lease.
    func beforeForms(_ script: @escaping @Sendable () async throws -> Void) { state.withLock { $0.beforeForms = script } }
    func onRead(_ script: @escaping @Sendable (String) -> GatewayError.Code?) { state.withLock { $0.onRead = script } }
    /// Hears the evidence of each call that the store has acknowledged.
    func onAcknowledged(_ script: @escaping @Sendable ([[UInt8]]) -> Void) { state.withLock { $0.onAcknowledged = script } }
    /// Lets a message be accepted between the plan of the next change and its transaction.
    func slipIn(_ intake: Intake) { state.withLock { $0.interloper = Interloper(intake: intake) } }
    /// What became of it; without an outcome when there was no change.
    func takeInterloper() -> Interloper? {
        state.withLock { state in
            defer { state.interloper = nil }
            return state.interloper
        }
    }
    /// Lets receipts come between the plan of the next change and its transaction.
    func slipIn(_ receipts: SlippedReceipts) { state.withLock { $0.slipped = receipts } }
    /// What became of them; without an outcome when there was no change.
    func takeSlippedReceipts() -> SlippedReceipts? {
        state.withLock { state in
            defer { state.slipped = nil }
            return state.slipped
        }
    }
    var committed: [Committed] { state.withLock { $0.committed } }
    /// The states that a delivery was committed in, in order.
    func states(_ sequence: Int64) -> [DeliveryState] { committed.filter { $0.sequence == sequence }.map(\.state) }
    var applyCount: Int { state.withLock { $0.applies } }
    /// Calls that write anything.
    var writeCount: Int { state.withLock { $0.writes } }
    var readCount: Int { state.withLock { $0.reads } }

    /// Returns when a delivery was committed in a state.
    func reached(_ sequence: Int64, _ wanted: DeliveryState) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.committed.contains(where: { $0.sequence == sequence && $0.state == wanted }) { return true }
                state.waiters.append((sequence, wanted, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    private static func error(_ code: GatewayError.Code) -> GatewayError {
        GatewayError(code, attempted: "use", subject: "the store", happened: "the test says so", remedy: "")
    }

    /// Makes a call, unless the caller has died; an answer that a dead caller cannot hear is none.
    private func through<Value>(_ call: () async throws -> Value) async throws -> Value {
        if isGone() { throw Self.error(.stopping) }
        do {
            let value = try await call()
            if isGone() { throw Self.error(.stopping) }
            return value
        } catch {
            if isGone() { throw Self.error(.stopping) }
            throw error
        }
    }

    private func acknowledged(_ contents: [[UInt8]]) { state.withLock { $0.onAcknowledged }(contents) }

    func apply(_ changes: [DeliveryChange]) async throws -> [ChangeOutcome] {
        let fault = state.withLock { state in
            state.applies += 1
            state.writes += 1
            return state.onApply
        }(changes)
        if let interloper = state.withLock({ $0.interloper }), interloper.outcome == nil {
            let outcome: Result<IntakeOutcome, any Error>
            do { outcome = .success(try await accept(interloper.intake)) } catch { outcome = .failure(error) }
            state.withLock { $0.interloper?.outcome = outcome }
        }
        if let slipped = state.withLock({ $0.slipped }), slipped.outcome == nil {
            let outcome: Result<[ReceiptOutcome], any Error>
            do {
                outcome = .success(try await receive(slipped.receipts, cursor: slipped.cursor, at: slipped.at))
            } catch { outcome = .failure(error) }
            state.withLock { $0.slipped?.outcome = outcome }
        }
        if case .before(let code) = fault { throw Self.error(code) }
        let outcomes = try await through { try await inner.apply(changes) }
        let applied = zip(changes, outcomes).filter { $1 != .stale }.map(\.0)
        let onCommit = state.withLock { $0.onCommit }
        for change in applied { onCommit(change) }
        let waiters = state.withLock { state in
            for change in applied {
                state.committed.append(
                    Committed(sequence: change.sequence, state: change.state, cause: change.cause?.code, changes: changes.count))
            }
            let met = state.waiters.filter { waiter in
                state.committed.contains { $0.sequence == waiter.sequence && $0.state == waiter.state }
            }
            state.waiters.removeAll { waiter in met.contains { $0.sequence == waiter.sequence && $0.state == waiter.state } }
            return met.map(\.continuation)
        }
        for waiter in waiters { waiter.resume() }
        acknowledged(applied.map(\.evidence.content))
        if case .after(let code) = fault { throw Self.error(code) }
        return outcomes
    }

    private func read(_ what: String) throws {
        let script = state.withLock { state in
            state.reads += 1
            return state.onRead
        }
        if let code = script(what) { throw Self.error(code) }
    }

    func accept(_ intake: Intake) async throws -> IntakeOutcome {
        state.withLock { $0.writes += 1 }
        let outcome = try await through { try await inner.accept(intake) }
        if case .committed = outcome { acknowledged([intake.evidence.content]) }
        return outcome
    }
    var attachments: any AttachmentLedger { inner.attachments }
    var traffic: IntakeTraffic { inner.traffic }
    func observeCommits(_ observer: @escaping @Sendable ([OpenDelivery]) -> Void) {
        inner.observeCommits { [isGone] in if !isGone() { observer($0) } }
    }
    func refuse(_ refusal: Refusal) async throws { try await through { try await inner.refuse(refusal) } }
    func observeMoves(_ observer: @escaping @Sendable ([OpenDelivery]) -> Void) {
        inner.observeMoves { [isGone] in if !isGone() { observer($0) } }
    }
    func wake(_ cause: WaitingCause, subject: String, destination: String?, at instant: Instant) async throws -> Int {
        try await through { try await inner.wake(cause, subject: subject, destination: destination, at: instant) }
    }
    func backfillPart(_ scan: BackfillScan) async throws -> (BackfillScan, [BackfillCandidate]) {
        try await through { try await inner.backfillPart(scan) }
    }
    func backfill(_ addition: BackfillAddition) async throws -> BackfillAdded {
        try await through { try await inner.backfill(addition) }
    }
    func record(_ entry: EvidenceEntry) async throws { try await through { try await inner.record(entry) } }
    func boundMessage(sender: String, channel: String, idempotencyKey: String) async throws -> BoundMessage? {
        try await through { try await inner.boundMessage(sender: sender, channel: channel, idempotencyKey: idempotencyKey) }
    }
    func message(_ id: MessageID) async throws -> MessageReport? { try await through { try await inner.message(id) } }
    func messages(businessKey: String, sender: String?, limit: Int) async throws -> [MessageReport] {
        try await through { try await inner.messages(businessKey: businessKey, sender: sender, limit: limit) }
    }
    func delivery(_ id: DeliveryID) async throws -> DeliveryReport? {
        try read("delivery")
        return try await through { try await inner.delivery(id) }
    }
    func deliveries(_ filter: DeliveryFilter) async throws -> [DeliveryReport] {
        try await through { try await inner.deliveries(filter) }
    }
    func openDeliveries(destination: String, after: Int64, limit: Int) async throws -> [OpenDelivery] {
        try read("destination")
        let page = try await through { try await inner.openDeliveries(destination: destination, after: after, limit: limit) }
        try await state.withLock { $0.afterPage }()
        return page
    }
    func openDeliveries(lane: Int64, after: Int64, limit: Int) async throws -> [OpenDelivery] {
        try read("lane")
        return try await through { try await inner.openDeliveries(lane: lane, after: after, limit: limit) }
    }
    func deliveryForms(_ sequences: [Int64]) async throws -> [Int64: DeliveryForms] {
        try read("forms")
        try await state.withLock { $0.beforeForms }()
        return try await through { try await inner.deliveryForms(sequences) }
    }
    func strandedDeliveries(owner: String) async throws -> [OpenDelivery] {
        try read("stranded")
        return try await through { try await inner.strandedDeliveries(owner: owner) }
    }
    func attemptCount(destination: String, from: Instant, to: Instant) async throws -> Int {
        try read("attempts")
        return try await through { try await inner.attemptCount(destination: destination, from: from, to: to) }
    }
    func hold(_ order: HoldOrder) async throws -> HoldOutcome {
        try await faulty {
            let outcome = try await inner.hold(order)
            if case .placed = outcome, !isGone() { acknowledged([order.evidence.content]) }
            return outcome
        }
    }
    func release(_ order: ReleaseOrder) async throws -> LaneHold? {
        try await faulty {
            let hold = try await inner.release(order)
            if hold != nil, !isGone() { acknowledged([order.evidence.content]) }
            return hold
        }
    }
    func park(_ heads: [Int64], at instant: Instant) async throws -> [LaneHold] {
        try await faulty { try await inner.park(heads, at: instant) }
    }
    /// A write of one row, which meets the faults of `apply` without any change.
    private func faulty<Outcome>(_ write: () async throws -> Outcome) async throws -> Outcome {
        state.withLock { $0.writes += 1 }
        let fault = state.withLock { $0.onApply }([])
        if case .before(let code) = fault { throw Self.error(code) }
        let outcome = try await through(write)
        if case .after(let code) = fault { throw Self.error(code) }
        return outcome
    }
    func holds(_ selector: HoldSelector) async throws -> [LaneHold] { try await through { try await inner.holds(selector) } }
    func accept(_ batch: IntakeBatch) async throws -> BatchOutcome { try await faulty { try await inner.accept(batch) } }
    func stream(_ identity: StreamIdentity) async throws -> RecordStream? {
        try await through { try await inner.stream(identity) }
    }
    func streams(channel: String?, limit: Int) async throws -> [RecordStream] {
        try await through { try await inner.streams(channel: channel, limit: limit) }
    }
    func refusals(ofStream sequence: Int64, after number: Int, limit: Int) async throws -> [StreamRefusal] {
        try await through { try await inner.refusals(ofStream: sequence, after: number, limit: limit) }
    }
    func channelCursor(_ channel: String) async throws -> String? {
        try await through { try await inner.channelCursor(channel) }
    }
    func receive(
        _ receipts: [IncomingReceipt], cursor: ReceiptCursor?, at instant: Instant
    ) async throws -> [ReceiptOutcome] { try await faulty { try await inner.receive(receipts, cursor: cursor, at: instant) } }
    func receiptCursor(destination: String) async throws -> String? {
        try await through { try await inner.receiptCursor(destination: destination) }
    }
    func expireReceipts(before: Instant, at instant: Instant) async throws -> [ExpiredReceipt] {
        try await faulty { try await inner.expireReceipts(before: before, at: instant) }
    }
    func holds(destination: String?) async throws -> [LaneHold] {
        try await through { try await inner.holds(destination: destination) }
    }
    func deliveryCount(_ filter: DeliveryFilter) async throws -> Int {
        try await through { try await inner.deliveryCount(filter) }
    }
    func verifyOutbox(owner: String?) async throws -> OutboxConsistency {
        try await through { try await inner.verifyOutbox(owner: owner) }
    }
    func outboxCounts() async throws -> [OutboxCount] { try await through { try await inner.outboxCounts() } }
    func personalNumbers(at now: Instant) -> PersonalNumbers? { inner.personalNumbers(at: now) }
    func usage() async throws -> StoreUsage { try await through { try await inner.usage() } }
    func backlog(destination: String?) async throws -> [BacklogGroup] {
        try await through { try await inner.backlog(destination: destination) }
    }
    func evidence(from sequence: Int64, limit: Int) async throws -> [EvidenceRow] {
        try await through { try await inner.evidence(from: sequence, limit: limit) }
    }
    func evidence(ofMessage id: MessageID) async throws -> [EvidenceRow] {
        try await through { try await inner.evidence(ofMessage: id) }
    }
    func evidenceHead() async throws -> EvidenceHead { try await through { try await inner.evidenceHead() } }
    func payload(_ kind: PayloadKind, of owner: PayloadOwner) async throws -> StoredPayload? {
        try await through { try await inner.payload(kind, of: owner) }
    }
    func destroyKeys(_ order: KeyDestructionOrder) async throws -> KeyDestruction {
        try await through { try await inner.destroyKeys(order) }
    }
    func verifyEvidence() async throws -> EvidenceVerdict { try await through { try await inner.verifyEvidence() } }
    func close() async { await inner.close() }
}
