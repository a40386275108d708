internal import ExchangeModel
internal import Logging
internal import Store

/// What is heard of a delivery becomes a step.
extension RunnerLoop {
    /// Plans a step and counts it. Nil only where the state machine has no such way, which is a fault of this program.
    func step(
        _ delivery: OpenDelivery, _ event: DeliveryEvent, at now: Instant, dueAt: Instant? = nil, cause: DeliveryCause? = nil,
        attempt: AttemptStep? = nil, receipt: Receipt? = nil
    ) -> DeliveryStep? {
        var receipt = receipt
        // The store refuses a longer answer, and with it the verdict.
        if let kept = receipt?.answer, kept.count > StoreLimits.receiptBytes {
            receipt?.answer = Array(kept.prefix(StoreLimits.receiptBytes))
        }
        let step = DeliveryStep(delivery, event: event, at: now, dueAt: dueAt, cause: cause, attempt: attempt, receipt: receipt)
        assert(step != nil, "no way from \(delivery.state) by \(event)")
        return step
    }

    /// When an outcome that nobody knows is looked after for the first time.
    func firstQuestion(_ now: Instant) -> Instant {
        switch runner.policy.unknown.settlement {
        case .statusQuery, .idempotentDeliveryID, .idempotentNewID: now + runner.policy.unknown.firstQuestion
        case .person: now + runner.policy.unknown.limit
        }
    }

    /// The step that an attempt's result makes; nil for an attempt that is over already.
    mutating func verdict(_ sequence: Int64, attempt: Int, _ result: SendResult, now: Instant) -> DeliveryStep? {
        guard let flight = flights[sequence], flight.delivery.attempts == attempt else { return nil }
        let delivery = flight.delivery
        CrashPoint.answered.reached()
        flights[sequence] = nil
        let isProbe = landed(flight, result.verdict, status: result.status, now: now)
        let ended = { (outcome: String) -> AttemptStep in
            .ended(number: attempt, status: result.status, duration: result.duration, outcome: outcome)
        }
        runner.metrics.attempt(result.duration)
        switch result.verdict {
        case .accepted:
            return step(delivery, .accepted, at: now, attempt: ended("accepted"), receipt: result.receipt)
        case .handedOver:
            return step(
                delivery, .handedOver, at: now, dueAt: now + runner.policy.receiptLimit, attempt: ended("handedOver"),
                receipt: result.receipt)
        case .permanent:
            log(.error, "refused for good; mend the cause, then: outbox retry", delivery, result.cause)
            return step(
                delivery, .refusedPermanently, at: now, cause: result.cause, attempt: ended("permanent"), receipt: result.receipt)
        case .transient(let retryAfter):
            return again(
                delivery, .failedTransiently, now: now, retryAfter: retryAfter, cause: result.cause, attempt: ended("transient"),
                receipt: result.receipt, isProbe: isProbe)
        case .notSent:
            return again(
                delivery, .neverSent, now: now, cause: result.cause, attempt: ended("notSent"), receipt: result.receipt,
                isProbe: isProbe)
        case .unclear:
            log(.warning, "outcome unknown; \(nextWord)", delivery, result.cause)
            return step(
                delivery, .lostTrack, at: now, dueAt: firstQuestion(now), cause: result.cause, attempt: ended("unknown"),
                receipt: result.receipt)
        }
    }

    /// Tries again later, or gives up when attempts or time are used up. A probe that failed tells of the destination, not of
    /// its delivery, so it is never the attempt that uses up the budget.
    mutating func again(
        _ delivery: OpenDelivery, _ event: DeliveryEvent, now: Instant, retryAfter: Duration? = nil, cause: DeliveryCause,
        attempt: AttemptStep? = nil, receipt: Receipt? = nil, isProbe: Bool = false
    ) -> DeliveryStep? {
        let policy = runner.policy.retry.policy(for: cause.code)
        // One last attempt at the end of its time rather than none: a long Retry-After alone ends nothing.
        let end = max(delivery.receivedAt + policy.total, now)
        let due = min(policy.due(afterAttempt: delivery.attempts, at: now, retryAfter: retryAfter, random: &random), end)
        if (delivery.attempts >= policy.attempts && !isProbe) || now - delivery.receivedAt >= policy.total {
            let usedUp = DeliveryCause(
                code: "retries.used-up", text: "\(delivery.attempts) attempt(s) failed, the last one: \(cause.text)")
            log(.error, "retries used up; mend the cause, then: outbox retry", delivery, cause)
            return step(delivery, .limitReached, at: now, cause: usedUp, attempt: attempt, receipt: receipt)
        }
        log(.info, "will be tried again at \(due)", delivery, cause)
        return step(delivery, event, at: now, dueAt: due, cause: cause, attempt: attempt, receipt: receipt)
    }

