internal import ExchangeModel
internal import Store

/// A person's act on its way to the loop.
struct OperatorAct: Sendable {
    let id: DeliveryID
    let event: DeliveryEvent
    let actor: String
    var reason: OperatorReason?
    let reply: OperatorReply

    var verb: String {
        switch event {
        case .cancelledByPerson: "cancel"
        case .movedAsideByPerson: "move aside"
        default: "retry"
        }
    }

    func refuse(_ code: GatewayError.Code = .temporary, _ happened: String, _ remedy: String) {
        reply(.failure(GatewayError(code, attempted: verb, subject: "delivery \(id)", happened: happened, remedy: remedy)))
    }

    func refuseBecauseStopping() {
        refuse(.stopping, "the gateway is stopping", "repeat it when the gateway runs again")
    }
}
