import ExchangeModel
import JSON
import Store
import Testing

@testable import Gateway

@Suite("An answer that cannot be shown")
struct HiddenAnswerTests {
    @Test(
        "is told as such to operators",
        arguments: [
            (StoredBytesState.readable, nil), (.locked, "locked"), (.destroyed(at: Instant(milliseconds: 0)), "destroyed"),
            (.damaged, "damaged"),
        ] as [(StoredBytesState, String?)])
    func states(_ state: StoredBytesState, _ told: String?) throws {
        var random = SystemRandomNumberGenerator()
        let instant = Instant(milliseconds: 1_777_600_000_000)
        let delivery = OpenDelivery(
            sequence: 1, id: UUIDv7(at: instant, random: &random), messageID: UUIDv7(at: instant, random: &random), lane: 1,
            destination: "province", state: .delivered, dueAt: nil, attempts: 1, fence: 1, isFrozen: true, receivedAt: instant,
            sourceTime: nil, canonical: nil, traceID: "t")
        var receipt = ReceiptReport(
            at: instant, receipt: Receipt(kind: "answer", reference: "R-1", verdict: "accepted", status: 200, answer: []))
        receipt.answerState = state
        let report = DeliveryReport(
            delivery: delivery, dataset: Dataset("tender-notice"), businessKey: "A-1", orderingKey: "P-1", changedAt: instant,
            cause: nil, frozenBytes: nil, versions: nil, attempts: [], receipts: [receipt])
        for isForOperators in [true, false] {
            let json = try JSONValue(
                parsing: JSONWriter.bytes { ReportJSON.write(report, isForOperators: isForOperators, to: &$0) })
            #expect(json["receipts"]?[0]?["answerState"]?.string == (isForOperators ? told : nil))
        }
    }
}
