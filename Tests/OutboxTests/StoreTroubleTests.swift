import ExchangeModel
import GatewayTesting
import Store
import Synchronization
import Testing

@testable import Outbox

/// A disk that is full, a database that fails, a change that does not fit.
@Suite struct StoreTroubleTests {
    @Test func leasesWaitWhileTheDiskIsFullAndNothingIsSent() async throws {
        try await LoopBench.with { bench in
            bench.store.onApply { _ in .before(.storeFull) }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            for _ in 0..<5 { try await bench.passToNextTurn() }
            #expect(bench.courier.shipments.isEmpty)
            #expect(bench.store.applyCount == 6, "one try every half second, no more")
            #expect(bench.nextTurn == bench.clock.now() + .milliseconds(500))
            bench.store.onApply { _ in nil }
            try await bench.passToNextTurn()
            #expect(try await bench.state(delivery) == .delivered)
            #expect(bench.courier.shipments.count == 1)
        }
    }

    @Test func verdictsAreKeptWhileTheDiskIsFullAndWrittenOnce() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { _ in nil }
            var deliveries: [OpenDelivery] = []
            for key in ["A", "B", "C"] { deliveries.append(try await bench.accept("n-\(key)", key: key)) }
            let behind = try await bench.accept("behind", key: "A")
            try await bench.settle()
            bench.store.onApply { _ in .before(.storeFull) }
            for delivery in deliveries {
                bench.courier.answer(delivery.id, .accepted)
                try await bench.settle()
            }
            for _ in 0..<3 { try await bench.passToNextTurn() }
            #expect(bench.courier.shipments.count == 3)
            #expect(try await bench.state(deliveries[0]) == .inFlight)
            bench.store.onApply { _ in nil }
            try await bench.passToNextTurn()
            for delivery in deliveries { #expect(bench.store.states(delivery.sequence) == [.inFlight, .delivered]) }
            #expect(bench.courier.names.count == 4)
            #expect(try await bench.state(behind) == .inFlight)
        }
    }

    @Test func aPersonIsToldThatTheActWasNotWrittenAndTheLaneIsFreeAgain() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { $0.attempt == 1 ? .of(.permanent) : .accepted }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            bench.store.onApply { _ in .before(.storeFull) }
            let refused = try await bench.act(.retriedByPerson, on: delivery)
            #expect(throws: GatewayError(.storeFull, attempted: "", subject: "", happened: "", remedy: "")) { try refused.get() }
            bench.store.onApply { _ in nil }
            _ = try await bench.act(.retriedByPerson, on: delivery).get()
            #expect(try await bench.state(delivery) == .delivered)
        }
    }

    @Test(arguments: [SendResult.of(.permanent), .of(.transient(retryAfter: nil)), .of(.unclear)])
    func aVerdictWhoseCommitWasNotToldIsNotWrittenASecondTime(_ result: SendResult) async throws {
        try await LoopBench.with(.sample(.person)) { bench in
            bench.courier.onSend { _ in nil }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            let once = Mutex(true)
            bench.store.onApply { _ in
                once.withLock { first in
                    defer { first = false }
                    return first ? .after(.storeFailed) : nil
                }
            }
            bench.courier.answer(delivery.id, result)
            try await bench.settle()
            bench.store.onApply { _ in nil }
            try await bench.passToNextTurn()
            let steps = try await bench.evidence(delivery).map { "\($0.from)>\($0.to)" }
            #expect(Set(steps).count == steps.count, "\(steps)")
        }
    }

    @Test func afterAFailureALoopWithoutAFreePlaceRestsUntilOneIsFree() async throws {
        try await LoopBench.with(.sample(.person, concurrency: 1)) { bench in
            bench.courier.onSend { _ in .of(.permanent) }
            let dead = try await bench.accept("dead", key: "A")
            try await bench.settle()
            bench.courier.onSend { _ in nil }
            try await bench.accept("hangs", key: "B")
            try await bench.settle()
            try await bench.accept("ready", key: "C")
            bench.store.onApply { _ in .before(.storeFull) }
            _ = try await bench.act(.cancelledByPerson, on: dead)
            bench.store.onApply { _ in nil }
            try await bench.pass(.seconds(1))
            #expect(try #require(bench.nextTurn) > bench.clock.now())
        }
    }

    @Test func aCommitWhoseAnswerWasLostIsRecognisedAndNothingIsSentTwice() async throws {
        try await LoopBench.with(.sample(.idempotentDeliveryID)) { bench in
            let once = Mutex(true)
            bench.courier.onSend { _ in nil }
            let delivery = try await bench.accept("n-1")
            bench.store.onApply { _ in
                once.withLock { first in
                    defer { first = false }
                    return first ? .after(.storeFailed) : nil
                }
            }
            try await bench.settle()
            try await bench.passToNextTurn()
            // On disk it is leased, but the loop was not told: it may not send, and must not forget it.
            #expect(try await bench.state(delivery) == .inFlight)
            #expect(bench.courier.shipments.isEmpty)
            try await bench.pass(.seconds(90))
            #expect(try await bench.state(delivery) == .unknown)
            bench.courier.onSend { _ in .accepted }
            try await bench.pass(.seconds(5))
            try await bench.pass(.seconds(5))
            #expect(try await bench.state(delivery) == .delivered)
            #expect(bench.courier.shipments.count == 1)
        }
    }

    @Test func aVerdictWhoseCommitWasNotToldIsNotWrittenTwice() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { _ in nil }
            let delivery = try await bench.accept("n-1")
            let behind = try await bench.accept("n-2")
            try await bench.settle()
            let once = Mutex(true)
            bench.store.onApply { _ in
                once.withLock { first in
                    defer { first = false }
                    return first ? .after(.storeFailed) : nil
                }
            }
            bench.courier.answer(delivery.id, .accepted)
            try await bench.settle()
            try await bench.passToNextTurn()
            #expect(bench.store.states(delivery.sequence) == [.inFlight, .delivered])
            #expect(try await bench.state(behind) == .inFlight)
        }
    }

    @Test func aRetryWhoseCommitWasNotToldEndsWellToo() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { $0.attempt == 1 ? nil : .accepted }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            let once = Mutex(true)
            bench.store.onApply { _ in
                once.withLock { first in
                    defer { first = false }
                    return first ? .after(.storeFailed) : nil
                }
            }
            bench.courier.answer(delivery.id, .of(.transient(retryAfter: .seconds(3))))
            try await bench.settle()
            for _ in 0..<6 where try await bench.state(delivery) != .delivered { try await bench.passToNextTurn() }
            #expect(try await bench.state(delivery) == .delivered)
            #expect(bench.courier.shipments.count == 2)
        }
    }

    @Test func aChangeThatTheStoreNeverTakesStopsItsOwnLaneAlone() async throws {
        try await LoopBench.with(.sample(.idempotentDeliveryID)) { bench in
            bench.courier.onSend { _ in nil }
            let poisoned = try await bench.accept("poisoned", key: "A")
            let sound = try await bench.accept("sound", key: "B")
            try await bench.settle()
            let sequence = poisoned.sequence
            bench.store.onApply { changes in
                changes.contains { $0.sequence == sequence && $0.state == .delivered } ? .before(.internalFault) : nil
            }
            bench.courier.answer(poisoned.id, .accepted)
            bench.courier.answer(sound.id, .accepted)
            try await bench.settle()
            #expect(try await bench.state(sound) == .delivered)
            #expect(try await bench.state(poisoned) == .inFlight)
            // Its verdict could not be recorded, so it is unknown in the end; nobody says that it was delivered.
            try await bench.pass(.seconds(90))
            #expect(try await bench.state(poisoned) == .unknown)
        }
    }

    @Test func aLeaseThatTheStoreNeverTakesMakesItsDeliveryDead() async throws {
        try await LoopBench.with { bench in
            bench.store.onApply { changes in
                changes.contains { $0.state == .inFlight && $0.sequence == 1 } ? .before(.internalFault) : nil
            }
            let poisoned = try await bench.accept("poisoned", key: "A")
            let sound = try await bench.accept("sound", key: "B")
            #expect(poisoned.sequence == 1)
            try await bench.settle()
            #expect(try await bench.state(sound) == .delivered)
            #expect(try await bench.state(poisoned) == .dead)
            #expect(try await bench.report(poisoned).cause?.code == "store.internal-fault")
            #expect(bench.courier.names == ["sound"])
        }
    }

    @Test func aDeliveryThatSomeoneElseMovedIsTakenAsTheStoreSays() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { _ in nil }
            let delivery = try await bench.accept("n-1")
            let behind = try await bench.accept("n-2")
            try await bench.settle()
            // Another writer ends it while its attempt is under way.
            let current = try await bench.report(delivery).delivery
            let ended = try #require(
                DeliveryStep(current, event: .accepted, at: bench.clock.now(), actor: "elsewhere"))
            #expect(try await bench.store.apply([ended.change]) == [.applied(fence: 1)])
            bench.courier.answer(delivery.id, .of(.transient(retryAfter: nil)))
            try await bench.settle()
            #expect(try await bench.state(delivery) == .delivered)
            #expect(bench.courier.names == ["n-1", "n-2"])
            bench.courier.answer(behind.id, .accepted)
            try await bench.settle()
            #expect(bench.heldInMemory == 0)
        }
    }

    @Test func aStaleLeaseIsNotSent() async throws {
        try await LoopBench.with { bench in
            let delivery = try await bench.accept("n-1")
            let behind = try await bench.accept("n-2")
            let cancelled = try #require(DeliveryStep(delivery, event: .cancelledByPerson, at: bench.clock.now()))
            #expect(try await bench.store.apply([cancelled.change]) == [.applied(fence: 0)])
            // The loop reads the store only after that; its mail still names the delivery.
            try await bench.settle()
            #expect(bench.courier.names == ["n-2"])
            #expect(try await bench.state(behind) == .delivered)
        }
    }

    @Test func readsThatFailAreRepeatedAndPingsAreAnsweredMeanwhile() async throws {
        try await LoopBench.with(limits: RunnerLimits(laneWindow: 1)) { bench in
            let fails = Mutex(3)
            let clock = bench.clock
            bench.store.onRead { _ in
                fails.withLock { left in
                    left -= 1
                    // The loop sleeps after each failure; the test's clock wakes it.
                    if left >= 0 {
                        Task {
                            await clock.waiter(until: clock.now() + .milliseconds(500)); clock.advance(by: .milliseconds(500))
                        }
                    }
                    return left >= 0 ? .storeFailed : nil
                }
            }
            for number in 1...3 { try await bench.accept("n-\(number)") }
            try await bench.settle()
            #expect(bench.courier.names == ["n-1", "n-2", "n-3"])
        }
    }

    @Test func aClosedStoreEndsTheLoopInsteadOfKeepingItBusy() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { _ in nil }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            bench.store.onApply { _ in .before(.stopping) }
            bench.store.onRead { _ in .stopping }
            bench.courier.answer(delivery.id, .accepted)
            try await bench.settle()
            #expect(bench.hasEnded)
        }
    }

    @Test func aStoreThatIsClosedBeforeTheStartEndsTheLoopToo() async throws {
        try await LoopBench.with { bench in
            try await bench.accept("n-1")
            bench.store.onRead { _ in .stopping }
            try await bench.settle()
            #expect(bench.hasEnded)
            #expect(bench.courier.shipments.isEmpty)
        }
    }
}
