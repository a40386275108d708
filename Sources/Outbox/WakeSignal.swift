internal import Synchronization

/// One task waits, anyone rings. A ring without a waiter is kept (once), so that none is lost.
final class WakeSignal: Sendable {
    private struct State {
        var isRung = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Wakes the waiter, or lets the next `wait` return at once. Any thread; never blocks for long.
    func ring() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let waiter = state.waiter else {
                state.isRung = true
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume()
    }

    /// Returns after the next ring. One waiter at a time.
    func wait() async {
        await withCheckedContinuation { continuation in
            let wasRung = state.withLock { state -> Bool in
                if state.isRung {
                    state.isRung = false
                    return true
                }
                precondition(state.waiter == nil, "a wake signal has one waiter")
                state.waiter = continuation
                return false
            }
            if wasRung { continuation.resume() }
        }
    }
}
