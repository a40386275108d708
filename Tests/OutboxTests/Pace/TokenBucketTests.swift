import ExchangeModel
import GatewayTesting
import Testing

@testable import Outbox

/// The rate of a destination.
@Suite struct TokenBucketTests {
    static let start = Instant(year: 2026, month: 5, day: 1)

    @Test func itBeginsEmptyFillsExactlyAndHoldsABurst() {
        var bucket = TokenBucket(RateLimit(count: 3, per: .seconds(1), burst: 2), now: Self.start)
        #expect(bucket.tokens(at: Self.start) == 0)
        // A third of a second is 333 milliseconds and a bit: the token comes at 334 and not before.
        #expect(bucket.next(at: Self.start) == Self.start + .milliseconds(334))
        #expect(bucket.tokens(at: Self.start + .milliseconds(333)) == 0)
        #expect(bucket.tokens(at: Self.start + .milliseconds(334)) == 1)
        #expect(bucket.tokens(at: Self.start + .seconds(3600)) == 2)
        bucket.take(2, at: Self.start + .seconds(3600))
        #expect(bucket.next(at: Self.start + .seconds(3600)) == Self.start + .milliseconds(3_600_334))
    }

    @Test func aRateByTheMinuteIsExactToo() {
        var bucket = TokenBucket(RateLimit(count: 7, per: .seconds(60), burst: 2), now: Self.start)
        var now = Self.start
        for _ in 0..<70 {
            now = bucket.next(at: now)
            bucket.take(1, at: now)
        }
        // Ten minutes for seventy; each wait is rounded up to a millisecond, the credit is not lost.
        #expect(now == Self.start + .seconds(600))
    }

    @Test func aClockThatIsSetBackBringsNothingAndIsFollowed() {
        var bucket = TokenBucket(RateLimit(count: 1, per: .seconds(1), burst: 5), now: Self.start)
        bucket.take(bucket.tokens(at: Self.start + .seconds(5)), at: Self.start + .seconds(5))
        let earlier = Self.start - .seconds(86_400)
        bucket.pass(to: earlier)
        #expect(bucket.tokens(at: earlier) == 0)
        #expect(bucket.next(at: earlier) == earlier + .seconds(1), "it does not wait for the day to come again")
    }

    @Test(arguments: [Int64.max / 4, Int64(400 * 365) * 86_400_000]) func aClockThatJumpsFarBringsAtMostAFullBucket(
        milliseconds: Int64
    ) {
        let bucket = TokenBucket(
            RateLimit(count: RateLimit.countMax, per: .seconds(86_400), burst: RateLimit.countMax), now: Self.start)
        #expect(bucket.tokens(at: Instant(milliseconds: milliseconds)) == RateLimit.countMax)
    }

    /// In every window of t there are at most burst + rate * t; and nothing is held back without need.
    @Test(arguments: 0..<TestSeed.rounds(40)) func noWindowHoldsMoreThanBurstAndRateAllow(round: Int) {
        let seed = TestSeed.choose() &+ UInt64(round)
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let limit = RateLimit(
            count: Int.random(in: 1...50, using: &random), per: .milliseconds(Int64.random(in: 1...5_000, using: &random)),
            burst: Int.random(in: 1...20, using: &random))
        var bucket = TokenBucket(limit, now: Self.start)
        var now = Self.start
        var taken: [Instant] = []
        for _ in 0..<300 {
            now = now + .milliseconds(Int64.random(in: 0...Int64.random(in: 0...4_000, using: &random), using: &random))
            bucket.pass(to: now)
            let there = bucket.tokens(at: now)
            #expect((bucket.next(at: now) == now) == (there > 0), "seed \(seed)")
            if there == 0, random.chance(50) {
                let next = bucket.next(at: now)
                // A millisecond may bring more than one.
                #expect(bucket.tokens(at: next) >= 1 && bucket.tokens(at: next - .milliseconds(1)) == 0, "seed \(seed)")
            }
            let count = Int.random(in: 0...there, using: &random)
            bucket.take(count, at: now)
            taken += Array(repeating: now, count: count)
        }
        let period = limit.period.wholeMilliseconds
        var broken: (count: Int, window: Int64)?
        for first in taken.indices {
            for last in first..<taken.count {
                let window = (taken[last] - taken[first]).wholeMilliseconds
                let isWithin = Int64(last - first + 1 - limit.burst) * period <= Int64(limit.count) * window
                if !isWithin { broken = (last - first + 1, window) }
            }
        }
        #expect(broken == nil, "seed \(seed): \(limit)")
    }

    /// By the time that truly passes, a clock set back brings nothing and each jump ahead at most one burst.
    @Test(arguments: 0..<TestSeed.rounds(20)) func jumpsOfTheClockBringAtMostABurstEach(round: Int) {
        let seed = TestSeed.choose() &+ UInt64(round)
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let limit = RateLimit(count: 5, per: .seconds(1), burst: Int.random(in: 1...9, using: &random))
        var bucket = TokenBucket(limit, now: Self.start)
        var (clock, elapsed, jumpsAhead, taken) = (Self.start, Int64(0), 0, 0)
        for _ in 0..<400 {
            let passed = Int64.random(in: 0...700, using: &random)
            elapsed += passed
            var jump: Int64 = 0
            if random.chance(10) { jump = Int64.random(in: -9_000_000...9_000_000, using: &random) }
            if jump > 0 { jumpsAhead += 1 }
            clock = clock + .milliseconds(passed + jump)
            bucket.pass(to: clock)
            let there = bucket.tokens(at: clock)
            bucket.take(there, at: clock)
            taken += there
            #expect(
                Int64(taken - limit.burst * (jumpsAhead + 1)) * 1000 <= 5 * elapsed, "seed \(seed): \(taken) in \(elapsed) ms")
        }
    }
}
