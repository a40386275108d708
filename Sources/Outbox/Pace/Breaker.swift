internal import ExchangeModel

/// Holds a destination that fails, tries it with one probe at a time, and lets it recover slowly.
///
/// A pure value. **Closed**: attempts go, their ends are counted. **Open**: nothing goes until its time is over. **Half-open**:
/// exactly one probe is under way and decides. After a good probe it is closed with **slow start**: one attempt at once, twice
/// as many after each batch that ended well, up to the configured concurrency; a failure meanwhile halves, and at one it
/// opens again. An attempt that began before the last opening tells nothing about the time after it: each carries the `epoch`
/// in which it began.
struct Breaker {
    /// Where it stands.
    enum State: Equatable {
        case closed
        case open(since: Instant, until: Instant)
        case halfOpen
    }

    /// A step worth a line in the log.
    enum Change: Equatable {
        case opened(until: Instant, failures: Int, attempts: Int)
        case probing
        /// The probe failed.
        case reopened(until: Instant)
        /// The probe, or a batch of slow start, ended well: so many at once from now on.
        case closed(concurrency: Int)
        /// The configured concurrency is reached again.
        case recovered
    }

    private let policy: BreakerPolicy
    private let concurrency: Int
    private(set) var state = State.closed
    /// Rises with each opening.
    private(set) var epoch = 0
    /// Attempts of this epoch under way.
    private var flying = 0
    private var window: OutcomeWindow
    /// Openings without a full recovery between them.
    private var openings = 0
    /// At most so many at once while it recovers; nil: the configured concurrency.
    private(set) var slowLimit: Int?
    /// Good ends since the last change of `slowLimit`.
    private var successes = 0
    /// Failures since the last good end: an outage after a good time must not wait until the good ends are out of the window.
    private var inARow = 0

    init(_ policy: BreakerPolicy, concurrency: Int) {
        self.policy = policy
        self.concurrency = concurrency
        window = OutcomeWindow(policy.window)
    }

    /// Whether the gauge says open: the destination gets no more than probes.
    var isOpen: Bool { state != .closed }

    /// The end of its time, while it is open.
    func openUntil(at now: Instant) -> Instant? {
        if case .open(_, let until) = state, until > now { until } else { nil }
    }

    /// Whether the probe's answer is awaited.
    var isProbing: Bool { state == .halfOpen && flying > 0 }

    /// Whether the next attempt that leaves is a probe.
    func wouldProbe(at now: Instant) -> Bool {
        switch state {
        case .closed: false
        case .open: openUntil(at: now) == nil
        case .halfOpen: flying == 0
        }
    }

    /// How many more attempts may leave.
    func places(at now: Instant) -> Int {
        switch state {
        case .closed: slowLimit.map { max($0 - flying, 0) } ?? Int.max
        case .open, .halfOpen: wouldProbe(at: now) ? 1 : 0
        }
    }

    /// Follows a clock that was set back: it stays open no longer than its time.
    mutating func pass(to now: Instant) {
        if case .open(let since, let until) = state, now < since { state = .open(since: now, until: now + (until - since)) }
    }

    /// Attempts leave.
    mutating func depart(_ count: Int, at now: Instant) -> Change? {
        guard count > 0 else { return nil }
        flying += count
        guard case .open = state else { return nil }
        state = .halfOpen
        return .probing
    }

    /// Attempts that were to leave did not.
    mutating func withdraw(_ count: Int) { flying = max(flying - count, 0) }

    /// An attempt ended.
    mutating func end(isFailure: Bool, epoch: Int, at now: Instant) -> Change? {
        guard epoch == self.epoch else { return nil }
        flying = max(flying - 1, 0)
        switch state {
        case .open: return nil
        case .halfOpen:
            if isFailure { return .reopened(until: open(at: now)) }
            state = .closed
            window.clear()
            inARow = 0
            slowLimit = 1
            successes = 0
            return recoveredOr(.closed(concurrency: 1))
        case .closed: return isFailure ? failed(at: now) : succeeded(at: now)
        }
    }

    private mutating func succeeded(at now: Instant) -> Change? {
        window.add(isFailure: false, at: now)
        inARow = 0
        guard let limit = slowLimit else { return nil }
        successes += 1
        guard successes >= limit else { return nil }
        successes = 0
        slowLimit = min(limit * 2, concurrency)
        return recoveredOr(.closed(concurrency: limit * 2))
    }

    private mutating func recoveredOr(_ change: Change) -> Change {
        guard let limit = slowLimit, limit >= concurrency else { return change }
        slowLimit = nil
        openings = 0
        return .recovered
    }

    private mutating func failed(at now: Instant) -> Change? {
        window.add(isFailure: true, at: now)
        inARow += 1
        let (failures, attempts) = (window.failures, window.attempts)
        if let limit = slowLimit, limit > 1 {
            slowLimit = limit / 2
            successes = 0
        } else if slowLimit != nil {
            return .opened(until: open(at: now), failures: failures, attempts: attempts)
        }
        let isBad = failures * 100 >= policy.failurePercent * attempts || inARow >= policy.minimum
        guard attempts >= policy.minimum, isBad else { return nil }
        return .opened(until: open(at: now), failures: failures, attempts: attempts)
    }

    private mutating func open(at now: Instant) -> Instant {
        let first = max(policy.open.wholeMilliseconds, 1)
        let most = max(policy.openMax.wholeMilliseconds, first)
        let (grown, overflow) = first.multipliedReportingOverflow(by: 1 << Int64(min(openings, 30)))
        let until = now + .milliseconds(overflow ? most : min(grown, most))
        openings += 1
        epoch += 1
        flying = 0
        slowLimit = nil
        successes = 0
        inARow = 0
        window.clear()
        state = .open(since: now, until: until)
        return until
    }
}
