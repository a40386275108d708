internal import ExchangeModel
internal import Logging
internal import Store
internal import Synchronization

/// One destination: its policy, its courier, and the mailbox through which the world speaks to its loop.
///
/// One task runs `RunnerLoop` and owns all state but the mailbox. Each turn of the loop writes the verdicts that came in
/// and the leases of the next deliveries in **one** synced transaction, and sends only after it; so order, "confirmed means
/// committed" and "on disk before the first byte leaves" hold by construction, and disk syncs are shared.
final class DestinationRunner: Sendable {
    let destination: String
    let courier: any Courier
    let policy: DestinationPolicy
    let store: any MessageStore
    let clock: any GatewayClock
    let owner: String
    let logger: Logger
    let limits: RunnerLimits
    let metrics: DestinationMetrics
    let activity: ActivityMeter
    /// Made while the outbox runs: a loop of the same life may have served this destination before.
    let isLater: Bool
    let signal = WakeSignal()
    private let mailbox = Mutex(Mailbox())
    private let standing = Mutex<PaceObstacle?>(nil)
    private let rate = Mutex(DeliveryRate())

    struct Mailbox {
        var committed: [OpenDelivery] = []
        /// Deliveries left to the store whose channel may have little in memory: the loop decides whether to fetch them.
        var leftOut: [OpenDelivery] = []
        /// How many of them a channel has.
        var leftOutCounts: [String: Int] = [:]
        /// Deliveries that the store itself superseded or woke.
        var moved: [OpenDelivery] = []
        /// Results by sequence and attempt: one that comes after its lease ended belongs to no later attempt.
        var answers: [(sequence: Int64, attempt: Int, result: SendResult)] = []
        var statuses: [(sequence: Int64, question: Int, result: StatusResult)] = []
        var acts: [OperatorAct] = []
        var laneActs: [LaneAct] = []
        var pings: [@Sendable () -> Void] = []
        /// Number of the timer that rang last.
        var rungTimer = 0
        /// Deliveries that the loop held when it last took its mail.
        var held = 0
        /// The highest sequence that was left to the store.
        var skippedUpTo: Int64 = 0
        /// New deliveries are left to the store: the window is full, or the loop has not read the store yet.
        var isOverflowing = true
        var isStopping = false
        /// The loop is gone; nobody reads mail any more.
        var hasEnded = false
        /// Who serves the destination when the loop has ended. It hears of new deliveries from now on, people's acts when its
        /// turn has come.
        var successor: DestinationRunner?

        /// Takes the letters and leaves the rest.
        mutating func take() -> Mailbox {
            let mail = self
            committed = []
            leftOut = []
            leftOutCounts = [:]
            moved = []
            answers = []
            statuses = []
            acts = []
            laneActs = []
            pings = []
            rungTimer = 0
            return mail
        }
    }

    init(
        destination: String, courier: any Courier, policy: DestinationPolicy, store: any MessageStore,
        clock: any GatewayClock, owner: String, logger: Logger, limits: RunnerLimits = RunnerLimits(),
        isLater: Bool = false, activity: ActivityMeter = ActivityMeter()
    ) {
        self.destination = destination
        self.courier = courier
        self.policy = policy
        self.store = store
        self.clock = clock
        self.owner = owner
        self.logger = logger
        self.limits = limits
        self.isLater = isLater
        self.activity = activity
        metrics = DestinationMetrics(destination: destination, hasBreaker: policy.pace.breaker != nil)
    }

    // MARK: For the world (any thread)

    /// What keeps ready deliveries from leaving at this moment, as the loop saw it when it last came to rest.
    var obstacle: PaceObstacle? {
        let now = clock.now()
        return standing.withLock { $0 }.flatMap { $0.stands(at: now) ? $0 : nil }
    }

    /// Takes a delivery just committed, in sequence order. Over the window it is left to the store.
    func enqueue(_ delivery: OpenDelivery) {
        let successor = mailbox.withLock { box -> DestinationRunner? in
            if let successor = box.successor { return successor }
            let count = box.held + box.committed.count
            if box.isOverflowing || count >= limits.window {
                box.isOverflowing = true
                box.skippedUpTo = max(box.skippedUpTo, delivery.sequence)
                if box.leftOutCounts[delivery.channel, default: 0] < limits.channelReserve {
                    box.leftOutCounts[delivery.channel, default: 0] += 1
                    var delivery = delivery
                    delivery.canonical = nil
                    box.leftOut.append(delivery)
                }
            } else {
                var delivery = delivery
                if count >= limits.canonical { delivery.canonical = nil }
                box.committed.append(delivery)
            }
            return nil
        }
        if let successor { successor.enqueue(delivery) } else { signal.ring() }
    }

    /// Takes news of a delivery that the store moved by itself, or of a receipt that contradicts it. Once the loop is gone, nobody needs it.
    func hear(of delivery: OpenDelivery) {
        if delivery.isContradicted { return tell(ofContradiction: delivery) }
        switch delivery.state {
        case .superseded: metrics.superseded()
        case .delivered:
            metrics.delivered(sourceTime: delivery.sourceTime, now: clock.now())
            activity.delivered(at: clock.now())
        case .dead: metrics.dead(1)
        case .waiting, .pending, .inFlight, .retryWait, .awaitingReceipt, .unknown, .cancelled, .expired: break
        }
        learn(of: delivery)
    }

    private func learn(of delivery: OpenDelivery) {
        let successor = mailbox.withLock { box in
            if !box.hasEnded { box.moved.append(delivery) }
            return box.successor
        }
        signal.ring()
        successor?.learn(of: delivery)
    }

