internal import ExchangeModel
internal import Synchronization

/// One reload at a time; others wait for their turn, so that each reads the files as they are then. Any task.
final class ReloadTurn: Sendable {
    private struct State {
        var isTaken = false
        var waiters: [CheckedContinuation<Bool, Never>] = []
    }

    /// Reloads that may wait; one more is refused.
    static let waitersMax = 8

    private let state = Mutex(State())

    /// Returns when it is the caller's turn; `leave` must follow. Throws `.temporary` when too many wait.
    func enter() async throws(GatewayError) {
        let isTurn = await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> Bool? in
                if !state.isTaken {
                    state.isTaken = true
                    return true
                }
                if state.waiters.count >= Self.waitersMax { return false }
                state.waiters.append(continuation)
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
        guard isTurn else {
            throw GatewayError(
                .temporary, attempted: "reload", subject: "the configuration",
                happened: "\(Self.waitersMax) reloads wait for their turn", remedy: "try again in some seconds")
        }
    }

    /// Lets the next one in.
    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            if state.waiters.isEmpty {
                state.isTaken = false
                return nil
            }
            return state.waiters.removeFirst()
        }
        next?.resume(returning: true)
    }
}
