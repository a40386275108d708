public import ExchangeModel

/// How the outbox treats one destination; every value comes from configuration.
public struct DestinationPolicy: Sendable, Equatable {
    /// At most so many deliveries in flight at once.
    public var concurrency: Int
    /// How failures that time can heal are repeated.
    public var retry: RetryPolicy
    /// How an `unknown` outcome is settled.
    public var unknown: UnknownPolicy
    /// How long a lease lasts: longer than the transport's own time-out, so that a verdict finds its lease standing.
    public var lease: Duration
    /// When it may be served.
    public var pace: PacePolicy
    /// What those behind a dead or waiting head may do.
    public var headOfLine = HeadOfLineRule.block
    /// How long a destination that answers later may take for its receipt; then the outcome is unknown.
    public var receiptLimit: Duration = .seconds(86_400)

    /// Takes everything.
    public init(
        concurrency: Int, retry: RetryPolicy, unknown: UnknownPolicy, lease: Duration, pace: PacePolicy = PacePolicy()
    ) {
        self.concurrency = concurrency
        self.retry = retry
        self.unknown = unknown
        self.lease = lease
        self.pace = pace
    }
}

/// Exponential backoff with full jitter, bounded by attempts and by time.
public struct RetryPolicy: Sendable, Equatable {
    /// Upper bound of the first wait.
    public var initial: Duration
    /// Upper bound of every wait; a longer `Retry-After` is obeyed all the same, up to `retryAfterMax`.
    public var cap: Duration
    /// Longest `Retry-After` that is obeyed: a platform's wrong clock must not park a lane for days.
    public var retryAfterMax: Duration
    /// After so many attempts the delivery is dead.
    public var attempts: Int
    /// After so much time since acceptance the delivery is dead.
    public var total: Duration
    /// What is different for some causes.
    public var byCause: [RetryCauseRule] = []

    /// Takes everything but the rules by cause.
    public init(initial: Duration, cap: Duration, attempts: Int, total: Duration, retryAfterMax: Duration = .seconds(3600)) {
        self.initial = initial
        self.cap = cap
        self.retryAfterMax = retryAfterMax
        self.attempts = attempts
        self.total = total
    }

    /// When attempt `attempt + 1` is due: a uniformly random wait between nothing and `min(cap, initial * 2^(attempt-1))`,
    /// but not before the destination's own `Retry-After`.
    public func due(
        afterAttempt attempt: Int, at now: Instant, retryAfter: Duration?, random: inout some RandomNumberGenerator
    ) -> Instant {
        let doublings = min(max(attempt, 1) - 1, 30)
        let capMilliseconds = max(cap.wholeMilliseconds, 0)
        let (grown, overflow) = max(initial.wholeMilliseconds, 0).multipliedReportingOverflow(by: 1 << Int64(doublings))
        let bound = overflow ? capMilliseconds : min(grown, capMilliseconds)
        let jittered = Int64.random(in: 0...bound, using: &random)
        let asked = retryAfter.map { min($0, retryAfterMax).wholeMilliseconds } ?? 0
        return now + .milliseconds(max(jittered, asked))
    }
}

/// What may be done while it is not known whether the destination has a delivery.
public struct UnknownPolicy: Sendable, Equatable {
    /// How the outcome is learnt.
    public var settlement: Settlement
    /// The first question comes so long after the loss: a slow platform must be through with the request.
    public var firstQuestion: Duration
    /// Then again and again after this.
    public var interval: Duration
    /// After so long without a verdict the delivery is dead and needs a person.
    public var limit: Duration

    /// The ways to learn an outcome.
    public enum Settlement: String, Sendable {
        /// Ask the destination's status query.
        case statusQuery
        /// Send the same bytes under the same delivery id again: the destination declares itself idempotent by it.
        case idempotentDeliveryID
        /// Send the same bytes under a new id that names the first: the destination finds by it that it has them.
        case idempotentNewID
        /// Neither: a person asks the platform and decides.
        case person
    }

    /// Takes everything.
    public init(settlement: Settlement, firstQuestion: Duration, interval: Duration, limit: Duration) {
        self.settlement = settlement
        self.firstQuestion = firstQuestion
        self.interval = interval
        self.limit = limit
    }
}
