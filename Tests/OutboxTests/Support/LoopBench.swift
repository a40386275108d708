import ExchangeModel
import GatewayTesting
import Logging
import Store
import Synchronization
import Testing

@testable import Outbox

/// One destination's loop on a real store, turned by the test: no tasks, no time that passes by itself.
final class LoopBench {
    let clock = ManualClock(Samples.start)
    let samples = Samples()
    let courier = ScriptedCourier()
    let store: FaultyStore
    private(set) var runner: DestinationRunner
    private var loop: RunnerLoop
    /// Taken by the next life.
    var policy: DestinationPolicy
    private let limits: RunnerLimits
    private var lives = 1
    private(set) var hasEnded = false

    /// Turns before a loop that does not come to rest is taken for a busy one.
    private static let turnsMax = 2_000

    private init(store: FaultyStore, policy: DestinationPolicy, limits: RunnerLimits) {
        self.store = store
        self.policy = policy
        self.limits = limits
        runner = Self.runner(life: 1, courier, policy, store, clock, limits)
        loop = RunnerLoop(runner, random: SeededRandom(seed: 1))
        observe()
    }

    /// Opens a store in a directory of its own and closes it after the test.
    static func with(
        _ policy: DestinationPolicy = .sample(), limits: RunnerLimits = RunnerLimits(), _ body: (LoopBench) async throws -> Void
    ) async throws {
        try await TemporaryDirectory.with("outbox") { directory in
            let sqlite = try SQLiteStore.open(path: directory.file("store.db"))
            do {
                try await body(LoopBench(store: FaultyStore(sqlite), policy: policy, limits: limits))
            } catch {
                await sqlite.close()
                throw error
            }
            await sqlite.close()
        }
    }

    private static func runner(
        life: Int, _ courier: ScriptedCourier, _ policy: DestinationPolicy, _ store: FaultyStore, _ clock: ManualClock,
        _ limits: RunnerLimits
    ) -> DestinationRunner {
        DestinationRunner(
            destination: "province", courier: courier, policy: policy, store: store, clock: clock, owner: "life-\(life)",
            logger: .silent, limits: limits)
    }

    private func observe() {
        let runner = runner
        store.observeCommits { deliveries in for delivery in deliveries where !delivery.state.isEnd { runner.enqueue(delivery) } }
        store.observeMoves { deliveries in for delivery in deliveries { runner.hear(of: delivery) } }
    }

    /// The process is gone and a new one stands on the same store. Answers to the old one reach nobody.
    func restart() {
        lives += 1
        runner = Self.runner(life: lives, courier, policy, store, clock, limits)
        loop = RunnerLoop(runner, random: SeededRandom(seed: UInt64(lives)))
        hasEnded = false
        observe()
    }

    /// The loop is gone, and another one of the same life takes over.
    func replaceLoop() {
        runner = DestinationRunner(
            destination: "province", courier: courier, policy: policy, store: store, clock: clock, owner: runner.owner,
            logger: .silent, limits: limits, isLater: true, activity: runner.activity)
        loop = RunnerLoop(runner, random: SeededRandom(seed: UInt64(lives)))
        hasEnded = false
        observe()
    }

    @discardableResult
    func accept(_ name: String, key: String = "P-1") async throws -> OpenDelivery {
        guard case .committed(let deliveries) = try await store.accept(samples.intake(name, key: key, at: clock.now())) else {
            throw TestingFailure("\(name) was not committed")
        }
        return try #require(deliveries.first)
    }

    /// Turns until the loop has nothing to do but wait: two turns in which nothing happened.
    func settle() async throws {
        var quiet = 0
        for _ in 0..<Self.turnsMax {
            let before = activity
            switch await loop.turn() {
            case .ended:
                hasEnded = true
                return
            case .wait: quiet = activity == before ? quiet + 1 : 0
            case .again: quiet = 0
            }
            if quiet == 2 { return }
        }
        throw TestingFailure("the loop does not come to rest")
    }

    private var activity: Int { store.applyCount + courier.shipments.count + courier.questions.count + courier.openCount }

    /// Moves the clock to the loop's next alarm and lets it work.
    func passToNextTurn() async throws {
        clock.advance(to: try #require(loop.nextTurn))
        try await settle()
    }

    /// Moves the clock and lets the loop work.
    func pass(_ duration: Duration) async throws {
        clock.advance(by: duration)
        try await settle()
    }

    var nextTurn: Instant? { loop.nextTurn }
    /// What people are told stands in the way.
    var obstacle: PaceObstacle? { runner.obstacle }
    var heldInMemory: Int { loop.lanes.entryCount }
    var flights: Int { loop.flights.count }

    func report(_ delivery: OpenDelivery) async throws -> DeliveryReport { try #require(try await store.delivery(delivery.id)) }
    func state(_ delivery: OpenDelivery) async throws -> DeliveryState { try await report(delivery).delivery.state }

    /// Performs a person's act: hands it to the loop, turns it, gives the answer.
    func act(
        _ event: DeliveryEvent, on delivery: OpenDelivery, reason: String? = nil
    ) async throws -> Result<OpenDelivery, GatewayError> {
        let box = ReplyBox<OpenDelivery>()
        let act = OperatorAct(
            id: delivery.id, event: event, actor: "chen", reason: try reason.map { try OperatorReason($0) }
        ) { box.put($0) }
        runner.post { $0.acts.append(act) }
        try await settle()
        return try #require(box.result, "nobody answered the act")
    }

    /// Holds or releases the destination, or one lane of it.
    func act(_ verb: LaneAct.Verb, key: String? = nil, reason: String = "as agreed") async throws -> Result<
        [LaneHold], GatewayError
    > {
        let box = ReplyBox<[LaneHold]>()
        let selector = HoldSelector(destination: "province", orderingKey: key)
        let act = LaneAct(verb: verb, selector: selector, actor: "chen", reason: try OperatorReason(reason)) { box.put($0) }
        _ = runner.post(act)
        try await settle()
        return try #require(box.result, "nobody answered the act")
    }

    /// The contents of all evidence.
    func evidenceTexts() async throws -> [String] {
        try await store.evidence(from: 1, limit: 10_000).map { String(decoding: $0.content, as: UTF8.self) }
    }

    /// What the evidence says of a delivery, as `from>to`, with the event and cause.
    func evidence(_ delivery: OpenDelivery) async throws -> [EvidenceStep] {
        try await store.evidence(from: 1, limit: 10_000).compactMap(EvidenceStep.init).filter {
            $0.delivery == delivery.id.description
        }
    }
}

/// Keeps the answer to a person's act.
final class ReplyBox<Success: Sendable>: Sendable {
    private let kept = Mutex<Result<Success, GatewayError>?>(nil)
    var result: Result<Success, GatewayError>? { kept.withLock { $0 } }
    func put(_ result: Result<Success, GatewayError>) { kept.withLock { $0 = result } }
}

extension Logger {
    /// Failures are looked for in states, not in logs.
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

/// A row of evidence about a delivery.
struct EvidenceStep: Equatable {
    var delivery, destination, from, to, by: String
    var cause, actor: String?

    init?(_ row: EvidenceRow) { self.init(EvidenceFields(row)) }

    init?(_ fields: EvidenceFields) {
        guard fields["event"] == "delivery.changed", let delivery = fields["delivery"], let from = fields["from"],
            let to = fields["to"], let by = fields["by"]
        else { return nil }
        self.delivery = delivery
        destination = fields["destination"] ?? ""
        self.from = from
        self.to = to
        self.by = by
        cause = fields["cause"]
        actor = fields["actor"]
    }
}
