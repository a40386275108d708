internal import ExchangeModel
internal import Logging
internal import Store

/// Heads whose time has come become steps.
extension RunnerLoop {
    /// Looks after `unknown` heads that are due: asks the status query, allows resends that are declared safe, gives up
    /// where only a person can find out.
    mutating func inquire(now: Instant) -> [DeliveryStep] {
        var steps: [DeliveryStep] = []
        let unsettled = DeliveryCause(code: "unknown.unsettled", text: "no verdict")
        while questions.count < runner.policy.concurrency, let (delivery, since) = lanes.takeInquiry() {
            switch runner.policy.unknown.settlement {
            case .statusQuery: ask(delivery, since: since, now: now)
            case .idempotentDeliveryID, .idempotentNewID:
                let limit = runner.policy.retry.policy(for: "unknown.resend")
                let isOver = delivery.attempts >= limit.attempts || now - delivery.receivedAt > limit.total
                let cause = DeliveryCause(
                    code: "unknown.resend", text: "the destination declares itself idempotent, so the same bytes go again")
                let due = limit.due(afterAttempt: delivery.attempts, at: now, retryAfter: nil, random: &random)
                let step =
                    isOver
                    ? giveUp(delivery, unsettled, now: now)
                    : step(delivery, .resendDeclaredSafe, at: now, dueAt: due, cause: cause)
                if !isOver {
                    log(
                        .error, "its outcome is unknown and it is sent again: the destination declares that safe", delivery, cause
                    )
                    runner.metrics.resent(1)
                }
                if let step { steps.append(step) }
            case .person:
                if let step = giveUp(delivery, unsettled, now: now) { steps.append(step) }
            }
        }
        return steps
    }

    private mutating func ask(_ delivery: OpenDelivery, since: Instant, now: Instant) {
        questionCount += 1
        let number = questionCount
        questions[delivery.sequence] = Question(delivery: delivery, since: since, number: number)
        expect(
            Deadline(at: now + runner.policy.lease, sequence: delivery.sequence, question: number, attempt: delivery.attempts))
        let runner = runner
        let sequence = delivery.sequence
        runner.courier.askStatus(of: delivery.id, traceID: delivery.traceID) { result in
            runner.post { $0.statuses.append((sequence, number, result)) }
        }
    }

    /// Takes ready heads up to the free places, makes their bytes, and plans their leases.
    mutating func lease(now: Instant) async -> [DeliveryStep] {
        let taken = await takeHeads(now)
        let missing = taken.filter { $0.isFrozen || $0.canonical == nil }.map(\.sequence)
        var forms: [Int64: DeliveryForms] = [:]
        if !missing.isEmpty {
            await persistently("read what a delivery is made from") { loop in
                forms = try await loop.runner.store.deliveryForms(missing)
            }
            // Without the store's answer nothing may be said about them; the loop ends.
            if isStoreClosed || Task.isCancelled { return [] }
        }
        let steps: [DeliveryStep] = taken.compactMap { delivery in
            let known = forms[delivery.sequence]
            if let frozen = known?.frozen {
                return departure(delivery, frozen, freeze: nil, lostAttempts: known?.lostAttempts ?? 0, now: now)
            }
            guard let canonical = delivery.canonical ?? known?.canonical else {
                let cause = DeliveryCause(code: "store.record-missing", text: "the store has no canonical record of it")
                log(.critical, "cannot be prepared; restore the store or cancel the delivery", delivery, cause)
                return step(delivery, .preparationFailed, at: now, cause: cause)
            }
            switch runner.courier.prepare(canonical: canonical, recordTime: delivery.sourceTime) {
            case .ready(let form):
                CrashPoint.prepared.reached()
                for warning in form.warnings.prefix(FrozenForm.warningsTold) {
                    let cause = DeliveryCause(code: warning.code.name, text: "\(warning.path): \(warning.text)")
                    log(.warning, "its text should be looked at", delivery, cause)
                }
                return departure(delivery, form, freeze: form, now: now)
            case .failed(let findings):
                let first = findings.first
                let cause = DeliveryCause(
                    code: "preparation.\(first?.code.name ?? "failed")",
                    text:
                        "\(findings.count) finding(s) for the destination's form; first: \(first?.path ?? "") \(first?.text ?? "")"
                )
                log(.error, "cannot be prepared; mend the mapping or the record, then: outbox retry", delivery, cause)
                return step(delivery, .preparationFailed, at: now, cause: cause)
            }
        }
        depart(steps, now: now)
        return steps
    }

    private func departure(
        _ delivery: OpenDelivery, _ form: FrozenForm, freeze: FrozenForm?, lostAttempts: Int = 0, now: Instant
    ) -> DeliveryStep? {
        // Only where bytes of a former attempt may have come there is there a first one to name.
        let takesNewID = lostAttempts > 0 && runner.policy.unknown.settlement == .idempotentNewID
        var step = DeliveryStep(
            delivery, event: .leased, at: now, lease: Lease(owner: runner.owner, until: now + runner.policy.lease),
            freeze: freeze, attempt: .begun(number: delivery.attempts + 1),
            sentAs: takesNewID ? delivery.id.repetition(UInt16((max(delivery.attempts, 1) - 1) % 65_535 + 1)) : nil)
        step?.form = form
        return step
    }
}
