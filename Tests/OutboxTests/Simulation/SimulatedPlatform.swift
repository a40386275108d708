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
        /// Its number, where it is answered later by a receipt.
        var reference: String?
        var fault: NetworkFault?
        /// When its answer comes; nil: never.
        var due: Instant?
        var answer: @Sendable (SendResult) -> Void

        /// The answer of a destination that takes it.
        var taken: SendResult {
            reference.map { .of(.handedOver, receipt: .of("handedOver", reference: $0), status: 202) } ?? .accepted
        }
    }

    /// A status query that has no answer yet.
    struct Question {
        var id: DeliveryID
        var fault: QuestionFault?
        var due: Instant?
        var answer: @Sendable (StatusResult) -> Void
    }

    struct State {
        var random: SeededRandom
        var isCalm = false
        /// The life of the gateway that is connected; requests of a former one come from a dead process.
        var open: [Open] = []
        var questions: [Question] = []
        /// Second arrivals that the network still carries: when, and of what.
        var echoes: [(at: Instant, id: DeliveryID)] = []
        /// Until when nothing answers at all.
        var outage: Instant?
        var faults: [String: Int] = [:]
        var requests = 0
        var takenTimes: [DeliveryID: Int] = [:]
        /// For each delivery: attempts that came in, and whether each was taken.
        var attempts: [DeliveryID: [(number: Int, isTaken: Bool)]] = [:]
        var highest: [String: Int] = [:]
        /// Brought back by a person after others may have gone past.
        var mayComeLate: Set<DeliveryID> = []
        var bytes: [DeliveryID: [UInt8]] = [:]
        var desk: ReceiptDesk
        /// Business keys that name one record alone.
        var businessKeys: [DeliveryID: String] = [:]
        var confirmed: Set<DeliveryID> = []
        var violations: [String] = []
    }

    let name: String
    /// How long it may take for its receipts.
    private let receiptLimit: Duration
    private let clock: any GatewayClock
    private let mayLeave: @Sendable () -> Bool
    private let hasLeft: @Sendable () -> Void
    private let state: Mutex<State>

    /// - Parameters:
    ///   - mayLeave: asked before each request; false when the process that sends it is gone.
    ///   - hasLeft: told after each request.
    init(
        name: String, seed: UInt64, receiptLimit: Duration, clock: any GatewayClock,
        mayLeave: @escaping @Sendable () -> Bool, hasLeft: @escaping @Sendable () -> Void
    ) {
        self.name = name
        self.receiptLimit = receiptLimit
        self.clock = clock
        self.mayLeave = mayLeave
        self.hasLeft = hasLeft
        var random = SeededRandom(seed: seed)
        let desk = ReceiptDesk(name, &random)
        state = Mutex(State(random: random, desk: desk))
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
        if !mayLeave() { return }
        arrive(shipment, completion)
        hasLeft()
    }

    private func arrive(_ shipment: Shipment, _ completion: @escaping @Sendable (SendResult) -> Void) {
        let now = clock.now()
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
            state.open.removeAll { $0.due == nil && now - $0.at >= lease }
            if state.open.contains(where: {
                Self.parse($0.shipment.form.bytes).lane == lane && $0.shipment.delivery != id && now - $0.at < lease
            }) {
                violated("while another of its lane is under way")
            }
            if state.bytes[id, default: shipment.form.bytes] != shipment.form.bytes { violated("with other bytes than before") }
            if let last = state.attempts[id]?.last?.number, last >= shipment.attempt { violated("attempt number used before") }
            state.requests += 1
            state.highest[lane] = max(number, state.highest[lane, default: number])
            state.bytes[id] = shipment.form.bytes
            let fault = state.fault(now)
            let isThere = fault == nil ? true : fault?.isTaken ?? state.random.chance(60)
            let (isTaken, reference) = isThere ? state.take(shipment, receiptLimit, now) : (false, nil)
            state.attempts[id, default: []].append((shipment.attempt, isTaken))
            if isTaken { state.takenTimes[id, default: 0] += 1 }
            if fault == .arrivesTwice {
                state.echoes.append((now + .seconds(Int.random(in: 0...400, using: &state.random)), id))
            }
            let due: Instant? =
                switch fault {
                case .answerLost, .hangs: nil
                case .slow: now + .milliseconds(Int.random(in: 500...200_000, using: &state.random))
                default: now
                }
            state.open.append(
                Open(
                    shipment: shipment, at: now, isTaken: isTaken, reference: reference, fault: fault, due: due,
                    answer: completion))
        }
    }

    func askStatus(of delivery: DeliveryID, traceID: String, completion: @escaping @Sendable (StatusResult) -> Void) {
        if !mayLeave() { return }
        let now = clock.now()
        state.withLock { state in
            let fault =
                state.isCalm || !state.random.chance(35) ? nil : QuestionFault.allCases.randomElement(using: &state.random)
            if let fault { state.faults["status \(fault.rawValue)", default: 0] += 1 }
            let due: Instant? =
                switch fault {
                case .lost: nil
                case .slow: now + .seconds(Int.random(in: 1...150, using: &state.random))
                default: now
                }
            state.requests += 1
            state.questions.append(Question(id: delivery, fault: fault, due: due, answer: completion))
        }
        hasLeft()
    }

    // MARK: The driver

    /// Answers one request or question that is due. Returns what it did, for the trace.
    func answerOne() -> String? {
        enum Reply { case send(Open, SendResult), status(String, @Sendable () -> Void) }
        let now = clock.now()
        let reply = state.withLock { state -> Reply? in
            // A second arrival is known by its delivery's id: the destination takes it for what it has.
            state.echoes.removeAll { $0.at <= now }
            let open = state.open.indices.filter { state.open[$0].due.map { $0 <= now } ?? false }
            let questions = state.questions.indices.filter { state.questions[$0].due.map { $0 <= now } ?? false }
            guard open.count + questions.count > 0 else { return nil }
            let index = Int.random(in: 0..<open.count + questions.count, using: &state.random)
            if index < open.count {
                let open = state.open.remove(at: open[index])
                return .send(open, state.result(of: open))
            }
            let question = state.questions.remove(at: questions[index - open.count])
            let result = state.result(of: question)
            return .status("\(name) status of \(question.id): \(result)") { question.answer(result) }
        }
        switch reply {
        case .send(let open, let result):
            open.answer(result)
            if open.fault == .answeredTwice { open.answer(result) }
            return
                "\(name) \(String(decoding: open.shipment.form.bytes, as: UTF8.self)) attempt \(open.shipment.attempt): \(open.fault?.rawValue ?? "") \(result.verdict)"
        case .status(let text, let answer):
            answer()
            return text
        case nil: return nil
        }
    }

    /// When something comes by itself.
    var nextArrival: Instant? {
        state.withLock { state in
            (state.open.compactMap(\.due) + state.questions.compactMap(\.due) + [state.desk.nextArrival].compactMap { $0 }).min()
        }
    }

    /// Nothing answers for a while.
    func goDown(for duration: Duration) {
        let end = clock.now() + duration
        state.withLock { $0.outage = end }
    }

    /// The gateway's process is gone: no answer reaches it.
    func loseConnections() {
        state.withLock { state in
            state.open = []
            state.questions = []
        }
    }

    func calm() {
        state.withLock { state in
            state.isCalm = true
            state.outage = nil
        }
    }

    /// A confirmation was committed.
    func confirm(_ id: DeliveryID) {
        state.withLock { state in
            if !state.confirmed.insert(id).inserted { return }
            if !state.has(id) { state.violations.append("\(name) \(id): confirmed, and never taken") }
        }
    }

    /// A person brings it back to its lane, which others have gone past.
    func mayComeLate(_ id: DeliveryID) { state.withLock { _ = $0.mayComeLate.insert(id) } }

    /// Whether it has the record, or says so.
    func hasTaken(_ id: DeliveryID) -> Bool { state.withLock { $0.has(id) } }
    func attempts(_ id: DeliveryID) -> [(number: Int, isTaken: Bool)] { state.withLock { $0.attempts[id] ?? [] } }
    var violations: [String] { state.withLock { $0.violations } }
    var faults: [String: Int] { state.withLock { $0.faults.merging($0.desk.faults) { $0 + $1 } } }
    /// Requests and questions so far.
    var requests: Int { state.withLock { $0.requests } }
    /// A business key that names this record alone, by which receipts may name it.
    func learn(_ businessKey: String, of id: DeliveryID) { state.withLock { $0.businessKeys[id] = businessKey } }
    /// Works at its receipts.
    func withDesk<Value>(_ body: (inout ReceiptDesk, inout SeededRandom) -> Value) -> Value {
        state.withLock { body(&$0.desk, &$0.random) }
    }
    var takenTwice: Int { state.withLock { $0.takenTimes.values.filter { $0 > 1 }.count } }
}
