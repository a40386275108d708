internal import ExchangeModel
internal import Logging
internal import Store

/// The state of one destination's loop, and its turns. Owned by one task.
struct RunnerLoop {
    private struct Flight {
        var delivery: OpenDelivery
    }

    private let runner: DestinationRunner
    private var lanes = LaneTable()
    private var flights: [Int64: Flight] = [:]
    private var questions = 0
    /// Steps that the store could not take yet: verdicts that must not be lost.
    private var unwritten: [DeliveryStep] = []
    private var unwrittenSince: Instant?
    /// The highest sequence taken in, by mail or by page.
    private var loadedUpTo: Int64 = 0
    /// The highest sequence that a page told: everything up to it is known, so mail about it comes too late.
    private var readUpTo: Int64 = 0
    private var timer: (at: Instant, task: Task<Void, Never>)?
    private var random = SystemRandomNumberGenerator()

    init(_ runner: DestinationRunner) { self.runner = runner }

    /// Runs until stopped and every attempt has ended (or the task is cancelled).
    mutating func run() async {
        await load()
        var isStopping = false
        while !Task.isCancelled {
            let mail = runner.takeMail(holding: lanes.entryCount)
            isStopping = mail.isStopping
            for ping in mail.pings { ping() }
            let now = runner.clock.now()
            for delivery in mail.committed where delivery.sequence > readUpTo {
                lanes.insert(delivery, now: now)
                loadedUpTo = max(loadedUpTo, delivery.sequence)
            }
            var steps = unwritten
            unwritten = []
            for answer in mail.answers { if let step = verdict(answer.sequence, answer.result, now: now) { steps.append(step) } }
            for status in mail.statuses {
                questions -= 1
                if let step = settle(status.delivery, since: status.since, status.result, now: now) { steps.append(step) }
            }
            for act in mail.acts { if let step = await plan(act, now: now) { steps.append(step) } }
            if !isStopping {
                steps += ring(now: now)
                if unwrittenSince == nil { steps += await lease(now: now) }
            }
            if !steps.isEmpty { await write(steps) }
            if mail.isOverflowing, lanes.entryCount < DestinationRunner.windowMax / 2 { await catchUp() }
            if isStopping, flights.isEmpty, unwritten.isEmpty { break }
            let canLease = !isStopping && unwrittenSince == nil && lanes.hasReady && flights.count < runner.policy.concurrency
            if !canLease {
                setTimer(isStopping: isStopping)
                await runner.signal.wait()
            }
        }
        timer?.task.cancel()
    }

    // MARK: Start and refill

    /// Marks what a former life left in flight as unknown, then reads the open deliveries.
    private mutating func load() async {
        await persistently("read the open deliveries") { loop in
            let now = loop.runner.clock.now()
            let stranded = try await loop.runner.store.strandedDeliveries(owner: loop.runner.owner)
                .filter { $0.destination == loop.runner.destination }
            let cause = DeliveryCause(
                code: "gateway.restarted", text: "the gateway stopped between sending and recording; bytes may have left")
            let steps = stranded.compactMap { loop.step($0, .lostTrack, at: now, dueAt: loop.firstQuestion(now), cause: cause) }
            if !steps.isEmpty {
                _ = try await loop.runner.store.apply(steps.map(\.change))
                loop.runner.metrics.unknown(steps.count)
                loop.runner.logger.warning(
                    "deliveries in flight at the last stop are unknown now",
                    metadata: ["destination": "\(loop.runner.destination)", "count": "\(steps.count)"])
            }
        }
        runner.post { $0.isOverflowing = true }
        await catchUp()
    }

    /// Reads open deliveries above what is known, until the store has no more than the mailbox was given.
    private mutating func catchUp() async {
        while lanes.entryCount < DestinationRunner.windowMax {
            var page: [OpenDelivery] = []
            let after = loadedUpTo
            await persistently("read the open deliveries") { loop in
                page = try await loop.runner.store.openDeliveries(
                    destination: loop.runner.destination, after: after, limit: DestinationRunner.pageSize)
            }
            let now = runner.clock.now()
            for delivery in page { lanes.insert(delivery, now: now) }
            readUpTo = max(readUpTo, page.last?.sequence ?? 0)
            loadedUpTo = max(loadedUpTo, readUpTo)
            // An empty page proves that everything published before it was read, gaps of ended deliveries included.
            if page.count < DestinationRunner.pageSize, runner.endOverflow(readUpTo: page.isEmpty ? after : loadedUpTo) { return }
            if page.isEmpty, runner.endOverflow(readUpTo: .max) { return }
            if Task.isCancelled { return }
        }
    }

