import ExchangeModel
import GatewayTesting
import JSON
import Store
import Synchronization

@testable import Outbox

/// Values for tests, with ids from a counter so that a test is the same on each run.
final class Samples: Sendable {
    static let start = Instant(year: 2026, month: 5, day: 1)
    static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    private let random = Mutex(SeededRandom(seed: 7))

    func id(at instant: Instant = Samples.start) -> UUIDv7 { random.withLock { UUIDv7(at: instant, random: &$0) } }

    /// A message with one delivery for each destination; its canonical record is its name.
    func intake(_ name: String, key: String, to destinations: [String] = ["province"], at instant: Instant = Samples.start)
        -> Intake
    {
        let id = id(at: instant)
        let content = JSONWriter.bytes { json in
            json.beginObject()
            json.member("event", "message.accepted")
            json.member("message", id.description)
            json.endObject()
        }
        return Intake(
            id: id, channel: "notices", sender: "local-a", dataset: Dataset("tender-notice"), businessKey: name, orderingKey: key,
            version: "1", idempotencyKey: id.description, bodyDigest: [UInt8](repeating: 7, count: 32), receivedAt: instant,
            sourceTime: instant - .seconds(5), traceID: Self.trace, contentType: "application/xml", payload: Array(name.utf8),
            canonical: Array(name.utf8), versions: FormVersions(mapping: "m@1", schema: "", codeLists: ""), warnings: [],
            deliveries: destinations.map { PlannedDelivery(id: self.id(at: instant), destination: $0, state: .pending) },
            evidence: EvidenceEntry(at: instant, messageID: id, content: content))
    }

    /// A delivery that no store knows, for pure values.
    func delivery(
        _ sequence: Int64, lane: Int64 = 1, state: DeliveryState = .pending, dueAt: Instant? = nil, attempts: Int = 0
    ) -> OpenDelivery {
        OpenDelivery(
            sequence: sequence, id: id(), messageID: id(), lane: lane, destination: "province", state: state, dueAt: dueAt,
            attempts: attempts, fence: Int64(attempts), isFrozen: attempts > 0, receivedAt: Self.start, sourceTime: nil,
            canonical: nil, traceID: Self.trace)
    }
}

extension SendResult {
    static func of(_ verdict: Verdict, code: String = "test", receipt: Receipt? = nil, status: Int = 0) -> SendResult {
        SendResult(
            verdict: verdict, cause: DeliveryCause(code: code, text: "as the script says"), receipt: receipt, status: status,
            duration: .milliseconds(3))
    }

    static var accepted: SendResult {
        .of(.accepted, receipt: .of("accepted", reference: "R-1"), status: 200)
    }
}

extension Receipt {
    static func of(_ verdict: String, reference: String = "", answer: String = "{}") -> Receipt {
        Receipt(kind: "answer", reference: reference, verdict: verdict, status: 200, answer: Array(answer.utf8))
    }
}

extension DestinationPolicy {
    /// Short times; the manual clock makes them mean nothing.
    static func sample(
        _ settlement: UnknownPolicy.Settlement = .statusQuery, concurrency: Int = 4, attempts: Int = 10,
        total: Duration = .seconds(3600)
    ) -> DestinationPolicy {
        DestinationPolicy(
            concurrency: concurrency,
            retry: RetryPolicy(initial: .seconds(2), cap: .seconds(60), attempts: attempts, total: total),
            unknown: UnknownPolicy(
                settlement: settlement, firstQuestion: .seconds(5), interval: .seconds(20), limit: .seconds(100)),
            lease: .seconds(90))
    }
}
