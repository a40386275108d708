import ExchangeModel
import GatewayTesting
import Store
import Synchronization

@testable import Outbox

/// A gateway's outbox, its disk, its clock, its platforms and its people, moved by one seed.
///
/// Loops are turned by the driver, one turn at a time and in any order, so a seed replays a whole run. The store is the
/// real one; faults are put before or after its commits, and the process may be gone at either place.
final class SimulatedWorld {
    private struct Life {
        var runner: DestinationRunner
        var loop: RunnerLoop
        var hasEnded = false
    }

    /// What the next write meets.
    private final class Weather: Sendable {
        let faults = Mutex<[FaultyStore.Fault]>([])
    }

    let seed: UInt64
    private var random: SeededRandom
    private let clock = ManualClock(Samples.start, skipsWaits: true)
    private let samples = Samples()
    private let store: FaultyStore
    private let weather = Weather()
    private let platforms: [SimulatedPlatform]
    private var policies: [DestinationPolicy]
    private let limits: RunnerLimits
    private var lives: [Life] = []
    private var lifeCount = 0
    private var isDoomed = false
    private var numbers: [String: Int] = [:]
    private var family = RecordFamily()
    private(set) var committed: [OpenDelivery] = []
    private var names: [Int64: String] = [:]
    private var lanes: [HoldSelector: Int64] = [:]
    /// What people did with lanes and heads in this run.
    private(set) var acts: [String: Int] = [:]
    private(set) var cancelledByPeople: Set<DeliveryID> = []
    private(set) var trace: [String] = []
    private(set) var restarts = 0
    private(set) var reloads = 0
    /// How many deliveries came to which end.
    private(set) var ended: [String: Int] = [:]