    /// Repeats a read until the store answers; without its memory a destination cannot go on.
    private mutating func persistently(_ what: String, _ body: (inout RunnerLoop) async throws -> Void) async {
        while !Task.isCancelled {
            do { return try await body(&self) } catch {
                if (error as? GatewayError)?.code == .stopping { return }
                runner.logger.error(
                    "cannot \(what), trying again", metadata: ["destination": "\(runner.destination)", "error": "\(error)"])
                try? await runner.clock.wait(until: runner.clock.now() + DestinationRunner.storeRetry)
            }
        }
    }

    // MARK: Verdicts

    private func step(
        _ delivery: OpenDelivery, _ event: DeliveryEvent, at now: Instant, dueAt: Instant? = nil, cause: DeliveryCause? = nil,
        attempt: AttemptStep? = nil, receipt: Receipt? = nil
    ) -> DeliveryStep? {
        let step = DeliveryStep(
            delivery, event: event, at: now, dueAt: dueAt, cause: cause, attempt: attempt, receipt: receipt)
        assert(step != nil, "no way from \(delivery.state) by \(event)")
        return step
    }

    private func firstQuestion(_ now: Instant) -> Instant {
        switch runner.policy.unknown.settlement {
        case .statusQuery, .idempotentDeliveryID: now + runner.policy.unknown.firstQuestion
        case .person: now + runner.policy.unknown.limit
        }
    }

    /// The step that an attempt's result makes.
    private mutating func verdict(_ sequence: Int64, _ result: SendResult, now: Instant) -> DeliveryStep? {
        guard let flight = flights.removeValue(forKey: sequence) else { return nil }
        let delivery = flight.delivery
        let ended = { (outcome: String) -> AttemptStep in
            .ended(number: delivery.attempts, status: result.status, duration: result.duration, outcome: outcome)
        }
        runner.metrics.attempt(result.duration)
        switch result.verdict {
        case .accepted:
            runner.metrics.delivered(sourceTime: delivery.sourceTime, now: now)
            return step(delivery, .accepted, at: now, attempt: ended("accepted"), receipt: result.receipt)
        case .handedOver:
            return step(delivery, .handedOver, at: now, attempt: ended("handedOver"), receipt: result.receipt)
        case .permanent:
            log(.error, "refused for good; mend the cause, then: outbox retry", delivery, result.cause)
            runner.metrics.dead(1)
            return step(
                delivery, .refusedPermanently, at: now, cause: result.cause, attempt: ended("permanent"),
                receipt: result.receipt)
        case .transient(let retryAfter):
            return retry(
                delivery, .failedTransiently, now: now, retryAfter: retryAfter, result: result, attempt: ended("transient"))
        case .notSent:
            return retry(delivery, .neverSent, now: now, retryAfter: nil, result: result, attempt: ended("notSent"))
        case .unclear:
            log(.warning, "outcome unknown; \(nextWord)", delivery, result.cause)
            runner.metrics.unknown(1)
            return step(
                delivery, .lostTrack, at: now, dueAt: firstQuestion(now), cause: result.cause, attempt: ended("unknown"),
                receipt: result.receipt)
        }
    }

    private var nextWord: String {
        switch runner.policy.unknown.settlement {
        case .statusQuery: "the destination's status query will be asked"
        case .idempotentDeliveryID: "the same bytes go again under the same delivery id"
        case .person: "ask the platform, then: outbox retry or outbox cancel"
        }
    }

