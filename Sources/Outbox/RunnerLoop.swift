internal import DequeModule
internal import ExchangeModel
internal import Logging
internal import Store

/// The state of one destination's loop, and its turns. Owned by one task.
///
/// The turn is here; what a turn does is in the files beside this one: `+Verdicts` (answers become steps), `+Leases` (heads
/// become steps), `+Acts` (people), `+Moves` (what the store moved, and waits that
/// ended), `+Writing` (steps become facts, then bytes leave).
struct RunnerLoop {
    /// An attempt under way. Without an answer until its deadline it becomes `unknown`.
    struct Flight {
        var delivery: OpenDelivery
        /// When it left, as the breaker counts; nil for one that this loop did not send.
        var epoch: Int?
    }

    /// A status query under way.
    struct Question {
        var delivery: OpenDelivery
        var since: Instant
        var number: Int
    }

    /// When an attempt or a question must have ended. All last equally long, so they stand in the order of their ends.
    struct Deadline {
        var at: Instant
        var sequence: Int64
        /// Number of the question, or nil for an attempt.
        var question: Int?
        var attempt: Int
    }

    /// What comes after a turn.
    enum Rest { case again, wait, ended }

    let runner: DestinationRunner
    var lanes: LaneTable
    var pace: Pace
    /// What stands in the way of ready heads, as of the end of the last turn.
    var obstacle: PaceObstacle?
    var flights: [Int64: Flight] = [:]
    var questions: [Int64: Question] = [:]
    var questionCount = 0
    var deadlines = Deque<Deadline>()
    /// Verdicts that the store could not take yet: they must not be lost.
    var unwritten: [DeliveryStep] = []
    /// When the store is asked again after it failed; nil while it works.
    var storeRetryAt: Instant?
    /// When the last turn ended.
    private var restedAt = Instant(milliseconds: 0)
    /// The store was closed under the loop: nothing more can be recorded.
    var isStoreClosed = false
    /// Confirmations committed in this turn.
    var confirmations = 0
    var random: any RandomNumberGenerator
    /// Holds may be on disk that the lanes do not know: a write was not confirmed.
    var areHoldsDoubtful = false
    /// Deliveries whose act may be on disk without the loop's knowledge.
    var doubtful: [OpenDelivery] = []
    /// The highest sequence taken in, by mail or by page.
    private(set) var loadedUpTo: Int64 = 0
    private var isLoaded = false
    private(set) var isStopping = false
    private var timer: (at: Instant, number: Int, task: Task<Void, Never>)?
    private var timerCount = 0

    init(_ runner: DestinationRunner, random: any RandomNumberGenerator = SystemRandomNumberGenerator()) {
        self.runner = runner
        self.random = random
        lanes = LaneTable(laneWindow: runner.limits.laneWindow, rule: runner.policy.headOfLine)
        pace = Pace(runner.policy.pace, concurrency: runner.policy.concurrency, now: runner.clock.now())
    }

    /// Runs until stopped and every attempt has ended, or the store is closed, or the task is cancelled. The mailbox stays
    /// open: whoever ran the loop closes it.
    mutating func run() async {
        turning: while !Task.isCancelled {
            switch await turn() {
            case .again: continue
            case .wait:
                setTimer()
                await runner.signal.wait()
            case .ended: break turning
            }
        }
        timer?.task.cancel()
    }