    init(seed: UInt64, store: any MessageStore) {
        self.seed = seed
        random = SeededRandom(seed: seed)
        self.store = FaultyStore(store)
        let names = ["asks", "idempotent", "person"]
        platforms = names.map { [seed, clock] in SimulatedPlatform(name: $0, seed: seed &+ UInt64($0.utf8.count), clock: clock) }
        let concurrency = Int.random(in: 1...4, using: &random)
        let rules = HeadOfLineRule.allCases.shuffled(using: &random)
        policies = zip([UnknownPolicy.Settlement.statusQuery, .idempotentDeliveryID, .person], rules).map { settlement, rule in
            var policy = DestinationPolicy.sample(settlement, concurrency: concurrency)
            policy.headOfLine = rule
            return policy
        }
        if random.chance(60) {
            let breaker = BreakerPolicy(
                window: .seconds(30), minimum: Int.random(in: 1...6, using: &random), failurePercent: 60, open: .seconds(3),
                openMax: .seconds(20))
            let rate = RateLimit(count: Int.random(in: 1...5, using: &random), per: .seconds(1), burst: 3)
            for index in policies.indices {
                policies[index].pace = PacePolicy(
                    rate: random.chance(50) ? rate : nil, quotaPerDay: random.chance(30) ? 200 : nil,
                    breaker: random.chance(70) ? breaker : nil, holdsOnRetryAfter: random.chance(50))
            }
        }
        limits = RunnerLimits(
            window: Int.random(in: 6...30, using: &random), canonical: Int.random(in: 0...8, using: &random),
            laneWindow: Int.random(in: 1...4, using: &random), page: Int.random(in: 1...9, using: &random))
        let byName = Dictionary(uniqueKeysWithValues: platforms.map { ($0.name, $0) })
        let weather = weather
        self.store.onApply { _ in weather.faults.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
        let deliveries = Mutex<[Int64: (DeliveryID, String)]>([:])
        known = { delivery in deliveries.withLock { $0[delivery.sequence] = (delivery.id, delivery.destination) } }
        let confirm: @Sendable (DeliveryChange) -> Void = { change in
            guard change.state == .delivered, let (id, name) = deliveries.withLock({ $0[change.sequence] }) else { return }
            byName[name]?.confirm(id)
        }
        self.store.onCommit(confirm)
        begin()
    }

    private let known: @Sendable (OpenDelivery) -> Void

    private func note(_ text: String) {
        trace.append("\(clock.now().milliseconds - Samples.start.milliseconds) \(text)")
        if trace.count > 400 { trace.removeFirst(200) }
    }

    // MARK: Lives

    private func begin() {
        lifeCount += 1
        isDoomed = false
        lives = zip(platforms, policies).map { platform, policy in
            let runner = DestinationRunner(
                destination: platform.name, courier: platform, policy: policy, store: store, clock: clock,
                owner: "life-\(lifeCount)",
                logger: .silent, limits: limits)
            return Life(runner: runner, loop: RunnerLoop(runner, random: SeededRandom(seed: random.next())))
        }
        let runners = Dictionary(uniqueKeysWithValues: lives.map { ($0.runner.destination, $0.runner) })
        let known = known
        store.observeCommits { deliveries in
            for delivery in deliveries {
                known(delivery)
                if !delivery.state.isEnd { runners[delivery.destination]?.enqueue(delivery) }
            }
        }
        store.observeMoves { deliveries in for delivery in deliveries { runners[delivery.destination]?.hear(of: delivery) } }
    }

    /// The process is killed between two turns, or was killed at a commit; a new one stands on the same disk.
    private func crash() {
        note("crash, life \(lifeCount) ends")
        restarts += 1
        for platform in platforms { platform.loseConnections() }
        weather.faults.withLock { $0 = [] }
        begin()
    }

    // MARK: Moves

    private func turn(_ index: Int) async {
        if lives[index].hasEnded { return }
        if case .ended = await lives[index].loop.turn() { lives[index].hasEnded = true }
        // A commit that told the process that it is gone: nothing of this life goes on.
        if isDoomed, lives[index].hasEnded { return crash() }
        if lives[index].hasEnded, let next = SimulatedReload.successor(of: lives[index].runner) {
            note("\(next.destination) is served as newly configured")
            lives[index] = Life(runner: next, loop: RunnerLoop(next, random: SeededRandom(seed: random.next())))
        }
    }

    private func accept() async throws {
        let lane = Int.random(in: 0..<6, using: &random)
        let destinations = platforms.map(\.name).filter { _ in random.chance(70) }
        let kind = family.choose(&random)
        let key = kind.orderingKey ?? "L\(lane)"
        numbers[key, default: 0] += 1
        let name = "\(key)#\(numbers[key] ?? 0)"
        var intake = samples.intake(name, key: key, to: destinations, at: clock.now())
        family.mark(&intake, kind, number: numbers[key] ?? 0, &random)
        let outcome = try await store.accept(intake)
        if case .committed(let deliveries) = outcome {
            committed += deliveries
            family.accepted(intake, kind)
            for delivery in deliveries {
                lanes[HoldSelector(destination: delivery.destination, orderingKey: key)] = delivery.lane
            }
            for delivery in deliveries {
                names[delivery.sequence] = name
                // It may step aside for its parent; the evidence is judged for its order.
                if case .child = kind { platforms.first { $0.name == delivery.destination }?.mayComeLate(delivery.id) }
            }
        }
    }

    private func act() async throws {
        guard
            let target = try await store.deliveries(
                DeliveryFilter(states: ["dead", "unknown", "retryWait", "pending"], limit: 40)
            )
            .randomElement(using: &random)?.delivery,
            let index = lives.firstIndex(where: { $0.runner.destination == target.destination }), !lives[index].hasEnded
        else { return }
        // People send again, or end, what the platform says that it does not have, or has.
        let hasIt = platforms[index].hasTaken(target.id)
        if target.state == .pending, !random.chance(5) { return }
        if target.state != .pending, target.state != .dead, !random.chance(20) { return }
        let mayMoveAside = target.state.after(.movedAsideByPerson) != nil && !target.isAside && random.chance(35)
        let event: DeliveryEvent =
            mayMoveAside ? .movedAsideByPerson : hasIt || target.state == .pending ? .cancelledByPerson : .retriedByPerson
        await perform(event, on: target, index)
        // The process may have died, or the store may not have told of its commit: what counts is on disk.
        let state = try await store.delivery(target.id)?.delivery.state
        note("person: \(event) of \(names[target.sequence] ?? "") at \(target.destination) -> \(state?.name ?? "")")
        if state == .cancelled { cancelledByPeople.insert(target.id) }
    }

    private func perform(_ event: DeliveryEvent, on target: OpenDelivery, _ index: Int) async {
        let isPassed = target.state == .dead && (target.isAside || policies[index].headOfLine == .overtake)
        if event == .retriedByPerson, isPassed { platforms[index].mayComeLate(target.id) }
        let act = OperatorAct(id: target.id, event: event, actor: "chen") { _ in }
        lives[index].runner.post { $0.acts.append(act) }
        await turn(index)
    }

    /// A person holds something, or releases what is held or parked.
    private func holdOrRelease() async throws {
        let standing = try await store.holds(destination: nil)
        if let hold = standing.randomElement(using: &random), random.chance(60) {
            try await act(.release, hold.selector)
        } else {
            let key = random.chance(25) ? nil : "L\(Int.random(in: 0..<6, using: &random))"
            let name = platforms[Int.random(in: 0..<platforms.count, using: &random)].name
            try await act(.hold, HoldSelector(destination: name, orderingKey: key))
        }
    }

    private func act(_ verb: LaneAct.Verb, _ selector: HoldSelector) async throws {
        guard let index = lives.firstIndex(where: { $0.runner.destination == selector.destination }), !lives[index].hasEnded
        else { return }
        note("person: \(verb) \(selector.orderingKey ?? "all") of \(selector.destination)")
        _ = lives[index].runner.post(
            LaneAct(verb: verb, selector: selector, actor: "chen", reason: try OperatorReason("simulated")) { _ in })
        await turn(index)
    }

    private func reload() {
        let index = Int.random(in: 0..<lives.count, using: &random)
        policies[index] = SimulatedReload.changed(policies[index], &random)
        note("reload: \(platforms[index].name) changes")
        reloads += 1
        SimulatedReload.handOver(lives[index].runner, policies[index])
    }

    private func advance() {
        let next = lives.compactMap { $0.loop.nextTurn }.min()
        if let next, random.chance(50) {
            clock.advance(to: max(next, clock.now()))
        } else {
            clock.advance(by: .milliseconds(Int64.random(in: 0...4_000, using: &random)))
        }
    }

    private func storm() {
        let kinds: [GatewayError.Code] = [.storeFull, .storeFailed, .temporary]
        let code = kinds[Int.random(in: 0..<3, using: &random)]
        let faults: [FaultyStore.Fault] = (0..<Int.random(in: 1...4, using: &random)).map { _ in
            random.chance(80) ? .before(code) : .after(.storeFailed)
        }
        weather.faults.withLock { $0 += faults }
        note("the store will fail \(faults.count) times: \(code)")
    }

    /// The process is killed at its next commit: before it, or after it and before anyone was told.
    private func doom() {
        isDoomed = true
        let fault: FaultyStore.Fault = random.chance(50) ? .before(.stopping) : .after(.stopping)
        weather.faults.withLock { $0 = [fault] }
        note("killed at the next commit: \(fault)")
    }

    private func step(mayAccept: Bool) async throws {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<18: if mayAccept { try await accept() }
        case 18..<50: await turn(Int.random(in: 0..<lives.count, using: &random))
        case 50..<78:
            if let text = platforms[Int.random(in: 0..<platforms.count, using: &random)].answerOne() { note(text) }
        case 78..<90: advance()
        case 90..<94: try await act()
        case 94: try await holdOrRelease()
        case 95..<97: storm()
        case 97: if !isDoomed { doom() }
        case 98: if random.chance(50) { crash() } else { reload() }
        default: for index in lives.indices { await turn(index) }
        }
    }

