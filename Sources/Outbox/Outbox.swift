public import ExchangeModel
public import Logging
public import Store
internal import Synchronization

/// Delivers what was accepted: one runner for each destination, none of which can delay another.
///
/// Thread rule: any task. `enqueue` is called by the store's thread; `run` is one long-lived task.
public final class Outbox: Sendable {
    private let clock: any GatewayClock
    let seats: SeatTable
    let store: any MessageStore
    private let owner: String
    private let logger: Logger
    /// Destinations that were added while it runs, on their way to `run`.
    private let added = AsyncStream.makeStream(of: DestinationRunner.self)

    /// Who serves each destination at this moment.
    var runners: [String: DestinationRunner] { seats.runners }

    /// A destination as the outbox sees it.
    public struct Destination: Sendable {
        /// Its configured name.
        public var name: String
        /// Who prepares and carries.
        public var courier: any Courier
        /// How failures are treated.
        public var policy: DestinationPolicy

        /// Takes everything.
        public init(name: String, courier: any Courier, policy: DestinationPolicy) {
            self.name = name
            self.courier = courier
            self.policy = policy
        }
    }

    /// An outbox over a store; it subscribes to the store's commits.
    ///
    /// - Parameter owner: one life of the gateway; leases of any other owner are taken for a former life's.
    public init(
        destinations: [Destination], store: any MessageStore, clock: any GatewayClock, owner: String, logger: Logger
    ) {
        self.store = store
        self.clock = clock
        self.owner = owner
        self.logger = logger
        let seats = SeatTable(
            destinations.map { destination in
                DestinationRunner(
                    destination: destination.name, courier: destination.courier, policy: destination.policy, store: store,
                    clock: clock, owner: owner, logger: logger)
            })
        self.seats = seats
        store.observeCommits { deliveries in
            let table = seats.runners
            for delivery in deliveries where !delivery.state.isEnd { table[delivery.destination]?.enqueue(delivery) }
        }
        store.observeMoves { deliveries in
            let table = seats.runners
            for delivery in deliveries { table[delivery.destination]?.hear(of: delivery) }
        }
    }

    /// Serves these destinations from now on. Returns at once; nothing that is under way is cut off.
    ///
    /// A destination in `untouched` goes on as it is. A changed one leases nothing more; when its running attempts have ended
    /// and are recorded, a new loop reads its open deliveries from the store and goes on: never two loops at once, so the order
    /// holds and nothing is sent twice. One that is not named any more ends the same way, and its open deliveries stay in the store. No other
    /// destination waits for any of that.
    public func apply(_ destinations: [Destination], untouched: Set<String>) {
        let new = seats.apply(Set(destinations.map(\.name)), untouched: untouched) { name, standing, isRunning in
            guard let destination = destinations.first(where: { $0.name == name }) else { return nil }
            return DestinationRunner(
                destination: name, courier: destination.courier, policy: destination.policy, store: store, clock: clock,
                owner: owner, logger: logger, isLater: isRunning, activity: standing?.activity ?? ActivityMeter())
        }
        for runner in new { added.continuation.yield(runner) }
    }

    /// Destinations whose running attempts still end under a former configuration: nothing new is leased for them until then.
    public var handingOver: Set<String> { seats.ending }

    /// Whether a destination is one of them.
    public func isHandingOver(_ destination: String) -> Bool { runners[destination]?.isEnding ?? false }

    /// Makes deliveries ready that wait for this cause and subject, at one destination or (nil) at all. Returns how many once
    /// it is on disk. Confirmed parents wake their children without this call, in the store's own transaction.
    @discardableResult
    public func wake(_ cause: WaitingCause, subject: String, destination: String? = nil) async throws -> Int {
        try await store.wake(cause, subject: subject, destination: destination, at: clock.now())
    }

    /// Runs every destination until `stop` was called and running attempts have ended, or the task is cancelled (then what
    /// is in flight becomes `unknown` at the next start).
    public func run() async {
        await withDiscardingTaskGroup { group in
            for runner in seats.begin() {
                let first = FirstRunner(runner)
                group.addTask { await self.serve(first) }
            }
            for await runner in added.stream {
                let first = FirstRunner(runner)
                group.addTask { await self.serve(first) }
            }
        }
    }