    /// The step that the answer to a status query makes; nil when it is to be asked again, or nobody asks any more.
    mutating func settle(_ sequence: Int64, question number: Int, _ result: StatusResult, now: Instant) -> DeliveryStep? {
        guard let question = questions[sequence], question.number == number else { return nil }
        questions[sequence] = nil
        let delivery = question.delivery
        switch result {
        case .accepted(let receipt):
            return step(delivery, .accepted, at: now, receipt: receipt)
        case .refused(let cause, let receipt):
            log(.error, "refused for good, says the status query; mend the cause, then: outbox retry", delivery, cause)
            return step(delivery, .refusedPermanently, at: now, cause: cause, receipt: receipt)
        case .absent(let receipt):
            let cause = DeliveryCause(code: "status.absent", text: "the destination says that it never got it")
            return again(delivery, .foundAbsent, now: now, cause: cause, receipt: receipt)
        case .unclear(let cause):
            if now - question.since >= runner.policy.unknown.limit { return giveUp(delivery, cause, now: now) }
            log(.warning, "the status query gave no answer, asking again", delivery, cause)
            var later = delivery
            later.dueAt = now + runner.policy.unknown.interval
            _ = lanes.finish(later, now: now)
            return nil
        }
    }

    /// Ends the wait for a verdict; a person must ask the platform.
    func giveUp(_ delivery: OpenDelivery, _ cause: DeliveryCause, now: Instant) -> DeliveryStep? {
        log(.error, "still unknown after its limit; ask the platform, then: outbox retry or outbox cancel", delivery, cause)
        return step(
            delivery, .limitReached, at: now,
            cause: DeliveryCause(
                code: "unknown.unsettled",
                text: "no verdict could be had in time; the platform may hold it: ask before sending again"))
    }

    /// Ends attempts and questions that had no answer in their time. A courier answers always; this holds when one does not.
    mutating func overdue(now: Instant) -> [DeliveryStep] {
        var steps: [DeliveryStep] = []
        while let deadline = deadlines.first {
            let isMet = isMet(deadline)
            if !isMet, deadline.at > now { break }
            deadlines.removeFirst()
            if isMet { continue }
            if let number = deadline.question {
                let cause = DeliveryCause(code: "status.no-answer", text: "the status query did not end in its time")
                if let step = settle(deadline.sequence, question: number, .unclear(cause), now: now) { steps.append(step) }
            } else if let flight = flights.removeValue(forKey: deadline.sequence) {
                let cause = DeliveryCause(code: "lease.ended", text: "the attempt did not end in its time; bytes may have left")
                _ = landed(flight, .unclear, status: 0, now: now)
                log(.error, "outcome unknown; \(nextWord)", flight.delivery, cause)
                let step = step(flight.delivery, .lostTrack, at: now, dueAt: firstQuestion(now), cause: cause)
                if let step { steps.append(step) }
            }
        }
        return steps
    }

    /// Notes by when an attempt or a question must have ended.
    mutating func expect(_ deadline: Deadline) {
        // One that hangs at the front must not pile up those that were met behind it.
        if deadlines.count > 2 * (flights.count + questions.count) + 64 { deadlines = deadlines.filter { !isMet($0) } }
        deadlines.append(deadline)
    }

    /// Whether an attempt or a question has ended.
    private func isMet(_ deadline: Deadline) -> Bool {
        if let number = deadline.question { return questions[deadline.sequence]?.number != number }
        return flights[deadline.sequence]?.delivery.attempts != deadline.attempt
    }

    var nextWord: String {
        switch runner.policy.unknown.settlement {
        case .statusQuery: "the destination's status query will be asked"
        case .idempotentDeliveryID: "the same bytes go again under the same delivery id"
        case .idempotentNewID: "the same bytes go again under a new id that names the first"
        case .person: "ask the platform, then: outbox retry or outbox cancel"
        }
    }

    func log(_ level: Logger.Level, _ message: String, _ delivery: OpenDelivery, _ cause: DeliveryCause) {
        runner.logger.log(
            level: level, "\(message)",
            metadata: [
                "delivery": "\(delivery.id)", "message": "\(delivery.messageID)", "destination": "\(delivery.destination)",
                "attempt": "\(delivery.attempts)", "cause": "\(cause.code)", "reason": "\(cause.text)",
                "trace": "\(delivery.traceID)",
            ])
    }
}