    private func tell(ofContradiction delivery: OpenDelivery) {
        metrics.contradicted()
        logger.error(
            "a receipt contradicts where this delivery stands; nothing was changed: look with outbox show, and ask the platform",
            metadata: [
                "delivery": "\(delivery.id)", "message": "\(delivery.messageID)", "destination": "\(delivery.destination)",
                "state": "\(delivery.state.name)", "cause": "receipt.contradicts", "trace": "\(delivery.traceID)",
            ])
    }

    /// Puts something into the mailbox and wakes the loop. For what needs no answer.
    func post(_ change: (inout Mailbox) -> Void) {
        mailbox.withLock { change(&$0) }
        signal.ring()
    }

    /// Puts a person's act on a lane into the mailbox; false when nobody reads it any more.
    func post(_ act: LaneAct) -> Bool {
        let (hasEnded, successor) = mailbox.withLock { box in
            if !box.hasEnded { box.laneActs.append(act) }
            return (box.hasEnded, box.successor)
        }
        if !hasEnded { signal.ring() }
        return hasEnded ? successor?.post(act) ?? false : true
    }

    /// Puts a person's act on a delivery into the mailbox, or refuses it when nobody reads it any more.
    private func post(_ act: OperatorAct) {
        let (hasEnded, successor) = mailbox.withLock { box in
            if !box.hasEnded { box.acts.append(act) }
            return (box.hasEnded, box.successor)
        }
        if !hasEnded {
            signal.ring()
        } else if let successor {
            successor.post(act)
        } else {
            act.refuseBecauseStopping()
        }
    }

    /// Asks the loop to end: nothing new is leased, running attempts may finish.
    func stop() { post { $0.isStopping = true } }

    /// Returns after the loop has turned once: proof of progress for the watchdog. At once when the loop has ended.
    func ping() async {
        await withCheckedContinuation { continuation in
            let hasEnded = mailbox.withLock { box in
                if !box.hasEnded { box.pings.append { continuation.resume() } }
                return box.hasEnded
            }
            if hasEnded { continuation.resume() } else { signal.ring() }
        }
    }

    /// Performs a person's act on a delivery of this destination.
    func perform(
        _ event: DeliveryEvent, on id: DeliveryID, actor: String, reason: OperatorReason?
    ) async -> Result<OpenDelivery, GatewayError> {
        await withCheckedContinuation { continuation in
            post(OperatorAct(id: id, event: event, actor: actor, reason: reason) { continuation.resume(returning: $0) })
        }
    }

    /// Deliveries in a second while there was work; nil while too little was seen. Any thread.
    func perSecond(at now: Instant) -> Double? { rate.withLock { $0.perSecond(at: now) } }

    // MARK: For the loop

    /// Tells people what stands in the way.
    func publish(_ obstacle: PaceObstacle?) { standing.withLock { $0 = obstacle } }

    /// Keeps count of confirmations for the forecast.
    func noteTurn(delivered: Int, hasWork: Bool) {
        let now = clock.now()
        rate.withLock { $0.note(delivered: delivered, hasWork: hasWork, at: now) }
    }

    /// Takes the mail and tells the mailbox how many deliveries are held.
    func takeMail(holding count: Int) -> Mailbox {
        mailbox.withLock { box in
            box.held = count
            return box.take()
        }
    }

    /// Answers those who ask for progress while the loop waits for its store.
    func answerPings() {
        let pings = mailbox.withLock { box in
            defer { box.pings = [] }
            return box.pings
        }
        for ping in pings { ping() }
    }

    /// How much was left to the store so far: to be asked before the store is read.
    var skippedUpTo: Int64 { mailbox.withLock { $0.skippedUpTo } }

    /// Ends the overflow when nothing more was left to the store since `skippedUpTo` was asked and the store read to its
    /// end; in one step, so that no delivery falls between.
    func endOverflow(skippedUpTo mark: Int64) -> Bool {
        mailbox.withLock { box in
            if box.skippedUpTo == mark { box.isOverflowing = false }
            return !box.isOverflowing
        }
    }

    // MARK: From one loop to the next

    /// Asks the loop to end, as `stop` does, because another one takes over, or (nil) because the destination is configured no
    /// longer. A second call names another successor. False when the loop has ended already.
    func handOver(to successor: DestinationRunner?) -> Bool {
        let isThere = mailbox.withLock { box in
            if box.hasEnded { return false }
            box.isStopping = true
            box.successor = successor
            return true
        }
        signal.ring()
        return isThere
    }

    /// Whether the loop was asked to end and has not ended yet.
    var isEnding: Bool { mailbox.withLock { $0.isStopping && !$0.hasEnded } }

    /// Closes the mailbox for good and returns what lies in it, for `settle`.
    func close() -> Mailbox {
        mailbox.withLock { box in
            box.hasEnded = true
            return box.take()
        }
    }

    /// Answers those who still wait for the loop, or lets them wait for the successor.
    func settle(_ left: Mailbox, with successor: DestinationRunner?) {
        for ping in left.pings { ping() }
        for act in left.acts { if let successor { successor.post(act) } else { act.refuseBecauseStopping() } }
        for act in left.laneActs where !(successor?.post(act) ?? false) { act.refuseBecauseStopping() }
    }

    /// The loop before this one has ended: what was committed until now is read from the store, as it stands there now, so
    /// letters about it are old.
    func takeOver() {
        mailbox.withLock { box in
            box.committed = []
            box.leftOut = []
            box.leftOutCounts = [:]
            box.moved = []
        }
    }
}
