import ExchangeModel
import GatewayTesting
import Testing

@testable import Outbox

/// The hours in which a destination takes records.
@Suite struct OpeningHoursTests {
    typealias Window = OpeningHours.Window
    static let workdays: [OpeningHours.Weekday] = [.mon, .tue, .wed, .thu, .fri]
    /// 08:30 to 17:30 in China.
    static let office = OpeningHours([Window(days: workdays, from: 510, to: 1050)])

    /// A time of day in China of May 2026; the first is a Friday.
    static func may(_ day: Int, _ hour: Int, _ minute: Int, _ millisecond: Int = 0) -> Instant {
        Instant(year: 2026, month: 5, day: day, hour: hour, minute: minute, millisecond: millisecond) - .seconds(28_800)
    }

    @Test func theFirstMomentIsInAndTheLastIsOut() {
        #expect(!Self.office.isOpen(at: Self.may(1, 8, 30) - .milliseconds(1)))
        #expect(Self.office.isOpen(at: Self.may(1, 8, 30)))
        #expect(Self.office.isOpen(at: Self.may(1, 17, 30) - .milliseconds(1)))
        #expect(!Self.office.isOpen(at: Self.may(1, 17, 30)))
    }

    @Test func theNextOpeningIsFoundAcrossNightsAndWeekends() {
        #expect(Self.office.nextOpening(at: Self.may(1, 3, 0)) == Self.may(1, 8, 30))
        #expect(Self.office.nextOpening(at: Self.may(1, 12, 0, 5)) == Self.may(1, 12, 0, 5))
        #expect(Self.office.nextOpening(at: Self.may(1, 17, 30)) == Self.may(4, 8, 30))
        #expect(Self.office.nextOpening(at: Self.may(2, 0, 0)) == Self.may(4, 8, 30))
        #expect(Self.office.nextOpening(at: Self.may(4, 20, 0)) == Self.may(5, 8, 30))
    }

    @Test func aWindowOverMidnightBelongsToTheDayOnWhichItBegins() {
        let night = OpeningHours([Window(days: [.sun], from: 1320, to: 120)])
        // Sunday, 3 May, 22:00 to Monday 02:00, over the end of the week.
        #expect(night.isOpen(at: Self.may(3, 23, 59)))
        #expect(night.isOpen(at: Self.may(4, 1, 59)))
        #expect(!night.isOpen(at: Self.may(4, 2, 0)))
        #expect(!night.isOpen(at: Self.may(3, 1, 0)), "Saturday's night is not Sunday's")
        #expect(night.nextOpening(at: Self.may(4, 2, 0)) == Self.may(10, 22, 0))
    }

    @Test func withoutWindowsOrWithAllOfThemItIsAlwaysOpen() {
        let always = [OpeningHours([]), OpeningHours([Window(days: OpeningHours.Weekday.allCases, from: 0, to: 1440)])]
        for hours in always { #expect((0..<20_000).allSatisfy { hours.isOpen(at: Self.may(1, 0, $0)) }) }
    }

    @Test func beforeTheEpochTheWeekGoesOn() {
        // 1969-12-29 was a Monday.
        let monday = Instant(year: 1969, month: 12, day: 29, hour: 0, minute: 30)
        #expect(Self.office.isOpen(at: monday))
        #expect(Self.office.nextOpening(at: monday - .seconds(3600)) == monday)
    }

    /// Against a model that walks minute by minute through the calendar.
    @Test(arguments: 0..<TestSeed.rounds(25)) func itAgreesWithAWalkThroughTheCalendar(round: Int) {
        let seed = TestSeed.choose() &+ UInt64(round)
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let offset = Int.random(in: -56...56, using: &random) * 900
        let windows = (0..<Int.random(in: 1...4, using: &random)).map { _ -> Window in
            let days = OpeningHours.Weekday.allCases.filter { _ in random.chance(40) }
            let from = Int.random(in: 0..<1440, using: &random)
            return Window(
                days: days.isEmpty ? [.wed] : days, from: from, to: (from + Int.random(in: 1..<1440, using: &random)) % 1440)
        }.filter { $0.to > 0 }
        if windows.isEmpty { return }
        let hours = OpeningHours(windows, offsetSeconds: offset)
        func walks(_ instant: Instant) -> Bool {
            let civil = instant.civil(offsetSeconds: offset)
            let day = (Instant.days(year: civil.year, month: civil.month, day: civil.day) + 3) % 7
            let minute = civil.hour * 60 + civil.minute
            return windows.contains { window in
                let days = window.days.map(\.number)
                if window.to > window.from { return days.contains(day) && (window.from..<window.to).contains(minute) }
                return (days.contains(day) && minute >= window.from) || (days.contains((day + 6) % 7) && minute < window.to)
            }
        }
        var now = Instant(year: 2026, month: 5, day: 1)
        var nextOpen: Instant?
        var wrong: [Instant] = []
        // Backward, so that each minute knows the next open one.
        now = now + .seconds(9 * 86_400)
        for step in 0..<(9 * 1440) {
            now = now - .seconds(60)
            let isOpen = walks(now)
            if isOpen { nextOpen = now }
            if hours.isOpen(at: now) != isOpen || hours.isOpen(at: now + .milliseconds(59_999)) != isOpen { wrong.append(now) }
            if step > 8 * 1440, let nextOpen, hours.nextOpening(at: now) != nextOpen { wrong.append(now) }
        }
        #expect(wrong.isEmpty, "seed \(seed)")
    }
}
