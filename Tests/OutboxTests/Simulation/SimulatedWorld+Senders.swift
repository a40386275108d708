import ExchangeModel
import GatewayTesting
import Store

@testable import Outbox

/// Senders: they hand in, wait for the answer, and repeat what was not answered.
extension SimulatedWorld {
    /// A new message, or one whose sender had no answer, under new ids and the same idempotency key.
    func nextMessage() throws -> SentMessage {
        let lane = Int.random(in: 0..<6, using: &random)
        let destinations = settings.names.filter { _ in random.chance(70) }
        let kind = family.choose(&random)
        let repeats = random.chance(30)
        let key = repeats ? unanswered.keys.min() ?? "L\(lane)" : kind.orderingKey ?? "L\(lane)"
        if var sent = unanswered[key] {
            sent.intake = again(sent.intake)
            return sent
        }
        let real: RecordFamily.Kind = repeats ? .single : kind
        numbers[key, default: 0] += 1
        let name = "\(key)#\(numbers[key] ?? 0)"
        var intake = samples.intake(name, key: key, to: destinations, at: clock.now())
        family.mark(&intake, real, number: numbers[key] ?? 0, &random)
        return SentMessage(intake: intake, kind: real, name: name)
    }

    /// The same input as the gateway sees it the next time: ids of its own, nothing else.
    private func again(_ intake: Intake) -> Intake {
        let fresh = samples.intake(
            intake.businessKey, key: intake.orderingKey, to: intake.deliveries.map(\.destination), at: clock.now())
        var intake = intake
        intake.id = fresh.id
        intake.evidence = fresh.evidence
        intake.receivedAt = fresh.receivedAt
        for index in intake.deliveries.indices { intake.deliveries[index].id = fresh.deliveries[index].id }
        return intake
    }

    func submit(_ sent: SentMessage) async throws {
        let outcome: IntakeOutcome
        do { outcome = try await store.accept(sent.intake) } catch { return failed(sent) }
        try await answered(sent, outcome)
    }

    /// Nobody answered: the sender will repeat it.
    func failed(_ sent: SentMessage) {
        var sent = sent
        sent.tried.append(sent.intake)
        unanswered[sent.intake.orderingKey] = sent
        note("\(sent.name): no answer")
    }

    func answered(_ sent: SentMessage, _ outcome: IntakeOutcome) async throws {
        unanswered[sent.intake.orderingKey] = nil
        switch outcome {
        case .committed(let deliveries):
            if sent.found != nil { broken.append("\(sent.name): accepted twice") }
            register(sent, sent.intake, deliveries)
        case .replayed(let bound):
            tally.count("repeated after an accept without answer")
            if bound.id != sent.found { broken.append("\(sent.name): known as \(bound.id), which nobody has accepted") }
        case .conflict: broken.append("\(sent.name): a conflict with itself")
        }
    }

    /// The store has it from now on.
    func register(_ sent: SentMessage, _ intake: Intake, _ deliveries: [OpenDelivery]) {
        tally.messages += 1
        committed += deliveries
        registered.append(intake)
        family.accepted(intake, sent.kind)
        replay.add(deliveries, orderingKey: intake.orderingKey)
        note("accepted \(sent.name): \(deliveries.map(\.sequence))")
        for delivery in deliveries {
            names[delivery.sequence] = sent.name
            idsByText[delivery.id.description] = delivery.id
            if case .single = sent.kind {
                platforms.first { $0.name == delivery.destination }?.learn(intake.businessKey, of: delivery.id)
            }
            // It may step aside for its parent; the evidence is judged for its order.
            if case .child = sent.kind { platforms.first { $0.name == delivery.destination }?.mayComeLate(delivery.id) }
        }
    }

    /// A sender repeats what was acknowledged: the answer is the first one.
    func repeatAnswered() async throws {
        guard let first = registered.randomElement(using: &random), unanswered[first.orderingKey] == nil else { return }
        guard let outcome = try? await store.accept(again(first)) else { return }
        if case .replayed(let bound) = outcome, bound.id == first.id { return tally.count("repeated") }
        broken.append("\(first.businessKey): a repeat of \(first.id) was answered with \(outcome)")
    }
}
