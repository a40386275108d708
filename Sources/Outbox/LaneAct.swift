internal import ExchangeModel
internal import Store

/// A person's act on a destination or lane, on its way to the loop.
struct LaneAct: Sendable {
    enum Verb: String, Sendable { case hold, release }

    let verb: Verb
    let selector: HoldSelector
    let actor: String
    /// Always there for `hold`.
    let reason: OperatorReason?
    /// Where the outcome goes: the hold that was placed, or those that were taken away.
    let reply: @Sendable (Result<[LaneHold], GatewayError>) -> Void

    var subject: String {
        selector.orderingKey.map { "the lane \($0) of \(selector.destination)" } ?? "the destination \(selector.destination)"
    }

    func refuse(_ code: GatewayError.Code, _ happened: String, _ remedy: String) {
        reply(.failure(GatewayError(code, attempted: verb.rawValue, subject: subject, happened: happened, remedy: remedy)))
    }

    func refuseBecauseStopping() { refuse(.stopping, "the gateway is stopping", "repeat it when the gateway runs again") }
}

extension DestinationRunner {
    /// Performs a person's act on this destination or one lane of it.
    func perform(
        _ verb: LaneAct.Verb, _ selector: HoldSelector, actor: String, reason: OperatorReason?
    ) async -> Result<[LaneHold], GatewayError> {
        await withCheckedContinuation { continuation in
            let act = LaneAct(verb: verb, selector: selector, actor: actor, reason: reason) {
                continuation.resume(returning: $0)
            }
            if !post(act) { act.refuseBecauseStopping() }
        }
    }
}
