internal import ExchangeModel

/// A write that waits for its transaction, with the task that waits for it.
///
/// @unchecked Sendable: input and continuation never change; `answer` is touched by the committing thread alone, after
/// the write has left the queue.
final class PendingWrite<Input: Sendable, Output: Sendable>: @unchecked Sendable {
    let input: Input
    private let continuation: CheckedContinuation<Output, any Error>
    private(set) var answer: Output?

    init(_ input: Input, _ continuation: CheckedContinuation<Output, any Error>) {
        self.input = input
        self.continuation = continuation
    }

    /// Keeps the answer until the transaction is on disk.
    func prepare(_ output: Output) { answer = output }

    func finish() {
        // Set by every `WriteOperation.run` that returned, and only such are finished.
        guard let answer else { preconditionFailure("a write was committed without an answer") }
        continuation.resume(returning: answer)
    }

    func fail(_ error: GatewayError) { continuation.resume(throwing: error) }
}

/// An intake with the narrow keys that the tables hold, computed on the caller's task.
struct KeyedIntake: Sendable {
    let intake: Intake
    /// Of sender, channel and what the rule for duplicates names.
    let key: [UInt8]
    /// The lane of each delivery.
    let lanes: [Int64]
    /// Both forms as the store keeps them.
    let received, canonical: StorableBytes

    init(_ intake: Intake, keys: DataKeys) {
        self.intake = intake
        let (day, now) = (intake.receivedAt.utcDay, intake.receivedAt)
        received = keys.storable(intake.payload, day: day, at: now, boundTo: SealBinding.received(intake.id))
        canonical = keys.storable(intake.canonical, day: day, at: now, boundTo: SealBinding.canonical(intake.id))
        key = NarrowKey.duplicates(of: intake)
        lanes = intake.deliveries.map { NarrowKey.lane(destination: $0.destination, orderingKey: intake.orderingKey) }
    }
}

/// What the committing thread can be asked to write.
enum WriteOperation: Sendable {
    case accept(PendingWrite<KeyedIntake, IntakeOutcome>)
    case refuse(PendingWrite<Refusal, Void>)
    case apply(PendingWrite<[DeliveryChange], [ChangeOutcome]>)
    case record(PendingWrite<EvidenceEntry, Void>)
    case destroyKeys(PendingWrite<KeyDestructionPlan, KeyDestruction>)
    case wake(PendingWrite<WakeCall, Int>)
    case hold(PendingWrite<HoldOrder, HoldOutcome>)
    case release(PendingWrite<ReleaseOrder, LaneHold?>)
    case park(PendingWrite<ParkCall, [LaneHold]>)
    case backfill(PendingWrite<BackfillAddition, BackfillAdded>)
    case receive(PendingWrite<ReceiptCall, [ReceiptOutcome]>)
    case expireReceipts(PendingWrite<ReceiptExpiry, [ExpiredReceipt]>)
    case batch(PendingWrite<KeyedBatch, BatchOutcome>)
    case attachment(PendingWrite<AttachmentWrite, AttachmentWritten>)

    /// Runs the statements inside the open transaction.
    func run(in session: WriteSession) throws {
        switch self {
        case .accept(let write): write.prepare(try session.accept(write.input))
        case .refuse(let write): write.prepare(try session.refuse(write.input))
        case .apply(let write): write.prepare(try session.apply(write.input))
        case .record(let write): write.prepare(try session.recordAct(write.input))
        case .destroyKeys(let write): write.prepare(try session.destroyKeys(write.input))
        case .wake(let write): write.prepare(try session.wake(write.input))
        case .hold(let write): write.prepare(try session.hold(write.input))
        case .release(let write): write.prepare(try session.release(write.input))
        case .park(let write): write.prepare(try session.park(write.input))
        case .backfill(let write): write.prepare(try session.backfill(write.input))
        case .receive(let write): write.prepare(try session.receive(write.input))
        case .expireReceipts(let write): write.prepare(try session.expire(write.input))
        case .batch(let write): write.prepare(try session.accept(write.input))
        case .attachment(let write): write.prepare(try session.write(write.input))
        }
    }

    /// The deliveries that this write has brought into being.
    var openedDeliveries: [OpenDelivery] {
        switch self {
        case .accept(let write): if case .committed(let deliveries) = write.answer { return deliveries }
        case .backfill(let write): return write.answer?.deliveries ?? []
        case .batch(let write): return write.answer?.opened ?? []
        default: break
        }
        return []
    }

    /// Answers the caller: the transaction is on disk.
    func finish() {
        switch self {
        case .accept(let write): write.finish()
        case .refuse(let write): write.finish()
        case .apply(let write): write.finish()
        case .record(let write): write.finish()
        case .destroyKeys(let write): write.finish()
        case .wake(let write): write.finish()
        case .hold(let write): write.finish()
        case .release(let write): write.finish()
        case .park(let write): write.finish()
        case .backfill(let write): write.finish()
        case .receive(let write): write.finish()
        case .expireReceipts(let write): write.finish()
        case .batch(let write): write.finish()
        case .attachment(let write): write.finish()
        }
    }

    /// Answers the caller: nothing of it was written.
    func fail(_ error: GatewayError) {
        switch self {
        case .accept(let write): write.fail(error)
        case .refuse(let write): write.fail(error)
        case .apply(let write): write.fail(error)
        case .record(let write): write.fail(error)
        case .destroyKeys(let write): write.fail(error)
        case .wake(let write): write.fail(error)
        case .hold(let write): write.fail(error)
        case .release(let write): write.fail(error)
        case .park(let write): write.fail(error)
        case .backfill(let write): write.fail(error)
        case .receive(let write): write.fail(error)
        case .expireReceipts(let write): write.fail(error)
        case .batch(let write): write.fail(error)
        case .attachment(let write): write.fail(error)
        }
    }

    /// What is attempted, for an error's text.
    var attempted: String {
        switch self {
        case .accept: "accept a message"
        case .refuse: "keep a refused input"
        case .apply: "change deliveries"
        case .record: "record evidence"
        case .destroyKeys: "destroy data keys"
        case .wake: "wake deliveries"
        case .hold: "hold a destination or lane"
        case .release: "release a destination or lane"
        case .park: "park lanes"
        case .backfill: "send past messages"
        case .receive: "keep receipts"
        case .expireReceipts: "drop receipts without a delivery"
        case .batch: "accept records"
        case .attachment: "keep an attachment"
        }
    }

    /// Octets that the write holds while it waits, roughly.
    var byteCount: Int {
        let overhead = 1024
        switch self {
        case .accept(let write): return overhead + write.input.intake.payload.count + write.input.intake.canonical.count
        case .refuse(let write): return overhead + (write.input.payload?.count ?? 0)
        case .apply(let write):
            return write.input.reduce(overhead) { $0 + 256 + ($1.freeze?.bytes.count ?? 0) + ($1.receipt?.answer.count ?? 0) }
        case .record(let write): return overhead + write.input.content.count
        case .destroyKeys: return overhead
        case .wake: return overhead
        case .backfill(let write): return overhead * (1 + write.input.items.count)
        case .hold, .release, .park, .expireReceipts, .attachment: return overhead
        case .batch(let write): return overhead + write.input.byteCount
        case .receive(let write): return write.input.receipts.reduce(overhead) { $0 + 256 + $1.stored.bytes.count }
        }
    }
}
