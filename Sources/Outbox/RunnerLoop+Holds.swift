internal import ExchangeModel
internal import Logging
internal import Store

/// What a person holds or releases, and what the rule `park` does.
///
/// The loop writes a hold itself, between two leases: from its commit on nothing leaves.
extension RunnerLoop {
    // MARK: People

    /// Performs a hold, or plans the step that lets those behind a parked head go on.
    mutating func plan(_ act: LaneAct, now: Instant) async -> DeliveryStep? {
        do {
            switch act.verb {
            case .hold: try await hold(act, now: now)
            case .release: return try await release(act, now: now)
            }
        } catch {
            // It may be on disk all the same.
            areHoldsDoubtful = true
            let failure = error as? GatewayError
            act.refuse(failure?.code ?? .temporary, failure?.happened ?? "\(error)", failure?.remedy ?? "try again")
        }
        return nil
    }

    private mutating func hold(_ act: LaneAct, now: Instant) async throws {
        let reason = act.reason?.text ?? ""
        let order = HoldOrder(
            selector: act.selector, actor: act.actor, reason: reason,
            evidence: HoldEvidence.held(act.selector, actor: act.actor, reason: reason, at: now))
        switch try await runner.store.hold(order) {
        case .placed(let hold):
            if hold.selector.orderingKey == nil {
                lanes.stops.isDestinationHeld = true
            } else {
                lanes.stops.held.insert(hold.lane)
            }
            runner.logger.notice(
                "held by a person", metadata: ["destination": "\(runner.destination)", "actor": "\(act.actor)"])
            act.reply(.success([hold]))
        case .standing(let hold):
            act.refuse(
                .temporary, "it is held by \(hold.actor) since \(hold.since): \(hold.reason)",
                "release it first if the reason is to be another")
        }
    }

    private mutating func release(_ act: LaneAct, now: Instant) async throws -> DeliveryStep? {
        let standing = try await runner.store.holds(act.selector)
        guard !standing.isEmpty else {
            act.refuse(.notFound, "it is neither held nor parked", "see: outbox stats")
            return nil
        }
        for hold in standing where hold.kind == .person { try await remove(hold, act, now: now) }
        guard let parked = standing.first(where: { $0.kind == .parked }) else {
            act.reply(.success(standing))
            return nil
        }
        switch try await passing(parked, now: now) {
        case .now(let report):
            let reply = act.reply
            var step = step(passing: report, by: act, now: now)
            step?.reply = { reply($0.map { _ in standing }) }
            return step
        case .busy:
            act.refuse(.temporary, "the delivery that parked it is being worked on at this moment", "try again")
        case .never:
            try await remove(parked, act, now: now)
            act.reply(.success(standing))
        }
        return nil
    }

    private mutating func remove(_ hold: LaneHold, _ act: LaneAct, now: Instant) async throws {
        let evidence = HoldEvidence.released(act.selector, hold.kind, actor: act.actor, reason: act.reason?.text, at: now)
        _ = try await runner.store.release(ReleaseOrder(selector: act.selector, kind: hold.kind, evidence: evidence))
        switch (hold.kind, act.selector.orderingKey) {
        case (.person, nil): lanes.stops.isDestinationHeld = false
        case (.person, _): lanes.goOn(lane: hold.lane, now: now)
        case (.parked, _):
            lanes.unpark(lane: hold.lane, now: now)
        }
    }

    /// Whether the head of a parked lane can be moved aside.
    private enum Passing {
        case now(DeliveryReport)
        case busy
        /// It is dead no longer.
        case never
    }

    private mutating func passing(_ parked: LaneHold, now: Instant) async throws -> Passing {
        guard let id = parked.parkedBy, let report = try await runner.store.delivery(id), report.delivery.state == .dead else {
            return .never
        }
        return lanes.hold(report.delivery.sequence, lane: report.delivery.lane) == .busy ? .busy : .now(report)
    }

    /// The step that moves the head of a parked lane aside.
    private func step(passing head: DeliveryReport, by act: LaneAct, now: Instant) -> DeliveryStep? {
        let cause = DeliveryCause(
            code: DeliveryCause.movedAside,
            text: "its lane was released by \(act.actor)\(act.reason.map { ": \($0.text)" } ?? "")"
                + (head.cause.map { "; before that \($0.code): \($0.text)" } ?? ""))
        return DeliveryStep(
            head.delivery, event: .movedAsideByPerson, at: now, cause: cause, actor: act.actor, reason: act.reason?.text)
    }

