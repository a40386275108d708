import ExchangeModel
import GatewayTesting
import Store
import Testing

@testable import Outbox

/// Destinations that take a record and answer later.
@Suite struct ReceiptTests {
    private static let handedOver = SendResult.of(.handedOver, receipt: .of("handedOver", reference: "PF-1"), status: 202)

    private func receipt(
        _ correlation: ReceiptCorrelation, _ verdict: ReceiptVerdict = .accepted, number: String = "HZ-1"
    ) -> IncomingReceipt {
        IncomingReceipt(
            destination: "province", correlation: correlation, verdict: verdict, number: number, kind: "callback",
            source: "province-system", item: Array("{}".utf8), digest: [UInt8](repeating: 1, count: 32))
    }

    @discardableResult
    private func receive(_ bench: LoopBench, _ receipts: IncomingReceipt...) async throws -> [ReceiptEffect] {
        let outcomes = try await bench.store.receive(receipts, cursor: nil, at: bench.clock.now())
        try await bench.settle()
        return outcomes.map(\.effect)
    }

    @Test func whatIsHandedOverWaitsForItsReceiptAndHoldsItsLane() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend {
                $0.attempt == 1 && String(decoding: $0.form.bytes, as: UTF8.self) == "n-1" ? Self.handedOver : .accepted
            }
            let first = try await bench.accept("n-1")
            let second = try await bench.accept("n-2")
            let other = try await bench.accept("other", key: "P-2")
            try await bench.settle()
            let report = try await bench.report(first)
            #expect(report.delivery.state == .awaitingReceipt)
            #expect(report.delivery.dueAt == bench.clock.now() + .seconds(86_400))
            #expect(report.receipts.map(\.receipt.verdict) == ["handedOver"])
            #expect(try await bench.state(second) == .pending)
            #expect(try await bench.state(other) == .delivered)
            #expect(try await receive(bench, receipt(.reference("PF-1"))) == [.applied])
            #expect(try await bench.state(first) == .delivered)
            #expect(try await bench.state(second) == .delivered)
            #expect(bench.courier.names == ["n-1", "other", "n-2"])
            #expect(bench.heldInMemory == 0)
        }
    }

    @Test func aRefusalMakesItDeadAndAPersonMaySendItAgain() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { $0.attempt == 1 ? Self.handedOver : .accepted }
            let first = try await bench.accept("n-1")
            let second = try await bench.accept("n-2")
            try await bench.settle()
            #expect(try await receive(bench, receipt(.deliveryID(first.id), .refused)) == [.applied])
            #expect(try await bench.state(first) == .dead)
            #expect(try await bench.report(first).cause?.code == "receipt.refused")
            #expect(try await bench.state(second) == .pending, "a dead head stops its lane")
            _ = try await bench.act(.retriedByPerson, on: first).get()
            #expect(try await bench.state(first) == .delivered)
            #expect(try await receive(bench, receipt(.deliveryID(second.id))) == [.applied])
            #expect(try await bench.state(second) == .delivered)
            #expect(bench.courier.names == ["n-1", "n-1", "n-2"])
        }
    }

    @Test func aPersonCannotSendAgainWhatAReceiptConfirmed() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { _ in .of(.permanent, status: 422) }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            #expect(try await receive(bench, receipt(.deliveryID(delivery.id))) == [.contradicts])
            guard case .failure(let refusal) = try await bench.act(.retriedByPerson, on: delivery) else {
                throw TestingFailure("sent again")
            }
            #expect(refusal.code == .confirmed && !refusal.code.isRetryable, "\(refusal)")
            #expect(bench.courier.shipments.count == 1)
            #expect(try await bench.act(.cancelledByPerson, on: delivery).get().state == .cancelled)
        }
    }

    /// The process may end between the receipt's transaction and the one that parks.
    @Test(arguments: [false, true]) func aRefusalParksTheLaneUnderThatRule(endsInBetween: Bool) async throws {
        var policy = DestinationPolicy.sample()
        policy.headOfLine = .park
        try await LoopBench.with(policy) { bench in
            bench.courier.onSend { _ in Self.handedOver }
            let first = try await bench.accept("n-1")
            let second = try await bench.accept("n-2")
            try await bench.settle()
            if endsInBetween {
                let refusal = receipt(.deliveryID(first.id), .refused)
                _ = try await bench.store.receive([refusal], cursor: nil, at: bench.clock.now())
                bench.restart()
                try await bench.settle()
            } else {
                try await receive(bench, receipt(.deliveryID(first.id), .refused))
            }
            let parked = try await bench.store.holds(destination: "province")
            #expect(parked.map(\.kind) == [.parked] && parked.first?.parkedBy == first.id)
            #expect(parked.first?.reason.hasPrefix("receipt.refused: ") == true)
            #expect(try await bench.report(second).holds == parked)
            #expect(try await bench.evidenceTexts().count { $0.contains(#""event":"lane.parked""#) } == 1)
            #expect(try await bench.act(.release, key: "P-1").get() == parked)
            #expect(bench.courier.names == ["n-1", "n-2"])
            #expect(try await bench.store.verifyOutbox(owner: nil).faultCount == 0)
        }
    }

    @Test(arguments: [UnknownPolicy.Settlement.person, .statusQuery, .idempotentDeliveryID])
    func aReceiptThatIsOverdueMakesTheOutcomeUnknown(_ settlement: UnknownPolicy.Settlement) async throws {
        var policy = DestinationPolicy.sample(settlement)
        policy.receiptLimit = .seconds(600)
        try await LoopBench.with(policy) { bench in
            bench.courier.onSend { $0.attempt == 1 ? Self.handedOver : .accepted }
            bench.courier.onStatus { _ in .accepted(.of("accepted")) }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            try await bench.pass(.seconds(599))
            #expect(try await bench.state(delivery) == .awaitingReceipt)
            try await bench.pass(.seconds(1))
            #expect(try await bench.state(delivery) == .unknown)
            #expect(try await bench.report(delivery).cause?.code == "receipt.overdue")
            try await bench.pass(.seconds(5))
            if settlement == .idempotentDeliveryID { try await bench.pass(.seconds(60)) }
            #expect(try await bench.state(delivery) == (settlement == .person ? .unknown : .delivered))
            #expect(bench.courier.shipments.count == (settlement == .idempotentDeliveryID ? 2 : 1))
            if settlement == .person { try await bench.pass(.seconds(100)) }
            #expect(try await bench.state(delivery) == (settlement == .person ? .dead : .delivered))
        }
    }

    @Test func theTimeLimitIsNotRenewedByARestart() async throws {
        var policy = DestinationPolicy.sample(.person)
        policy.receiptLimit = .seconds(600)
        try await LoopBench.with(policy) { bench in
            bench.courier.onSend { _ in Self.handedOver }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            try await bench.pass(.seconds(500))
            bench.restart()
            try await bench.settle()
            #expect(try await bench.state(delivery) == .awaitingReceipt)
            try await bench.pass(.seconds(100))
            #expect(try await bench.state(delivery) == .unknown)
        }
    }

    @Test func aLateReceiptSettlesAnUnknownOutcomeAndTheAnswerToTheQuestionComesTooLate() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { _ in .of(.unclear) }
            let first = try await bench.accept("n-1")
            let second = try await bench.accept("n-2", key: "P-2")
            try await bench.settle()
            try await bench.pass(.seconds(5))
            #expect(bench.courier.questions.count == 2)
            #expect(
                try await receive(bench, receipt(.deliveryID(first.id)), receipt(.deliveryID(second.id), .refused)) == [
                    .applied, .applied,
                ])
            bench.courier.answerStatus(first.id, .absent(.of("absent")))
            bench.courier.answerStatus(second.id, .unclear(DeliveryCause(code: "status.unclear", text: "")))
            try await bench.pass(.seconds(1000))
            #expect(try await bench.state(first) == .delivered)
            #expect(try await bench.state(second) == .dead)
            #expect(bench.courier.names == ["n-1", "n-2"], "nothing is sent again")
        }
    }

    @Test func aReceiptThatOvertakesItsAnswerIsAppliedToIt() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { _ in nil }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            #expect(
                try await receive(bench, receipt(.deliveryID(delivery.id)), receipt(.reference("PF-1"), number: "HZ-2")) == [
                    .held, .kept,
                ])
            #expect(try await bench.state(delivery) == .inFlight)
            bench.courier.answer(delivery.id, Self.handedOver)
            try await bench.settle()
            #expect(try await bench.state(delivery) == .delivered)
            let report = try await bench.report(delivery)
            #expect(report.receipts.map { $0.arrival?.effect } == [.agrees, nil, .applied])
            #expect(bench.heldInMemory == 0)
        }
    }

    @Test func aReceiptThatOvertakesALostAnswerSettlesItAlsoOverARestart() async throws {
        try await LoopBench.with(.sample(.idempotentDeliveryID)) { bench in
            bench.courier.onSend { _ in nil }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            #expect(try await receive(bench, receipt(.deliveryID(delivery.id))) == [.held])
            bench.restart()
            try await bench.settle()
            #expect(try await bench.state(delivery) == .delivered)
            try await bench.pass(.seconds(1000))
            #expect(bench.courier.shipments.count == 1)
        }
    }

    @Test func nothingIsSentAfterAReceiptConfirmedIt() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { _ in .of(.transient(retryAfter: .seconds(50))) }
            let delivery = try await bench.accept("n-1")
            let behind = try await bench.accept("n-2")
            try await bench.settle()
            #expect(try await bench.state(delivery) == .retryWait)
            bench.courier.onSend { _ in .accepted }
            #expect(try await receive(bench, receipt(.deliveryID(delivery.id))) == [.applied])
            try await bench.pass(.seconds(1000))
            #expect(try await bench.state(delivery) == .delivered)
            #expect(try await bench.state(behind) == .delivered)
            #expect(bench.courier.names == ["n-1", "n-2"])
        }
    }

    @Test func aLeaseThatIsPlannedWhileTheReceiptComesIsNotTaken() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { _ in .of(.transient(retryAfter: .seconds(50))) }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            let store = bench.store
            let confirmation = receipt(.deliveryID(delivery.id))
            let now = bench.clock.now()
            // The bytes are frozen, so the loop reads them before it leases: at that moment the receipt comes.
            store.beforeForms { _ = try await store.receive([confirmation], cursor: nil, at: now) }
            try await bench.pass(.seconds(60))
            #expect(try await bench.state(delivery) == .delivered)
            #expect(bench.courier.shipments.count == 1)
            #expect(bench.heldInMemory == 0)
        }
    }

    @Test func contradictionsChangeNothing() async throws {
        try await LoopBench.with { bench in
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            #expect(try await receive(bench, receipt(.deliveryID(delivery.id), .refused)) == [.contradicts])
            #expect(try await bench.state(delivery) == .delivered)
            bench.courier.onSend { _ in .of(.permanent) }
            let refused = try await bench.accept("n-2")
            let behind = try await bench.accept("n-3")
            try await bench.settle()
            #expect(try await receive(bench, receipt(.deliveryID(refused.id))) == [.contradicts])
            #expect(try await bench.state(refused) == .dead)
            #expect(try await bench.state(behind) == .pending)
        }
    }

    @Test func aPersonMayEndTheWait() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { $0.attempt == 1 ? Self.handedOver : .accepted }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            _ = try await bench.act(.cancelledByPerson, on: delivery).get()
            #expect(try await bench.state(delivery) == .cancelled)
            #expect(try await receive(bench, receipt(.deliveryID(delivery.id))) == [.contradicts])
        }
    }

    @Test func aBatchGivesEachItsOwnVerdict() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { _ in Self.handedOver }
            var deliveries: [OpenDelivery] = []
            for number in 1...3 { deliveries.append(try await bench.accept("n-\(number)", key: "P-\(number)")) }
            try await bench.settle()
            let effects = try await receive(
                bench, receipt(.businessKey("n-1", version: "1")), receipt(.businessKey("n-2", version: "1"), .refused),
                receipt(.businessKey("n-3", version: nil), .other))
            #expect(effects == [.applied, .applied, .noted])
            var states: [DeliveryState] = []
            for delivery in deliveries { states.append(try await bench.state(delivery)) }
            #expect(states == [.delivered, .dead, .awaitingReceipt])
        }
    }
}
