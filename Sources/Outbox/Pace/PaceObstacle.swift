public import ExchangeModel

/// Why a destination is not served although something is ready, and until when: for people.
public struct PaceObstacle: Sendable, Hashable {
    /// What stands in the way.
    public var cause: Cause
    /// The first instant at which an attempt may begin, as far as it is known now; nil while an answer decides.
    public var until: Instant?

    /// What can stand in the way.
    public enum Cause: String, Sendable, Hashable, CaseIterable {
        /// The rate: the next token comes at `until`.
        case rate
        /// The quota of the day is used up.
        case quota
        /// The destination is closed.
        case openingHours
        /// The breaker is open; without `until` its probe is under way.
        case breaker
        /// The destination asked to be left alone: `Retry-After`.
        case retryAfter
    }

    /// Takes both.
    public init(cause: Cause, until: Instant?) {
        self.cause = cause
        self.until = until
    }

    /// Whether it still stands at an instant.
    public func stands(at now: Instant) -> Bool { until.map { $0 > now } ?? true }
}
