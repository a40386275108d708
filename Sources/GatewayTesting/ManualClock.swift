public import ExchangeModel
internal import Synchronization

/// A clock that a test owns: time stands still until `advance`, which wakes whoever waits for the instants passed.
///
/// Thread rule: any task or thread.
public final class ManualClock: GatewayClock {
    private struct Waiter {
        var until: Instant
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now: Instant
        var number = 0
        var waiters: [Int: Waiter] = [:]
        /// Cancelled before they began to wait.
        var cancelled: Set<Int> = []
        var watchers: [(until: Instant, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state: Mutex<State>

    private let skipsWaits: Bool

    /// A clock that stands at an instant.
    ///
    /// - Parameter skipsWaits: whoever waits moves the clock and goes on at once, for simulations that run on one task.
    public init(_ start: Instant = Instant(year: 2026, month: 5, day: 1), skipsWaits: Bool = false) {
        state = Mutex(State(now: start))
        self.skipsWaits = skipsWaits
    }

    /// Where the clock stands.
    public func now() -> Instant { state.withLock { $0.now } }

    /// Returns when the clock was moved to the instant or over it; throws when the task is cancelled first.
    public func wait(until instant: Instant) async throws {
        try Task.checkCancellation()
        if skipsWaits, now() < instant { advance(to: instant) }
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                enum Begin { case passed, cancelled, waits([CheckedContinuation<Void, Never>]) }
                let begin = state.withLock { state -> Begin in
                    if state.cancelled.remove(number) != nil { return .cancelled }
                    if state.now >= instant { return .passed }
                    state.waiters[number] = Waiter(until: instant, continuation: continuation)
                    let seen = state.watchers.filter { $0.until == instant }.map(\.continuation)
                    state.watchers.removeAll { $0.until == instant }
                    return .waits(seen)
                }
                switch begin {
                case .passed: continuation.resume()
                case .cancelled: continuation.resume(throwing: CancellationError())
                case .waits(let watchers): for watcher in watchers { watcher.resume() }
                }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let waiter = state.waiters.removeValue(forKey: number)
                if waiter == nil { state.cancelled.insert(number) }
                return waiter
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Moves the clock and wakes whoever waits for an instant up to the new one, the earliest first. Backward is allowed:
    /// an operating system's clock can do that too.
    public func advance(by duration: Duration) { advance(to: now() + duration) }

    /// Moves the clock to an instant.
    public func advance(to instant: Instant) {
        let due = state.withLock { state -> [Waiter] in
            state.now = instant
            let due = state.waiters.filter { $0.value.until <= instant }
            for number in due.keys { state.waiters[number] = nil }
            return due.sorted { ($0.value.until, $0.key) < ($1.value.until, $1.key) }.map(\.value)
        }
        for waiter in due { waiter.continuation.resume() }
    }

    /// Returns as soon as somebody waits for exactly this instant.
    public func waiter(until instant: Instant) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.waiters.values.contains(where: { $0.until == instant }) { return true }
                state.watchers.append((instant, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    /// Wakes those who wait, without moving: what a clock that was set back does to a waiter on the monotonic clock.
    public func wakeEarly() {
        let waiters = state.withLock { state in
            let waiters = state.waiters.sorted { $0.key < $1.key }.map(\.value)
            state.waiters = [:]
            return waiters
        }
        for waiter in waiters { waiter.continuation.resume() }
    }

    /// How many wait at this moment.
    public var waiterCount: Int { state.withLock { $0.waiters.count } }
}
