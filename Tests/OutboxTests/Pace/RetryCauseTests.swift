import ExchangeModel
import Store
import Testing

@testable import Outbox

/// Retries by the cause of a failure.
@Suite struct RetryCauseTests {
    static let policy: RetryPolicy = {
        var policy = RetryPolicy(initial: .seconds(1), cap: .seconds(60), attempts: 10, total: .seconds(3600))
        policy.byCause = [
            RetryCauseRule(cause: "answer.*", initial: .seconds(5), attempts: 20),
            RetryCauseRule(cause: "answer.too-many", cap: .seconds(600), total: .seconds(7200)),
            RetryCauseRule(cause: "transport.reset", attempts: 2),
        ]
        return policy
    }()

    @Test func theMostExactRuleHoldsAndChangesOnlyWhatItSays() {
        let family = Self.policy.policy(for: "answer.transient")
        #expect(family.initial == .seconds(5) && family.attempts == 20)
        #expect(family.cap == .seconds(60) && family.total == .seconds(3600))
        let exact = Self.policy.policy(for: "answer.too-many")
        #expect(exact.cap == .seconds(600) && exact.total == .seconds(7200))
        #expect(exact.initial == .seconds(1) && exact.attempts == 10, "the family's rule is not mixed in")
        #expect(Self.policy.policy(for: "transport.reset").attempts == 2)
    }

    @Test(arguments: ["transport.resets", "transport", "answers.too-many", "answer", "status.absent", ""])
    func anythingElseIsTriedAsForAll(code: String) {
        let policy = Self.policy.policy(for: code)
        #expect(policy.attempts == 10 && policy.initial == .seconds(1))
    }

    @Test func theLoopCountsAttemptsByTheCauseOfTheLastFailure() async throws {
        var policy = DestinationPolicy.sample(attempts: 10)
        policy.retry.byCause = [RetryCauseRule(cause: "answer.refused-today", attempts: 2)]
        try await LoopBench.with(policy) { bench in
            bench.courier.onSend {
                .of(.transient(retryAfter: nil), code: $0.attempt < 4 ? "answer.transient" : "answer.refused-today", status: 503)
            }
            let delivery = try await bench.accept("n-1")
            for _ in 0..<12 where try await bench.state(delivery) != .dead {
                try await bench.settle()
                if bench.nextTurn != nil { try await bench.passToNextTurn() }
            }
            #expect(bench.courier.shipments.count == 4)
            #expect(try await bench.report(delivery).cause?.code == "retries.used-up")
        }
    }
}
