internal import Synchronization

/// The number of open deliveries by destination and state, kept up to date by the committing thread.
///
/// A count over the rows costs about a second for each million of them, so it is made once, when somebody first asks, and
/// beside the writer: commits that come while the rows are read are noted with the sequence of their last evidence, and
/// those that the reader's snapshot did not have are added. No row and no index is written for it.
final class OpenCounts: Sendable {
    /// A delivery that came, moved, or went. Nil is outside.
    struct Move: Sendable {
        var destination: String
        var from: String?
        var to: String?
    }

    struct Key: Hashable, Sendable {
        var destination, state: String
    }

    private enum State {
        /// Nobody has asked.
        case idle
        /// The rows are being read; commits since then.
        case reading([(version: Int64, moves: [Move])])
        /// Counted up to a version.
        case known([Key: Int], version: Int64)
    }

    private let state = Mutex(State.idle)

    /// The counts; nil when the rows must be read first.
    var known: [Key: Int]? {
        state.withLock { if case .known(let counts, _) = $0 { counts } else { nil } }
    }

    /// A transaction was committed. Called by the committing thread, in order.
    ///
    /// - Parameter version: the sequence of the last evidence in it; a transaction that moves deliveries always adds some.
    func committed(_ moves: [Move], version: Int64) {
        state.withLock { state in
            switch state {
            case .idle: break
            case .reading(var log):
                // Emptied first, so that the log is not copied.
                state = .idle
                log.append((version, moves))
                state = .reading(log)
            case .known(var counts, let known):
                guard version > known else { return }
                state = .idle
                Self.add(moves, to: &counts)
                state = .known(counts, version: version)
            }
        }
    }

    /// Someone is about to read the rows. False when another does so already.
    func beginReading() -> Bool {
        state.withLock { state in
            guard case .idle = state else { return false }
            state = .reading([])
            return true
        }
    }

    /// The rows were read in a snapshot of this version. Returns the counts of now.
    func endReading(_ counts: [Key: Int], version: Int64) -> [Key: Int] {
        state.withLock { state in
            guard case .reading(let log) = state else { return counts }
            var counts = counts
            var last = version
            for entry in log where entry.version > version {
                Self.add(entry.moves, to: &counts)
                last = entry.version
            }
            state = .known(counts, version: last)
            return counts
        }
    }

    /// The rows could not be read.
    func abandonReading() { state.withLock { state in if case .reading = state { state = .idle } } }

    private static func add(_ moves: [Move], to counts: inout [Key: Int]) {
        for move in moves where move.from != move.to {
            if let from = move.from { change(&counts, Key(destination: move.destination, state: from), by: -1) }
            if let to = move.to { change(&counts, Key(destination: move.destination, state: to), by: 1) }
        }
    }

    private static func change(_ counts: inout [Key: Int], _ key: Key, by difference: Int) {
        let count = counts[key, default: 0] + difference
        counts[key] = count == 0 ? nil : count
    }
}
