/// When a destination may be served; every value comes from configuration. Without any, it is served whenever something is ready.
public struct PacePolicy: Sendable, Hashable {
    /// So many attempts in a length of time; nil: no bound.
    public var rate: RateLimit?
    /// At most so many attempts begin on one day; nil: no bound.
    public var quotaPerDay: Int?
    /// Attempts begin within these hours only; nil: always.
    public var openingHours: OpeningHours?
    /// The zone in which days and hours are counted, in seconds east of UTC, without daylight saving (28,800: China Standard Time).
    public var offsetSeconds: Int
    /// When failures hold the destination as a whole; nil: never.
    public var breaker: BreakerPolicy?
    /// A `Retry-After` of the statuses 429 and 503 holds the destination, not its delivery alone.
    public var holdsOnRetryAfter: Bool

    /// China Standard Time has no daylight saving and is the zone of every partner of the gateway.
    public static let chinaOffsetSeconds = 28_800

    /// Takes everything; nothing is bounded unless it is named.
    public init(
        rate: RateLimit? = nil, quotaPerDay: Int? = nil, openingHours: OpeningHours? = nil,
        offsetSeconds: Int = PacePolicy.chinaOffsetSeconds, breaker: BreakerPolicy? = nil, holdsOnRetryAfter: Bool = false
    ) {
        self.rate = rate
        self.quotaPerDay = quotaPerDay
        self.openingHours = openingHours
        self.offsetSeconds = offsetSeconds
        self.breaker = breaker
        self.holdsOnRetryAfter = holdsOnRetryAfter
    }
}

/// A rate as a token bucket: `count` attempts in each `period` on average, at most `burst` at once.
public struct RateLimit: Sendable, Hashable {
    /// Tokens that come in each period, at least 1.
    public var count: Int
    /// The period: from a millisecond to a day.
    public var period: Duration
    /// Tokens that the bucket holds, at least 1.
    public var burst: Int

    /// Largest count and burst: the arithmetic of the bucket stays exact.
    public static let countMax = 10_000

    /// Takes everything.
    public init(count: Int, per period: Duration, burst: Int) {
        self.count = count
        self.period = period
        self.burst = burst
    }
}

/// When failures open a destination's breaker, and how it closes again.
public struct BreakerPolicy: Sendable, Hashable {
    /// Attempts that ended so long ago count no more.
    public var window: Duration
    /// With fewer attempts in the window it does not open.
    public var minimum: Int
    /// It opens when so many of a hundred attempts in the window failed (1 to 100), or the last `minimum` in a row.
    public var failurePercent: Int
    /// How long it stays open at first; doubled each time a probe fails.
    public var open: Duration
    /// Longest time that it stays open before the next probe.
    public var openMax: Duration

    /// Takes everything.
    public init(
        window: Duration = .seconds(60), minimum: Int = 10, failurePercent: Int = 50, open: Duration = .seconds(5),
        openMax: Duration = .seconds(120)
    ) {
        self.window = window
        self.minimum = minimum
        self.failurePercent = failurePercent
        self.open = open
        self.openMax = openMax
    }
}
