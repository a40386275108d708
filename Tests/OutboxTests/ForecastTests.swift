import ExchangeModel
import GatewayTesting
import Store
import Testing

@testable import Outbox

@Suite struct ForecastTests {
    private let now = Samples.start

    private func group(_ count: Int, _ dataset: String = "contract", in seconds: Int? = nil, isStuck: Bool = false)
        -> BacklogGroup
    {
        BacklogGroup(
            destination: "province", dataset: seconds == nil ? "" : dataset, deadline: seconds.map { now + .seconds($0) },
            isStuck: isStuck, count: count)
    }

    private func forecast(
        _ groups: [BacklogGroup], rate: Double?, opening: BacklogForecast.Opening = .open
    ) -> BacklogForecast {
        BacklogForecast(destination: "province", groups: groups, perSecond: rate, now: now, opening: opening)
    }

    @Test func aBacklogThatGetsThroughMissesNothing() {
        let forecast = forecast([group(100, in: 60), group(500)], rate: 2)
        #expect(forecast.missing == 0 && forecast.late.isEmpty)
        #expect(forecast.endsAt == now + .seconds(300))
        #expect(forecast.moving == 600 && forecast.stuck == 0)
    }

    @Test func whatStandsBehindEarlierDeadlinesComesTooLate() {
        // 120 go in the first minute; 100 of them are due then, 40 more half a minute later.
        let forecast = forecast([group(1000), group(40, "penalty", in: 62), group(100, in: 60)], rate: 2)
        #expect(forecast.late.map(\.missing) == [16])
        #expect(forecast.late.map(\.dataset) == ["penalty"])
    }

    @Test func whatIsLateAlreadyIsMissedAtAnyRate() {
        #expect(forecast([group(3, in: -5)], rate: nil).missing == 3)
        #expect(forecast([group(3, in: -5)], rate: 1000).missing == 3)
    }

    @Test func withoutARateNothingElseIsSaid() {
        let forecast = forecast([group(3, in: 60)], rate: nil)
        #expect(forecast.missing == 0 && forecast.endsAt == nil)
    }

    @Test func aDestinationThatConfirmsNothingMissesEverything() {
        let forecast = forecast([group(3, in: 86_400)], rate: 0)
        #expect(forecast.missing == 3 && forecast.endsAt == nil)
    }

    @Test func aClosedDestinationBeginsLaterAndAHeldOneNever() {
        let closed = forecast([group(100, in: 60)], rate: 2, opening: .opensAt(now + .seconds(30)))
        #expect(closed.missing == 40 && closed.endsAt == now + .seconds(80) && closed.opensAt == now + .seconds(30))
        let held = forecast([group(100, in: 60), group(5)], rate: 2, opening: .held)
        #expect(held.missing == 100 && held.endsAt == nil && held.isHeld)
        #expect(forecast([group(1)], rate: 2, opening: .opensAt(now - .seconds(1))).opensAt == nil)
    }

    @Test func whatIsStuckIsCountedApart() {
        let forecast = forecast([group(7, in: 60, isStuck: true), group(2, in: 60), group(4, isStuck: true)], rate: 1)
        #expect(forecast.stuck == 11 && forecast.moving == 2 && forecast.missing == 0)
        #expect(forecast.late.map(\.stuck) == [7])
    }

    @Test func anEmptyBacklogHasNoEnd() {
        let forecast = forecast([], rate: 3)
        #expect(forecast.endsAt == nil && forecast.moving == 0)
    }

    @Test func anAlarmIsToldOnceForEachChange() {
        var alarm = ForecastAlarm()
        let good = forecast([group(1, in: 60)], rate: 5)
        let bad = forecast([group(1000, in: 60)], rate: 5)
        let worse = forecast([group(1000, in: 60), group(1000, "penalty", in: 90)], rate: 5)
        #expect(alarm.update(good) == nil)
        #expect(alarm.update(bad) == .misses)
        #expect(alarm.update(bad) == nil)
        #expect(alarm.update(worse) == .misses)
        #expect(alarm.update(bad) == nil, "fewer than were told")
        #expect(alarm.update(good) == .clear)
        #expect(alarm.update(good) == nil)
        #expect(alarm.update(bad) == .misses)
    }

    @Test func aRateCountsOnlyTimeWithWork() {
        var rate = DeliveryRate()
        #expect(rate.perSecond(at: now) == nil)
        rate.note(delivered: 0, hasWork: true, at: now)
        rate.note(delivered: 40, hasWork: false, at: now + .seconds(20))
        // A quiet quarter of an hour would age it; a quiet minute changes nothing.
        #expect(rate.perSecond(at: now + .seconds(80)) == 2)
        rate.note(delivered: 0, hasWork: true, at: now + .seconds(80))
        rate.note(delivered: 20, hasWork: true, at: now + .seconds(120))
        #expect(rate.perSecond(at: now + .seconds(120)) == 1)
    }

    @Test func aDestinationThatHangsBecomesSlowWithoutATurn() {
        var rate = DeliveryRate()
        rate.note(delivered: 0, hasWork: true, at: now)
        rate.note(delivered: 10, hasWork: true, at: now + .seconds(10))
        #expect(rate.perSecond(at: now + .seconds(10)) == 1)
        #expect(rate.perSecond(at: now + .seconds(100)) == 0.1)
        #expect(rate.perSecond(at: now + .seconds(3600)) == 0)
    }

    @Test func oldMinutesAreForgottenAndAClockSetBackDoesNoHarm() {
        var rate = DeliveryRate()
        rate.note(delivered: 0, hasWork: true, at: now)
        rate.note(delivered: 600, hasWork: false, at: now + .seconds(30))
        #expect(rate.perSecond(at: now + .seconds(30)) == 20)
        #expect(rate.perSecond(at: now + .seconds(3600)) == nil)
        rate.note(delivered: 0, hasWork: true, at: now - .seconds(3600))
        rate.note(delivered: 5, hasWork: true, at: now - .seconds(3590))
        #expect(rate.perSecond(at: now - .seconds(3590)) == 0.5)
        rate.note(delivered: 5, hasWork: true, at: now - .seconds(7200))
        #expect(rate.perSecond(at: now - .seconds(7200)) == nil)
    }

    @Test func theStoreCountsTheBacklogByDatasetAndDeadline() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { _ in nil }
            for index in 0..<5 {
                var intake = bench.samples.intake("N\(index)", key: "K\(index)")
                intake.dataset = Dataset(index < 2 ? "contract" : "penalty")
                if index != 4 { intake.deliveries[0].deadline = Samples.start + .seconds(index < 2 ? 100 : 50) }
                if index == 3 { intake.deliveries[0].state = .waiting(.review) }
                _ = try await bench.store.accept(intake)
            }
            let groups = try await bench.store.backlog(destination: nil)
            #expect(groups.map(\.count) == [1, 1, 2, 1])
            #expect(groups.map(\.dataset) == ["penalty", "penalty", "contract", ""])
            #expect(groups.map(\.isStuck).sorted { $0 && !$1 } == [true, false, false, false])
            #expect(try await bench.store.backlog(destination: "other").isEmpty)
            let open = try await bench.store.openDeliveries(destination: "province", after: 0, limit: 1)
            #expect(open[0].deadline == Samples.start + .seconds(100))
        }
    }

    @Test func aLoopMeasuresItsOwnRate() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { _ in nil }
            let first = try await bench.accept("N1")
            try await bench.settle()
            try await bench.pass(.seconds(20))
            bench.courier.answer(first.id, .accepted)
            try await bench.settle()
            #expect(bench.runner.perSecond(at: bench.clock.now()) == 0.05)
        }
    }
}
