/// Where the gateway's own code reads the time and waits. Nothing else does, so a test can own both.
public protocol GatewayClock: Sendable {
    /// The present moment, UTC.
    func now() -> Instant
    /// Returns at the instant or after it; throws `CancellationError` when the task is cancelled first.
    func wait(until instant: Instant) async throws
}

/// The machine's clock.
public struct SystemClock: GatewayClock {
    /// The machine's clock; it has no state.
    public init() {}

    /// Wall-clock time from the operating system (`clock_gettime(2)`, CLOCK_REALTIME).
    public func now() -> Instant {
        Instant(milliseconds: RealTime.milliseconds())
    }

    /// Waits on the monotonic clock for the time that is left, so a wall clock that is set back cannot hang a waiter. Looks at
    /// the wall clock in between, so one that is set forward does not let it oversleep by more than `look`.
    public func wait(until instant: Instant) async throws {
        let clock = ContinuousClock()
        let end = clock.now + max(instant - now(), .zero)
        while now() < instant {
            let left = end - clock.now
            if left <= .zero { return }
            try await clock.sleep(for: min(left, Self.look))
        }
    }

    /// How often a long wait looks at the wall clock.
    private static let look = Duration.seconds(30)
}