    /// Runs a life story: a busy time with faults, then calm until nothing is open. Returns what is still open.
    func run(steps: Int) async throws -> Int {
        for _ in 0..<steps { try await step(mayAccept: true) }
        // At the end: no more faults, a last restart, and people who mend what is dead.
        crash()
        for platform in platforms { platform.calm() }
        for _ in 0..<6_000 {
            for index in lives.indices { await turn(index) }
            var answered = false
            for platform in platforms { if platform.answerOne() != nil { answered = true } }
            if answered { continue }
            if try await store.outboxCounts().isEmpty { return 0 }
            for hold in try await store.holds(destination: nil) where hold.kind == .person {
                try await act(.release, hold.selector)
            }
            for report in try await store.deliveries(DeliveryFilter(states: ["dead"], limit: 40)) {
                try await mend(report.delivery)
            }
            advance()
        }
        return try await store.outboxCounts().map(\.count).reduce(0, +)
    }

    /// What is left at the end of a run that should have none, for its failure.
    func leftOver() async throws -> String {
        let holds = try await store.holds(destination: nil).map {
            "\($0.kind) \($0.selector) by \($0.parkedBy?.description ?? "")"
        }
        let open = try await store.deliveries(DeliveryFilter(limit: 10)).map {
            "\($0.delivery.sequence) \($0.delivery.id) \($0.delivery.state.name) \($0.orderingKey) of \($0.delivery.destination)"
        }
        return (holds + open).joined(separator: "\n")
    }

