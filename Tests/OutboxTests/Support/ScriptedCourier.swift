import ExchangeModel
import Outbox
import Store
import Synchronization

/// A carrier that does what the test says: answers at once, or keeps the completion until the test answers.
final class ScriptedCourier: Courier {
    typealias SendScript = @Sendable (Shipment) -> SendResult?
    typealias StatusScript = @Sendable (DeliveryID) -> StatusResult?

    private struct State {
        var send: SendScript
        var status: StatusScript
        var preparation: @Sendable ([UInt8]) -> Preparation
        var shipments: [Shipment] = []
        var questions: [DeliveryID] = []
        var open: [(shipment: Shipment, completion: @Sendable (SendResult) -> Void)] = []
        var asked: [(id: DeliveryID, completion: @Sendable (StatusResult) -> Void)] = []
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state: Mutex<State>

    init(_ send: @escaping SendScript = { _ in .accepted }) {
        state = Mutex(
            State(
                send: send, status: { _ in nil },
                preparation: { canonical in
                    .ready(
                        FrozenForm(
                            bytes: canonical, contentType: "application/xml",
                            versions: FormVersions(mapping: "out@1", schema: "", codeLists: "")))
                }))
    }

    // MARK: What the test says

    /// nil keeps the completion for `answer`.
    func onSend(_ script: @escaping SendScript) { state.withLock { $0.send = script } }
    /// nil keeps the completion for `answerStatus`.
    func onStatus(_ script: @escaping StatusScript) { state.withLock { $0.status = script } }
    func onPrepare(_ script: @escaping @Sendable ([UInt8]) -> Preparation) { state.withLock { $0.preparation = script } }

    /// Answers the oldest open attempt of a delivery.
    func answer(_ id: DeliveryID, _ result: SendResult) {
        let completion = state.withLock { state in
            state.open.firstIndex { $0.shipment.delivery == id }.map { state.open.remove(at: $0).completion }
        }
        completion?(result)
    }

    func answerStatus(_ id: DeliveryID, _ result: StatusResult) {
        let completion = state.withLock { state in
            state.asked.firstIndex { $0.id == id }.map { state.asked.remove(at: $0).completion }
        }
        completion?(result)
    }

    // MARK: What the test sees

    var shipments: [Shipment] { state.withLock { $0.shipments } }
    /// The names (canonical records) in the order they were sent.
    var names: [String] { shipments.map { String(decoding: $0.form.bytes, as: UTF8.self) } }
    var questions: [DeliveryID] { state.withLock { $0.questions } }
    var openCount: Int { state.withLock { $0.open.count } }

    /// Returns when so many were sent.
    func sent(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.shipments.count >= count { return true }
                state.waiters.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    // MARK: Courier

    func prepare(canonical: [UInt8], recordTime: Instant?) -> Preparation { state.withLock { $0.preparation }(canonical) }

    func send(_ shipment: Shipment, completion: @escaping @Sendable (SendResult) -> Void) {
        let (script, waiters) = state.withLock { state in
            state.shipments.append(shipment)
            let count = state.shipments.count
            let waiters = state.waiters.filter { $0.count <= count }.map(\.continuation)
            state.waiters.removeAll { $0.count <= count }
            return (state.send, waiters)
        }
        if let result = script(shipment) {
            completion(result)
        } else {
            state.withLock { $0.open.append((shipment, completion)) }
        }
        for waiter in waiters { waiter.resume() }
    }

    func askStatus(of delivery: DeliveryID, traceID: String, completion: @escaping @Sendable (StatusResult) -> Void) {
        let script = state.withLock { state in
            state.questions.append(delivery)
            return state.status
        }
        if let result = script(delivery) {
            completion(result)
        } else {
            state.withLock { $0.asked.append((delivery, completion)) }
        }
    }
}
