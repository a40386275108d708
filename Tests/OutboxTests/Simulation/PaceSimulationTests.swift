import ExchangeModel
import GatewayTesting
import Store
import Testing

@testable import Outbox

/// What the outbox promises about time, shown with numbers on a virtual clock.
@Suite struct PaceSimulationTests {
    static func seconds(_ duration: Duration?) -> Double { Double((duration ?? .zero).wholeMilliseconds) / 1000 }

    /// A policy with a lease of 100 s, so that a platform that hangs 90 s is heard.
    static func policy(_ pace: PacePolicy = PacePolicy(), concurrency: Int = 8) -> DestinationPolicy {
        var policy = DestinationPolicy.sample(
            .person, concurrency: concurrency, attempts: 1_000_000, total: .seconds(30 * 86_400))
        policy.unknown.limit = .seconds(40 * 86_400)
        policy.retry.cap = .seconds(10)
        policy.lease = .seconds(100)
        policy.pace = pace
        return policy
    }

    @Test func aDestinationThatHangsCausesNoExtraWaitElsewhere() async throws {
        let healthy = PacedWorld.Destination(name: "healthy", policy: Self.policy()) { _, _ in (.milliseconds(50), .accepted) }
        let hanging = PacedWorld.Destination(name: "hanging", policy: Self.policy(PacePolicy(breaker: BreakerPolicy()))) { _, _ in
            (.seconds(90), .of(.unclear, code: "transport.timeout"))
        }
        var waits: [[Duration]] = []
        for destinations in [[healthy], [healthy, hanging]] {
            try await PacedWorld.with(destinations) { world in
                for second in 0..<60 {
                    try await world.accept((0..<20).map { "m-\(second)-\($0)" })
                    try await world.run(until: world.clock.now() + .seconds(1))
                }
                try await world.run(until: world.clock.now() + .seconds(60))
                waits.append(world.waits("healthy").values.sorted())
            }
        }
        print(
            "1,200 messages to a healthy destination: longest wait \(Self.seconds(waits[0].last)) s alone, "
                + "\(Self.seconds(waits[1].last)) s beside one whose every attempt hangs for 90 s")
        #expect(waits[0].count == 1_200)
        #expect(waits[0] == waits[1], "not one delivery waited longer")
    }

    @Test func aFloodFromOneChannelDelaysAnotherByAFewPicksOnly() async throws {
        let province = PacedWorld.Destination(name: "province", policy: Self.policy()) { _, _ in (.milliseconds(40), .accepted) }
        try await PacedWorld.with([province]) { world in
            try await world.accept((0..<10_000).map { "a-\($0)" }, channel: "a")
            for second in 0..<30 {
                try await world.accept(["b-\(second)"], channel: "b")
                try await world.run(until: world.clock.now() + .seconds(1))
            }
            try await world.run(until: world.clock.now() + .seconds(60))
            let waits = world.waits("province")
            let ofA = waits.filter { $0.key.hasPrefix("a") }.values.max()
            let ofB = waits.filter { $0.key.hasPrefix("b") }.values.max()
            print(
                "a flood of 10,000 from channel a waits up to \(Self.seconds(ofA)) s; 30 of channel b wait at most "
                    + "\(Self.seconds(ofB)) s (one attempt takes 0.04 s)")
            #expect(waits.count == 10_030)
            #expect(Self.seconds(ofA) > 40)
            #expect(Self.seconds(ofB) <= 0.04)
        }
    }

    @Test func afterAnOutageOneProbeAtATimeAndASlowStart() async throws {
        let outage = (Samples.start + .seconds(20))..<(Samples.start + .seconds(140))
        let breaker = BreakerPolicy(
            window: .seconds(20), minimum: 10, failurePercent: 50, open: .seconds(5), openMax: .seconds(40))
        let province = PacedWorld.Destination(
            name: "province", policy: Self.policy(PacePolicy(breaker: breaker), concurrency: 32)
        ) { _, now in
            outage.contains(now)
                ? (.milliseconds(200), .of(.notSent, code: "transport.connect")) : (.milliseconds(100), .accepted)
        }
        try await PacedWorld.with([province]) { world in
            for second in 0..<220 {
                try await world.accept((0..<20).map { "m-\(second)-\($0)" })
                try await world.run(until: world.clock.now() + .seconds(1))
            }
            try await world.run(until: world.clock.now() + .seconds(120))
            let calls = world.platforms["province"]?.calls ?? []
            let failed = calls.filter { !$0.isGood }
            let opened = try #require(failed.prefix(10).last?.ended)
            let probes = failed.filter { $0.begun > opened + .seconds(1) }
            let last = try #require(probes.last)
            // One at a time: the next begins after the one before ended.
            #expect(zip(probes, probes.dropFirst()).allSatisfy { $0.ended < $1.begun })
            let gaps = zip([opened] + probes.map(\.ended), probes.map(\.begun)).map { Self.seconds($1 - $0) }
            #expect(gaps == [5, 10, 20, 40, 40].prefix(gaps.count).map { $0 }, "\(gaps)")
            // The ramp: attempts by the instant at which they begin.
            let after = calls.filter { $0.begun > last.begun }
            let begun = Dictionary(grouping: after, by: \.begun).sorted { $0.key < $1.key }
            let ramp = begun.prefix(8).map(\.value.count)
            let first = try #require(begun.first?.key)
            print(
                "outage of 120 s: \(failed.count - probes.count) attempts failed before it opened, then \(probes.count) probes "
                    + "after waits of \(gaps) s; first good attempt \(Self.seconds(first - outage.upperBound)) s after the end; "
                    + "at once: \(ramp)")
            #expect(ramp.prefix(7) == [1, 1, 2, 4, 8, 16, 32])
            #expect(failed.count < 60, "without a breaker thousands of attempts would have been burnt")
            #expect(Set(calls.filter(\.isGood).map(\.name)).count == 4_400, "and everything arrived")
        }
    }

