internal import Synchronization

/// Who serves each destination, and who comes next.
///
/// A destination has one seat, and the runner in it is the only one whose loop runs; its successor waits in its mailbox. Any
/// thread. Lock order: this table, then a mailbox.
final class SeatTable: Sendable {
    private struct State {
        var runners: [String: DestinationRunner]
        /// Configured no longer; their seats go when their loops have ended.
        var leaving: Set<String> = []
        var isRunning = false
        var isStopping = false
    }

    private let state: Mutex<State>

    init(_ runners: [DestinationRunner]) {
        state = Mutex(State(runners: Dictionary(runners.map { ($0.destination, $0) }, uniquingKeysWith: { first, _ in first })))
    }

    var runners: [String: DestinationRunner] { state.withLock { $0.runners } }

    /// Destinations whose loop ends because of another configuration.
    var ending: Set<String> {
        let runners = state.withLock { $0.isStopping ? [:] : $0.runners }
        return Set(runners.values.lazy.filter(\.isEnding).map(\.destination))
    }

    /// Whose loops are to be run, once.
    func begin() -> [DestinationRunner] {
        state.withLock { state in
            state.isRunning = true
            return Array(state.runners.values)
        }
    }

    /// Seats the destinations of another configuration. Returns those whose loops are to be run at once.
    ///
    /// - Parameter make: a runner for a destination; it is given who sits there now, and whether loops run already.
    func apply(
        _ names: Set<String>, untouched: Set<String>, make: (String, DestinationRunner?, Bool) -> DestinationRunner?
    ) -> [DestinationRunner] {
        state.withLock { state in
            if state.isStopping { return [] }
            var new: [DestinationRunner] = []
            for name in names.sorted() {
                let standing = state.runners[name]
                // Who is leaving is no runner of the configuration that the new one is compared with.
                if standing != nil, untouched.contains(name), !state.leaving.contains(name) { continue }
                guard let runner = make(name, standing, state.isRunning) else { continue }
                state.leaving.remove(name)
                if state.isRunning, let standing {
                    // False only when the store is closed: nothing is served any more.
                    _ = standing.handOver(to: runner)
                } else {
                    state.runners[name] = runner
                    if state.isRunning { new.append(runner) }
                }
            }
            for (name, standing) in state.runners where !names.contains(name) {
                if state.isRunning, standing.handOver(to: nil) {
                    state.leaving.insert(name)
                } else {
                    state.runners[name] = nil
                }
            }
            return new
        }
    }

    /// The loop of a runner has ended: its successor takes its seat and is returned, to be run.
    ///
    /// - Parameter isLast: nobody takes over any more; whoever waits is told so.
    func end(_ runner: DestinationRunner, isLast: Bool) -> DestinationRunner? {
        let (left, next, refused) = state.withLock { state in
            let left = runner.close()
            if isLast || state.isStopping { return (left, nil as DestinationRunner?, left.successor?.close()) }
            if let next = left.successor {
                state.runners[runner.destination] = next
            } else if state.leaving.remove(runner.destination) != nil {
                state.runners[runner.destination] = nil
            }
            return (left, left.successor, nil)
        }
        if let refused { runner.settle(refused, with: nil) }
        runner.settle(left, with: next)
        // What the loop showed of its breaker is over.
        runner.metrics.breaker(isOpen: false)
        return next
    }

    /// Asks every loop to end; nobody takes over.
    func stop() {
        let runners = state.withLock { state in
            state.isStopping = true
            return state.runners
        }
        for runner in runners.values { runner.stop() }
    }
}
