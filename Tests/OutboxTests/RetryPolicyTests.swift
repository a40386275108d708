import ExchangeModel
import GatewayTesting
import Outbox
import Testing

@Suite struct RetryPolicyTests {
    static let now = Instant(year: 2026, month: 5, day: 1)

    static func policy(initial: Duration = .seconds(1), cap: Duration = .seconds(300), total: Duration = .seconds(86_400))
        -> RetryPolicy
    {
        RetryPolicy(initial: initial, cap: cap, attempts: 100, total: total)
    }

    static func wait(_ policy: RetryPolicy, attempt: Int, retryAfter: Duration? = nil, _ random: inout some RandomNumberGenerator)
        -> Int64
    {
        (policy.due(afterAttempt: attempt, at: now, retryAfter: retryAfter, random: &random) - now).wholeMilliseconds
    }

    @Test(arguments: [
        (1, 1_000), (2, 2_000), (3, 4_000), (8, 128_000), (9, 256_000), (10, 300_000), (31, 300_000), (1_000_000, 300_000),
    ])
    func theBoundDoublesUpToTheCapAndTheWaitIsFullyJittered(attempt: Int, bound: Int64) {
        let seed = TestSeed.choose()
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let waits = (0..<2_000).map { _ in Self.wait(Self.policy(), attempt: attempt, &random) }
        #expect(waits.allSatisfy { (0...bound).contains($0) })
        // Uniform over the whole range: each tenth gets its share (expected 200 of 2,000; 100 is seven deviations away).
        for tenth in 0..<10 {
            let share = waits.filter { $0 * 10 >= bound * Int64(tenth) && $0 * 10 <= bound * Int64(tenth + 1) }.count
            #expect(share > 100, "seed \(seed), tenth \(tenth)")
        }
    }

    /// The waits of many draws.
    static func waits(_ policy: RetryPolicy, attempt: Int = 1, retryAfter: Duration? = nil) -> ClosedRange<Int64> {
        var random = SeededRandom(seed: 11)
        let all = (0..<500).map { _ in wait(policy, attempt: attempt, retryAfter: retryAfter, &random) }
        return (all.min() ?? -1)...(all.max() ?? -1)
    }

    @Test func theEndsOfTheRangeCanOccur() {
        #expect(Self.waits(Self.policy(initial: .milliseconds(3))) == 0...3)
        #expect(Self.waits(Self.policy(initial: .milliseconds(3), cap: .milliseconds(5)), attempt: 2) == 0...5)
    }

    @Test func retryAfterIsALowerBoundAndMayExceedTheCap() {
        #expect(Self.waits(Self.policy(), retryAfter: .seconds(7)) == 7_000...7_000)
        #expect(Self.waits(Self.policy(), attempt: 20, retryAfter: .seconds(7)).lowerBound == 7_000)
        #expect(Self.waits(Self.policy(), attempt: 20, retryAfter: .seconds(7)).upperBound > 250_000)
        #expect(Self.waits(Self.policy(), retryAfter: .seconds(3_600)) == 3_600_000...3_600_000)
    }

    @Test func retryAfterIsObeyedUpToItsLimitAndNeverShortensAWait() {
        #expect(Self.waits(Self.policy(), retryAfter: .seconds(Int64.max)) == 3_600_000...3_600_000)
        #expect(Self.waits(Self.policy(initial: .milliseconds(3)), retryAfter: .seconds(-30)) == 0...3)
        #expect(Self.waits(Self.policy(initial: .milliseconds(3)), retryAfter: .zero) == 0...3)
    }

    @Test(arguments: [0, -1, Int.min]) func anAttemptBelowOneCountsAsTheFirst(attempt: Int) {
        #expect(Self.waits(Self.policy(initial: .milliseconds(3)), attempt: attempt) == 0...3)
    }

    @Test func hugeValuesEndAtTheCap() {
        let long = Self.policy(initial: .seconds(400 * 365 * 86_400), cap: .milliseconds(3))
        #expect(Self.waits(long) == 0...3)
        #expect(Self.waits(long, attempt: Int.max) == 0...3)
        // The largest bound that configuration allows does not overflow.
        let widest = Self.policy(initial: .seconds(3_600), cap: .seconds(86_400))
        #expect(Self.waits(widest, attempt: Int.max).upperBound <= 86_400_000)
    }

    @Test func zeroAndNegativeTimesMeanAtOnce() {
        #expect(Self.waits(Self.policy(initial: .zero), attempt: 5) == 0...0)
        #expect(Self.waits(Self.policy(initial: .seconds(-5)), attempt: 5) == 0...0)
        #expect(Self.waits(Self.policy(cap: .seconds(-5)), attempt: 5) == 0...0)
    }
}
