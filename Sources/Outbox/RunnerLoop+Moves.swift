internal import ExchangeModel
internal import Logging
internal import Store

/// What the store moved by itself, and waits whose time is over: for a precondition, or for a receipt.
extension RunnerLoop {
    /// Takes news of a delivery that was superseded, woken, or settled by a receipt. One that is not in memory is read from the store as it stands
    /// then; one that has moved on since (its fence is higher) makes the news old.
    mutating func learn(_ delivery: OpenDelivery, now: Instant) async {
        if delivery.state == .delivered { confirmations += 1 }
        guard let known = lanes.entry(delivery.sequence, lane: delivery.lane),
            known.fence <= delivery.fence, !known.state.isEnd
        else { return }
        // Nobody needs the answer of a status query any more.
        if known.state == .unknown { questions[delivery.sequence] = nil }
        // A person may have brought it back already, which raises no fence: the store knows.
        if delivery.state == .dead { return await reload(delivery, mayHaveParked: false, now: now) }
        await moved(delivery, mayBeFollower: true, now: now)
    }

    /// Ends waits without success: the delivery expires, or its outcome is unknown where a receipt is overdue; a person is told.
    mutating func lapse(now: Instant) -> [DeliveryStep] {
        var steps: [DeliveryStep] = []
        while let delivery = lanes.takeLapsed(now: now) {
            if delivery.state == .awaitingReceipt {
                let cause = DeliveryCause(
                    code: "receipt.overdue", text: "the destination took it and gave no receipt in its time")
                log(.error, "its receipt is overdue; \(nextWord)", delivery, cause)
                runner.metrics.receiptOverdue()
                if let step = step(delivery, .lostTrack, at: now, dueAt: firstQuestion(now), cause: cause) { steps.append(step) }
                continue
            }
            let missing = delivery.state.waitingCause?.rawValue ?? ""
            let cause = DeliveryCause(
                code: "wait.\(missing)", text: "what it waited for (\(missing)) did not come in its time; it was never sent")
            log(.error, "expired without being sent", delivery, cause)
            if let step = step(delivery, .timeLimitPassed, at: now, cause: cause) { steps.append(step) }
        }
        return steps
    }
}
