internal import ExchangeModel
internal import Store

/// People's acts become steps.
extension RunnerLoop {
    /// Plans a person's act, or answers at once why it cannot be done.
    mutating func plan(_ act: OperatorAct, now: Instant) async -> DeliveryStep? {
        let report: DeliveryReport?
        do { report = try await runner.store.delivery(act.id) } catch {
            act.refuse((error as? GatewayError)?.code ?? .temporary, "\(error)", "try again")
            return nil
        }
        guard let delivery = report?.delivery else {
            act.refuse(.notFound, "there is no such delivery", "look with: outbox list")
            return nil
        }
        guard delivery.state.after(act.event) != nil else {
            act.refuse(.temporary, "it is \(delivery.state.name), from where this is not possible", "see: outbox show \(act.id)")
            return nil
        }
        if act.event == .movedAsideByPerson, delivery.isAside, delivery.state == .dead {
            act.refuse(.temporary, "it stands aside already", "see: outbox show \(act.id)")
            return nil
        }
        if act.event == .retriedByPerson, let receipt = report?.confirmation {
            act.refuse(
                .confirmed, "a receipt of \(receipt.at) says that the destination has it, and nothing is sent after that",
                "ask the platform, then: outbox cancel; where it has nothing, let the sender hand it in again as a new version")
            return nil
        }
        // While it is sent, asked about or written, its next state is not known: an act now could send again what the
        // destination is just confirming.
        if lanes.hold(delivery.sequence, lane: delivery.lane) == .busy {
            act.refuse(.temporary, "it is being worked on at this moment", "try again when its answer has come")
            return nil
        }
        var step = DeliveryStep(
            delivery, event: act.event, at: now,
            cause: cause(of: act, before: report?.cause), actor: act.actor, reason: act.reason?.text,
            isOutOfOrder: act.event == .retriedByPerson && lanes.isPassed(delivery))
        step?.reply = act.reply
        return step
    }

    private func cause(of act: OperatorAct, before: DeliveryCause?) -> DeliveryCause? {
        switch act.event {
        case .cancelledByPerson: DeliveryCause(code: "operator.cancelled", text: "ended by a person")
        case .movedAsideByPerson:
            DeliveryCause(
                code: DeliveryCause.movedAside,
                text: "moved aside by \(act.actor): \(act.reason?.text ?? "")"
                    + (before.map { "; before that \($0.code): \($0.text)" } ?? ""))
        default: nil
        }
    }
}
