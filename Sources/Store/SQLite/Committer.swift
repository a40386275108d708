internal import Dispatch
internal import ExchangeModel
internal import GRDB
internal import Glibc
internal import Synchronization

/// The one thread that writes. It owns the write connection, takes everything that waits, writes it in one synced
/// transaction and then answers the callers.
///
/// A thread and not an actor: `COMMIT` blocks for a sync of the disk, which would hold one of the few threads of the
/// cooperative pool. While one transaction syncs, the next batch gathers; and a batch waits, at most
/// `StoreLimits.gathering`, for intakes that are being prepared at that moment. When nobody is on the way it does not wait.
final class Committer: Sendable {
    private struct Queue {
        var waiting: [WriteOperation] = []
        var waitingBytes = 0
        var threadSleeps = false
        /// The thread waits for company; the last one on the way wakes it.
        var isGathering = false
        var isClosing = false
        var isClosed = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private let queue = Mutex(Queue())
    private let wakeUp = DispatchSemaphore(value: 0)
    private let pool: DatabasePool
    private let lock: Mutex<StoreLock?>
    private let intakeObserver = Mutex(IntakeObserver())
    let tally = DeliveryTally()
    private let moveObserver = Mutex(IntakeObserver())
    /// How many deliveries are open, as of the last commit.
    let openCounts = OpenCounts()
    private let path: String
    private let options: SQLiteStoreOptions
    /// Keys that are not in the sorted table yet.
    let recentKeys: RecentKeys
    /// Intakes on their way to this store.
    let traffic = IntakeTraffic()

    /// Starts the thread. The pool's writer has its schema and pragmas already.
    init(pool: DatabasePool, lock: StoreLock, path: String, options: SQLiteStoreOptions, keys: DataKeys) throws {
        self.pool = pool
        self.lock = Mutex(lock)
        self.path = path
        self.options = options
        let session = try pool.writeWithoutTransaction { database in
            let session = try WriteSession(database, path: path, recentKeys: options.recentKeys, dataKeys: keys)
            try session.rewrapFormerKeys(actor: options.actor, at: options.clock.now())
            return session
        }
        recentKeys = session.keys.recent
        tally.set(session.position.tally)
        try start(session)
    }

    // MARK: Callers

    /// Queues a write; the continuation inside it is answered after the commit, or here when nothing can be queued.
    func submit(_ operation: WriteOperation) {
        let bytes = operation.byteCount
        enum Verdict { case queued(wake: Bool), full, stopping }
        let verdict = queue.withLock { queue -> Verdict in
            if queue.isClosing { return .stopping }
            let tooMany = queue.waiting.count >= options.queuedWrites
            let tooLarge = queue.waitingBytes + bytes > options.queuedBytes && !queue.waiting.isEmpty
            if tooMany || tooLarge { return .full }
            queue.waiting.append(operation)
            queue.waitingBytes += bytes
            let wake = queue.threadSleeps || (queue.isGathering && traffic.isEmpty)
            if wake { (queue.threadSleeps, queue.isGathering) = (false, false) }
            return .queued(wake: wake)
        }
        switch verdict {
        case .queued(let wake): if wake { wakeUp.signal() }
        case .stopping: operation.fail(Self.stopping(operation.attempted, path))
        case .full:
            operation.fail(
                GatewayError(
                    .temporary, attempted: operation.attempted, subject: path,
                    happened:
                        "too many writes wait for the disk (at most \(options.queuedWrites) writes, \(options.queuedBytes) octets)",
                    remedy: "try again in a second; if it lasts, the disk is too slow for the load"))
        }
    }

    /// See `MessageStore.observeCommits`.
    func observeIntake(_ observer: @escaping @Sendable ([OpenDelivery]) -> Void) {
        intakeObserver.withLock { $0.call = observer }
    }

    /// See `MessageStore.observeMoves`.
    func observeMoves(_ observer: @escaping @Sendable ([OpenDelivery]) -> Void) {
        moveObserver.withLock { $0.call = observer }
    }

    /// Refuses later writes, writes what waits, closes the database and gives the lock back.
    func close() async {
        await withCheckedContinuation { closer in
            let (wake, closed) = queue.withLock { queue -> (Bool, Bool) in
                if queue.isClosed { return (false, true) }
                queue.isClosing = true
                queue.closers.append(closer)
                defer { queue.threadSleeps = false }
                return (queue.threadSleeps, false)
            }
            if closed { closer.resume() }
            if wake { wakeUp.signal() }
        }
    }

    /// The same without waiting for it, for a store that is dropped.
    func requestClose() {
        let wake = queue.withLock { queue -> Bool in
            queue.isClosing = true
            defer { queue.threadSleeps = false }
            return queue.threadSleeps
        }
        if wake { wakeUp.signal() }
    }

    /// Whether `close` was called.
    var isClosing: Bool { queue.withLock { $0.isClosing } }

    static func stopping(_ attempted: String, _ path: String) -> GatewayError {
        GatewayError(
            .stopping, attempted: attempted, subject: path, happened: "the store is closed",
            remedy: "try again when the gateway runs again")
    }

    // MARK: The thread

