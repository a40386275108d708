import ExchangeModel
import GatewayTesting
import Store
import Testing

@testable import Outbox

/// What each class of answer does to a delivery, its lane, and the evidence.
@Suite struct VerdictTests {
    @Test func anAcceptedDeliveryIsLeasedSentAndDeliveredInThatOrder() async throws {
        try await LoopBench.with { bench in
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            #expect(bench.store.states(delivery.sequence) == [.inFlight, .delivered])
            let report = try await bench.report(delivery)
            #expect(report.attempts.map(\.outcome) == ["accepted"])
            #expect(report.receipts.map(\.receipt.reference) == ["R-1"])
            #expect(report.versions?.mapping == "out@1")
            #expect(try await bench.evidence(delivery).map(\.by) == ["leased", "accepted"])
            #expect(try await bench.store.message(delivery.messageID)?.state == .settled)
            #expect(bench.nextTurn == nil || bench.heldInMemory == 0)
        }
    }

    @Test func theBytesAndTheLeaseAreOnDiskBeforeTheFirstByteLeaves() async throws {
        try await LoopBench.with { bench in
            let store = bench.store
            bench.courier.onSend { shipment in
                // Runs inside send: what was committed by now came before.
                store.committed.last?.state == .inFlight ? .accepted : .of(.permanent, code: "sent before the commit")
            }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            #expect(try await bench.state(delivery) == .delivered)
        }
    }