    /// One turn: takes the mail, plans steps, writes them in one transaction, sends. The first turn reads the store before.
    mutating func turn() async -> Rest {
        if !isLoaded {
            await load()
            isLoaded = true
        }
        let mail = runner.takeMail(holding: lanes.entryCount)
        isStopping = mail.isStopping
        for ping in mail.pings { ping() }
        if mail.rungTimer == timer?.number { timer = nil }
        let now = runner.clock.now()
        pace.pass(to: now)
        for delivery in mail.committed where delivery.sequence > loadedUpTo {
            lanes.insert(delivery, now: now)
            loadedUpTo = delivery.sequence
        }
        if !mail.leftOut.isEmpty { await fetchLeftOut(mail.leftOut) }
        for delivery in mail.moved { await learn(delivery, now: now) }
        await clearDoubts(now: now)
        var steps = unwritten
        unwritten = []
        for answer in mail.answers {
            if let step = verdict(answer.sequence, attempt: answer.attempt, answer.result, now: now) { steps.append(step) }
        }
        for status in mail.statuses {
            if let step = settle(status.sequence, question: status.question, status.result, now: now) { steps.append(step) }
        }
        steps += overdue(now: now)
        for act in mail.laneActs { if let step = await plan(act, now: now) { steps.append(step) } }
        for act in mail.acts { if let step = await plan(act, now: now) { steps.append(step) } }
        if !isStopping {
            lanes.ring(now: now)
            if !lanes.unparked.isEmpty, storeWorks(now) { await parkDeadHeads(now: now) }
            steps += inquire(now: now)
            steps += lapse(now: now)
            // People's acts are on disk before the next leases: what they bring back or end has its place then.
            let isClear = storeWorks(now) && !areHoldsDoubtful && !steps.contains { $0.reply != nil }
            if isClear { steps += await lease(now: now) }
        }
        // A store that failed a moment ago is not asked again by every ring; a person's act is tried and answered at once.
        if !storeWorks(now), !steps.contains(where: { $0.reply != nil }) {
            unwritten = steps
        } else if !steps.isEmpty {
            await write(steps)
        }
        runner.noteTurn(delivered: confirmations, hasWork: !flights.isEmpty || lanes.hasReady || lanes.nextAlarm != nil)
        confirmations = 0
        if mail.isOverflowing, lanes.entryCount < runner.limits.window / 2 { await catchUp() }
        runner.activity.set(inFlight: flights.count, asking: questions.count)
        return rest()
    }

    private mutating func rest() -> Rest {
        restedAt = runner.clock.now()
        if isStoreClosed { return .ended }
        if isStopping { return flights.isEmpty && unwritten.isEmpty ? .ended : .wait }
        let now = restedAt
        showObstacle(now)
        if let alarm = lanes.nextAlarm, alarm <= now { return .again }
        if lanes.hasLapsed { return .again }
        if lanes.hasInquiry, questions.count < runner.policy.concurrency { return .again }
        if lanes.hasReady, storeWorks(now), mayLease(now) { return .again }
        if areHoldsDoubtful || !lanes.unparked.isEmpty, storeWorks(now) { return .again }
        return .wait
    }

    /// Whether the store may be asked for leases: while it fails, only every `storeRetry`.
    func storeWorks(_ now: Instant) -> Bool { storeRetryAt.map { $0 <= now } ?? true }

    // MARK: Start and refill

    /// Marks what a former life left in flight as unknown, then reads the open deliveries. A loop that follows one of the same
    /// life marks what that one left too: it ended with no attempt under way, so nobody will answer.
    private mutating func load() async {
        await strand(
            besides: runner.owner,
            DeliveryCause(
                code: "gateway.restarted", text: "the gateway stopped between sending and recording; bytes may have left"))
        if runner.isLater {
            await strand(
                besides: "",
                DeliveryCause(
                    code: "gateway.reloaded", text: "the configuration changed while its lease was in doubt; bytes may have left")
            )
        }
        CrashPoint.loading.reached()
        await loadHolds()
        await catchUp()
    }

    /// Marks what any but this owner has in flight as unknown.
    private mutating func strand(besides owner: String, _ cause: DeliveryCause) async {
        await persistently("mark what a former loop left in flight") { loop in
            let now = loop.runner.clock.now()
            let stranded = try await loop.runner.store.strandedDeliveries(owner: owner)
                .filter { $0.destination == loop.runner.destination }
            let steps = stranded.compactMap { loop.step($0, .lostTrack, at: now, dueAt: loop.firstQuestion(now), cause: cause) }
            if !steps.isEmpty {
                _ = try await loop.runner.store.apply(steps.map(\.change))
                loop.runner.metrics.unknown(steps.count)
                loop.runner.logger.warning(
                    "deliveries that were in flight are unknown now",
                    metadata: ["destination": "\(loop.runner.destination)", "count": "\(steps.count)", "cause": "\(cause.code)"])
            }
        }
    }

