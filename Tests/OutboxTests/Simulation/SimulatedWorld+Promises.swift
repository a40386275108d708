import ExchangeModel
import GatewayTesting
import Store

@testable import Outbox

/// The promises that are looked at when things have come to rest, and at the end.
extension SimulatedWorld {
    /// Each delivery waits for a named reason: of every lane the one that may move next stands in a state with a cause or a
    /// time, or something that people can read stands in its way.
    func explain() async throws {
        if disk.isGone { return }
        let holds = try await store.holds(destination: nil)
        for index in lives.indices where !lives[index].hasEnded {
            let loop = lives[index].loop
            let name = settings.names[index]
            let rule = settings.policies[index].headOfLine
            let held = holds.filter { $0.selector.destination == name }
            if held.contains(where: { $0.selector.orderingKey == nil }) || loop.storeRetryAt != nil || loop.areHoldsDoubtful {
                continue
            }
            let reports = try await store.deliveries(DeliveryFilter(destination: name, limit: 1_000))
            for hold in held where hold.kind == .parked {
                let head = reports.map(\.delivery).first { $0.lane == hold.lane && $0.id == hold.parkedBy }
                if head?.state != .dead || head?.isAside == true {
                    broken.append("\(name) \(hold.selector): parked by what is \(head?.state.name ?? "not there")")
                }
            }
            // What a person brought back waits until no other of its lane is under way.
            var seen = Set(
                reports.map(\.delivery).filter { $0.state == .inFlight || loop.questions[$0.sequence] != nil }.map(\.lane))
            for report in reports {
                let delivery = report.delivery
                let isPassable = ["dead", "waiting"].contains(delivery.state.name) && (delivery.isAside || rule == .overtake)
                if isPassable || !seen.insert(delivery.lane).inserted || held.contains(where: { $0.lane == delivery.lane }) {
                    continue
                }
                if let missing = unexplained(report, loop) {
                    broken.append("\(name) \(names[delivery.sequence] ?? "") is \(delivery.state.name): \(missing)")
                }
            }
        }
    }

    private func unexplained(_ report: DeliveryReport, _ loop: RunnerLoop) -> String? {
        let delivery = report.delivery
        let isUnderWay = !loop.flights.isEmpty || !loop.questions.isEmpty
        let isBusy = isUnderWay && (!loop.mayLease(clock.now()) || loop.questions.count >= loop.runner.policy.concurrency)
        // It ends as soon as its attempts have, and another one takes over.
        if loop.isStopping, isUnderWay { return nil }
        let isFull = loop.lanes.entryCount >= loop.runner.limits.window / 2
        switch delivery.state {
        case .dead where loop.runner.policy.headOfLine == .park && !delivery.isAside:
            // A full window has not come to it yet.
            return isFull && delivery.sequence > loop.loadedUpTo ? nil : "its lane is not parked"
        case .dead: return report.cause == nil ? "nobody says why" : nil
        case .waiting: return nil
        case .retryWait, .unknown:
            if report.cause == nil || delivery.dueAt == nil { return "no cause or no time" }
            let mayRest = isBusy || isFull || loop.obstacle != nil || loop.questions[delivery.sequence] != nil
            return mayRest || loop.nextTurn != nil ? nil : "nothing will wake its loop"
        case .inFlight: return delivery.dueAt == nil || loop.nextTurn == nil ? "nothing will end its attempt" : nil
        case .pending:
            return isBusy || isFull || loop.obstacle != nil
                ? nil
                : "it could leave, and nothing stands in its way (in memory \(loop.lanes.entryCount), under way \(loop.flights.count))"
        case .awaitingReceipt:
            return delivery.dueAt == nil || loop.nextTurn == nil ? "nothing will end its wait for a receipt" : nil
        default: return nil
        }
    }

    /// Judges the whole story by its evidence, its tables and what the platforms know.
    func judge() async throws {
        if !broken.isEmpty { return }
        broken += family.broken(steps)
        let byName = Dictionary(uniqueKeysWithValues: platforms.map { ($0.name, $0) })
        let ofDelivery = Dictionary(grouping: steps, by: \.delivery)
        for delivery in committed {
            guard let platform = byName[delivery.destination] else { continue }
            let states = (ofDelivery[delivery.id.description] ?? []).map(\.to)
            judge(delivery, "\(delivery.destination) \(names[delivery.sequence] ?? "")", states, platform)
        }
        try await compareTables()
        try await comparePayloads()
        try await compareReceipts()
        let consistency = try await store.verifyOutbox(owner: "life-\(lifeCount)")
        broken += consistency.faults.map { "\($0.check), \($0.subject): \($0.text)" }
        let verdict = try await store.verifyEvidence()
        if let first = verdict.firstBroken { broken.append("evidence \(first.sequence): \(first.reason)") }
        tally.deliveries = committed.count
        tally.takenTwice = platforms.map(\.takenTwice).reduce(0, +)
        for platform in platforms { for (fault, count) in platform.faults { tally.count(fault, count) } }
        for (act, count) in replay.acts { tally.count(act, count) }
    }

    private func judge(_ delivery: OpenDelivery, _ name: String, _ states: [String], _ platform: SimulatedPlatform) {
        let attempts = platform.attempts(delivery.id)
        let end = states.last ?? ""
        tally.count(end)
        let isUnsent = end == "superseded" || end == "expired"
        if isUnsent, !attempts.isEmpty { broken.append("\(name): sent, and then \(end)") }
        if end == "cancelled", !cancelledByPeople.contains(delivery.id) { broken.append("\(name): cancelled by nobody") }
        if end == "delivered", !platform.hasTaken(delivery.id) { broken.append("\(name): confirmed, and never taken") }
        if end != "delivered", end != "cancelled", !isUnsent { broken.append("\(name): lost, \(states)") }
        for (earlier, later) in zip(attempts, attempts.dropFirst()) where earlier.isTaken {
            let between = statesBetween(states, attempt: earlier.number, and: later.number)
            if !between.contains("unknown") { broken.append("\(name): sent twice without having been unknown: \(states)") }
        }
        if attempts.count > states.filter({ $0 == "inFlight" }).count {
            broken.append("\(name): sent without a lease: \(states)")
        }
    }

    /// Attempts are numbered by their leases.
    private func statesBetween(_ states: [String], attempt first: Int, and second: Int) -> [String] {
        var lease = 0
        return states.filter { state in
            if state == "inFlight" { lease += 1 }
            return lease >= first && lease < second
        }
    }

    /// What was handed in is there, octet for octet.
    private func comparePayloads() async throws {
        for intake in registered {
            let received = try await store.payload(.received, of: .message(intake.id))
            let canonical = try await store.payload(.canonical, of: .message(intake.id))
            if received?.bytes != intake.payload || canonical?.bytes != intake.canonical {
                broken.append("\(intake.businessKey): its bytes are lost or others")
            }
        }
    }
}