    private mutating func retry(
        _ delivery: OpenDelivery, _ event: DeliveryEvent, now: Instant, retryAfter: Duration?, result: SendResult,
        attempt: AttemptStep
    ) -> DeliveryStep? {
        let policy = runner.policy.retry
        let due = policy.due(afterAttempt: delivery.attempts, at: now, retryAfter: retryAfter, random: &random)
        if delivery.attempts >= policy.attempts || due - delivery.receivedAt > policy.total {
            let cause = DeliveryCause(
                code: "retries.used-up",
                text: "\(delivery.attempts) attempts failed, the last one: \(result.cause.text)")
            log(.error, "retries used up; mend the cause, then: outbox retry", delivery, result.cause)
            runner.metrics.dead(1)
            return step(delivery, .limitReached, at: now, cause: cause, attempt: attempt, receipt: result.receipt)
        }
        log(.info, "will be tried again at \(due)", delivery, result.cause)
        runner.metrics.retried(1)
        return step(delivery, event, at: now, dueAt: due, cause: result.cause, attempt: attempt, receipt: result.receipt)
    }

    /// The step that the answer to a status query makes.
    private mutating func settle(_ delivery: OpenDelivery, since: Instant, _ result: StatusResult, now: Instant) -> DeliveryStep? {
        switch result {
        case .accepted(let receipt):
            runner.metrics.delivered(sourceTime: delivery.sourceTime, now: now)
            return step(delivery, .accepted, at: now, receipt: receipt)
        case .refused(let cause, let receipt):
            log(.error, "refused for good, says the status query; mend the cause, then: outbox retry", delivery, cause)
            runner.metrics.dead(1)
            return step(delivery, .refusedPermanently, at: now, cause: cause, receipt: receipt)
        case .absent(let receipt):
            let cause = DeliveryCause(code: "status.absent", text: "the destination says that it never got it")
            runner.metrics.retried(1)
            return step(delivery, .foundAbsent, at: now, dueAt: now, cause: cause, receipt: receipt)
        case .unclear(let cause):
            if now - since >= runner.policy.unknown.limit { return giveUp(delivery, cause, now: now) }
            log(.warning, "the status query gave no answer, asking again", delivery, cause)
            var later = delivery
            later.dueAt = now + runner.policy.unknown.interval
            _ = lanes.finish(later, now: now)
            return nil
        }
    }

    private mutating func giveUp(_ delivery: OpenDelivery, _ cause: DeliveryCause, now: Instant) -> DeliveryStep? {
        log(.error, "still unknown after its limit; ask the platform, then: outbox retry or outbox cancel", delivery, cause)
        runner.metrics.dead(1)
        return step(
            delivery, .limitReached, at: now,
            cause: DeliveryCause(
                code: "unknown.unsettled", text: "no verdict could be had in time; the platform may hold it: ask before sending again"))
    }

    // MARK: Alarms, leases, people

    /// Rings due alarms: asks status queries, allows resends that are declared safe, gives up what is over its limit.
    private mutating func ring(now: Instant) -> [DeliveryStep] {
        var steps: [DeliveryStep] = []
        let room = max(runner.policy.concurrency - questions, 0)
        for (delivery, since) in lanes.ring(now: now, questionsMax: room) {
            let unsettled = DeliveryCause(code: "unknown.unsettled", text: "no verdict")
            switch runner.policy.unknown.settlement {
            case .statusQuery:
                questions += 1
                let runner = runner
                runner.courier.askStatus(of: delivery.id, traceID: delivery.traceID) { result in
                    runner.post { $0.statuses.append((delivery, since, result)) }
                }
            case .idempotentDeliveryID:
                let limit = runner.policy.retry
                if delivery.attempts >= limit.attempts || now - delivery.receivedAt > limit.total {
                    if let step = giveUp(delivery, unsettled, now: now) { steps.append(step) }
                } else {
                    let due = limit.due(afterAttempt: delivery.attempts, at: now, retryAfter: nil, random: &random)
                    let cause = DeliveryCause(
                        code: "unknown.resend", text: "the destination is idempotent by delivery id, so the same bytes go again")
                    if let step = step(delivery, .resendDeclaredSafe, at: now, dueAt: due, cause: cause) { steps.append(step) }
                }
            case .person:
                if let step = giveUp(delivery, unsettled, now: now) { steps.append(step) }
            }
        }
        return steps
    }

