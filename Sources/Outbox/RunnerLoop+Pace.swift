internal import ExchangeModel
internal import Logging
internal import Store

/// What the loop and its destination's pace tell each other.
extension RunnerLoop {
    /// Whether asking for leases has a point now.
    func mayLease(_ now: Instant) -> Bool {
        if pace.places(at: now, flying: flights.count) > 0 { return true }
        return flights.count < runner.policy.concurrency && pace.unknownDay(at: now) != nil
    }

    /// Takes as many ready heads as may leave now.
    mutating func takeHeads(_ now: Instant) async -> [OpenDelivery] {
        if lanes.hasReady, flights.count < runner.policy.concurrency, let day = pace.unknownDay(at: now) {
            var count: Int?
            await persistently("count the attempts of the day") { loop in
                count = try await loop.runner.store.attemptCount(
                    destination: loop.runner.destination, from: day.from, to: day.to)
            }
            guard let count else { return [] }
            pace.know(day, used: count)
        }
        let places = pace.places(at: now, flying: flights.count)
        var taken: [OpenDelivery] = []
        while taken.count < places, let head = lanes.takeReady() { taken.append(head) }
        // A document that the destination chokes on must not be the probe again and again.
        if let head = taken.first, pace.wouldProbe(at: now), head.lane == pace.lastProbeLane, let other = lanes.takeReady() {
            lanes.release(lane: head.lane, now: now)
            taken = [other]
        }
        return taken
    }

    /// Tells the pace which attempts are about to leave.
    mutating func depart(_ steps: [DeliveryStep], now: Instant) {
        if pace.isFree { return }
        let leaving = steps.lazy.filter { $0.form != nil }
        guard let first = leaving.first else { return }
        announce(pace.depart(leaving.count, lane: first.before.lane, at: now))
    }

    /// Tells the pace what came of an attempt. Returns whether it was a probe.
    mutating func landed(_ flight: Flight, _ verdict: SendResult.Verdict, status: Int, now: Instant) -> Bool {
        guard !pace.isFree, let epoch = flight.epoch else { return false }
        let isProbe = pace.isProbe(epoch: epoch)
        announce(pace.end(verdict, epoch: epoch, at: now))
        // RFC 9110, section 10.2.3 with 503, and RFC 6585, section 4, speak of the service and of the client, not of one record.
        if case .transient(let asked?) = verdict, status == 429 || status == 503,
            let until = pace.holdOff(for: min(asked, runner.policy.retry.retryAfterMax), at: now)
        {
            runner.logger.warning(
                "the destination asks to be left alone (Retry-After); nothing is sent to it until then",
                metadata: ["destination": "\(runner.destination)", "status": "\(status)", "until": "\(until)"])
        }
        return isProbe
    }

    /// Publishes what stands in the way, for people and for the timer.
    mutating func showObstacle(_ now: Instant) {
        if pace.isFree { return }
        let present = pace.obstacle(at: now)
        if present == obstacle { return }
        obstacle = present
        runner.publish(present)
    }

    /// One line in the log for each step of the breaker, and its gauge.
    private func announce(_ change: Breaker.Change?) {
        guard let change else { return }
        runner.metrics.breaker(isOpen: pace.breaker?.isOpen ?? false)
        var metadata: Logger.Metadata = ["destination": "\(runner.destination)"]
        switch change {
        case .opened(let until, let failures, let attempts):
            metadata["until"] = "\(until)"
            metadata["failures"] = "\(failures)"
            metadata["attempts"] = "\(attempts)"
            runner.logger.error("the breaker opens: nothing is sent until its probe", metadata: metadata)
        case .probing:
            runner.logger.info("the breaker is half-open: one probe is sent", metadata: metadata)
        case .reopened(let until):
            metadata["until"] = "\(until)"
            runner.logger.warning("the breaker's probe failed: it is open again", metadata: metadata)
        case .closed(let concurrency):
            metadata["concurrency"] = "\(concurrency)"
            runner.logger.notice("the breaker is closed: slow start", metadata: metadata)
        case .recovered:
            runner.logger.notice("the breaker is closed: the destination is served as configured", metadata: metadata)
        }
    }
}
