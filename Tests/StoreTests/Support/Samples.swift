import ExchangeModel
import Store
import Synchronization

/// Makes values with ids from a counter, so that a test is the same on each run.
final class Samples: Sendable {
    static let start = Instant(milliseconds: 1_777_600_000_000)
    static let versions = FormVersions(mapping: "local-a/in/tender-notice@1", schema: "5c9e", codeLists: "77aa")

    private let counter = Mutex<UInt64>(0)

    /// A generator that counts: ids differ, and are the same on each run.
    private struct Counting: RandomNumberGenerator {
        var value: UInt64
        mutating func next() -> UInt64 {
            value &+= 0x9E37_79B9_7F4A_7C15
            return value
        }
    }

    func id(at instant: Instant = Samples.start) -> UUIDv7 {
        let seed = counter.withLock { counter in
            counter += 1
            return counter
        }
        var random = Counting(value: seed &* 0xD1B5_4A32_D192_ED03)
        return UUIDv7(at: instant, random: &random)
    }

    func evidence(_ what: String, at instant: Instant = Samples.start, message: MessageID? = nil) -> EvidenceEntry {
        EvidenceEntry(at: instant, messageID: message, content: Array("{\"event\":\"\(what)\"}".utf8))
    }

    func intake(
        key: String? = nil, sender: String = "system-a", channel: String = "notices", body: String = "<NOTICE/>",
        businessKey: String = "A-1", orderingKey: String = "P-1", destinations: [String] = ["province"],
        state: DeliveryState = .pending, at instant: Instant = Samples.start
    ) -> Intake {
        let id = id(at: instant)
        return Intake(
            id: id, channel: channel, sender: sender, dataset: Dataset("tender-notice"), businessKey: businessKey,
            orderingKey: orderingKey, version: "20260501", idempotencyKey: key ?? "\(id)", bodyDigest: digest(body),
            receivedAt: instant, sourceTime: instant - .seconds(60), traceID: "4bf92f3577b34da6a3ce929d0e0e4736",
            contentType: "application/xml", payload: Array(body.utf8), canonical: Array("{\"body\":\"\(body)\"}".utf8),
            versions: Self.versions, warnings: [],
            deliveries: destinations.map { PlannedDelivery(id: self.id(at: instant), destination: $0, state: state) },
            evidence: evidence("accepted", at: instant, message: id))
    }

    func refusal(payload: String? = "<BROKEN", findings: [Finding]) -> Refusal {
        let id = id()
        return Refusal(
            id: id, channel: "notices", sender: "system-a", dataset: nil, idempotencyKey: "again",
            bodyDigest: digest(payload ?? ""),
            declaredBytes: payload?.utf8.count, receivedAt: Self.start, traceID: "4bf92f3577b34da6a3ce929d0e0e4736",
            contentType: "application/xml", payload: payload.map { Array($0.utf8) }, status: payload == nil ? 401 : 422,
            findings: findings, evidence: evidence("refused", message: id))
    }

    /// Stands for a digest: the store only compares it.
    func digest(_ body: String) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 32)
        for (index, byte) in body.utf8.enumerated() { bytes[index % 32] = bytes[index % 32] &* 31 &+ byte }
        return bytes
    }

    func form(_ text: String = "<GCJS_NOTICE/>") -> FrozenForm {
        FrozenForm(
            bytes: Array(text.utf8), contentType: "application/xml",
            versions: FormVersions(mapping: "provincial/out/tender-notice@3", schema: "aa01", codeLists: "bb02"))
    }

    func change(
        _ delivery: OpenDelivery, fence: Int64, to state: DeliveryState, after seconds: Int = 1, lease: Lease? = nil,
        dueAt: Instant? = nil, cause: DeliveryCause? = nil, freeze: FrozenForm? = nil, attempt: AttemptStep? = nil,
        receipt: Receipt? = nil
    ) -> DeliveryChange {
        let instant = Self.start + .seconds(seconds)
        return DeliveryChange(
            sequence: delivery.sequence, expectedFence: fence, state: state, at: instant, lease: lease, dueAt: dueAt,
            cause: cause,
            freeze: freeze, attempt: attempt, receipt: receipt,
            evidence: evidence(state.name, at: instant, message: delivery.messageID))
    }

    /// The change that leases a delivery for attempt 1, with its bytes frozen.
    func lease(_ delivery: OpenDelivery, owner: String = "life-1", attempt: Int = 1, freeze: Bool = true) -> DeliveryChange {
        change(
            delivery, fence: delivery.fence, to: .inFlight, lease: Lease(owner: owner, until: Self.start + .seconds(31)),
            freeze: freeze ? form() : nil, attempt: .begun(number: attempt))
    }

    /// The change that confirms a delivery leased by `lease`.
    func delivered(_ delivery: OpenDelivery, fence: Int64 = 1, attempt: Int = 1) -> DeliveryChange {
        change(
            delivery, fence: fence, to: .delivered, after: 2,
            attempt: .ended(number: attempt, status: 200, duration: .microseconds(1500), outcome: "accepted"),
            receipt: Receipt(kind: "answer", reference: "R-77", verdict: "accepted", status: 200, answer: Array("<OK/>".utf8)))
    }
}

extension MessageStore {
    /// Accepts and returns the deliveries; fails the test's expectation of a new message otherwise.
    func commit(_ intake: Intake) async throws -> [OpenDelivery] {
        guard case .committed(let deliveries) = try await accept(intake) else { throw NotCommitted() }
        return deliveries
    }
}

struct NotCommitted: Error {}
