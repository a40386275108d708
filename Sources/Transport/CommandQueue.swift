internal import CCurl
internal import Synchronization

/// A request on its way, with the one who waits for it.
struct Submission {
    let id: SubmissionID
    let request: HTTPRequest
    let completion: HTTPTransport.Completion
}

/// What other threads ask of the transport's thread.
enum Command {
    case start(Submission)
    case cancel(SubmissionID)
}

/// The one place where other threads and the transport's thread meet.
final class CommandQueue: Sendable {
    private struct State {
        var commands: [Command] = []
        var lastID: UInt64 = 0
        /// Set just before the thread polls; only then is a wake-up call needed.
        var isAsleep = false
        /// Address of the multi handle while it may be woken; zero after the end.
        var multi: UInt
        var stopDeadline: ContinuousClock.Instant?
        var isFinished = false
        var stopWaiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(multi: UnsafeMutableRawPointer) { state = Mutex(State(multi: UInt(bitPattern: multi))) }

    // MARK: For other threads

    /// Hands over a request; nil when the transport is stopping.
    func submit(_ request: HTTPRequest, _ completion: @escaping HTTPTransport.Completion) -> SubmissionID? {
        state.withLock { state in
            guard state.stopDeadline == nil else { return nil }
            state.lastID += 1
            let id = SubmissionID(number: state.lastID)
            state.commands.append(.start(Submission(id: id, request: request, completion: completion)))
            Self.wake(&state)
            return id
        }
    }

    /// An id for a request that was refused, so that each submission has its own.
    func makeID() -> SubmissionID {
        state.withLock { state in
            state.lastID += 1
            return SubmissionID(number: state.lastID)
        }
    }

    func cancel(_ id: SubmissionID) {
        state.withLock { state in
            guard !state.isFinished else { return }
            state.commands.append(.cancel(id))
            Self.wake(&state)
        }
    }

    /// Refuses submissions from now on and ends what is left at the deadline; the earliest of several deadlines holds.
    func stop(at deadline: ContinuousClock.Instant, waiter: CheckedContinuation<Void, Never>? = nil) {
        let isFinished = state.withLock { state in
            if state.isFinished { return true }
            state.stopDeadline = min(state.stopDeadline ?? deadline, deadline)
            if let waiter { state.stopWaiters.append(waiter) }
            Self.wake(&state)
            return false
        }
        if isFinished { waiter?.resume() }
    }

    /// Under the lock, so that the multi handle cannot be cleaned up meanwhile. The call only writes to a socket pair
    /// (`curl_multi_wakeup(3)`: callable from any thread); a wake-up before the poll makes the poll return at once.
    private static func wake(_ state: inout State) {
        guard state.isAsleep, state.multi != 0 else { return }
        state.isAsleep = false
        curl_multi_wakeup(UnsafeMutableRawPointer(bitPattern: state.multi))
    }

    // MARK: For the transport's thread

    /// Moves all commands into the given empty array; returns the deadline of a stop, after which no `start` can come.
    func take(into commands: inout [Command]) -> ContinuousClock.Instant? {
        state.withLock { state in
            state.isAsleep = false
            swap(&state.commands, &commands)
            return state.stopDeadline
        }
    }

    /// True when there is nothing to do: the thread may poll and will be woken. The deadline is the one it has seen.
    func fallAsleep(knowing deadline: ContinuousClock.Instant?) -> Bool {
        state.withLock { state in
            guard state.commands.isEmpty, state.stopDeadline == deadline else { return false }
            state.isAsleep = true
            return true
        }
    }

    /// Lets go of the multi handle, before it is cleaned up.
    func forgetMulti() { state.withLock { $0.multi = 0 } }

    /// The thread's last act.
    func finish() {
        let waiters = state.withLock { state in
            state.isFinished = true
            state.commands = []
            defer { state.stopWaiters = [] }
            return state.stopWaiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
