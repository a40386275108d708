internal import ExchangeModel
internal import Logging
internal import Store
internal import Synchronization

/// Works the lanes of one destination: takes heads, makes and freezes bytes, commits, sends, records.
///
/// One task runs `run()` and owns all state but the mailbox. Each turn of its loop writes the verdicts that came in and
/// the leases of the next deliveries in **one** synced transaction, and sends only after it; so order, "confirmed means
/// committed" and "on disk before the first byte leaves" hold by construction, and disk syncs are shared.
final class DestinationRunner: Sendable {
    let destination: String
    let courier: any Courier
    let policy: DestinationPolicy
    let store: any MessageStore
    let clock: any GatewayClock
    let owner: String
    let logger: Logger
    let metrics: DestinationMetrics
    let signal = WakeSignal()
    private let mailbox = Mutex(Mailbox())

    /// Open deliveries kept in memory; more stay in the store until there is room.
    static let windowMax = 50_000
    /// Deliveries that keep their canonical record in memory; the others read it back when their turn comes.
    static let canonicalMax = 4_096
    /// How long to wait before writing again what the store could not take.
    static let storeRetry = Duration.milliseconds(500)
    /// Rows read at once.
    static let pageSize = 2_000

    struct Mailbox {
        var committed: [OpenDelivery] = []
        var answers: [(sequence: Int64, result: SendResult)] = []
        var statuses: [(delivery: OpenDelivery, since: Instant, result: StatusResult)] = []
        var acts: [OperatorAct] = []
        var pings: [@Sendable () -> Void] = []
        var waiting = 0
        var skippedUpTo: Int64 = 0
        var isOverflowing = false
        var isStopping = false

        var isEmpty: Bool {
            committed.isEmpty && answers.isEmpty && statuses.isEmpty && acts.isEmpty && pings.isEmpty
        }
    }

    init(
        destination: String, courier: any Courier, policy: DestinationPolicy, store: any MessageStore,
        clock: any GatewayClock, owner: String, logger: Logger
    ) {
        self.destination = destination
        self.courier = courier
        self.policy = policy
        self.store = store
        self.clock = clock
        self.owner = owner
        self.logger = logger
        metrics = DestinationMetrics(destination: destination)
    }

    // MARK: Mailbox (any thread)

    /// Takes deliveries just committed, in sequence order. Over the window they are left to the store.
    func enqueue(_ delivery: OpenDelivery) {
        mailbox.withLock { box in
            if box.isOverflowing || box.waiting + box.committed.count >= Self.windowMax {
                box.isOverflowing = true
                box.skippedUpTo = max(box.skippedUpTo, delivery.sequence)
            } else {
                var delivery = delivery
                if box.waiting + box.committed.count >= Self.canonicalMax { delivery.canonical = nil }
                box.committed.append(delivery)
            }
        }
        signal.ring()
    }

    func post(_ change: (inout Mailbox) -> Void) {
        mailbox.withLock { change(&$0) }
        signal.ring()
    }

    /// Takes the mail and tells the mailbox how many deliveries are held.
    func takeMail(holding count: Int) -> Mailbox {
        mailbox.withLock { box in
            let mail = box
            box.committed = []
            box.answers = []
            box.statuses = []
            box.acts = []
            box.pings = []
            box.waiting = count
            return mail
        }
    }

    /// Whether everything left to the store up to a sequence has been read back, ending the overflow in the same step.
    func endOverflow(readUpTo: Int64) -> Bool {
        mailbox.withLock { box in
            if readUpTo >= box.skippedUpTo { box.isOverflowing = false }
            return !box.isOverflowing
        }
    }

    /// Asks the loop to end: nothing new is leased, running attempts may finish.
    func stop() { post { $0.isStopping = true } }

    /// Returns after the loop has turned once: proof of progress for the watchdog.
    func ping() async {
        await withCheckedContinuation { continuation in
            post { $0.pings.append { continuation.resume() } }
        }
    }

    /// Performs a person's act on a delivery of this destination.
    func perform(_ event: DeliveryEvent, on id: DeliveryID, actor: String) async -> Result<OpenDelivery, GatewayError> {
        await withCheckedContinuation { continuation in
            let act = OperatorAct(id: id, event: event, actor: actor) { continuation.resume(returning: $0) }
            post { $0.acts.append(act) }
        }
    }
}

/// A person's act on its way to the loop.
struct OperatorAct: Sendable {
    let id: DeliveryID
    let event: DeliveryEvent
    let actor: String
    let reply: OperatorReply
}
