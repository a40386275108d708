public import ExchangeModel
internal import GRDB

/// The store on one SQLite file in write-ahead mode.
///
/// One thread writes (`Committer`), a few connections read. The file belongs to one process at a time, by a lock on
/// `PATH.lock`; `SQLiteStoreReader` looks at it beside that process. Close it when done: a store that is dropped writes
/// nothing more and gives its lock back a moment later.
public final class SQLiteStore: MessageStore {
    private let committer: Committer
    private let reader: StoreReader
    private let keys: DataKeys
    /// For tests, which reach the write connection through it.
    let pool: DatabasePool

    /// Opens the store, creating folder (0700) and file (0600) when missing, and brings its schema to the newest version.
    ///
    /// Blocks the calling thread for the time of a few syncs, and up to `lockWait` when another process has the store: call
    /// it at the start, not from tasks. Before it returns, a row was written and synced, so a read-only or full disk shows
    /// here. Errors (exit code 74): `.storeFailed`, `.storeFull`, `.storeNewer`, each with what to do; `.configuration`
    /// (exit code 78) for a missing or wrong master key, before anything was written.
    public static func open(path: String, options: SQLiteStoreOptions = SQLiteStoreOptions()) throws -> SQLiteStore {
        try StoreFiles.prepare(path)
        let lock = try StoreLock(for: path, wait: options.lockWait)
        let (pool, keys) = try StoreConnections.open(path: path, options: options)
        return try SQLiteStore(pool: pool, lock: lock, path: path, options: options, keys: keys)
    }

    private init(pool: DatabasePool, lock: StoreLock, path: String, options: SQLiteStoreOptions, keys: DataKeys) throws {
        self.pool = pool
        self.keys = keys
        committer = try Committer(pool: pool, lock: lock, path: path, options: options, keys: keys)
        reader = StoreReader(database: pool, path: path, keys: keys, recentKeys: committer.recentKeys)
    }

    deinit { committer.requestClose() }

    // MARK: Writes

    /// See `MessageStore`.
    public func accept(_ intake: Intake) async throws -> IntakeOutcome {
        let keyed = KeyedIntake(intake, keys: keys)
        return try await withCheckedThrowingContinuation { committer.submit(.accept(PendingWrite(keyed, $0))) }
    }

    /// See `StreamStore`.
    public func accept(_ batch: IntakeBatch) async throws -> BatchOutcome {
        let keyed = KeyedBatch(batch, keys: keys)
        return try await withCheckedThrowingContinuation { committer.submit(.batch(PendingWrite(keyed, $0))) }
    }

    /// See `MessageStore`.
    public func refuse(_ refusal: Refusal) async throws {
        let refusal = refusal.sealed(by: keys)
        try await withCheckedThrowingContinuation { committer.submit(.refuse(PendingWrite(refusal, $0))) }
    }

    /// See `MessageStore`.
    public func apply(_ changes: [DeliveryChange]) async throws -> [ChangeOutcome] {
        if changes.isEmpty { return [] }
        let changes = keys.master == nil ? changes : changes.map { $0.sealed(by: keys) }
        return try await withCheckedThrowingContinuation { committer.submit(.apply(PendingWrite(changes, $0))) }
    }

    /// See `MessageStore`.
    public func record(_ entry: EvidenceEntry) async throws {
        try await withCheckedThrowingContinuation { committer.submit(.record(PendingWrite(entry, $0))) }
    }

    /// See `MessageStore`. Data keys that are gone are overwritten in the file, and the write-ahead log, which may still
    /// hold them, is folded back and cut.
    public func destroyKeys(_ order: KeyDestructionOrder) async throws -> KeyDestruction {
        let plan = try await openReader("find the data keys in use").planDestruction(order)
        let outcome = try await withCheckedThrowingContinuation {
            committer.submit(.destroyKeys(PendingWrite(plan, $0)))
        }
        keys.destroyed(outcome.keyIDs, at: order.at)
        // Readers may keep the log from being cut now; then a later checkpoint does it.
        _ = try? await pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        return outcome
    }

    /// Data keys that opening has wrapped anew with the current master key.
    public var rewrappedKeys: Int { keys.formerRows.count }

    /// See `MessageStore`.
    public func personalNumbers(at now: Instant) -> PersonalNumbers? { keys.personalNumbers(at: now) }

    /// See `MessageStore`.
    public var attachments: any AttachmentLedger { SQLiteAttachments(committer: committer, reader: reader) }