    /// Runs a destination's loop and, after it, those that take over from it.
    private func serve(_ first: FirstRunner) async {
        var next = first.take()
        while let runner = next {
            let isStoreClosed = await withTaskCancellationHandler {
                var loop = RunnerLoop(runner)
                await loop.run()
                return loop.isStoreClosed
            } onCancel: {
                runner.signal.ring()
            }
            next = seats.end(runner, isLast: isStoreClosed || Task.isCancelled)
            // No destination can be served without the store.
            if isStoreClosed { added.continuation.finish() }
            if let next {
                CrashPoint.handingOver.reached()
                next.takeOver()
                logger.notice("served as newly configured", metadata: ["destination": "\(next.destination)"])
            }
        }
    }

    /// Leases nothing more; `run` returns when the running attempts have ended.
    public func stop() {
        seats.stop()
        added.continuation.finish()
    }

    /// Returns when every destination's loop has turned once: real progress, for the watchdog.
    public func ping() async { for runner in runners.values { await runner.ping() } }

    /// What keeps the ready deliveries of a destination from leaving at this moment (rate, quota, hours, breaker), and until
    /// when; nil when nothing does. Cheap: no store, no wait.
    public func obstacle(of destination: String) -> PaceObstacle? { runners[destination]?.obstacle }

    /// When the backlog of one destination, or of each configured one, ends at the present rate, and what comes too late.
    public func forecast(destination: String? = nil) async throws -> [BacklogForecast] {
        let groups = Dictionary(grouping: try await store.backlog(destination: destination), by: \.destination)
        let held = Set(try await store.holds(destination: destination).filter { $0.lane == 0 }.map(\.selector.destination))
        let now = clock.now()
        return runners.keys.sorted().filter { destination == nil || destination == $0 }.map { name in
            BacklogForecast(
                destination: name, groups: groups[name] ?? [], perSecond: runners[name]?.perSecond(at: now), now: now,
                opening: held.contains(name) ? .held : opening(of: name))
        }
    }

    /// When a destination that is closed at this moment opens: by its hours, its quota, or because it asked for quiet.
    private func opening(of name: String) -> BacklogForecast.Opening {
        guard let obstacle = obstacle(of: name), let until = obstacle.until else { return .open }
        switch obstacle.cause {
        case .openingHours, .quota, .retryAfter: return .opensAt(until)
        case .rate, .breaker: return .open
        }
    }

    /// Sends a dead, delayed or unknown delivery again because a person wants it.
    public func retry(_ id: DeliveryID, actor: String, reason: OperatorReason? = nil) async throws -> OpenDelivery {
        try await act(.retriedByPerson, on: id, actor: actor, reason: reason)
    }

    /// Ends a delivery because a person wants it.
    public func cancel(_ id: DeliveryID, actor: String, reason: OperatorReason? = nil) async throws -> OpenDelivery {
        try await act(.cancelledByPerson, on: id, actor: actor, reason: reason)
    }

    func act(
        _ event: DeliveryEvent, on id: DeliveryID, actor: String, reason: OperatorReason?
    ) async throws -> OpenDelivery {
        guard let report = try await store.delivery(id) else {
            throw GatewayError(
                .notFound, attempted: "find", subject: "delivery \(id)", happened: "there is none",
                remedy: "look with: outbox list")
        }
        guard let runner = runners[report.delivery.destination] else {
            throw Self.notConfigured(report.delivery)
        }
        return try await runner.perform(event, on: id, actor: actor, reason: reason).get()
    }
}

/// Hands a runner to the task that serves its destination, and keeps it no longer. A task holds what it was given as long as it
/// runs, and each runner holds its successor: the first one would hold all that ever followed, with their mappings and schemas.
private final class FirstRunner: Sendable {
    private let runner: Mutex<DestinationRunner?>

    init(_ runner: DestinationRunner) { self.runner = Mutex(runner) }

    /// The runner, once.
    func take() -> DestinationRunner? {
        runner.withLock { runner in
            defer { runner = nil }
            return runner
        }
    }
}