    /// Hands the session to the new thread; nobody else has it. The thread drops it before the database is closed, as
    /// SQLite closes no connection that has statements left.
    private final class Start {
        let committer: Committer
        var session: WriteSession?
        init(_ committer: Committer, _ session: WriteSession) {
            self.committer = committer
            self.session = session
        }
    }

    private func start(_ session: WriteSession) throws {
        let start = Unmanaged.passRetained(Start(self, session))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                // The argument is the retained object of `start`, passed once to this one thread.
                guard let argument else { return nil }
                ThreadName.set("tb-store")
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                if let session = start.session { start.committer.run(session) }
                start.session = nil
                start.committer.closeDatabase()
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            start.release()
            throw StoreFiles.failure("start the store's thread for", path, code)
        }
        pthread_detach(thread)
    }

    private func run(_ session: WriteSession) {
        var batch: [WriteOperation] = []
        batch.reserveCapacity(256)
        while take(&batch) {
            commit(batch, session)
            batch.removeAll(keepingCapacity: true)
        }
    }

    private enum Next { case taken, gather, sleep, end }

    /// Swaps the waiting writes with the empty batch; both arrays keep their memory. Sleeps while nothing waits. False
    /// when nothing waits and the store is closing.
    private func take(_ batch: inout [WriteOperation]) -> Bool {
        var gatheringEnds: DispatchTime?
        while true {
            let next = queue.withLock { queue -> Next in
                if queue.waiting.isEmpty {
                    queue.threadSleeps = !queue.isClosing
                    return queue.isClosing ? .end : .sleep
                }
                if !queue.isClosing, !traffic.isEmpty, gatheringEnds.map({ .now() < $0 }) ?? true {
                    queue.isGathering = true
                    return .gather
                }
                queue.isGathering = false
                swap(&queue.waiting, &batch)
                queue.waitingBytes = 0
                return .taken
            }
            switch next {
            case .taken: return true
            case .end: return false
            case .sleep: wakeUp.wait()
            case .gather:
                let end = gatheringEnds ?? .now() + StoreLimits.gathering
                gatheringEnds = end
                _ = wakeUp.wait(timeout: end)
            }
        }
    }

    private func commit(_ batch: [WriteOperation], _ session: WriteSession) {
        do {
            try transaction(batch, session)
            if !session.moves.isEmpty { openCounts.committed(session.moves, version: session.position.evidence.sequence) }
            // The outbox hears of new deliveries before their senders do, so that a lane's order is that of the commits.
            if let observer = intakeObserver.withLock({ $0 }).call {
                let opened = batch.flatMap(\.openedDeliveries)
                if !opened.isEmpty { observer(opened) }
            }
            let moved = session.takeMoved()
            if !moved.isEmpty { moveObserver.withLock { $0 }.call?(moved) }
            for operation in batch { operation.finish() }
        } catch {
            guard batch.count > 1, Self.isOfOneOperation(error) else {
                for operation in batch { operation.fail(gatewayError(error, operation)) }
                return
            }
            // One of them is at fault: each gets a transaction of its own, so that it does not spoil its neighbours.
            for operation in batch { commit([operation], session) }
        }
    }

    private func transaction(_ batch: [WriteOperation], _ session: WriteSession) throws {
        // The sync form runs on this thread; the pool's queue keeps others off the connection meanwhile.
        try pool.writeWithoutTransaction { _ in
            try session.begin()
            do {
                for operation in batch { try operation.run(in: session) }
                options.observer?(.beforeCommit(writes: batch.count))
                try session.commit()
            } catch {
                session.rollBack()
                throw error
            }
        }
        tally.set(session.position.tally)
        options.observer?(.afterCommit(writes: batch.count))
    }

    private static func isOfOneOperation(_ error: any Error) -> Bool {
        (error as? SQLiteFailure)?.isOfOneOperation ?? true
    }

    private func gatewayError(_ error: any Error, _ operation: WriteOperation) -> GatewayError {
        switch error {
        case let error as GatewayError: error
        case let error as SQLiteFailure: error.gatewayError(attempted: operation.attempted, path: path)
        case let error as DatabaseError: SQLiteFailure(error).gatewayError(attempted: operation.attempted, path: path)
        default:
            GatewayError(
                .internalFault, attempted: operation.attempted, subject: path, happened: "an error of an unexpected kind",
                remedy: "report this with the log")
        }
    }

    /// Folds the write-ahead log back and closes. A failure here loses nothing: the log is read again at the next start.
    private func closeDatabase() {
        pool.writeWithoutTransaction { _ = try? $0.checkpoint(.truncate) }
        try? pool.close()
        lock.withLock { $0 = nil }
        // Whoever observes holds this store as a rule: nothing is told any more, so both can go.
        intakeObserver.withLock { $0.call = nil }
        moveObserver.withLock { $0.call = nil }
        let closers = queue.withLock { queue -> [CheckedContinuation<Void, Never>] in
            queue.isClosed = true
            defer { queue.closers = [] }
            return queue.closers
        }
        for closer in closers { closer.resume() }
    }
}

/// The observer in a struct: a bare closure inside a generic lock is wrapped once more at each access (Swift 6.3), and the chain
/// of wrappers grows with every commit.
private struct IntakeObserver: Sendable {
    var call: (@Sendable ([OpenDelivery]) -> Void)?
}
