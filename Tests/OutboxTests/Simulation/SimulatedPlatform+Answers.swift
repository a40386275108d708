import ExchangeModel
import GatewayTesting
import Outbox
import Store

/// What the platform decides about requests and questions.
extension SimulatedPlatform.State {
    /// What happens to the request that comes now.
    mutating func fault(_ now: Instant) -> NetworkFault? {
        if let outage, outage > now { return random.chance(70) ? .notSent : .unavailable }
        if !random.chance(isCalm ? 8 : 45) { return nil }
        let fault = isCalm ? [NetworkFault.cutBefore, .notSent, .unavailable].randomElement(using: &random) : .draw(&random)
        if let fault { faults[fault.rawValue, default: 0] += 1 }
        return fault
    }

    /// A whole record is there: it is taken, or refused by a receipt.
    mutating func take(
        _ shipment: Shipment, _ limit: Duration, _ now: Instant
    ) -> (isTaken: Bool, reference: String?) {
        desk.take(
            shipment, isKnown: takenTimes[shipment.delivery] != nil, businessKey: businessKeys[shipment.delivery], limit: limit,
            isCalm: isCalm, at: now, &random)
    }

    func has(_ id: DeliveryID) -> Bool { takenTimes[id] != nil || desk.calledAccepted.contains(id) }

    /// What the sender is told.
    mutating func result(of open: SimulatedPlatform.Open) -> SendResult {
        let later = Duration.milliseconds(Int64.random(in: 0...30_000, using: &random))
        switch open.fault {
        case nil, .arrivesTwice: return open.taken
        case .slow, .answeredTwice:
            return open.isTaken || open.reference != nil ? open.taken : .of(.transient(retryAfter: nil), status: 503)
        case .notSent: return .of(.notSent, code: "transport.connect")
        case .cutBefore, .cutAfter, .hangs, .answerLost: return .of(.unclear, code: "transport.reset")
        case .tooMany: return .of(.transient(retryAfter: later), status: 429)
        case .unavailable: return .of(.transient(retryAfter: random.chance(50) ? later : nil), status: 503)
        case .failedAfterTaking: return .of(.unclear, code: "answer.unclear", status: 500)
        case .refused: return .of(.permanent, status: 422)
        }
    }

    func result(of question: SimulatedPlatform.Question) -> StatusResult {
        let isTaken = takenTimes[question.id] != nil
        switch question.fault {
        case .unclear: return .unclear(DeliveryCause(code: "status.unclear", text: "an HTML page"))
        case .contradicts where isTaken: return .absent(.of("absent"))
        case .refusedThoughTaken where isTaken:
            return .refused(DeliveryCause(code: "status.refused", text: "refused"), .of("refused"))
        case _ where desk.refused.contains(question.id):
            return .refused(DeliveryCause(code: "status.refused", text: "refused"), .of("refused"))
        default: return isTaken ? .accepted(.of("accepted")) : .absent(.of("absent"))
        }
    }
}
