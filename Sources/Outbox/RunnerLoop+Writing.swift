internal import ExchangeModel
internal import Logging
internal import Store

/// Steps become facts; then, and only then, bytes leave.
extension RunnerLoop {
    /// Writes all steps in one transaction, then moves lanes, sends, and answers people.
    mutating func write(_ steps: [DeliveryStep]) async {
        let steps = withParking(steps)
        let outcomes: [ChangeOutcome]
        do {
            outcomes = try await runner.store.apply(steps.map(\.change))
        } catch {
            await unwritable(steps, error)
            return
        }
        storeRetryAt = nil
        let now = runner.clock.now()
        for (step, outcome) in zip(steps, outcomes) {
            switch outcome {
            case .applied(let fence):
                var delivery = step.result
                delivery.fence = fence
                count(step, now: now)
                if let parking = step.change.parking { follow(parking, of: step, now: now) }
                await moved(delivery, mayBeFollower: step.reply != nil, now: now)
                if let form = step.form { send(delivery, form, as: step.sentAs, now: now) }
                step.reply?(.success(delivery))
            case .stale:
                runner.logger.warning("a delivery was moved by someone else", metadata: ["delivery": "\(step.before.id)"])
                if step.form != nil { pace.withdraw() }
                await reload(step.before, now: now)
                step.reply?(
                    .failure(
                        GatewayError(
                            .temporary, attempted: "change", subject: "delivery \(step.before.id)",
                            happened: "it moved meanwhile", remedy: "look again, then repeat")))
            }
        }
    }

    /// Moves the lane as the committed change says, and reads its followers when its window ran dry.
    mutating func moved(_ delivery: OpenDelivery, mayBeFollower: Bool, now: Instant) async {
        // What was left to the store comes with its page, as it stands then.
        if mayBeFollower, delivery.sequence > loadedUpTo, !lanes.reaches(delivery) { return }
        var after = mayBeFollower ? lanes.replace(delivery, now: now) : lanes.finish(delivery, now: now)
        while let from = after {
            var page: [OpenDelivery] = []
            await persistently("read the followers of a lane") { loop in
                page = try await loop.runner.store.openDeliveries(
                    lane: delivery.lane, after: from, limit: loop.runner.limits.laneWindow)
            }
            if isStoreClosed || Task.isCancelled { return }
            after = lanes.refill(lane: delivery.lane, with: page, now: runner.clock.now())
        }
    }

    /// Hands committed bytes to the courier.
    private mutating func send(_ delivery: OpenDelivery, _ form: FrozenForm, as newID: DeliveryID?, now: Instant) {
        fly(delivery, epoch: pace.epoch, now: now)
        let runner = runner
        let (sequence, attempt) = (delivery.sequence, delivery.attempts)
        let shipment = Shipment(
            delivery: delivery.id, attempt: attempt, form: form, traceID: delivery.traceID, sentAs: newID,
            replaces: newID == nil ? nil : delivery.id)
        CrashPoint.leased.reached()
        runner.courier.send(shipment) { result in
            runner.post { $0.answers.append((sequence, attempt, result)) }
        }
        CrashPoint.sending.reached()
    }

    private mutating func fly(_ delivery: OpenDelivery, epoch: Int?, now: Instant) {
        flights[delivery.sequence] = Flight(delivery: delivery, epoch: epoch)
        expect(Deadline(at: now + runner.policy.lease, sequence: delivery.sequence, question: nil, attempt: delivery.attempts))
    }

    /// Takes what the store says of a delivery whose change did not fit.
    ///
    /// - Parameter mayHaveParked: a change of this loop's own may have parked a lane, or ended that, without being told.
    mutating func reload(_ delivery: OpenDelivery, mayHaveParked: Bool = true, now: Instant) async {
        var report: DeliveryReport?
        await persistently("read a delivery") { loop in report = try await loop.runner.store.delivery(delivery.id) }
        guard let current = report?.delivery else { return }
        if mayHaveParked, runner.policy.headOfLine == .park { areHoldsDoubtful = true }
        await moved(current, mayBeFollower: true, now: now)
        // Leased on disk, but not by a commit that was told to this loop: nobody will answer, so time must end it.
        if current.state == .inFlight, flights[current.sequence] == nil { fly(current, epoch: nil, now: now) }
    }

    // MARK: When the store cannot

    /// Leases are given back and verdicts kept for the next try. A change that the store will never take is told apart
    /// from its neighbours, so that it stops its own lane alone.
    private mutating func unwritable(_ steps: [DeliveryStep], _ error: any Error) async {
        let failure =
            error as? GatewayError
            ?? GatewayError(.storeFailed, attempted: "write", subject: "the store", happened: "\(error)", remedy: "see the log")
        if !failure.code.isRetryable {
            if steps.count > 1 {
                for step in steps { await write([step]) }
            } else {
                for step in steps { await refusedByStore(step, failure) }
            }
            return
        }
        let now = runner.clock.now()
        if failure.code == .stopping { isStoreClosed = true }
        if storeRetryAt == nil {
            runner.logger.error(
                "the store takes nothing; verdicts are kept in memory and written when it does",
                metadata: ["destination": "\(runner.destination)", "error": "\(failure)"])
        }
        storeRetryAt = now + runner.limits.storeRetry
        areHoldsDoubtful = true
        for step in steps {
            if let reply = step.reply {
                // A head was held for this act.
                if lanes.isHead(step.before.sequence, lane: step.before.lane) {
                    lanes.release(lane: step.before.lane, now: now)
                }
                doubtful.append(step.before)
                reply(.failure(failure))
            } else if step.form != nil {
                // The lease may be on disk all the same: its lane stands still until the store has told.
                pace.withdraw()
                doubtful.append(step.before)
            } else {
                unwritten.append(step)
            }
        }
    }

    /// A single change that the store will never take. A verdict is forgotten, so that its delivery becomes `unknown` after
    /// another lease's time; a lease makes its delivery `dead`. Any other leaves its lane standing until the next start.
    private mutating func refusedByStore(_ step: DeliveryStep, _ failure: GatewayError) async {
        let cause = DeliveryCause(code: "store.\(failure.code.name)", text: "the store refuses its change: \(failure.happened)")
        log(.critical, "the store refuses a change of this delivery; report this", step.before, cause)
        let now = runner.clock.now()
        step.reply?(.failure(failure))
        if step.form != nil { pace.withdraw() }
        if step.form != nil, let dead = self.step(step.before, .preparationFailed, at: now, cause: cause) {
            await write([dead])
        } else if step.before.state == .inFlight || step.reply != nil {
            await reload(step.before, now: now)
        }
    }

    /// Counts a committed change.
    private mutating func count(_ step: DeliveryStep, now: Instant) {
        switch step.result.state {
        case .delivered:
            confirmations += 1
            runner.metrics.delivered(sourceTime: step.result.sourceTime, now: now)
            runner.activity.delivered(at: now)
        case .retryWait: runner.metrics.retried(1)
        case .unknown: runner.metrics.unknown(1)
        case .dead: if !step.result.isAside { runner.metrics.dead(1) }
        case .expired: runner.metrics.expired()
        case .waiting, .pending, .inFlight, .awaitingReceipt, .cancelled, .superseded: break
        }
    }
}
