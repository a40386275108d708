internal import ExchangeModel
internal import Glibc
internal import Synchronization

/// One thread that runs the jobs of an actor, for work that blocks (files): it would otherwise hold one of the few threads of the
/// cooperative pool.
///
/// The owner calls `stop` when its actor has nothing more to run; jobs that come later still run, on the thread that brings them.
final class ThreadExecutor: SerialExecutor {
    private struct Queue {
        var jobs: [UnownedJob] = []
        var isSleeping = false
        var isStopping = false
        var hasEnded = false
    }

    private let queue = Mutex(Queue())
    private let wakeUp = Semaphore()

    /// Starts the thread under a name of at most 15 octets. Throws `.temporary` when the system has no more threads.
    init(name: StaticString) throws(GatewayError) {
        var thread = pthread_t()
        let start = Unmanaged.passRetained(Start(self, name))
        let code = pthread_create(
            &thread, nil,
            { argument in
                // The argument is the retained object of this initializer, passed once to this one thread.
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                ThreadName.set(start.name)
                start.executor.run()
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            start.release()
            throw GatewayError(
                .temporary, attempted: "start a thread for", subject: "\(name)", happened: String(cString: strerror(code)),
                remedy: "raise the limit of threads of this service")
        }
        pthread_detach(thread)
    }

    private final class Start: Sendable {
        let executor: ThreadExecutor
        let name: StaticString
        init(_ executor: ThreadExecutor, _ name: StaticString) {
            self.executor = executor
            self.name = name
        }
    }

    /// See `SerialExecutor`.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let (hasEnded, wake) = queue.withLock { queue in
            if queue.hasEnded { return (true, false) }
            queue.jobs.append(job)
            defer { queue.isSleeping = false }
            return (false, queue.isSleeping)
        }
        if hasEnded { job.runSynchronously(on: asUnownedSerialExecutor()) }
        if wake { wakeUp.signal() }
    }

    /// Lets the thread end when it has run what is queued.
    func stop() {
        let wake = queue.withLock { queue in
            queue.isStopping = true
            defer { queue.isSleeping = false }
            return queue.isSleeping
        }
        if wake { wakeUp.signal() }
    }

    private func run() {
        var jobs: [UnownedJob] = []
        while true {
            let mustSleep = queue.withLock { queue -> Bool? in
                if queue.jobs.isEmpty {
                    if queue.isStopping {
                        queue.hasEnded = true
                        return nil
                    }
                    queue.isSleeping = true
                    return true
                }
                swap(&jobs, &queue.jobs)
                return false
            }
            guard let mustSleep else { return }
            if mustSleep { wakeUp.wait() }
            for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            jobs.removeAll(keepingCapacity: true)
        }
    }
}

/// sem_overview(7). The Glibc module alone: with Dispatch, `stat` of a test would be another name.
private final class Semaphore: @unchecked Sendable {
    // Sendable: the place is set once and freed with its owner, and sem_post and sem_wait may be called by any thread.
    private let place = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(place, 0, 0) }

    deinit {
        sem_destroy(place)
        place.deallocate()
    }

    func signal() { sem_post(place) }

    func wait() {
        while sem_wait(place) != 0, errno == EINTR {}
    }
}
