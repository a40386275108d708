import ExchangeModel
import Store
import Testing

@testable import Gateway

@Suite("The pressure gauge")
struct PressureGaugeTests {
    static let start = Instant(milliseconds: 1_777_600_000_000)

    /// Limits of 100 and 200 deliveries, no other.
    private var limits: GatewayConfiguration.PressureLimits {
        var limits = GatewayConfiguration.PressureLimits()
        limits.openDeliveries = .init(soft: 100, hard: 200)
        limits.freeDisk = .init(soft: 0, hard: 0)
        return limits
    }

    private func usage(open: Int = 0, ended: Int = 0, used: Int = 0, free: Int = 0) -> StoreUsage {
        StoreUsage(openDeliveries: open, endedDeliveries: ended, usedBytes: used, freeBytes: free)
    }

    private func judge(_ gauge: inout PressureGauge, _ usage: StoreUsage, second: Int) -> Pressure? {
        gauge.judge(usage, at: Self.start + .seconds(second))
    }

    @Test("begins at the soft mark, reaches the hard one, and ends a part below the soft one")
    func levels() {
        var gauge = PressureGauge(limits: limits)
        let course: [(open: Int, level: Pressure.Level?)] = [
            (99, nil), (100, .soft), (199, .soft), (200, .hard), (195, .hard), (190, .soft), (100, .soft), (96, .soft), (95, nil),
            (99, nil), (100, .soft), (1000, .hard), (0, nil),
        ]
        for (second, step) in course.enumerated() {
            #expect(judge(&gauge, usage(open: step.open), second: second)?.level == step.level, "\(second): \(step)")
        }
    }

    @Test("Retry-After is the time that the present rate needs")
    func honest() {
        var gauge = PressureGauge(limits: limits)
        _ = judge(&gauge, usage(open: 200, ended: 0), second: 0)
        // 5 a second, and 75 more than the 95 at which it ends.
        #expect(judge(&gauge, usage(open: 170, ended: 50), second: 10)?.retryAfterSeconds == 15)
        #expect(judge(&gauge, usage(open: 120, ended: 100), second: 20)?.retryAfterSeconds == 5)
    }

    @Test("Retry-After stays within its bounds", arguments: [(96, 1000, 1), (50_000_000, 1, 900), (200, 0, 60)])
    func bounds(open: Int, ended: Int, seconds: Int) {
        var gauge = PressureGauge(limits: limits)
        _ = judge(&gauge, usage(open: 300), second: 0)
        #expect(judge(&gauge, usage(open: open, ended: ended), second: 1)?.retryAfterSeconds == seconds)
    }

    @Test("the rate is that of the last half minute, and of no clock that was set back")
    func window() {
        var gauge = PressureGauge(limits: limits)
        _ = judge(&gauge, usage(open: 300, ended: 0), second: 0)
        _ = judge(&gauge, usage(open: 200, ended: 1000), second: 10)
        _ = judge(&gauge, usage(open: 200, ended: 1000), second: 30)
        #expect(judge(&gauge, usage(open: 200, ended: 1000), second: 41)?.retryAfterSeconds == 60)
        #expect(judge(&gauge, usage(open: 200, ended: 2000), second: 5)?.retryAfterSeconds == 60)
        #expect(judge(&gauge, usage(open: 195, ended: 2005), second: 6)?.retryAfterSeconds == 20)
    }

    @Test("of several limits the worst level and the longest time count")
    func several() {
        var limits = limits
        limits.storeBytes = .init(soft: 1000, hard: 2000)
        limits.freeDisk = .init(soft: 500, hard: 100)
        var gauge = PressureGauge(limits: limits)
        #expect(judge(&gauge, usage(open: 1, used: 999, free: 501), second: 0) == nil)
        let near = judge(&gauge, usage(open: 150, ended: 55, used: 999, free: 100), second: 1)
        #expect(near?.level == .hard && near?.words == ["openDeliveries: soft", "freeDisk: hard"])
        #expect(near?.retryAfterSeconds == 60)
        #expect(judge(&gauge, usage(open: 1, used: 1000, free: 500), second: 2)?.words == ["storeBytes: soft", "freeDisk: soft"])
        #expect(judge(&gauge, usage(open: 1, used: 950, free: 525), second: 3) == nil)
    }

    @Test("space that comes back makes a rate as well")
    func disk() {
        var limits = limits
        limits.freeDisk = .init(soft: 1000, hard: 100)
        var gauge = PressureGauge(limits: limits)
        #expect(judge(&gauge, usage(free: 50), second: 0)?.retryAfterSeconds == 60)
        #expect(judge(&gauge, usage(free: 550), second: 5)?.retryAfterSeconds == 5)
    }

    @Test("a disk without marks is not watched")
    func unwatched() {
        var gauge = PressureGauge(limits: limits)
        #expect(judge(&gauge, usage(free: 0), second: 0) == nil)
    }

    @Test("the flag gives what was set last")
    func flag() {
        let flag = PressureFlag()
        #expect(flag.present == nil)
        let pressure = Pressure(levels: [.freeDisk: .soft], retryAfterSeconds: 3)
        #expect(flag.set(pressure) == nil && flag.present == pressure)
        #expect(flag.set(nil) == pressure && flag.present == nil)
    }
}
