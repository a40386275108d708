import ExchangeModel
import Outbox
import Store
import Testing

@testable import Gateway

@Suite("What a delivery waits for, in one sentence")
struct PaceSentenceTests {
    static let now = Instant(year: 2026, month: 5, day: 1)
    static let until = now + .seconds(60)

    static func delivery(_ state: DeliveryState, dueAt: Instant? = nil) -> OpenDelivery {
        var random = SystemRandomNumberGenerator()
        return OpenDelivery(
            sequence: 1, id: UUIDv7(at: now, random: &random), messageID: UUIDv7(at: now, random: &random), lane: 1,
            destination: "province", state: state, dueAt: dueAt, attempts: 0, fence: 0, isFrozen: false, receivedAt: now,
            sourceTime: nil, canonical: nil, traceID: "")
    }

    @Test("every obstacle has its own sentence with its end, in both languages", arguments: PaceObstacle.Cause.allCases)
    func each(cause: PaceObstacle.Cause) throws {
        let sentence = try #require(PaceSentence.of(PaceObstacle(cause: cause, until: Self.until), for: Self.delivery(.pending)))
        #expect(sentence.text.hasPrefix("waits ") && sentence.text.contains(Self.until.description))
        #expect(sentence.textZH.contains(Self.until.description) && sentence.textZH.contains("目的地"))
        let all = PaceObstacle.Cause.allCases.compactMap {
            PaceSentence.of(PaceObstacle(cause: $0, until: Self.until), for: Self.delivery(.pending))?.text
        }
        #expect(Set(all).count == PaceObstacle.Cause.allCases.count)
    }

    @Test("a probe under way has no end that is known")
    func probe() {
        let sentence = PaceSentence.of(PaceObstacle(cause: .breaker, until: nil), for: Self.delivery(.pending))
        #expect(sentence?.text.contains("one probe is under way") == true)
    }

    @Test("it is said only of what the obstacle holds up")
    func others() {
        let obstacle = PaceObstacle(cause: .breaker, until: Self.until)
        #expect(PaceSentence.of(nil, for: Self.delivery(.pending)) == nil)
        #expect(PaceSentence.of(obstacle, for: Self.delivery(.retryWait, dueAt: Self.until)) == nil)
        #expect(PaceSentence.of(obstacle, for: Self.delivery(.retryWait, dueAt: Self.now)) != nil)
        for state in [DeliveryState.inFlight, .awaitingReceipt, .unknown, .dead, .delivered, .cancelled, .superseded, .expired] {
            #expect(PaceSentence.of(obstacle, for: Self.delivery(state)) == nil)
        }
    }
}
