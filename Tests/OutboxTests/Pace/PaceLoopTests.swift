import ExchangeModel
import GatewayTesting
import Store
import Synchronization
import Testing

@testable import Outbox

/// A destination's loop keeps the pace of its configuration, on a real store.
@Suite struct PaceLoopTests {
    /// `Samples.start` is a Friday, 08:00 in China.
    static func policy(_ pace: PacePolicy, concurrency: Int = 4, attempts: Int = 10) -> DestinationPolicy {
        var policy = DestinationPolicy.sample(.person, concurrency: concurrency, attempts: attempts)
        policy.retry.initial = .milliseconds(1)
        policy.retry.cap = .milliseconds(1)
        policy.pace = pace
        return policy
    }

    static let breaker = BreakerPolicy(
        window: .seconds(60), minimum: 4, failurePercent: 50, open: .seconds(5), openMax: .seconds(60))

    @Test func withARateItSleepsUntilExactlyTheNextToken() async throws {
        try await LoopBench.with(Self.policy(PacePolicy(rate: RateLimit(count: 2, per: .seconds(1), burst: 3)))) { bench in
            for number in 1...6 { try await bench.accept("n-\(number)", key: "P-\(number)") }
            try await bench.settle()
            #expect(bench.courier.shipments.isEmpty, "the bucket begins empty")
            var times: [Int64] = []
            while bench.courier.shipments.count < 6 {
                #expect(
                    bench.obstacle == PaceObstacle(cause: .rate, until: bench.clock.now() + .milliseconds(500)))
                try await bench.passToNextTurn()
                times.append((bench.clock.now() - Samples.start).wholeMilliseconds)
                #expect(bench.courier.shipments.count == times.count)
            }
            #expect(times == [500, 1000, 1500, 2000, 2500, 3000])
            try await bench.pass(.seconds(60))
            for number in 7...12 { try await bench.accept("n-\(number)", key: "P-\(number)") }
            try await bench.settle()
            #expect(bench.courier.shipments.count == 9, "a burst of three after a rest")
        }
    }

    @Test func beforeTheDoorsOpenItSleepsUntilTheyDo() async throws {
        let hours = OpeningHours([.init(days: [.fri], from: 510, to: 1050)])
        try await LoopBench.with(Self.policy(PacePolicy(openingHours: hours))) { bench in
            try await bench.accept("n-1")
            try await bench.settle()
            let opening = Samples.start + .seconds(1800)
            #expect(bench.courier.shipments.isEmpty && bench.nextTurn == opening)
            #expect(bench.obstacle == PaceObstacle(cause: .openingHours, until: opening))
            try await bench.passToNextTurn()
            #expect(bench.courier.names == ["n-1"] && bench.obstacle == nil)
            try await bench.pass(.seconds(9 * 3600))
            try await bench.accept("n-2")
            try await bench.settle()
            #expect(bench.courier.shipments.count == 1)
            #expect(bench.nextTurn == opening + .seconds(7 * 86_400))
        }
    }

    @Test func theQuotaOfTheDayIsCountedFromTheStoreAfterARestart() async throws {
        try await LoopBench.with(Self.policy(PacePolicy(quotaPerDay: 2))) { bench in
            for number in 1...5 { try await bench.accept("n-\(number)", key: "P-\(number)") }
            try await bench.settle()
            #expect(bench.courier.names == ["n-1", "n-2"])
            let midnight = Instant(year: 2026, month: 5, day: 1, hour: 16)
            #expect(bench.obstacle == PaceObstacle(cause: .quota, until: midnight))
            bench.restart()
            try await bench.settle()
            #expect(bench.courier.shipments.count == 2, "a restart renews no quota")
            #expect(bench.nextTurn == midnight)
            try await bench.passToNextTurn()
            #expect(bench.courier.names == ["n-1", "n-2", "n-3", "n-4"])
            // A clock that is set back to the day before finds its quota used up.
            bench.clock.advance(to: Samples.start + .seconds(60))
            try await bench.settle()
            #expect(bench.courier.shipments.count == 4)
            bench.clock.advance(to: midnight + .seconds(3600))
            try await bench.settle()
            #expect(bench.courier.shipments.count == 4, "and the next day remembers what was sent")
        }
    }

    @Test(arguments: [true, false]) func aLeaseThatFailedIsCountedOnlyIfItWasWritten(isWritten: Bool) async throws {
        try await LoopBench.with(Self.policy(PacePolicy(quotaPerDay: 2))) { bench in
            for number in 1...4 { try await bench.accept("n-\(number)", key: "P-\(number)") }
            let failures = Counter()
            bench.store.onApply { changes in
                guard changes.contains(where: { $0.state == .inFlight }), failures.next() <= 3 else { return nil }
                return isWritten ? .after(.storeFailed) : .before(.storeFailed)
            }
            for _ in 0..<6 {
                try await bench.settle()
                if let next = bench.nextTurn, next < Samples.start + .seconds(60) { try await bench.passToNextTurn() }
            }
            let midnight = Instant(year: 2026, month: 5, day: 1, hour: 16)
            let count = try await bench.store.attemptCount(
                destination: "province", from: midnight - .seconds(86_400), to: midnight)
            #expect(count == 2)
            #expect(bench.courier.shipments.count == (isWritten ? 0 : 2))
        }
    }

    @Test func afterEnoughFailuresNothingIsSentAndNoAttemptIsBurntUntilOneProbe() async throws {
        try await LoopBench.with(Self.policy(PacePolicy(breaker: Self.breaker))) { bench in
            bench.courier.onSend { _ in .of(.notSent, code: "transport.connect") }
            var deliveries: [OpenDelivery] = []
            for number in 1...8 { deliveries.append(try await bench.accept("n-\(number)", key: "P-\(number)")) }
            try await bench.settle()
            #expect(bench.courier.shipments.count == 4, "the fourth failure opens it")
            let until = Samples.start + .seconds(5)
            #expect(bench.obstacle == PaceObstacle(cause: .breaker, until: until))
            try await bench.pass(.seconds(4))
            #expect(bench.courier.shipments.count == 4)
            var before: [Int] = []
            for delivery in deliveries { before.append(try await bench.report(delivery).delivery.attempts) }
            #expect(before.reduce(0, +) == 4)
            // The probe hangs: it is the only one.
            bench.courier.onSend { _ in nil }
            bench.clock.advance(to: until)
            try await bench.settle()
            #expect(bench.courier.openCount == 1)
            #expect(bench.obstacle == PaceObstacle(cause: .breaker, until: nil))
            try await bench.pass(.seconds(30))
            #expect(bench.courier.shipments.count == 5)
            // It answers: slow start, one, two, four.
            bench.courier.answer(try #require(bench.courier.shipments.last?.delivery), .accepted)
            try await bench.settle()
            #expect(bench.courier.openCount == 1)
            bench.courier.answer(try #require(bench.courier.shipments.last?.delivery), .accepted)
            try await bench.settle()
            #expect(bench.courier.openCount == 2)
        }
    }

    @Test func aRefusalOfADocumentNeverOpensTheBreaker() async throws {
        try await LoopBench.with(Self.policy(PacePolicy(breaker: Self.breaker))) { bench in
            bench.courier.onSend { _ in .of(.permanent, status: 422) }
            for number in 1...30 { try await bench.accept("n-\(number)", key: "P-\(number)") }
            try await bench.settle()
            #expect(bench.courier.shipments.count == 30)
        }
    }

    @Test func probesDoNotUseUpTheBudgetOfTheirDeliveryAndAskAnotherLaneInTurn() async throws {
        try await LoopBench.with(Self.policy(PacePolicy(breaker: Self.breaker), concurrency: 4, attempts: 2)) { bench in
            bench.courier.onSend { _ in .of(.notSent, code: "transport.connect") }
            var deliveries: [OpenDelivery] = []
            for number in 1...4 { deliveries.append(try await bench.accept("n-\(number)", key: "P-\(number)")) }
            try await bench.settle()
            for _ in 0..<60 { try await bench.passToNextTurn() }
            #expect(bench.courier.shipments.count > 20)
            let probes = bench.courier.names.dropFirst(4)
            #expect(zip(probes, probes.dropFirst()).allSatisfy { $0 != $1 }, "\(probes)")
            for delivery in deliveries { #expect(try await bench.state(delivery) == .retryWait) }
        }
    }

    @Test func aProbeWhoseLeaseIsNotWrittenIsRepeated() async throws {
        try await LoopBench.with(Self.policy(PacePolicy(breaker: Self.breaker))) { bench in
            bench.courier.onSend { _ in .of(.notSent) }
            for number in 1...8 { try await bench.accept("n-\(number)", key: "P-\(number)") }
            try await bench.settle()
            bench.courier.onSend { _ in .accepted }
            let failures = Counter()
            bench.store.onApply { _ in failures.next() <= 1 ? .before(.storeFull) : nil }
            try await bench.pass(.seconds(5))
            #expect(bench.courier.shipments.count == 4)
            try await bench.pass(.seconds(1))
            #expect(bench.courier.shipments.count == 12, "everything went after it")
        }
    }

    @Test func aRetryAfterHoldsTheDestinationWhereConfiguredAndItsDeliveryOtherwise() async throws {
        for holds in [true, false] {
            try await LoopBench.with(Self.policy(PacePolicy(holdsOnRetryAfter: holds), concurrency: 1)) { bench in
                bench.courier.onSend { _ in .of(.transient(retryAfter: .seconds(40)), code: "answer.transient", status: 429) }
                for number in 1...3 { try await bench.accept("n-\(number)", key: "P-\(number)") }
                try await bench.settle()
                #expect(bench.courier.shipments.count == (holds ? 1 : 3))
                #expect(bench.obstacle == (holds ? PaceObstacle(cause: .retryAfter, until: Samples.start + .seconds(40)) : nil))
                bench.courier.onSend { _ in .accepted }
                try await bench.pass(.seconds(39))
                #expect(bench.courier.shipments.count == (holds ? 1 : 3))
                try await bench.pass(.seconds(1))
                #expect(bench.courier.shipments.count == (holds ? 4 : 6))
            }
        }
    }

    @Test func aRetryAfterOfAnyOtherStatusHoldsNothing() async throws {
        try await LoopBench.with(Self.policy(PacePolicy(holdsOnRetryAfter: true), concurrency: 1)) { bench in
            bench.courier.onSend { _ in .of(.transient(retryAfter: .seconds(40)), status: 200) }
            for number in 1...3 { try await bench.accept("n-\(number)", key: "P-\(number)") }
            try await bench.settle()
            #expect(bench.courier.shipments.count == 3)
        }
    }

    @Test func theDoorsTheQuotaAndTheRateAreAllObeyedAndTheLastOneIsNamed() async throws {
        let hours = OpeningHours([.init(days: OpeningHours.Weekday.allCases, from: 480, to: 540)])
        let pace = PacePolicy(rate: RateLimit(count: 10, per: .seconds(1), burst: 10), quotaPerDay: 1, openingHours: hours)
        try await LoopBench.with(Self.policy(pace)) { bench in
            for number in 1...3 { try await bench.accept("n-\(number)", key: "P-\(number)") }
            try await bench.settle()
            try await bench.passToNextTurn()
            #expect(bench.courier.shipments.count == 1)
            // The quota is renewed at midnight, and then the doors are closed.
            let morning = Samples.start + .seconds(86_400)
            #expect(bench.obstacle == PaceObstacle(cause: .openingHours, until: morning))
            try await bench.passToNextTurn()
            #expect(bench.clock.now() == morning && bench.courier.shipments.count == 2)
        }
    }

    @Test func aFloodThatFillsTheMemoryDelaysAnotherChannelByAPickOnly() async throws {
        var limits = RunnerLimits()
        limits.window = 30
        limits.page = 10
        try await LoopBench.with(Self.policy(PacePolicy(), concurrency: 1), limits: limits) { bench in
            bench.courier.onSend { _ in nil }
            try await bench.settle()
            func accept(_ name: String, channel: String, key: String) async throws {
                var intake = bench.samples.intake(name, key: key, at: bench.clock.now())
                intake.channel = channel
                _ = try await bench.store.accept(intake)
            }
            for number in 1...300 { try await accept("a-\(number)", channel: "a", key: "a-\(number)") }
            // Two in one lane, and one behind a delivery that the flood has left in the store.
            for (number, key) in [(1, "b"), (2, "b"), (3, "a-200")] { try await accept("b-\(number)", channel: "b", key: key) }
            try await bench.settle()
            #expect(bench.heldInMemory < 40)
            for _ in 0..<303 {
                bench.courier.answer(try #require(bench.courier.shipments.last?.delivery), .accepted)
                try await bench.settle()
            }
            let names = bench.courier.names
            #expect(names.count == 303 && Set(names).count == 303)
            let place = Dictionary(uniqueKeysWithValues: zip(names, 1...))
            #expect((place["b-1"] ?? 999) <= 4 && (place["b-2"] ?? 999) <= 8, "\(names.prefix(10))")
            #expect((place["b-3"] ?? 0) > (place["a-200"] ?? 999), "order in a lane stands above all")
        }
    }

    @Test func deadlinesAndChannelsAreReadBackFromTheStore() async throws {
        try await LoopBench.with(
            Self.policy(PacePolicy(openingHours: OpeningHours([.init(days: [.fri], from: 600, to: 660)])), concurrency: 1)
        ) {
            bench in
            let day = Duration.seconds(86_400)
            for (name, channel, due) in [
                ("plain", "a", nil), ("late", "a", day * 3), ("soon", "a", day * 2), ("other", "b", day * 4),
                ("today", "b", day / 2),
            ] {
                var intake = bench.samples.intake(name, key: name)
                intake.channel = channel
                intake.deliveries[0].deadline = due.map { Samples.start + $0 }
                _ = try await bench.store.accept(intake)
            }
            try await bench.settle()
            bench.restart()
            try await bench.settle()
            try await bench.pass(.seconds(7200))
            #expect(bench.courier.names == ["today", "soon", "other", "late", "plain"])
        }
    }
}

/// Counts calls.
final class Counter: Sendable {
    private let value = Mutex(0)
    func next() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}
