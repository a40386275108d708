import ExchangeModel
import Store

@testable import Outbox

/// Plays the chain of evidence again and watches what may leave when: the chain is the order of the commits, and every state
/// and every hold is in it.
///
/// - No delivery is leased while its destination or lane is held, or its lane parked.
/// - No delivery is leased while another of its lane is in flight.
/// - No delivery is leased before an earlier one of its lane, unless that one stands aside (by a person's act, or for its
///   parent), or is dead or waiting under the rule `overtake`.
struct EvidenceReplay {
    private struct Standing {
        var delivery: OpenDelivery
        var state: String
        var isAside = false
    }

    private let rules: [String: HeadOfLineRule]
    private var byID: [String: Standing] = [:]
    private var ofLane: [Int64: [String]] = [:]
    private var laneOfKey: [HoldSelector: Int64]
    private var heldDestinations: Set<String> = []
    private var held: Set<Int64> = []
    private var parked: Set<Int64> = []
    private(set) var broken: [String] = []
    /// How often something was held, moved aside or parked, to see that the run was worth it.
    private(set) var acts: [String: Int] = [:]

    init(_ committed: [OpenDelivery], lanes: [HoldSelector: Int64], rules: [String: HeadOfLineRule]) {
        self.rules = rules
        laneOfKey = lanes
        for delivery in committed.sorted(by: { $0.sequence < $1.sequence }) {
            byID[delivery.id.description] = Standing(delivery: delivery, state: delivery.state.name)
            ofLane[delivery.lane, default: []].append(delivery.id.description)
        }
    }

    mutating func play(_ row: EvidenceRow) {
        let text = String(decoding: row.content, as: UTF8.self)
        func field(_ name: String) -> String? {
            guard let range = text.firstRange(of: "\"\(name)\":\"") else { return nil }
            return String(text[range.upperBound...].prefix { $0 != "\"" })
        }
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
            guard let id = field("delivery"), let to = field("to"), let standing = byID[id] else { return }
            if to == "inFlight" { leave(standing, row: row.sequence) }
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
            case "delivered", "cancelled", "superseded", "expired": break
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
