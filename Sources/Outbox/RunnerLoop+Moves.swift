internal import ExchangeModel
internal import Logging
internal import Store

/// What the store moved by itself, and waits whose time is over.
extension RunnerLoop {
    /// Takes news of a delivery that was superseded or woken. One that is not in memory is read from the store as it stands
    /// then; one that has moved on since (its fence is higher) makes the news old.
    mutating func learn(_ delivery: OpenDelivery, now: Instant) async {
        guard let known = lanes.entry(delivery.sequence, lane: delivery.lane),
            known.fence <= delivery.fence, !known.state.isEnd
        else { return }
        await moved(delivery, mayBeFollower: true, now: now)
    }

    /// Ends waits without success: the delivery expires, and a person is told.
    mutating func lapse(now: Instant) -> [DeliveryStep] {
        var steps: [DeliveryStep] = []
        while let delivery = lanes.takeLapsed(now: now) {
            let missing = delivery.state.waitingCause?.rawValue ?? ""
            let cause = DeliveryCause(
                code: "wait.\(missing)", text: "what it waited for (\(missing)) did not come in its time; it was never sent")
            log(.error, "expired without being sent", delivery, cause)
            if let step = step(delivery, .timeLimitPassed, at: now, cause: cause) { steps.append(step) }
        }
        return steps
    }
}