    // MARK: Parking

    /// Adds to steps what they do to parked lanes: a head that dies parks its lane where the rule is `park`; a head that
    /// parked its lane and is dead no longer, or stands aside, ends that.
    func withParking(_ steps: [DeliveryStep]) -> [DeliveryStep] {
        if runner.policy.headOfLine != .park, lanes.stops.parked.isEmpty { return steps }
        return steps.map { step in
            var step = step
            let isDeadHead = step.result.state == .dead && !step.result.isAside
            let at = step.change.at
            if lanes.stops.parked[step.before.lane] == step.before.id, !isDeadHead {
                step.change.parking = .ended(evidence: HoldEvidence.unparked(step.before, at: at))
            } else if runner.policy.headOfLine == .park, isDeadHead, step.before.state != .dead {
                let cause = step.change.cause
                step.change.parking = .begun(
                    reason: cause.map { "\($0.code): \($0.text)" } ?? "",
                    evidence: HoldEvidence.parked(step.before, cause: cause, at: at))
            }
            return step
        }
    }

    /// The committed change has parked its lane, or ended that.
    mutating func follow(_ parking: ParkingChange, of step: DeliveryStep, now: Instant) {
        switch parking {
        case .begun:
            lanes.stops.parked[step.before.lane] = step.before.id
            log(
                .warning, "its lane is parked; mend the cause, then: outbox retry, outbox cancel or outbox release", step.before,
                step.change.cause ?? DeliveryCause(code: "", text: ""))
        case .ended: lanes.unpark(lane: step.before.lane, now: now)
        }
    }

    /// Parks lanes whose heads were found dead, and not by a step of this loop: a receipt refused them in its own transaction, or
    /// they died under another rule. Some at a time, so that a turn stays short.
    mutating func parkDeadHeads(now: Instant) async {
        if areHoldsDoubtful { return }
        let heads = lanes.takeUnparked(StoreLimits.parkedPerCall)
        if heads.isEmpty { return }
        do {
            for hold in try await runner.store.park(heads.map(\.head), at: now) { lanes.stops.parked[hold.lane] = hold.parkedBy }
            runner.logger.warning(
                "lanes are parked; mend the cause, then: outbox retry, outbox cancel or outbox release",
                metadata: ["destination": "\(runner.destination)", "count": "\(heads.count)"])
        } catch {
            let failure = error as? GatewayError
            if failure?.code == .stopping { isStoreClosed = true }
            runner.logger.error(
                "cannot park lanes; they stand still all the same",
                metadata: ["destination": "\(runner.destination)", "count": "\(heads.count)", "error": "\(error)"])
            guard failure?.code.isRetryable ?? true else { return }
            lanes.leaveUnparked(heads)
            storeRetryAt = now + runner.limits.storeRetry
            // They may be on disk all the same.
            areHoldsDoubtful = true
        }
    }

    // MARK: What is on disk

    /// Reads what is held or parked. Under the rule `overtake` no lane stays parked by a former rule.
    mutating func loadHolds() async {
        var stops = LaneStops()
        await persistently("read what is held") { loop in
            stops = LaneStops()
            let runner = loop.runner
            for hold in try await runner.store.holds(destination: runner.destination) {
                switch (hold.kind, hold.selector.orderingKey) {
                case (.person, nil): stops.isDestinationHeld = true
                case (.person, _): stops.held.insert(hold.lane)
                case (.parked, _) where runner.policy.headOfLine == .overtake:
                    let evidence = HoldEvidence.released(
                        hold.selector, .parked, actor: "gateway", reason: "the rule is overtake now", at: runner.clock.now())
                    _ = try await runner.store.release(ReleaseOrder(selector: hold.selector, kind: .parked, evidence: evidence))
                case (.parked, _): stops.parked[hold.lane] = hold.parkedBy
                }
            }
        }
        if isStoreClosed || Task.isCancelled { return }
        areHoldsDoubtful = false
        lanes.stop(stops, now: runner.clock.now())
    }

    /// Asks the store what became of writes that were not confirmed, before anything more is leased.
    mutating func clearDoubts(now: Instant) async {
        if areHoldsDoubtful { await loadHolds() }
        guard !doubtful.isEmpty, storeWorks(now) else { return }
        let deliveries = doubtful
        doubtful = deliveries.filter { questions[$0.sequence] != nil }
        for delivery in deliveries where flights[delivery.sequence] == nil && questions[delivery.sequence] == nil {
            await reload(delivery, now: now)
        }
    }
}
