import ExchangeModel
import GatewayTesting
import Store

@testable import Outbox

/// People: they retry, cancel, move aside, hold and release.
extension SimulatedWorld {
    func act() async throws {
        let reports = try await store.deliveries(
            DeliveryFilter(states: ["dead", "unknown", "retryWait", "pending", "awaitingReceipt"], limit: 40))
        let confirmed = reports.filter { $0.delivery.state == .dead && $0.confirmation != nil }
        // One that does not read what is shown; nothing must come of it.
        let isCareless = !confirmed.isEmpty && random.chance(60)
        guard let report = (isCareless ? confirmed : reports).randomElement(using: &random),
            let index = lives.firstIndex(where: { $0.runner.destination == report.delivery.destination }), !lives[index].hasEnded
        else { return }
        let target = report.delivery
        if isCareless {
            tally.count("retry of what a receipt confirmed")
            return try await perform(.retriedByPerson, on: target, index)
        }
        // People send again, or end, what the platform says that it does not have, or has.
        let hasIt = platforms[index].hasTaken(target.id)
        if target.state == .pending, !random.chance(5) { return }
        if target.state != .pending, target.state != .dead, !random.chance(20) { return }
        let mayMoveAside = target.state.after(.movedAsideByPerson) != nil && !target.isAside && random.chance(35)
        let event: DeliveryEvent =
            mayMoveAside
            ? .movedAsideByPerson
            : hasIt || target.state.after(.retriedByPerson) == nil ? .cancelledByPerson : .retriedByPerson
        try await perform(event, on: target, index)
    }

    private func perform(_ event: DeliveryEvent, on target: OpenDelivery, _ index: Int) async throws {
        let isPassed = target.state == .dead && (target.isAside || settings.policies[index].headOfLine == .overtake)
        if event == .retriedByPerson, isPassed { platforms[index].mayComeLate(target.id) }
        // Whether it came to disk the evidence tells; the process may die at it.
        if event == .cancelledByPerson { cancelledByPeople.insert(target.id) }
        note("person: \(event) of \(names[target.sequence] ?? "") at \(target.destination)")
        let act = OperatorAct(id: target.id, event: event, actor: "chen") { _ in }
        lives[index].runner.post { $0.acts.append(act) }
        try await turn(index)
    }

    /// A person holds something, or releases what is held or parked.
    func holdOrRelease() async throws {
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
        try await turn(index)
    }

    /// At the end people release what they hold, and settle what is dead.
    func mendAll() async throws {
        for hold in try await store.holds(destination: nil) where hold.kind == .person { try await act(.release, hold.selector) }
        for report in try await store.deliveries(DeliveryFilter(states: ["dead"], limit: 40)) {
            guard let index = platforms.firstIndex(where: { $0.name == report.delivery.destination }) else { continue }
            let hasIt = platforms[index].hasTaken(report.delivery.id)
            try await perform(hasIt ? .cancelledByPerson : .retriedByPerson, on: report.delivery, index)
        }
    }

    /// What is left at the end of a story that should have none, for its failure.
    func leftOver() async throws -> String {
        let holds = try await store.holds(destination: nil).map {
            "\($0.kind) \($0.selector) by \($0.parkedBy?.description ?? "")"
        }
        let open = try await store.deliveries(DeliveryFilter(limit: 10)).map {
            "\($0.delivery.sequence) \($0.delivery.id) \($0.delivery.state.name) \($0.orderingKey) of \($0.delivery.destination)"
        }
        return (holds + open).joined(separator: "\n")
    }
}
