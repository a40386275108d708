import ExchangeModel
import Store

@testable import Outbox

/// Plays the chain of evidence again and watches what may leave when: the chain is the order of the commits, and every state
/// and every hold is in it.
///
/// - Each change of a delivery begins where the one before it ended, and nothing leaves an end: what the tables told at any
///   time is what the evidence tells, without a row too many or too few.
/// - No delivery is leased while its destination or lane is held, or its lane parked.
/// - No delivery is leased while another of its lane is in flight.
/// - No delivery is leased before an earlier one of its lane, unless that one stands aside (by a person's act, or for its
///   parent), or is dead or waiting under the rule `overtake`.
struct EvidenceReplay {
    private struct Standing {
        var delivery: OpenDelivery
        var state: String
        var isAside = false
        var leases = 0
    }

    private static let ends: Set = ["delivered", "cancelled", "superseded", "expired"]

    private let rules: [String: HeadOfLineRule]
    private var byID: [String: Standing] = [:]
    private var ofLane: [Int64: [String]] = [:]
    private var laneOfKey: [HoldSelector: Int64] = [:]
    private var heldDestinations: Set<String> = []
    private var held: Set<Int64> = []
    private var parked: Set<Int64> = []
    private(set) var broken: [String] = []
    /// How often something was held, moved aside or parked, to see that the run was worth it.
    private(set) var acts: [String: Int] = [:]

    init(rules: [String: HeadOfLineRule]) { self.rules = rules }

    /// Takes what was accepted, before its rows are played.
    mutating func add(_ deliveries: [OpenDelivery], orderingKey: String) {
        for delivery in deliveries {
            // One that is superseded in the transaction of its acceptance has a row of that.
            let state = delivery.state == .superseded ? DeliveryState.pending.name : delivery.state.name
            byID[delivery.id.description] = Standing(delivery: delivery, state: state, isAside: delivery.isAside)
            ofLane[delivery.lane, default: []].append(delivery.id.description)
            laneOfKey[HoldSelector(destination: delivery.destination, orderingKey: orderingKey)] = delivery.lane
        }
    }

    /// Where a delivery stands by its evidence, and how often it was leased.
    func standing(_ id: DeliveryID) -> (state: String, leases: Int)? { byID[id.description].map { ($0.state, $0.leases) } }

    func sequence(_ id: String) -> Int64 { byID[id]?.delivery.sequence ?? 0 }

    mutating func play(_ row: EvidenceRow, _ fields: EvidenceFields) {
        func field(_ name: String) -> String? { fields[name] }
        switch field("event") {
        case "outbox.held": hold(field("destination") ?? "", field("orderingKey"), true)
        case "outbox.released" where field("kind") == "parked":
            // The head that parked it had moved on already.
            let selector = HoldSelector(destination: field("destination") ?? "", orderingKey: field("orderingKey"))
            if let lane = laneOfKey[selector] { parked.remove(lane) }
        case "outbox.released": hold(field("destination") ?? "", field("orderingKey"), false)
        case "lane.parked":
            acts["parked", default: 0] += 1
            if let lane = byID[field("delivery") ?? ""]?.delivery.lane { parked.insert(lane) }
        case "lane.unparked": if let lane = byID[field("delivery") ?? ""]?.delivery.lane { parked.remove(lane) }
        case "delivery.steppedAside":
            acts["steppedAside", default: 0] += 1
            byID[field("delivery") ?? ""]?.isAside = true
        case "delivery.changed":
            guard let id = field("delivery"), let to = field("to") else { return }
            guard let standing = byID[id] else {
                broken.append("evidence \(row.sequence): a change of \(id), which nobody had accepted")
                return
            }
            if field("from") != standing.state || Self.ends.contains(standing.state) {
                broken.append(
                    "evidence \(row.sequence): delivery \(standing.delivery.sequence) goes from \(field("from") ?? "") to \(to), and was "
                        + standing.state)
            }
            if to == "inFlight" {
                leave(standing, row: row.sequence)
                byID[id]?.leases += 1
            }
            let isAside = field("by") == "movedAsideByPerson"
            if isAside { acts["aside", default: 0] += 1 }
            byID[id]?.state = to
            byID[id]?.isAside = isAside
        default: break
        }
    }

    private mutating func hold(_ destination: String, _ key: String?, _ isHeld: Bool) {
        if isHeld { acts["held", default: 0] += 1 }
        guard let key else {
            if isHeld { heldDestinations.insert(destination) } else { heldDestinations.remove(destination) }
            return
        }
        guard let lane = laneOfKey[HoldSelector(destination: destination, orderingKey: key)] else { return }
        if isHeld { held.insert(lane) } else { held.remove(lane) }
    }

    private mutating func leave(_ standing: Standing, row: Int64) {
        let delivery = standing.delivery
        func violated(_ what: String) { broken.append("evidence \(row): delivery \(delivery.sequence) was leased \(what)") }
        if heldDestinations.contains(delivery.destination) { violated("while its destination was held") }
        if held.contains(delivery.lane) { violated("while its lane was held") }
        if parked.contains(delivery.lane) { violated("while its lane was parked") }
        for id in ofLane[delivery.lane] ?? [] {
            guard let other = byID[id], other.delivery.sequence != delivery.sequence else { continue }
            switch other.state {
            case "inFlight": violated("while \(other.delivery.sequence) was in flight")
            case let end where Self.ends.contains(end): break
            default:
                let mayBePassed =
                    ["dead", "waiting"].contains(other.state)
                    && (other.isAside || rules[delivery.destination] == .overtake)
                if other.delivery.sequence < delivery.sequence, !mayBePassed {
                    violated("before \(other.delivery.sequence), which was \(other.state)")
                }
            }
        }
    }
}
