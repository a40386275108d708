import ExchangeModel
import GatewayTesting
import Testing

@testable import Outbox

/// The quota of the day.
@Suite struct DayQuotaTests {
    @Test func daysBeginAtMidnightOfTheZone() {
        let quota = DayQuota(limit: 3, offsetSeconds: PacePolicy.chinaOffsetSeconds)
        let evening = Instant(year: 2026, month: 5, day: 1, hour: 15, minute: 59, second: 59, millisecond: 999)
        #expect(quota.day(of: evening).from == Instant(year: 2026, month: 4, day: 30, hour: 16))
        #expect(quota.day(of: evening).to == Instant(year: 2026, month: 5, day: 1, hour: 16))
        #expect(quota.day(of: evening + .milliseconds(1)).from == Instant(year: 2026, month: 5, day: 1, hour: 16))
        let before1970 = quota.day(of: Instant(milliseconds: -28_800_001))
        #expect(before1970.to == Instant(milliseconds: -28_800_000))
    }

    @Test func aDayIsAskedForOnceAndCountedOn() {
        var quota = DayQuota(limit: 5, offsetSeconds: 0)
        let noon = Instant(year: 2026, month: 5, day: 1, hour: 12)
        #expect(quota.left(at: noon) == nil)
        quota.know(quota.day(of: noon), used: 2)
        quota.take(1, at: noon)
        #expect(quota.left(at: noon) == 2)
        #expect(quota.left(at: noon + .seconds(86_400)) == nil, "tomorrow is not known before it is asked for")
        quota.forget()
        #expect(quota.left(at: noon) == nil)
        quota.know(quota.day(of: noon), used: 9)
        #expect(quota.left(at: noon) == 0)
    }

    /// A clock that jumps between days at random, a store that knows every attempt: no day ever has more than its quota.
    @Test(arguments: 0..<TestSeed.rounds(30)) func noDayHasMoreThanItsQuota(round: Int) {
        let seed = TestSeed.choose() &+ UInt64(round)
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let offset = Int.random(in: -14...14, using: &random) * 3_600
        let limit = Int.random(in: 1...20, using: &random)
        var quota = DayQuota(limit: limit, offsetSeconds: offset)
        var now = Instant(year: 2026, month: 5, day: 1)
        var attempts: [Instant] = []
        for _ in 0..<600 {
            let jump = random.chance(5) ? Int64.random(in: -20...20, using: &random) * 86_400_000 : 0
            now = now + .milliseconds(Int64.random(in: 0...3_600_000, using: &random) + jump)
            if random.chance(4) { quota.forget() }
            if quota.left(at: now) == nil {
                let day = quota.day(of: now)
                quota.know(day, used: attempts.filter { $0 >= day.from && $0 < day.to }.count)
            }
            let count = Int.random(in: 0...(quota.left(at: now) ?? 0), using: &random)
            quota.take(count, at: now)
            attempts += Array(repeating: now, count: count)
        }
        let byDay = Dictionary(grouping: attempts) { instant -> String in
            let civil = instant.civil(offsetSeconds: offset)
            return "\(civil.year)-\(civil.month)-\(civil.day)"
        }
        #expect(byDay.values.allSatisfy { $0.count <= limit }, "seed \(seed)")
        #expect(byDay.values.contains { $0.count == limit }, "seed \(seed): no day was ever used up, so nothing was shown")
    }
}
