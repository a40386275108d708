import ExchangeModel
import GatewayTesting
import Store
import Synchronization

@testable import Outbox

/// A platform that answers each attempt after a time, as its script says; time is the test's.
final class TimedPlatform: Courier {
    /// What became of an attempt, and how long it took.
    typealias Script = @Sendable (Shipment, Instant) -> (Duration, SendResult)

    /// An attempt as the platform saw it.
    struct Call: Sendable {
        var begun: Instant
        var ended: Instant
        var name: String
        var isGood: Bool
    }

    private struct Open {
        var ends: Instant
        var number: Int
        var result: SendResult
        var completion: @Sendable (SendResult) -> Void
    }

    private struct State {
        var open: [Open] = []
        var calls: [Call] = []
    }

    private let clock: ManualClock
    private let script: Script
    private let state = Mutex(State())

    init(clock: ManualClock, script: @escaping Script) {
        self.clock = clock
        self.script = script
    }

    var calls: [Call] { state.withLock { $0.calls } }
    /// When the next attempt ends.
    var nextEnd: Instant? { state.withLock { $0.open.map(\.ends).min() } }

    /// Ends every attempt whose time is over.
    func pass(to now: Instant) {
        let ended = state.withLock { state in
            let ended = state.open.filter { $0.ends <= now }.sorted { ($0.ends, $0.number) < ($1.ends, $1.number) }
            state.open.removeAll { $0.ends <= now }
            return ended
        }
        for open in ended { open.completion(open.result) }
    }

    func prepare(canonical: [UInt8], recordTime: Instant?) -> Preparation {
        .ready(
            FrozenForm(
                bytes: canonical, contentType: "application/xml",
                versions: FormVersions(mapping: "out@1", schema: "", codeLists: "")))
    }

    func send(_ shipment: Shipment, completion: @escaping @Sendable (SendResult) -> Void) {
        let now = clock.now()
        let (time, result) = script(shipment, now)
        state.withLock { state in
            let name = String(decoding: shipment.form.bytes, as: UTF8.self)
            state.open.append(Open(ends: now + time, number: state.calls.count, result: result, completion: completion))
            state.calls.append(
                Call(begun: now, ended: now + time, name: name, isGood: result.verdict == .accepted))
        }
    }

    func askStatus(of delivery: DeliveryID, traceID: String, completion: @escaping @Sendable (StatusResult) -> Void) {
        completion(.unclear(DeliveryCause(code: "status.none", text: "not asked here")))
    }
}