    /// See `MessageStore`.
    public var traffic: IntakeTraffic { committer.traffic }

    /// See `MessageStore`.
    public func hold(_ order: HoldOrder) async throws -> HoldOutcome {
        try await withCheckedThrowingContinuation { committer.submit(.hold(PendingWrite(order, $0))) }
    }

    /// See `MessageStore`.
    public func release(_ order: ReleaseOrder) async throws -> LaneHold? {
        try await withCheckedThrowingContinuation { committer.submit(.release(PendingWrite(order, $0))) }
    }

    /// See `MessageStore`.
    public func park(_ heads: [Int64], at instant: Instant) async throws -> [LaneHold] {
        try await withCheckedThrowingContinuation {
            committer.submit(.park(PendingWrite(ParkCall(heads: heads, at: instant), $0)))
        }
    }

    /// See `MessageStore`.
    public func observeCommits(_ observer: @escaping @Sendable ([OpenDelivery]) -> Void) { committer.observeIntake(observer) }

    /// See `MessageStore`.
    public func observeMoves(_ observer: @escaping @Sendable ([OpenDelivery]) -> Void) { committer.observeMoves(observer) }

    /// See `MessageStore`.
    public func wake(_ cause: WaitingCause, subject: String, destination: String?, at instant: Instant) async throws -> Int {
        let call = WakeCall(cause: cause, subject: subject, destination: destination, at: instant)
        return try await withCheckedThrowingContinuation { committer.submit(.wake(PendingWrite(call, $0))) }
    }

    /// See `MessageStore`.
    public func receive(
        _ receipts: [IncomingReceipt], cursor: ReceiptCursor?, at instant: Instant
    ) async throws -> [ReceiptOutcome] {
        if receipts.isEmpty, cursor == nil { return [] }
        let call = ReceiptCall(
            receipts: receipts.map { SealedReceipt($0, at: instant, keys: keys) }, cursor: cursor, at: instant)
        return try await withCheckedThrowingContinuation { committer.submit(.receive(PendingWrite(call, $0))) }
    }

    /// See `MessageStore`.
    public func expireReceipts(before: Instant, at instant: Instant) async throws -> [ExpiredReceipt] {
        let expiry = ReceiptExpiry(before: before, at: instant)
        return try await withCheckedThrowingContinuation { committer.submit(.expireReceipts(PendingWrite(expiry, $0))) }
    }

    /// See `MessageStore`.
    public func close() async { await committer.close() }

    /// See `MessageStore`.
    public func backfill(_ addition: BackfillAddition) async throws -> BackfillAdded {
        try await withCheckedThrowingContinuation { committer.submit(.backfill(PendingWrite(addition, $0))) }
    }

    // MARK: Reads

    /// See `MessageStore`.
    public func backfillPart(_ scan: BackfillScan) async throws -> (BackfillScan, [BackfillCandidate]) {
        try await openReader("look for past messages").backfillPart(scan)
    }

    /// See `MessageStore`.
    public func boundMessage(sender: String, channel: String, idempotencyKey: String) async throws -> BoundMessage? {
        try await openReader("look up an idempotency key")
            .boundMessage(sender: sender, channel: channel, idempotencyKey: idempotencyKey)
    }

    /// See `MessageStore`.
    public func message(_ id: MessageID) async throws -> MessageReport? { try await openReader("read a message").message(id) }

    /// See `MessageStore`.
    public func messages(businessKey: String, sender: String?, limit: Int) async throws -> [MessageReport] {
        try await openReader("find messages").messages(
            businessKey: businessKey, sender: sender, limit: limit)
    }

    /// See `MessageStore`.
    public func delivery(_ id: DeliveryID) async throws -> DeliveryReport? {
        try await openReader("read a delivery").delivery(id)
    }

    /// See `MessageStore`. Throws `.usage` for the name of a state that does not exist.
    public func deliveries(_ filter: DeliveryFilter) async throws -> [DeliveryReport] {
        try await openReader("list deliveries").deliveries(filter)
    }

    /// See `MessageStore`.
    public func openDeliveries(destination: String, after: Int64, limit: Int) async throws -> [OpenDelivery] {
        try await openReader("read the outbox").openDeliveries(destination: destination, after: after, limit: limit)
    }

    /// See `MessageStore`.
    public func openDeliveries(lane: Int64, after: Int64, limit: Int) async throws -> [OpenDelivery] {
        try await openReader("read a lane").openDeliveries(lane: lane, after: after, limit: limit)
    }

