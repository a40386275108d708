internal import ExchangeModel

/// When the heads of one destination may leave, and how many at once: rate, quota, opening hours, breaker, `Retry-After`.
///
/// A pure value that is told the time. The loop asks `places` before it takes heads, tells `depart` what is planned and
/// `end` what came of it, and sleeps until `obstacle` ends.
struct Pace {
    /// A hold that the destination asked for.
    private struct Hold {
        var since, until: Instant
    }

    /// Nothing is bounded but the concurrency, so nothing is counted.
    let isFree: Bool
    private let concurrency: Int
    private let openingHours: OpeningHours?
    private let holdsOnRetryAfter: Bool
    private var bucket: TokenBucket?
    private var quota: DayQuota?
    private var hold: Hold?
    private(set) var breaker: Breaker?
    /// The lane whose head was the last probe: another one is tried next, where there is one.
    private(set) var lastProbeLane: Int64?

    init(_ policy: PacePolicy, concurrency: Int, now: Instant) {
        self.concurrency = concurrency
        openingHours = policy.openingHours
        holdsOnRetryAfter = policy.holdsOnRetryAfter
        bucket = policy.rate.map { TokenBucket($0, now: now) }
        quota = policy.quotaPerDay.map { DayQuota(limit: $0, offsetSeconds: policy.offsetSeconds) }
        breaker = policy.breaker.map { Breaker($0, concurrency: concurrency) }
        isFree =
            policy.rate == nil && policy.quotaPerDay == nil && policy.openingHours == nil && policy.breaker == nil
            && !policy.holdsOnRetryAfter
    }

    // MARK: Asked

    /// The epoch of attempts that leave now.
    var epoch: Int { breaker?.epoch ?? 0 }

    /// The day whose count must be learnt before anything may leave.
    func unknownDay(at now: Instant) -> DayQuota.Day? {
        guard let quota, quota.left(at: now) == nil else { return nil }
        return quota.day(of: now)
    }

    /// How many heads may be taken now, beside so many attempts under way.
    func places(at now: Instant, flying: Int) -> Int {
        var places = max(concurrency - flying, 0)
        if isFree || places == 0 { return places }
        if let hold, hold.until > now { return 0 }
        if let openingHours, !openingHours.isOpen(at: now) { return 0 }
        if let breaker { places = min(places, breaker.places(at: now)) }
        if let quota { places = min(places, quota.left(at: now) ?? 0) }
        if let bucket { places = min(places, bucket.tokens(at: now)) }
        return places
    }

    /// What stands in the way of the next attempt and until when; nil when only a free place is missing, or nothing.
    func obstacle(at now: Instant) -> PaceObstacle? {
        if isFree { return nil }
        if breaker?.isProbing == true { return PaceObstacle(cause: .breaker, until: nil) }
        var at = now
        var cause: PaceObstacle.Cause?
        func wait(until instant: Instant, _ reason: PaceObstacle.Cause) {
            if instant > at { (at, cause) = (instant, reason) }
        }
        // Each wait may end where another begins (a new day before the doors open), so all are asked until none objects.
        // A quota pushes at most once and hours at most once after it, so few rounds do.
        for _ in 0..<8 {
            let before = at
            if let hold { wait(until: hold.until, .retryAfter) }
            if let until = breaker?.openUntil(at: at) { wait(until: until, .breaker) }
            if let quota, quota.left(at: at) == 0 { wait(until: quota.day(of: at).to, .quota) }
            if let bucket { wait(until: bucket.next(at: at), .rate) }
            if let openingHours { wait(until: openingHours.nextOpening(at: at), .openingHours) }
            if at == before { break }
        }
        return cause.map { PaceObstacle(cause: $0, until: at) }
    }

    /// Whether the next attempt that leaves is a probe.
    func wouldProbe(at now: Instant) -> Bool { breaker?.wouldProbe(at: now) ?? false }

    /// Whether an attempt of this epoch is the probe.
    func isProbe(epoch: Int) -> Bool { breaker.map { $0.state == .halfOpen && $0.epoch == epoch } ?? false }

    // MARK: Told

    /// A turn begins. A clock that was set back is followed, so that no wait grows by it.
    mutating func pass(to now: Instant) {
        if isFree { return }
        bucket?.pass(to: now)
        breaker?.pass(to: now)
        if let standing = hold {
            if now < standing.since {
                hold = Hold(since: now, until: now + (standing.until - standing.since))
            } else if standing.until <= now {
                hold = nil
            }
        }
    }

    /// The store's count of a day's attempts.
    mutating func know(_ day: DayQuota.Day, used: Int) { quota?.know(day, used: used) }

    /// Attempts will leave as soon as their leases are written.
    ///
    /// - Parameter lane: the lane of the first, which is the probe where one is due.
    mutating func depart(_ count: Int, lane: Int64, at now: Instant) -> Breaker.Change? {
        if isFree || count == 0 { return nil }
        bucket?.take(count, at: now)
        quota?.take(count, at: now)
        if wouldProbe(at: now) { lastProbeLane = lane }
        return breaker?.depart(count, at: now)
    }

    /// The lease of an attempt was not written, or nobody knows whether it was.
    mutating func withdraw() {
        breaker?.withdraw(1)
        quota?.forget()
    }

    /// An attempt ended. A refusal of the document is a sign of life: it is no failure of the destination.
    mutating func end(_ verdict: SendResult.Verdict, epoch: Int, at now: Instant) -> Breaker.Change? {
        if breaker == nil { return nil }
        let isFailure =
            switch verdict {
            case .accepted, .handedOver, .permanent: false
            case .transient, .unclear, .notSent: true
            }
        return breaker?.end(isFailure: isFailure, epoch: epoch, at: now)
    }

    /// The destination as a whole asked to be left alone. Returns until when, if that is obeyed and later than before.
    mutating func holdOff(for duration: Duration, at now: Instant) -> Instant? {
        guard holdsOnRetryAfter, duration > .zero, now + duration > hold?.until ?? now else { return nil }
        hold = Hold(since: now, until: now + duration)
        return now + duration
    }
}
