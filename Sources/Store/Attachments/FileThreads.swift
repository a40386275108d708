internal import Dispatch
internal import ExchangeModel
internal import Glibc
internal import Synchronization

/// A few threads for work with files, which blocks (a sync of a large file takes seconds) and must not hold a thread of the
/// cooperative pool. They start when they are first needed and end with this object.
final class FileThreads: Sendable {
    private struct Job: Sendable {
        let run: @Sendable () -> Void
    }

    private final class Queue: Sendable {
        struct State {
            var jobs: [Job] = []
            var threads = 0
            var idle = 0
            var isStopping = false
        }

        let state = Mutex(State())
        let wakeUp = DispatchSemaphore(value: 0)

        /// What a thread does until it is told to stop and nothing is left.
        func work() {
            while true {
                wakeUp.wait()
                let job = state.withLock { state -> Job? in
                    if state.jobs.isEmpty { return nil }
                    state.idle -= 1
                    return state.jobs.removeFirst()
                }
                guard let job else {
                    if state.withLock({ $0.isStopping }) { return }
                    continue
                }
                job.run()
                state.withLock { $0.idle += 1 }
            }
        }
    }

    private let queue = Queue()
    private let threadsMax: Int

    /// At most so many threads.
    init(threadsMax: Int) { self.threadsMax = threadsMax }

    deinit {
        let threads = queue.state.withLock { state in
            state.isStopping = true
            return state.threads
        }
        for _ in 0..<threads { queue.wakeUp.signal() }
    }

    /// Runs blocking work. Throws what it throws, or `.temporary` when the system has no thread for it.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            submit(
                Job { continuation.resume(with: Result { try body() }) },
                orElse: { continuation.resume(throwing: $0) })
        }
    }

    private func submit(_ job: Job, orElse fail: (GatewayError) -> Void) {
        let startsOne = queue.state.withLock { state -> Bool in
            state.jobs.append(job)
            let isShort = state.idle < state.jobs.count && state.threads < threadsMax
            if isShort {
                state.threads += 1
                state.idle += 1
            }
            return isShort
        }
        if startsOne, let code = startThread() {
            let isLost = queue.state.withLock { state -> Bool in
                state.threads -= 1
                state.idle -= 1
                // Others will take it; without any it is taken back.
                if state.threads > 0 { return false }
                state.jobs.removeLast()
                return true
            }
            if isLost {
                return fail(
                    GatewayError(
                        .temporary, attempted: "start a thread for", subject: "files", happened: String(cString: strerror(code)),
                        remedy: "raise the limit of threads of this service"))
            }
        }
        queue.wakeUp.signal()
    }

    /// Nil when it runs, else the system's reason.
    private func startThread() -> Int32? {
        let queue = Unmanaged.passRetained(queue)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                // The argument is the retained queue, passed once to this one thread.
                guard let argument else { return nil }
                ThreadName.set("tb-files")
                Unmanaged<Queue>.fromOpaque(argument).takeRetainedValue().work()
                return nil
            }, queue.toOpaque())
        guard code == 0 else {
            queue.release()
            return code
        }
        pthread_detach(thread)
        return nil
    }
}