    /// Reads open deliveries above what is known, until the store has no more than the mailbox was given, or the window is
    /// full.
    private mutating func catchUp() async {
        while lanes.entryCount < runner.limits.window, !Task.isCancelled, !isStoreClosed {
            var page: [OpenDelivery] = []
            let after = loadedUpTo
            // What was left to the store until here was committed before, so a page that ends the store's rows has it.
            let mark = runner.skippedUpTo
            await persistently("read the open deliveries") { loop in
                page = try await loop.runner.store.openDeliveries(
                    destination: loop.runner.destination, after: after, limit: loop.runner.limits.page)
            }
            let now = runner.clock.now()
            for delivery in page { lanes.insert(delivery, now: now) }
            loadedUpTo = max(loadedUpTo, page.last?.sequence ?? 0)
            if page.count < runner.limits.page, runner.endOverflow(skippedUpTo: mark) { return }
        }
    }

    /// Brings in what the full window left to the store, for channels that have little in memory. A new lane is read from its
    /// first delivery, and one that is known reads on when it runs dry, so its order holds; the pages that come to it later
    /// find it known.
    private mutating func fetchLeftOut(_ deliveries: [OpenDelivery]) async {
        for delivery in deliveries where !lanes.leave(delivery) {
            let hasRoom =
                lanes.readyCount(of: delivery.channel) < runner.limits.channelReserve
                && lanes.entryCount < runner.limits.window + runner.limits.window / 2
            if !hasRoom || Task.isCancelled || isStoreClosed { continue }
            var page: [OpenDelivery] = []
            await persistently("read a lane") { loop in
                page = try await loop.runner.store.openDeliveries(
                    lane: delivery.lane, after: 0, limit: loop.runner.limits.laneWindow)
            }
            let now = runner.clock.now()
            for delivery in page { lanes.insert(delivery, now: now) }
            if let last = page.last, last.sequence < delivery.sequence { lanes.leave(delivery) }
        }
    }

    /// Repeats a read until the store answers; without its memory a destination cannot go on. Returns without an answer
    /// only when the store is closed or the task cancelled.
    mutating func persistently(_ what: String, _ body: (inout RunnerLoop) async throws -> Void) async {
        while !Task.isCancelled {
            do { return try await body(&self) } catch {
                if (error as? GatewayError)?.code == .stopping {
                    isStoreClosed = true
                    return
                }
                runner.logger.error(
                    "cannot \(what), trying again", metadata: ["destination": "\(runner.destination)", "error": "\(error)"])
                runner.answerPings()
                try? await runner.clock.wait(until: runner.clock.now() + runner.limits.storeRetry)
            }
        }
    }

    // MARK: Waiting

    /// When the loop must turn again without mail; nil when only mail can give it work.
    var nextTurn: Instant? {
        var next = deadlines.first?.at
        func sooner(_ instant: Instant?) { if let instant { next = min(next ?? instant, instant) } }
        if !isStopping {
            sooner(lanes.nextAlarm)
            if lanes.hasReady { sooner(obstacle?.until) }
            if areHoldsDoubtful || !doubtful.isEmpty || !lanes.unparked.isEmpty { sooner(storeRetryAt) }
            // Once that time was over when the loop came to rest, ready heads wait for something else.
            if lanes.hasReady, let storeRetryAt, storeRetryAt > restedAt { sooner(storeRetryAt) }
        }
        if !unwritten.isEmpty { sooner(storeRetryAt) }
        return next
    }

    /// Sees to it that the signal rings in time. A timer that stands and rings earlier is good enough: it is set anew then.
    private mutating func setTimer() {
        guard let at = nextTurn else { return }
        if let timer, timer.at <= at { return }
        timer?.task.cancel()
        timerCount += 1
        let number = timerCount
        let runner = runner
        timer = (
            at, number,
            Task {
                try? await runner.clock.wait(until: at)
                // A clock that is set back may end the wait early; the ring says that this timer stands no more.
                if !Task.isCancelled { runner.post { $0.rungTimer = max($0.rungTimer, number) } }
            }
        )
    }
}