    @Test(arguments: 0..<TestSeed.rounds(4)) func quotaAndHoursAreNeverExceededAcrossMidnightJumpsAndRestarts(round: Int)
        async throws
    {
        let seed = TestSeed.choose() &+ UInt64(round)
        var random = SeededRandom(seed: seed)
        let quota = Int.random(in: 5...40, using: &random)
        let hours = OpeningHours([
            .init(days: [.mon, .tue, .wed, .thu, .fri], from: 510, to: 1050), .init(days: [.fri, .sat], from: 1320, to: 150),
        ])
        let pace = PacePolicy(rate: RateLimit(count: 1, per: .seconds(60), burst: 3), quotaPerDay: quota, openingHours: hours)
        let province = PacedWorld.Destination(name: "province", policy: Self.policy(pace, concurrency: 4)) { shipment, _ in
            shipment.attempt % 3 == 0
                ? (.milliseconds(300), .of(.transient(retryAfter: nil), status: 503)) : (.milliseconds(300), .accepted)
        }
        var (jumps, restarts) = (0, 0)
        try await PacedWorld.with([province]) { world in
            try await world.accept((0..<600).map { "m-\($0)" })
            for _ in 0..<60 {
                try await world.run(until: world.clock.now() + .seconds(Int64.random(in: 60...40_000, using: &random)))
                if random.chance(20) {
                    jumps += 1
                    world.clock.advance(by: .seconds(Int64.random(in: -100_000...100_000, using: &random)))
                }
                if random.chance(20) {
                    restarts += 1
                    world.begin()
                }
            }
            let calls = world.platforms["province"]?.calls ?? []
            let days = Dictionary(grouping: calls) { call -> Int in
                let civil = call.begun.civil(offsetSeconds: 28_800)
                return Instant.days(year: civil.year, month: civil.month, day: civil.day)
            }
            print(
                "seed \(seed): \(calls.count) attempts on \(days.count) days, quota \(quota), most on one day "
                    + "\(days.values.map(\.count).max() ?? 0), \(jumps) jumps of the clock, \(restarts) restarts")
            #expect(days.values.allSatisfy { $0.count <= quota }, "seed \(seed)")
            #expect(calls.allSatisfy { hours.isOpen(at: $0.begun) }, "seed \(seed)")
            #expect(days.values.contains { $0.count == quota }, "seed \(seed): no quota was used up, so nothing was shown")
        }
    }

    @Test(arguments: 0..<TestSeed.rounds(4)) func noWindowHasMoreThanBurstAndRateAllowAlsoAcrossRestarts(round: Int) async throws
    {
        let seed = TestSeed.choose() &+ UInt64(round)
        var random = SeededRandom(seed: seed)
        let limit = RateLimit(
            count: Int.random(in: 1...30, using: &random), per: .seconds(1), burst: Int.random(in: 1...40, using: &random))
        let province = PacedWorld.Destination(
            name: "province", policy: Self.policy(PacePolicy(rate: limit), concurrency: 16)
        ) { shipment, _ in
            let time = Duration.milliseconds(Int64(20 + shipment.delivery.description.utf8.reduce(0) { $0 &+ Int($1) } % 300))
            return shipment.attempt == 1 && shipment.delivery.description.utf8.last == 0x30
                ? (time, .of(.notSent)) : (time, .accepted)
        }
        try await PacedWorld.with([province]) { world in
            var number = 0
            for _ in 0..<40 {
                let count = Int.random(in: 0...60, using: &random)
                try await world.accept((number..<(number + count)).map { "m-\($0)" })
                number += count
                try await world.run(until: world.clock.now() + .milliseconds(Int64.random(in: 0...4_000, using: &random)))
                if random.chance(10) { world.begin() }
            }
            let begun = (world.platforms["province"]?.calls ?? []).map(\.begun)
            // In thousandths of an attempt.
            var worst = Int64.min
            for first in begun.indices {
                for last in first..<begun.count {
                    let allowed = Int64(limit.burst) * 1000 + Int64(limit.count) * (begun[last] - begun[first]).wholeMilliseconds
                    worst = max(worst, Int64(last - first + 1) * 1000 - allowed)
                }
            }
            print(
                "seed \(seed): \(begun.count) attempts at \(limit.count)/s, burst \(limit.burst): fullest window \(-worst) thousandths below the bound"
            )
            #expect(begun.count > 60 && worst <= 0, "seed \(seed)")
        }
    }
}