    private func mend(_ delivery: OpenDelivery) async throws {
        guard let index = platforms.firstIndex(where: { $0.name == delivery.destination }) else { return }
        let event: DeliveryEvent = platforms[index].hasTaken(delivery.id) ? .cancelledByPerson : .retriedByPerson
        await perform(event, on: delivery, index)
        if event == .cancelledByPerson { cancelledByPeople.insert(delivery.id) }
    }

    // MARK: The promises

    /// Every promise that was not kept, in words.
    func broken() async throws -> [String] {
        var broken = platforms.flatMap(\.violations)
        let byName = Dictionary(uniqueKeysWithValues: platforms.map { ($0.name, $0) })
        let rows = try await evidence()
        let played = rows.compactMap(EvidenceStep.init)
        broken += family.broken(played)
        var replay = EvidenceReplay(
            committed, lanes: lanes,
            rules: Dictionary(uniqueKeysWithValues: zip(platforms, policies).map { ($0.name, $1.headOfLine) }))
        for row in rows { replay.play(row) }
        broken += replay.broken
        acts = replay.acts
        let steps = Dictionary(grouping: played, by: \.delivery)
        for delivery in committed {
            let name = "\(delivery.destination) \(names[delivery.sequence] ?? "")"
            guard let platform = byName[delivery.destination] else { continue }
            let states = (steps[delivery.id.description] ?? []).map(\.to)
            let attempts = platform.attempts(delivery.id)
            let isUnsent = states.last == "superseded" || states.last == "expired"
            if isUnsent, !attempts.isEmpty { broken.append("\(name): sent, and then \(states.last ?? "")") }
            if !platform.hasTaken(delivery.id), !cancelledByPeople.contains(delivery.id), !isUnsent {
                broken.append("\(name): lost")
            }
            ended[states.last ?? "", default: 0] += 1
            for (earlier, later) in zip(attempts, attempts.dropFirst()) where earlier.isTaken {
                let between = statesBetween(states, attempt: earlier.number, and: later.number)
                if !between.contains("unknown") { broken.append("\(name): sent twice without having been unknown: \(states)") }
            }
            if attempts.count > states.filter({ $0 == "inFlight" }).count {
                broken.append("\(name): sent without a lease: \(states)")
            }
        }
        let consistency = try await store.verifyOutbox(owner: "life-\(lifeCount)")
        broken += consistency.faults.map { "\($0.check), \($0.subject): \($0.text)" }
        let verdict = try await store.verifyEvidence()
        if let first = verdict.firstBroken { broken.append("evidence \(first.sequence): \(first.reason)") }
        return broken
    }

    /// Attempts are numbered by their leases.
    private func statesBetween(_ states: [String], attempt first: Int, and second: Int) -> [String] {
        var lease = 0
        return states.filter { state in
            if state == "inFlight" { lease += 1 }
            return lease >= first && lease < second
        }
    }

    private func evidence() async throws -> [EvidenceRow] {
        var all: [EvidenceRow] = []
        var next: Int64 = 1
        while true {
            let rows = try await store.evidence(from: next, limit: 5_000)
            guard let last = rows.last else { return all }
            all += rows
            next = last.sequence + 1
        }
    }

    var takenTwice: Int { platforms.map(\.takenTwice).reduce(0, +) }
}
