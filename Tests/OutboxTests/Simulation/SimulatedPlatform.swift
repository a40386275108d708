import ExchangeModel
import GatewayTesting
import Outbox
import Store
import Synchronization

/// The receiver of a simulation: it knows the truth about what it took, and watches the promises while it is served.
///
/// Whether it takes a request is decided when the request comes; what the sender hears of it, later and by chance.
final class SimulatedPlatform: Courier {
    /// A request that has no answer yet.
    struct Open {
        var shipment: Shipment
        var at: Instant
        var isTaken: Bool
        var answer: @Sendable (SendResult) -> Void
    }

    private struct State {
        var random: SeededRandom
        var isCalm = false
        /// The life of the gateway that is connected; requests of a former one come from a dead process.
        var open: [Open] = []
        var questions: [(id: DeliveryID, answer: @Sendable (StatusResult) -> Void)] = []
        var takenTimes: [DeliveryID: Int] = [:]
        /// For each delivery: attempts that came in, and whether each was taken.
        var attempts: [DeliveryID: [(number: Int, isTaken: Bool)]] = [:]
        var highest: [String: Int] = [:]
        /// Brought back by a person after others may have gone past.
        var mayComeLate: Set<DeliveryID> = []
        var bytes: [DeliveryID: [UInt8]] = [:]
        var confirmed: Set<DeliveryID> = []
        var violations: [String] = []
    }

    let name: String
    private let clock: any GatewayClock
    private let state: Mutex<State>

    init(name: String, seed: UInt64, clock: any GatewayClock) {
        self.name = name
        self.clock = clock
        state = Mutex(State(random: SeededRandom(seed: seed)))
    }

    /// A record is named `lane#number`.
    private static func parse(_ bytes: [UInt8]) -> (lane: String, number: Int) {
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: "#")
        return (String(parts[0]), Int(parts[1]) ?? -1)
    }

    // MARK: Courier

    func prepare(canonical: [UInt8], recordTime: Instant?) -> Preparation {
        .ready(
            FrozenForm(
                bytes: canonical, contentType: "text/plain", versions: FormVersions(mapping: "out@1", schema: "", codeLists: "")))
    }

    func send(_ shipment: Shipment, completion: @escaping @Sendable (SendResult) -> Void) {
        state.withLock { state in
            let id = shipment.delivery
            let (lane, number) = Self.parse(shipment.form.bytes)
            func violated(_ what: String) {
                state.violations.append("\(name) \(lane)#\(number) attempt \(shipment.attempt): \(what)")
            }
            if state.confirmed.contains(id) { violated("sent again after its confirmation was committed") }
            if number < state.highest[lane, default: number], !state.mayComeLate.contains(id) {
                violated("after #\(state.highest[lane] ?? 0)")
            }
            let lease = DestinationPolicy.sample().lease
            if state.open.contains(where: {
                Self.parse($0.shipment.form.bytes).lane == lane && $0.shipment.delivery != id && clock.now() - $0.at < lease
            }) {
                violated("while another of its lane is under way")
            }
            if state.bytes[id, default: shipment.form.bytes] != shipment.form.bytes { violated("with other bytes than before") }
            if let last = state.attempts[id]?.last?.number, last >= shipment.attempt { violated("attempt number used before") }
            state.highest[lane] = max(number, state.highest[lane, default: number])
            state.bytes[id] = shipment.form.bytes
            let isTaken = state.random.chance(state.isCalm ? 90 : 65)
            state.attempts[id, default: []].append((shipment.attempt, isTaken))
            if isTaken { state.takenTimes[id, default: 0] += 1 }
            state.open.append(Open(shipment: shipment, at: clock.now(), isTaken: isTaken, answer: completion))
        }
    }

    func askStatus(of delivery: DeliveryID, traceID: String, completion: @escaping @Sendable (StatusResult) -> Void) {
        state.withLock { $0.questions.append((delivery, completion)) }
    }

    // MARK: The driver

    /// Answers one request or question, or lets it hang. Returns what it did, for the trace.
    func answerOne() -> String? {
        enum Reply { case send(Open, SendResult), status(String, @Sendable () -> Void) }
        let reply = state.withLock { state -> Reply? in
            let count = state.open.count + state.questions.count
            guard count > 0 else { return nil }
            let index = Int.random(in: 0..<count, using: &state.random)
            if index < state.open.count {
                let open = state.open.remove(at: index)
                return .send(open, Self.result(isTaken: open.isTaken, isCalm: state.isCalm, &state.random))
            }
            let question = state.questions.remove(at: index - state.open.count)
            let result: StatusResult =
                if state.random.chance(state.isCalm ? 0 : 25) {
                    .unclear(DeliveryCause(code: "status.unclear", text: "an HTML page"))
                } else if state.takenTimes[question.id] != nil {
                    .accepted(.of("accepted"))
                } else {
                    .absent(.of("absent"))
                }
            return .status("\(name) status of \(question.id): \(result)") { question.answer(result) }
        }
        switch reply {
        case .send(let open, let result):
            open.answer(result)
            return
                "\(name) \(String(decoding: open.shipment.form.bytes, as: UTF8.self)) attempt \(open.shipment.attempt): \(result.verdict)"
        case .status(let text, let answer):
            answer()
            return text
        case nil: return nil
        }
    }

    private static func result(isTaken: Bool, isCalm: Bool, _ random: inout SeededRandom) -> SendResult {
        if isTaken { return random.chance(isCalm ? 0 : 25) ? .of(.unclear, code: "transport.reset") : .accepted }
        switch Int.random(in: 0..<(isCalm ? 6 : 10), using: &random) {
        case 0, 1: return .of(.unclear, code: "transport.reset")
        case 2: return .of(.notSent, code: "transport.connect")
        case 3: return .of(.transient(retryAfter: .milliseconds(Int64.random(in: 0...30_000, using: &random))), status: 429)
        case 4, 5: return .of(.transient(retryAfter: nil), status: 503)
        case 6: return .of(.permanent, status: 422)
        default: return .of(.notSent, code: "transport.tls")
        }
    }

    /// The gateway's process is gone: no answer reaches it.
    func loseConnections() {
        state.withLock { state in
            state.open = []
            state.questions = []
        }
    }

    func calm() { state.withLock { $0.isCalm = true } }

    /// A confirmation was committed.
    func confirm(_ id: DeliveryID) {
        state.withLock { state in
            state.confirmed.insert(id)
            if state.takenTimes[id] == nil { state.violations.append("\(name) \(id): confirmed, and never taken") }
        }
    }

    /// A person brings it back to its lane, which others have gone past.
    func mayComeLate(_ id: DeliveryID) { state.withLock { _ = $0.mayComeLate.insert(id) } }

    func hasTaken(_ id: DeliveryID) -> Bool { state.withLock { $0.takenTimes[id] != nil } }
    func attempts(_ id: DeliveryID) -> [(number: Int, isTaken: Bool)] { state.withLock { $0.attempts[id] ?? [] } }
    var violations: [String] { state.withLock { $0.violations } }
    var takenTwice: Int { state.withLock { $0.takenTimes.values.filter { $0 > 1 }.count } }
}
