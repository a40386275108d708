import ExchangeModel
import GatewayTesting
import Store

/// Random calls of one caller upon a store: new messages, repeats, leases, verdicts, refusals, notes.
struct StoreWorkload {
    let store: any MessageStore
    let ledger: Ledger
    let samples: Samples
    let name: String
    var random: SeededRandom
    /// Deliveries of this caller that it may move.
    var deliveries: [OpenDelivery] = []
    var intakes: [Intake] = []
    /// Whether a failed call may still turn out to be there (after a power cut), or must not.
    var failuresAreDoubtful: Bool

    init(
        _ store: any MessageStore, ledger: Ledger, samples: Samples, name: String, seed: UInt64, failuresAreDoubtful: Bool
    ) {
        self.store = store
        self.ledger = ledger
        self.samples = samples
        self.name = name
        random = SeededRandom(seed: seed)
        self.failuresAreDoubtful = failuresAreDoubtful
    }

    /// Makes so many calls; ends early when `isOver`.
    mutating func run(_ steps: Int, until isOver: @Sendable () -> Bool = { false }) async {
        for step in 0..<steps where !isOver() { await call(step) }
    }

    private mutating func call(_ step: Int) async {
        switch Int.random(in: 0..<100, using: &random) {
        case ..<45: await accept()
        case ..<52: await repeatOne()
        case ..<90: await move()
        case ..<95:
            let refusal = samples.refusal(findings: [])
            _ = await attempt(.refuse(refusal.id)) { try await store.refuse(refusal) }
        default:
            let note = "\(name)-\(step)"
            _ = await attempt(.note(note)) { try await store.record(samples.evidence(note)) }
        }
    }

    /// Makes a call and writes down what became of it; nil when it failed.
    private func attempt<Answer: Sendable>(
        _ call: Ledger.Call, opened: (Answer) -> [OpenDelivery] = { _ in [] }, _ body: () async throws -> Answer
    ) async -> Answer? {
        let number = ledger.begin(call)
        do {
            let answer = try await body()
            ledger.confirm(number, opened: opened(answer))
            return answer
        } catch {
            if !failuresAreDoubtful { ledger.forget(number) }
            return nil
        }
    }

    private mutating func accept() async {
        let size = Int.random(in: 0..<10, using: &random) == 0 ? 40_000 : Int.random(in: 20..<4000, using: &random)
        let destinations = Array(["province", "supervision", "credit"].prefix(Int.random(in: 0...3, using: &random)))
        let body = String(repeating: "\(Int.random(in: 0...9, using: &random))", count: size)
        let intake = samples.intake(body: body, orderingKey: name, destinations: destinations)
        let answer = await attempt(.accept(intake), opened: Self.opened) { try await store.accept(intake) }
        guard let answer else { return }
        intakes.append(intake)
        deliveries += Self.opened(answer)
    }

    private static func opened(_ outcome: IntakeOutcome) -> [OpenDelivery] {
        if case .committed(let deliveries) = outcome { deliveries } else { [] }
    }

    /// A repeat is answered by the message that was confirmed, and changes nothing.
    private mutating func repeatOne() async {
        guard let intake = intakes.randomElement(using: &random) else { return }
        var again = intake
        again.id = samples.id()
        _ = try? await store.accept(again)
    }

    /// One to three deliveries go a step on, in one call.
    private mutating func move() async {
        deliveries.shuffle(using: &random)
        let moved = Array(deliveries.suffix(Int.random(in: 1...3, using: &random)))
        if moved.isEmpty { return }
        deliveries.removeLast(moved.count)
        let changes = moved.map { change($0) }
        // What failed is not touched again: nobody knows its fence.
        guard await attempt(.apply(changes), { try await store.apply(changes) }) != nil else { return }
        for (delivery, change) in zip(moved, changes) where !change.state.isEnd {
            var standing = Ledger.Standing(delivery: delivery)
            standing.take(change)
            deliveries.append(standing.delivery)
        }
    }

    private mutating func change(_ delivery: OpenDelivery) -> DeliveryChange {
        if delivery.state != .inFlight {
            return samples.lease(delivery, attempt: delivery.attempts + 1, freeze: !delivery.isFrozen)
        }
        if Int.random(in: 0..<4, using: &random) > 0 {
            return samples.delivered(delivery, fence: delivery.fence, attempt: delivery.attempts)
        }
        return samples.change(
            delivery, fence: delivery.fence, to: .retryWait, dueAt: Samples.start + .seconds(60),
            cause: DeliveryCause(code: "answer.transient", text: "busy"),
            attempt: .ended(number: delivery.attempts, status: 503, duration: .milliseconds(3), outcome: "transient"))
    }
}