    @Test func aLaneDeliversInOrderAndOneAtATime() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { _ in nil }
            var deliveries: [OpenDelivery] = []
            for number in 1...4 { deliveries.append(try await bench.accept("n-\(number)")) }
            let other = try await bench.accept("other", key: "P-2")
            try await bench.settle()
            #expect(bench.courier.names == ["n-1", "other"])
            for (index, delivery) in deliveries.enumerated() {
                #expect(bench.courier.names.filter { $0 != "other" }.count == index + 1)
                bench.courier.answer(delivery.id, .accepted)
                try await bench.settle()
            }
            #expect(try await bench.state(other) == .inFlight)
            bench.courier.answer(other.id, .accepted)
            try await bench.settle()
            #expect(bench.courier.names == ["n-1", "other", "n-2", "n-3", "n-4"])
        }
    }

    @Test func noMoreThanTheConcurrencyAreInFlightAndLanesTakeTurns() async throws {
        try await LoopBench.with(.sample(concurrency: 2)) { bench in
            bench.courier.onSend { _ in nil }
            var deliveries: [OpenDelivery] = []
            for number in 1...3 {
                for key in ["A", "B", "C"] { deliveries.append(try await bench.accept("\(key)\(number)", key: key)) }
            }
            try await bench.settle()
            var answered = 0
            while answered < deliveries.count {
                #expect(bench.flights <= 2)
                let shipment = bench.courier.shipments[answered]
                bench.courier.answer(shipment.delivery, .accepted)
                answered += 1
                try await bench.settle()
            }
            // Each lane had its first turn before any had its third.
            #expect(Set(bench.courier.names.prefix(4)).isSuperset(of: ["A1", "B1", "C1"]))
            #expect(bench.courier.names.count == 9)
        }
    }

    @Test func aPermanentRefusalIsDeadKeepsTheAnswerAndBlocksItsLane() async throws {
        try await LoopBench.with { bench in
            let answer = Receipt(
                kind: "answer", reference: "", verdict: "permanent", status: 200, answer: Array("{\"code\":\"E12\"}".utf8))
            bench.courier.onSend {
                $0.attempt == 1 ? .of(.permanent, code: "answer.permanent", receipt: answer, status: 200) : .accepted
            }
            let first = try await bench.accept("n-1")
            let second = try await bench.accept("n-2")
            let other = try await bench.accept("other", key: "P-2")
            try await bench.settle()
            let report = try await bench.report(first)
            #expect(report.delivery.state == .dead)
            #expect(report.cause?.code == "answer.permanent")
            #expect(report.receipts.first.map { String(decoding: $0.receipt.answer, as: UTF8.self) } == "{\"code\":\"E12\"}")
            #expect(try await bench.state(second) == .pending)
            #expect(try await bench.state(other) == .dead)
            try await bench.pass(.seconds(100_000))
            #expect(bench.courier.names == ["n-1", "other"], "nothing behind a dead head moves")

            // A person retries: the same bytes under the same id, then the lane goes on.
            let retried = try await bench.act(.retriedByPerson, on: first).get()
            #expect(retried.state == .pending)
            #expect(bench.courier.names == ["n-1", "other", "n-1", "n-2"])
            #expect(Set(bench.courier.shipments.filter { $0.delivery == first.id }.map(\.form.bytes)).count == 1)
            #expect(try await bench.state(first) == .delivered)
            #expect(try await bench.evidence(first).first { $0.by == "retriedByPerson" }?.actor == "chen")
            // The second is refused too (its first attempt); a person cancels it.
            #expect(try await bench.state(second) == .dead)
            #expect(try await bench.act(.cancelledByPerson, on: second).get().state == .cancelled)
            #expect(try await bench.store.message(second.messageID)?.state == .settled)
        }
    }

    @Test func aTransientFailureWaitsForRetryAfterAndKeepsTheLaneInOrder() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend {
                $0.attempt == 1 ? .of(.transient(retryAfter: .seconds(40)), code: "answer.transient", status: 429) : .accepted
            }
            let first = try await bench.accept("n-1")
            let second = try await bench.accept("n-2")
            try await bench.settle()
            let report = try await bench.report(first)
            #expect(report.delivery.state == .retryWait)
            #expect(report.cause?.code == "answer.transient")
            #expect(report.delivery.dueAt == bench.clock.now() + .seconds(40))
            #expect(bench.nextTurn == bench.clock.now() + .seconds(40))
            try await bench.pass(.milliseconds(39_999))
            #expect(bench.courier.names == ["n-1"])
            try await bench.pass(.milliseconds(1))
            #expect(bench.courier.names == ["n-1", "n-1", "n-2"])
            #expect(try await bench.state(first) == .delivered)
            #expect(try await bench.state(second) == .retryWait)
            #expect(bench.courier.shipments.map(\.attempt) == [1, 2, 1])
        }
    }

    @Test func whatWasNeverSentWaitsWithoutEverBeingUnknown() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { $0.attempt < 3 ? .of(.notSent, code: "transport.connect") : .accepted }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            while try await bench.state(delivery) == .retryWait { try await bench.passToNextTurn() }
            #expect(
                bench.store.states(delivery.sequence) == [.inFlight, .retryWait, .inFlight, .retryWait, .inFlight, .delivered])
        }
    }

    @Test func attemptsUsedUpMakeItDeadAndAPersonGivesOneMore() async throws {
        try await LoopBench.with(.sample(attempts: 3)) { bench in
            bench.courier.onSend { _ in .of(.transient(retryAfter: nil), status: 503) }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            while try await bench.state(delivery) == .retryWait { try await bench.passToNextTurn() }
            #expect(try await bench.state(delivery) == .dead)
            #expect(try await bench.report(delivery).cause?.code == "retries.used-up")
            #expect(bench.courier.shipments.count == 3)
            _ = try await bench.act(.retriedByPerson, on: delivery).get()
            #expect(bench.courier.shipments.map(\.attempt) == [1, 2, 3, 4])
            #expect(try await bench.state(delivery) == .dead)
        }
    }

    @Test func aRetryAfterBeyondTheTotalLeavesOneLastAttemptAtTheEnd() async throws {
        try await LoopBench.with(.sample(total: .seconds(60))) { bench in
            bench.courier.onSend { _ in .of(.transient(retryAfter: .seconds(61)), status: 503) }
            let delivery = try await bench.accept("n-1")
            try await bench.pass(.milliseconds(1))
            #expect(try await bench.state(delivery) == .retryWait)
            while try await bench.state(delivery) == .retryWait { try await bench.passToNextTurn() }
            #expect(try await bench.report(delivery).cause?.code == "retries.used-up")
            #expect(bench.courier.shipments.count == 2)
        }
    }

    @Test func whatCannotBePreparedIsDeadAndNothingIsSent() async throws {
        try await LoopBench.with { bench in
            let finding = Finding(.fileInvalid, path: "/TITLE", text: "too long", textZH: "过长")
            bench.courier.onPrepare { _ in .failed([finding, finding]) }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            let report = try await bench.report(delivery)
            #expect(report.delivery.state == .dead)
            #expect(report.cause?.code == "preparation.\(Finding.Code.fileInvalid.name)")
            #expect(report.cause?.text.contains("/TITLE") == true)
            #expect(bench.courier.shipments.isEmpty)
        }
    }

    @Test func anAnswerLongerThanTheStoreTakesIsCutAndTheVerdictStands() async throws {
        try await LoopBench.with { bench in
            let long = Receipt(
                kind: "answer", reference: "", verdict: "accepted", status: 200,
                answer: [UInt8](repeating: 0x41, count: StoreLimits.receiptBytes + 1))
            bench.courier.onSend { _ in .of(.accepted, receipt: long, status: 200) }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            #expect(try await bench.state(delivery) == .delivered)
            #expect(try await bench.report(delivery).receipts.first?.receipt.answer.count == StoreLimits.receiptBytes)
        }
    }

    @Test func verdictsAndNewLeasesShareOneTransaction() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { _ in nil }
            let first = try await bench.accept("n-1", key: "A")
            let second = try await bench.accept("n-2", key: "B")
            try await bench.settle()
            #expect(bench.store.committed.map(\.changes) == [2, 2])
            bench.courier.answer(first.id, .accepted)
            bench.courier.answer(second.id, .accepted)
            try await bench.accept("n-3", key: "C")
            try await bench.settle()
            #expect(bench.store.committed.map(\.changes) == [2, 2, 3, 3, 3])
        }
    }
}