    /// Takes ready heads up to the free places, makes their bytes, and plans their leases.
    private mutating func lease(now: Instant) async -> [DeliveryStep] {
        var taken: [OpenDelivery] = []
        while flights.count + taken.count < runner.policy.concurrency, let head = lanes.takeReady() { taken.append(head) }
        guard !taken.isEmpty else { return [] }
        let missing = taken.filter { $0.isFrozen || $0.canonical == nil }.map(\.sequence)
        var forms: [Int64: DeliveryForms] = [:]
        if !missing.isEmpty {
            await persistently("read what a delivery is made from") { loop in
                forms = try await loop.runner.store.deliveryForms(missing)
            }
        }
        var steps: [DeliveryStep] = []
        for delivery in taken {
            let known = forms[delivery.sequence]
            if let frozen = known?.frozen {
                steps.append(contentsOf: departure(delivery, frozen, freeze: nil, now: now))
                continue
            }
            guard let canonical = delivery.canonical ?? known?.canonical else {
                lanes.release(lane: delivery.lane, now: now)
                continue
            }
            switch runner.courier.prepare(canonical: canonical) {
            case .ready(let form):
                steps.append(contentsOf: departure(delivery, form, freeze: form, now: now))
            case .failed(let findings):
                let first = findings.first
                let cause = DeliveryCause(
                    code: "preparation.\(first?.code.name ?? "failed")",
                    text: "\(findings.count) finding(s) for the destination's form; first: \(first?.path ?? "") \(first?.text ?? "")")
                log(.error, "cannot be prepared; mend the mapping or the record, then: outbox retry", delivery, cause)
                runner.metrics.dead(1)
                if let step = step(delivery, .preparationFailed, at: now, cause: cause) { steps.append(step) }
            }
        }
        return steps
    }

    private func departure(_ delivery: OpenDelivery, _ form: FrozenForm, freeze: FrozenForm?, now: Instant) -> [DeliveryStep] {
        var step = DeliveryStep(
            delivery, event: .leased, at: now, lease: Lease(owner: runner.owner, until: now + runner.policy.lease),
            freeze: freeze, attempt: .begun(number: delivery.attempts + 1))
        step?.form = form
        return step.map { [$0] } ?? []
    }

    /// Plans a person's act, or answers at once why it cannot be done.
    private mutating func plan(_ act: OperatorAct, now: Instant) async -> DeliveryStep? {
        func refuse(_ happened: String, _ remedy: String) {
            act.reply(
                .failure(
                    GatewayError(
                        .temporary, attempted: act.event == .cancelledByPerson ? "cancel" : "retry", subject: "delivery \(act.id)",
                        happened: happened, remedy: remedy)))
        }
        let report: DeliveryReport?
        do { report = try await runner.store.delivery(act.id) } catch {
            refuse("\(error)", "try again")
            return nil
        }
        guard let delivery = report?.delivery else {
            refuse("there is no such delivery", "look with: outbox list")
            return nil
        }
        guard flights[delivery.sequence] == nil, !unwritten.contains(where: { $0.change.sequence == delivery.sequence }) else {
            refuse("it is being sent at this moment", "try again when the attempt has ended")
            return nil
        }
        guard var step = DeliveryStep(
            delivery, event: act.event, at: now,
            cause: act.event == .cancelledByPerson ? DeliveryCause(code: "operator.cancelled", text: "ended by a person") : nil,
            actor: act.actor)
        else {
            refuse("it is \(delivery.state.name), from where this is not possible", "see: outbox show \(act.id)")
            return nil
        }
        step.reply = act.reply
        return step
    }

    // MARK: Writing

