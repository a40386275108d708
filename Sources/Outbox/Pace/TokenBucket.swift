internal import ExchangeModel

/// The tokens of a rate. In any length of time `t` at most `burst + count / period * t` are taken.
///
/// A pure value. Credit is counted in whole units (one token costs as many as the period has milliseconds, and each
/// millisecond brings `count`); only a wait is rounded, up to the next millisecond. It begins empty: what was sent right before a restart is not known,
/// and so the bound holds across restarts too. A clock that is set back brings no credit, one that is set forward at most a
/// full bucket.
struct TokenBucket {
    private let cost: Int64
    private let gain: Int64
    private let full: Int64
    private var credit: Int64 = 0
    private var asOf: Instant

    init(_ limit: RateLimit, now: Instant) {
        cost = max(limit.period.wholeMilliseconds, 1)
        gain = Int64(max(limit.count, 1))
        full = cost * Int64(max(limit.burst, 1))
        asOf = now
    }

    /// Takes what the time since the last call brought. A clock that was set back is followed.
    mutating func pass(to now: Instant) {
        credit = credit(at: now)
        asOf = now
    }

    /// Tokens that may be taken at an instant.
    func tokens(at now: Instant) -> Int { Int(max(credit(at: now), 0) / cost) }

    /// The first instant, not before `now`, at which there is a token.
    func next(at now: Instant) -> Instant {
        let missing = cost - credit(at: now)
        return missing <= 0 ? now : now + .milliseconds((missing + gain - 1) / gain)
    }

    /// Takes tokens; the caller asked before how many there are.
    mutating func take(_ count: Int, at now: Instant) {
        pass(to: now)
        credit -= cost * Int64(count)
    }

    private func credit(at now: Instant) -> Int64 {
        let elapsed = (now - asOf).wholeMilliseconds
        if elapsed <= 0 { return credit }
        // Divided first: a clock that jumps centuries must not overflow.
        return elapsed > (full - credit) / gain ? full : min(full, credit + elapsed * gain)
    }
}
