import ExchangeModel
import Store
import Testing

@testable import Outbox

/// How an outcome that nobody knows is settled.
@Suite struct UnknownTests {
    static let lost: @Sendable (Shipment) -> SendResult? = {
        $0.attempt == 1 ? .of(.unclear, code: "transport.reset") : .accepted
    }

    @Test func aStatusQueryThatKnowsTheDeliveryEndsIt() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend(Self.lost)
            bench.courier.onStatus { _ in .accepted(.of("accepted", reference: "R-9")) }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            let report = try await bench.report(delivery)
            #expect(report.delivery.state == .unknown)
            #expect(report.cause?.code == "transport.reset")
            #expect(bench.courier.questions.isEmpty, "a slow platform must be through with the request first")
            try await bench.pass(.seconds(5))
            #expect(bench.courier.questions == [delivery.id])
            #expect(bench.store.states(delivery.sequence) == [.inFlight, .unknown, .delivered])
            #expect(bench.courier.shipments.count == 1)
            #expect(try await bench.report(delivery).receipts.last?.receipt.reference == "R-9")
        }
    }

    @Test func aStatusQueryThatTellsOfARefusalMakesItDead() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend(Self.lost)
            bench.courier.onStatus { _ in .refused(DeliveryCause(code: "status.refused", text: "no"), .of("permanent")) }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            try await bench.pass(.seconds(5))
            #expect(try await bench.state(delivery) == .dead)
            #expect(try await bench.report(delivery).cause?.code == "status.refused")
        }
    }

    @Test func whatTheDestinationNeverGotIsSentAgainWithBackoff() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend(Self.lost)
            bench.courier.onStatus { _ in .absent(.of("absent")) }
            let delivery = try await bench.accept("n-1")
            let follower = try await bench.accept("n-2")
            try await bench.settle()
            try await bench.pass(.seconds(5))
            try await bench.pass(.seconds(2))
            #expect(bench.store.states(delivery.sequence) == [.inFlight, .unknown, .retryWait, .inFlight, .delivered])
            #expect(bench.courier.names == ["n-1", "n-1", "n-2"])
            #expect(try await bench.state(follower) == .unknown)
        }
    }

    @Test func resendingWhatIsAlwaysAbsentIsBoundedByTheRetryBudget() async throws {
        try await LoopBench.with(.sample(attempts: 3)) { bench in
            bench.courier.onSend { _ in .of(.unclear) }
            bench.courier.onStatus { _ in .absent(.of("absent")) }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            while try await bench.state(delivery) != .dead { try await bench.passToNextTurn() }
            #expect(bench.courier.shipments.count == 3)
            #expect(try await bench.report(delivery).cause?.code == "retries.used-up")
        }
    }

    @Test func aQueryWithoutAnAnswerIsAskedAgainAndGivenUpAtTheLimit() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend(Self.lost)
            bench.courier.onStatus { _ in .unclear(DeliveryCause(code: "status.unclear", text: "an HTML page")) }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            while try await bench.state(delivery) == .unknown { try await bench.passToNextTurn() }
            // At 5, 25, 45, 65, 85 and 105 seconds; the limit is 100.
            #expect(bench.courier.questions.count == 6)
            #expect(try await bench.report(delivery).cause?.code == "unknown.unsettled")
            #expect(bench.courier.shipments.count == 1)
        }
    }

    @Test func restartsDoNotRenewTheLimit() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend(Self.lost)
            bench.courier.onStatus { _ in .unclear(DeliveryCause(code: "status.unclear", text: "an HTML page")) }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            for _ in 0..<10 where try await bench.state(delivery) == .unknown {
                try await bench.pass(.seconds(15))
                bench.restart()
                try await bench.settle()
            }
            #expect(try await bench.state(delivery) == .dead)
        }
    }

    @Test func anIdempotentDestinationGetsTheSameBytesUnderTheSameIdAgain() async throws {
        try await LoopBench.with(.sample(.idempotentDeliveryID)) { bench in
            bench.courier.onSend(Self.lost)
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            #expect(try await bench.state(delivery) == .unknown)
            try await bench.pass(.seconds(4))
            #expect(bench.courier.shipments.count == 1)
            try await bench.pass(.seconds(1))
            try await bench.pass(.seconds(2))
            #expect(bench.store.states(delivery.sequence) == [.inFlight, .unknown, .retryWait, .inFlight, .delivered])
            #expect(Set(bench.courier.shipments.map(\.delivery)) == [delivery.id])
            #expect(Set(bench.courier.shipments.map(\.form.bytes)).count == 1)
            #expect(bench.courier.questions.isEmpty)
            #expect(try await bench.evidence(delivery).contains { $0.by == "resendDeclaredSafe" && $0.from == "unknown" })
        }
    }

    @Test func resendingToAnIdempotentDestinationIsBounded() async throws {
        try await LoopBench.with(.sample(.idempotentDeliveryID, attempts: 3)) { bench in
            bench.courier.onSend { _ in .of(.unclear) }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            while try await bench.state(delivery) != .dead { try await bench.passToNextTurn() }
            #expect(bench.courier.shipments.count == 3)
            #expect(try await bench.report(delivery).cause?.code == "unknown.unsettled")
        }
    }

    @Test func whereOnlyAPersonCanFindOutNothingIsSentAgain() async throws {
        try await LoopBench.with(.sample(.person)) { bench in
            bench.courier.onSend(Self.lost)
            let delivery = try await bench.accept("n-1")
            let follower = try await bench.accept("n-2")
            try await bench.settle()
            try await bench.pass(.seconds(99))
            #expect(try await bench.state(delivery) == .unknown)
            try await bench.pass(.seconds(1))
            #expect(try await bench.state(delivery) == .dead)
            try await bench.pass(.seconds(100_000))
            #expect(bench.courier.shipments.count == 1)
            #expect(try await bench.state(follower) == .pending)
            _ = try await bench.act(.cancelledByPerson, on: delivery).get()
            #expect(bench.courier.names == ["n-1", "n-2"])
        }
    }

    @Test func aPersonMayNotActWhileTheQuestionIsOut() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend(Self.lost)
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            try await bench.pass(.seconds(5))
            #expect(bench.courier.questions.count == 1)
            // The answer may just be confirming it: a retry now would send twice.
            for event in [DeliveryEvent.retriedByPerson, .cancelledByPerson] {
                let result = try await bench.act(event, on: delivery)
                #expect(throws: GatewayError.self) { try result.get() }
            }
            bench.courier.answerStatus(delivery.id, .accepted(.of("accepted")))
            try await bench.settle()
            #expect(bench.store.states(delivery.sequence) == [.inFlight, .unknown, .delivered])
            #expect(bench.courier.shipments.count == 1)
        }
    }

    @Test func aPersonMaySendAnUnknownDeliveryAgainBetweenQuestions() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend(Self.lost)
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            _ = try await bench.act(.retriedByPerson, on: delivery).get()
            #expect(bench.store.states(delivery.sequence) == [.inFlight, .unknown, .pending, .inFlight, .delivered])
        }
    }

    @Test func questionsOfSlowPlatformsDoNotHoldUpRetries() async throws {
        try await LoopBench.with(.sample(concurrency: 2)) { bench in
            bench.courier.onSend { shipment in
                let name = String(decoding: shipment.form.bytes, as: UTF8.self)
                if shipment.attempt > 1 { return .accepted }
                return name.hasPrefix("lost") ? .of(.unclear) : .of(.transient(retryAfter: .seconds(30)))
            }
            var lost: [OpenDelivery] = []
            for number in 1...3 { lost.append(try await bench.accept("lost-\(number)", key: "L\(number)")) }
            let delayed = try await bench.accept("delayed", key: "D")
            try await bench.settle()
            // The status query hangs: as many questions as the concurrency allows are out, and stay out.
            try await bench.pass(.seconds(5))
            #expect(bench.courier.questions.count == 2)
            try await bench.pass(.seconds(25))
            #expect(try await bench.state(delayed) == .delivered)
            // One answer gives the third its turn.
            bench.courier.answerStatus(lost[0].id, .accepted(.of("accepted")))
            try await bench.settle()
            #expect(bench.courier.questions.count == 3)
        }
    }

    @Test func aQuestionThatIsNeverAnsweredEndsByTime() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend(Self.lost)
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            try await bench.pass(.seconds(5))
            #expect(bench.courier.questions.count == 1)
            try await bench.pass(.seconds(90))
            try await bench.pass(.seconds(20))
            #expect(bench.courier.questions.count == 2)
            // The late answer to the first question is not believed, that to the second is.
            bench.courier.answerStatus(delivery.id, .absent(.of("absent")))
            try await bench.settle()
            #expect(try await bench.state(delivery) == .unknown)
            bench.courier.answerStatus(delivery.id, .accepted(.of("accepted")))
            try await bench.settle()
            #expect(try await bench.state(delivery) == .delivered)
        }
    }

    @Test func anAttemptThatIsNeverAnsweredBecomesUnknownAndItsLateAnswerIsNotTakenForTheNext() async throws {
        try await LoopBench.with(.sample(.idempotentDeliveryID, concurrency: 1)) { bench in
            bench.courier.onSend { _ in nil }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            try await bench.pass(.seconds(89))
            #expect(try await bench.state(delivery) == .inFlight)
            try await bench.pass(.seconds(1))
            #expect(try await bench.state(delivery) == .unknown)
            #expect(try await bench.report(delivery).cause?.code == "lease.ended")
            #expect(bench.flights == 0, "the place is free again")
            try await bench.pass(.seconds(5))
            try await bench.pass(.seconds(2))
            #expect(bench.courier.shipments.map(\.attempt) == [1, 2])
            // The answer of attempt 1 comes while attempt 2 is under way: it says nothing about attempt 2.
            bench.courier.answer(delivery.id, .of(.permanent))
            try await bench.settle()
            #expect(try await bench.state(delivery) == .inFlight)
            bench.courier.answer(delivery.id, .accepted)
            try await bench.settle()
            #expect(try await bench.state(delivery) == .delivered)
        }
    }

    @Test func afterALostAttemptANewIDNamesTheFirstAlsoAcrossARestart() async throws {
        try await LoopBench.with(.sample(.idempotentNewID, attempts: 4)) { bench in
            bench.courier.onSend { $0.attempt == 1 ? .of(.transient(retryAfter: nil), status: 503) : .of(.unclear) }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            try await bench.pass(.seconds(2))
            bench.restart()
            for _ in 0..<8 where try await bench.state(delivery) != .dead {
                try await bench.settle()
                if bench.nextTurn != nil { try await bench.passToNextTurn() }
            }
            let shipments = bench.courier.shipments
            #expect(shipments.map(\.delivery) == Array(repeating: delivery.id, count: 4))
            #expect(shipments.map(\.replaces) == [nil, nil, delivery.id, delivery.id], "nothing was lost before the third")
            #expect(shipments.prefix(2).allSatisfy { $0.sentAs == delivery.id })
            #expect(Set(shipments.map(\.sentAs)).count == 3, "each repetition has its own id")
            #expect(shipments.map(\.sentAs) == [0, 0, 2, 3].map { delivery.id.repetition($0) })
            #expect(try await bench.report(delivery).cause?.code == "unknown.unsettled", "and it is bounded")
        }
    }

    @Test func withTheSameIDNothingIsReplaced() async throws {
        try await LoopBench.with(.sample(.idempotentDeliveryID)) { bench in
            bench.courier.onSend(Self.lost)
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            try await bench.pass(.seconds(5))
            try await bench.pass(.seconds(2))
            #expect(bench.courier.shipments.map(\.sentAs) == [delivery.id, delivery.id])
            #expect(bench.courier.shipments.allSatisfy { $0.replaces == nil })
        }
    }
}