    /// Writes all steps in one transaction, then moves lanes, sends, and answers people. When the store cannot take them,
    /// leases are given back and verdicts are kept for the next try.
    private mutating func write(_ steps: [DeliveryStep]) async {
        let outcomes: [ChangeOutcome]
        do {
            outcomes = try await runner.store.apply(steps.map(\.change))
        } catch {
            let now = runner.clock.now()
            if unwrittenSince == nil {
                unwrittenSince = now
                runner.logger.error(
                    "the store takes nothing; verdicts are kept in memory and written when it does",
                    metadata: ["destination": "\(runner.destination)", "error": "\(error)"])
            }
            for step in steps {
                if step.form != nil {
                    lanes.release(lane: step.result.lane, now: now)
                } else if let reply = step.reply {
                    reply(.failure(error as? GatewayError ?? Self.unwritable(error)))
                } else {
                    unwritten.append(step)
                }
            }
            return
        }
        unwrittenSince = nil
        let now = runner.clock.now()
        for (step, outcome) in zip(steps, outcomes) {
            switch outcome {
            case .applied(let fence):
                var delivery = step.result
                delivery.fence = fence
                await moved(delivery, byPerson: step.reply != nil, now: now)
                if let form = step.form { send(delivery, form) }
                step.reply?(.success(delivery))
            case .stale:
                await reload(step.result, now: now)
                step.reply?(
                    .failure(
                        GatewayError(
                            .temporary, attempted: "change", subject: "delivery \(step.result.id)",
                            happened: "it moved meanwhile", remedy: "look again, then repeat")))
            }
        }
    }

    private mutating func moved(_ delivery: OpenDelivery, byPerson: Bool, now: Instant) async {
        let dry = byPerson ? lanes.replace(delivery, now: now) : lanes.finish(delivery, now: now)
        var after = dry
        while let from = after {
            var page: [OpenDelivery] = []
            await persistently("read the followers of a lane") { loop in
                page = try await loop.runner.store.openDeliveries(lane: delivery.lane, after: from, limit: LaneTable.laneWindow)
            }
            after = lanes.refill(lane: delivery.lane, with: page, now: runner.clock.now())
            if Task.isCancelled { return }
        }
    }

    private mutating func reload(_ delivery: OpenDelivery, now: Instant) async {
        flights[delivery.sequence] = nil
        runner.logger.warning("a delivery was moved by someone else", metadata: ["delivery": "\(delivery.id)"])
        var report: DeliveryReport?
        await persistently("read a delivery") { loop in report = try await loop.runner.store.delivery(delivery.id) }
        if let current = report?.delivery { await moved(current, byPerson: true, now: now) }
    }

    private mutating func send(_ delivery: OpenDelivery, _ form: FrozenForm) {
        flights[delivery.sequence] = Flight(delivery: delivery)
        let runner = runner
        let sequence = delivery.sequence
        let shipment = Shipment(delivery: delivery.id, attempt: delivery.attempts, form: form, traceID: delivery.traceID)
        runner.courier.send(shipment) { result in runner.post { $0.answers.append((sequence, result)) } }
    }

    private static func unwritable(_ error: any Error) -> GatewayError {
        GatewayError(.storeFailed, attempted: "write", subject: "the store", happened: "\(error)", remedy: "see the log")
    }

    // MARK: Waiting

    private mutating func setTimer(isStopping: Bool) {
        var at = isStopping ? nil : lanes.nextAlarm
        if questions >= runner.policy.concurrency { at = nil }
        if !unwritten.isEmpty || unwrittenSince != nil {
            let again = runner.clock.now() + DestinationRunner.storeRetry
            at = min(at ?? again, again)
            // One probing turn: leases are tried again with the next write.
            unwrittenSince = unwritten.isEmpty ? nil : unwrittenSince
        }
        guard let at else { return }
        if let timer, timer.at <= at, timer.at > runner.clock.now() { return }
        timer?.task.cancel()
        let runner = runner
        timer = (
            at,
            Task {
                try? await runner.clock.wait(until: at)
                if !Task.isCancelled { runner.signal.ring() }
            }
        )
    }

    private func log(_ level: Logger.Level, _ message: String, _ delivery: OpenDelivery, _ cause: DeliveryCause) {
        runner.logger.log(
            level: level, "\(message)",
            metadata: [
                "delivery": "\(delivery.id)", "message": "\(delivery.messageID)", "destination": "\(delivery.destination)",
                "attempt": "\(delivery.attempts)", "cause": "\(cause.code)", "reason": "\(cause.text)", "trace": "\(delivery.traceID)",
            ])
    }
}
