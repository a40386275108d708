import ExchangeModel
import GatewayTesting
import Testing

@testable import Outbox

/// The breaker of a destination.
@Suite struct BreakerTests {
    static let start = Instant(year: 2026, month: 5, day: 1)
    static let policy = BreakerPolicy(
        window: .seconds(60), minimum: 4, failurePercent: 50, open: .seconds(5), openMax: .seconds(18))

    /// A breaker that has just opened.
    static func opened(concurrency: Int = 8) -> Breaker {
        var breaker = Breaker(policy, concurrency: concurrency)
        for _ in 0..<4 {
            _ = breaker.depart(1, at: start)
            _ = breaker.end(isFailure: true, epoch: 0, at: start)
        }
        return breaker
    }

    @Test func itOpensAtTheMinimumAndTheShareAndNotBefore() {
        var breaker = Breaker(Self.policy, concurrency: 8)
        let ends = [true, true, true].map { breaker.end(isFailure: $0, epoch: 0, at: Self.start) }
        #expect(ends.allSatisfy { $0 == nil } && !breaker.isOpen)
        #expect(
            breaker.end(isFailure: true, epoch: 0, at: Self.start)
                == .opened(until: Self.start + .seconds(5), failures: 4, attempts: 4))
        #expect(breaker.isOpen && breaker.places(at: Self.start) == 0)
        var mixed = Breaker(Self.policy, concurrency: 8)
        for _ in 0..<5 { _ = mixed.end(isFailure: false, epoch: 0, at: Self.start) }
        for _ in 0..<3 { #expect(mixed.end(isFailure: true, epoch: 0, at: Self.start) == nil) }
        #expect(mixed.end(isFailure: false, epoch: 0, at: Self.start) == nil)
        for _ in 0..<2 { #expect(mixed.end(isFailure: true, epoch: 0, at: Self.start) == nil) }
        #expect(mixed.end(isFailure: true, epoch: 0, at: Self.start) != nil, "six of twelve")
    }

    @Test func afterALongGoodTimeARowOfFailuresOpensIt() {
        var breaker = Breaker(Self.policy, concurrency: 8)
        for _ in 0..<1_000 { _ = breaker.end(isFailure: false, epoch: 0, at: Self.start) }
        for _ in 0..<3 { #expect(breaker.end(isFailure: true, epoch: 0, at: Self.start) == nil) }
        #expect(breaker.end(isFailure: true, epoch: 0, at: Self.start) != nil)
    }

    @Test func failuresThatAreLongPastDoNotCount() {
        var breaker = Breaker(Self.policy, concurrency: 8)
        for _ in 0..<3 { _ = breaker.end(isFailure: true, epoch: 0, at: Self.start) }
        let later = Self.start + .seconds(61)
        for _ in 0..<3 { #expect(breaker.end(isFailure: true, epoch: 0, at: later) == nil) }
        #expect(breaker.end(isFailure: true, epoch: 0, at: later) != nil)
    }

    @Test func itLetsOneProbeThroughAndWaitsLongerEachTimeUpToTheMost() {
        var breaker = Self.opened()
        var now = Self.start
        for seconds in [5, 10, 18, 18] {
            #expect(breaker.openUntil(at: now) == now + .seconds(seconds))
            #expect(breaker.places(at: now + .seconds(seconds) - .milliseconds(1)) == 0)
            now = now + .seconds(seconds)
            #expect(breaker.places(at: now) == 1)
            #expect(breaker.depart(1, at: now) == .probing)
            #expect(breaker.places(at: now + .seconds(3600)) == 0, "one probe, however long it takes")
            #expect(breaker.end(isFailure: true, epoch: breaker.epoch - 1, at: now) == nil, "a straggler decides nothing")
            let next = min(seconds * 2, 18)
            #expect(breaker.end(isFailure: true, epoch: breaker.epoch, at: now) == .reopened(until: now + .seconds(next)))
        }
    }

    @Test func afterAGoodProbeItGrowsFromOneByDoubling() {
        var breaker = Self.opened(concurrency: 10)
        let now = Self.start + .seconds(5)
        var limits: [Int] = []
        var change: Breaker.Change?
        _ = breaker.depart(1, at: now)
        change = breaker.end(isFailure: false, epoch: breaker.epoch, at: now)
        while change != .recovered {
            let places = breaker.places(at: now)
            limits.append(places)
            _ = breaker.depart(places, at: now)
            #expect(breaker.places(at: now) == 0)
            for _ in 0..<places { change = breaker.end(isFailure: false, epoch: breaker.epoch, at: now) }
        }
        #expect(limits == [1, 2, 4, 8])
        #expect(breaker.places(at: now) == Int.max)
    }

    @Test func aFailureDuringSlowStartHalvesAndAtOneOpensLongerThanBefore() {
        var breaker = Self.opened()
        let now = Self.start + .seconds(5)
        _ = breaker.depart(1, at: now)
        let epoch = breaker.epoch
        #expect(breaker.end(isFailure: false, epoch: epoch, at: now) == .closed(concurrency: 1))
        _ = breaker.end(isFailure: false, epoch: epoch, at: now)
        #expect(breaker.slowLimit == 2)
        #expect(breaker.end(isFailure: true, epoch: epoch, at: now) == nil)
        #expect(breaker.slowLimit == 1)
        let change = breaker.end(isFailure: true, epoch: epoch, at: now)
        #expect(change == .opened(until: now + .seconds(10), failures: 2, attempts: 3))
    }

    @Test func aProbeWhoseLeaseWasNotWrittenIsSentAgain() {
        var breaker = Self.opened()
        let now = Self.start + .seconds(5)
        _ = breaker.depart(1, at: now)
        breaker.withdraw(1)
        #expect(breaker.places(at: now) == 1)
    }

    @Test func aClockThatIsSetBackDoesNotKeepItOpenLonger() {
        var breaker = Self.opened()
        let yesterday = Self.start - .seconds(86_400)
        breaker.pass(to: yesterday)
        #expect(breaker.openUntil(at: yesterday) == yesterday + .seconds(5))
    }

    /// Random ends, delays and stragglers: never more under way than it allows, and it opens only for a reason.
    @Test(arguments: 0..<TestSeed.rounds(30)) func itKeepsItsBounds(round: Int) {
        let seed = TestSeed.choose() &+ UInt64(round)
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let concurrency = Int.random(in: 1...12, using: &random)
        var breaker = Breaker(Self.policy, concurrency: concurrency)
        var now = Self.start
        var flying: [Int] = []
        var recent: [(at: Instant, isFailure: Bool)] = []
        var openings = 0
        var failing = 0
        for _ in 0..<4_000 {
            now = now + .milliseconds(Int64.random(in: 0...1_500, using: &random))
            if random.chance(2) { failing = [0, 20, 95][Int.random(in: 0..<3, using: &random)] }
            if random.chance(60) {
                let places = min(breaker.places(at: now), concurrency - flying.count)
                let count = Int.random(in: 0...max(places, 0), using: &random)
                _ = breaker.depart(count, at: now)
                flying += Array(repeating: breaker.epoch, count: count)
                if breaker.state == .halfOpen {
                    #expect(flying.filter { $0 == breaker.epoch }.count <= 1, "seed \(seed): two probes")
                }
                if let limit = breaker.slowLimit, count > 0 {
                    #expect(flying.filter { $0 == breaker.epoch }.count <= limit, "seed \(seed): too fast a start")
                }
            } else if !flying.isEmpty {
                let epoch = flying.remove(at: Int.random(in: 0..<flying.count, using: &random))
                let isFailure = random.chance(failing)
                let (state, limit, isCurrent) = (breaker.state, breaker.slowLimit, epoch == breaker.epoch)
                if isCurrent, state == .closed { recent.append((now, isFailure)) }
                let change = breaker.end(isFailure: isFailure, epoch: epoch, at: now)
                if !isCurrent { #expect(change == nil && breaker.state == state, "seed \(seed): a straggler moved it") }
                if case .opened = change {
                    openings += 1
                    let window = recent.filter { $0.at > now - .seconds(67) }
                    #expect(isFailure && (limit == 1 || window.count >= 4), "seed \(seed)")
                    recent = []
                }
                if case .closed(let allowed) = change { #expect(allowed <= max(concurrency, 1), "seed \(seed)") }
                if change == .recovered { #expect(breaker.places(at: now) == Int.max, "seed \(seed)") }
                if state == .halfOpen, isCurrent { recent = [] }
            }
        }
        #expect(openings > 0, "seed \(seed): it never opened, so nothing was shown")
    }
}