    /// See `MessageStore`.
    public func deliveryForms(_ sequences: [Int64]) async throws -> [Int64: DeliveryForms] {
        try await openReader("read the bytes of deliveries").deliveryForms(sequences)
    }

    /// See `MessageStore`.
    public func strandedDeliveries(owner: String) async throws -> [OpenDelivery] {
        try await openReader("find deliveries of a former start").strandedDeliveries(owner: owner)
    }

    /// See `MessageStore`.
    public func attemptCount(destination: String, from: Instant, to: Instant) async throws -> Int {
        try await openReader("count attempts").attemptCount(destination: destination, from: from, to: to)
    }

    /// See `MessageStore`.
    public func holds(_ selector: HoldSelector) async throws -> [LaneHold] {
        try await openReader("read what is held").holds(selector)
    }

    /// See `MessageStore`.
    public func holds(destination: String?) async throws -> [LaneHold] {
        try await openReader("read what is held").holds(destination: destination)
    }

    /// See `MessageStore`.
    public func receiptCursor(destination: String) async throws -> String? {
        try await openReader("read how far receipts were fetched").receiptCursor(destination: destination)
    }

    /// See `StreamStore`.
    public func stream(_ identity: StreamIdentity) async throws -> RecordStream? {
        try await openReader("look for a stream").stream(identity)
    }

    /// See `StreamStore`.
    public func streams(channel: String?, limit: Int) async throws -> [RecordStream] {
        try await openReader("list streams").streams(channel: channel, limit: limit)
    }

    /// See `StreamStore`.
    public func refusals(ofStream sequence: Int64, after number: Int, limit: Int) async throws -> [StreamRefusal] {
        try await openReader("read refused records").refusals(ofStream: sequence, after: number, limit: limit)
    }

    /// See `StreamStore`.
    public func channelCursor(_ channel: String) async throws -> String? {
        try await openReader("read where a channel goes on").channelCursor(channel)
    }

    /// See `MessageStore`. Throws `.usage` for the name of a state that does not exist.
    public func deliveryCount(_ filter: DeliveryFilter) async throws -> Int {
        try await openReader("count deliveries").deliveryCount(filter)
    }

    /// See `MessageStore`. The first call reads all open rows; later ones ask the counts that the committing thread keeps.
    public func outboxCounts() async throws -> [OutboxCount] {
        let reader = try openReader("count the outbox")
        let counting = committer.openCounts
        if let known = counting.known { return try await reader.outboxCounts(known) }
        guard counting.beginReading() else { return try await reader.outboxCounts() }
        do {
            let (counts, version) = try await reader.openCounts()
            return try await reader.outboxCounts(counting.endReading(counts, version: version))
        } catch {
            counting.abandonReading()
            throw error
        }
    }

    /// See `MessageStore`.
    public func verifyOutbox(owner: String?) async throws -> OutboxConsistency {
        try await openReader("verify the outbox").verifyOutbox(owner: owner)
    }

    /// See `MessageStore`.
    public func backlog(destination: String?) async throws -> [BacklogGroup] {
        try await openReader("count the backlog").backlog(destination: destination)
    }

    /// See `MessageStore`.
    public func evidence(from sequence: Int64, limit: Int) async throws -> [EvidenceRow] {
        try await openReader("read evidence").evidence(from: sequence, limit: limit)
    }

    /// See `MessageStore`.
    public func evidence(ofMessage id: MessageID) async throws -> [EvidenceRow] {
        try await openReader("read the evidence of a message").evidence(ofMessage: id)
    }

    /// See `MessageStore`.
    public func evidenceHead() async throws -> EvidenceHead { try await openReader("read evidence").evidenceHead() }

    /// See `MessageStore`.
    public func payload(_ kind: PayloadKind, of owner: PayloadOwner) async throws -> StoredPayload? {
        try await openReader("read a payload").payload(kind, of: owner)
    }

    /// See `MessageStore`.
    public func usage() async throws -> StoreUsage {
        try await openReader("measure the store").usage(committer.tally)
    }

    /// See `MessageStore`.
    public func verifyEvidence() async throws -> EvidenceVerdict { try await openReader("verify evidence").verifyEvidence() }

    private func openReader(_ attempted: String) throws -> StoreReader {
        if committer.isClosing { throw Committer.stopping(attempted, reader.path) }
        return reader
    }
}
