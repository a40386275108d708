import ExchangeModel
import Store
import Testing

@testable import Outbox

/// Rules for dead and waiting heads, those that stand aside, and what is held, in the pure table.
@Suite struct LaneRuleTests {
    let samples = Samples()
    let now = Samples.start

    func moved(_ delivery: OpenDelivery, to state: DeliveryState, dueAt: Instant? = nil, aside: Bool = false) -> OpenDelivery {
        var delivery = delivery
        delivery.state = state
        delivery.dueAt = dueAt
        delivery.isAside = aside
        return delivery
    }

    func table(_ rule: HeadOfLineRule, _ sequences: ClosedRange<Int64>, window: Int = 8) -> LaneTable {
        var table = LaneTable(laneWindow: window, rule: rule)
        for sequence in sequences { table.insert(samples.delivery(sequence), now: now) }
        return table
    }

    @Test func aDeadHeadIsOvertakenAndIsNotKeptInMemory() throws {
        var table = table(.overtake, 1...3)
        _ = table.finish(moved(try table.head(), to: .dead), now: now)
        #expect(table.entryCount == 2)
        table.expectHead(2)
    }

    @Test(arguments: [HeadOfLineRule.block, .park]) func aDeadHeadStopsItsLaneUnderTheOtherRules(rule: HeadOfLineRule) throws {
        var table = table(rule, 1...3)
        _ = table.finish(moved(try table.head(), to: .dead), now: now)
        table.expectHead(nil)
    }

    @Test(arguments: HeadOfLineRule.allCases) func aWaitingHeadIsOvertakenOnlyWhereTheRuleSaysSo(rule: HeadOfLineRule) {
        var table = LaneTable(rule: rule)
        table.insert(samples.delivery(1, state: .waiting(.parent)), now: now)
        table.insert(samples.delivery(2), now: now)
        table.expectHead(rule == .overtake ? 2 : nil)
        // What was missing is there: it takes its place again.
        _ = table.replace(samples.delivery(1), now: now)
        if rule == .overtake { table.release(lane: 1, now: now) }
        table.expectHead(1)
    }

    @Test(arguments: [DeliveryState.unknown, .retryWait, .awaitingReceipt, .inFlight], HeadOfLineRule.allCases)
    func aHeadWhoseOutcomeIsOpenIsNeverPassed(state: DeliveryState, rule: HeadOfLineRule) throws {
        var table = table(rule, 1...2)
        _ = table.finish(moved(try table.head(), to: state, dueAt: now + .seconds(9)), now: now)
        table.expectHead(nil)
    }

    @Test func afterARestartWhatIsPassedStaysOutOfTheLane() {
        var overtaking = LaneTable(rule: .overtake)
        overtaking.insert(samples.delivery(1, state: .dead), now: now)
        overtaking.insert(samples.delivery(2), now: now)
        overtaking.expectHead(2)
        var blocking = LaneTable(rule: .block)
        blocking.insert(moved(samples.delivery(1), to: .dead, aside: true), now: now)
        blocking.insert(samples.delivery(2), now: now)
        blocking.expectHead(2)
    }

    @Test func aHeadMovedAsideLetsItsFollowersBeReadBack() throws {
        var table = table(.block, 1...3, window: 1)
        let head = try table.head()
        _ = table.finish(moved(head, to: .dead), now: now)
        let after = table.replace(moved(head, to: .dead, aside: true), now: now)
        #expect(after == 1)
        let more = table.refill(lane: 1, with: [samples.delivery(2)], now: now)
        #expect(more == nil)
        table.expectHead(2)
    }

    @Test func aPageOfPassedOnesIsReadPast() throws {
        var table = table(.overtake, 1...6, window: 1)
        let after = table.finish(moved(try table.head(), to: .delivered), now: now)
        #expect(after == 1)
        let further = table.refill(lane: 1, with: [2, 3].map { samples.delivery($0, state: .dead) }, now: now)
        #expect(further == 3)
        let end = table.refill(lane: 1, with: [4, 5, 6].map { samples.delivery($0) }, now: now)
        #expect(end == nil)
        table.expectHead(4)
    }

    @Test func oneThatComesBackGoesNextOnceTheHeadAtWorkHasAnOutcome() throws {
        var table = table(.overtake, 1...3)
        let first = try table.head()
        _ = table.finish(moved(first, to: .dead), now: now)
        let second = try table.head()
        _ = table.finish(moved(second, to: .inFlight), now: now)
        _ = table.replace(moved(first, to: .pending), now: now)
        table.expectHead(nil)
        _ = table.finish(moved(second, to: .retryWait, dueAt: now + .seconds(60)), now: now)
        table.expectHead(1)
        _ = table.finish(moved(first, to: .delivered), now: now)
        // The delayed one keeps its time.
        table.expectHead(nil)
        table.ring(now: now + .seconds(60))
        table.expectHead(2)
        #expect(table.entryCount == 2)
    }

    @Test func oneThatComesBackGoesBeforeALaterUnknownOneThatIsNotBeingAskedAbout() throws {
        var table = table(.overtake, 1...2)
        let first = try table.head()
        _ = table.finish(moved(first, to: .dead), now: now)
        let second = try table.head()
        _ = table.finish(moved(second, to: .unknown, dueAt: now), now: now)
        let asked = try table.inquiry().delivery
        _ = table.replace(moved(first, to: .pending), now: now)
        table.expectHead(nil)
        _ = table.finish(moved(asked, to: .unknown, dueAt: now + .seconds(9)), now: now)
        table.expectHead(1)
        _ = table.finish(moved(first, to: .delivered), now: now)
        table.expectHead(nil)
        table.ring(now: now + .seconds(9))
        #expect(try table.inquiry().delivery.sequence == 2)
    }

    @Test func aDelayedHeadIsNotSentEarlyBecauseOneBeforeItCameAndWent() throws {
        var table = table(.overtake, 1...2)
        let first = try table.head()
        _ = table.finish(moved(first, to: .dead), now: now)
        _ = table.finish(moved(try table.head(), to: .retryWait, dueAt: now + .seconds(60)), now: now)
        _ = table.replace(moved(first, to: .pending), now: now)
        // Ready, and ended by a person before it was taken.
        _ = table.replace(moved(first, to: .cancelled), now: now)
        table.expectHead(nil)
        #expect(table.nextAlarm == now + .seconds(60))
    }

    @Test func oneThatWaitsToComeBackMayBeEnded() throws {
        var table = table(.overtake, 1...2)
        let first = try table.head()
        _ = table.finish(moved(first, to: .dead), now: now)
        let second = try table.head()
        _ = table.finish(moved(second, to: .inFlight), now: now)
        _ = table.replace(moved(first, to: .pending), now: now)
        _ = table.replace(moved(first, to: .cancelled), now: now)
        _ = table.finish(moved(second, to: .delivered), now: now)
        #expect(table.entryCount == 0 && table.laneCount == 0)
    }

    @Test func aFollowerMovedAsideIsPassedWhenItsTurnComes() throws {
        var table = table(.block, 1...3)
        _ = table.replace(moved(samples.delivery(2), to: .dead, aside: true), now: now)
        _ = table.finish(moved(try table.head(), to: .delivered), now: now)
        table.expectHead(3)
    }

    @Test func oneThatComesBackBehindTheWindowIsLeftToTheStore() throws {
        var table = table(.block, 1...3, window: 1)
        _ = table.replace(samples.delivery(2), now: now)
        #expect(table.entryCount == 1)
        let after = table.finish(moved(try table.head(), to: .delivered), now: now)
        #expect(after == 1)
    }

    // MARK: Holds

    @Test func aHeldLaneStandsAndTheOthersGoOn() {
        var table = LaneTable()
        for (sequence, lane) in [(1, 1), (2, 2), (3, 1)] as [(Int64, Int64)] {
            table.insert(samples.delivery(sequence, lane: lane), now: now)
        }
        table.stops.held.insert(1)
        table.expectHead(2)
        table.expectHead(nil)
        #expect(!table.hasReady)
        table.goOn(lane: 1, now: now)
        table.expectHead(1)
    }

    @Test func aHeldDestinationLeasesNothingAndForgetsNothing() {
        var table = LaneTable()
        table.insert(samples.delivery(1), now: now)
        table.stop(LaneStops(isDestinationHeld: true), now: now)
        #expect(!table.hasReady)
        table.expectHead(nil)
        table.insert(samples.delivery(2, lane: 2), now: now)
        table.stop(LaneStops(), now: now)
        table.expectHead(1)
        table.expectHead(2)
    }

    @Test func whatComesDueInAHeldLaneGoesWhenItIsReleased() throws {
        var table = LaneTable()
        table.insert(samples.delivery(1), now: now)
        _ = table.finish(moved(try table.head(), to: .retryWait, dueAt: now + .seconds(5)), now: now)
        table.stops.held.insert(1)
        table.ring(now: now + .seconds(5))
        table.expectHead(nil)
        table.goOn(lane: 1, now: now + .seconds(6))
        table.expectHead(1)
    }

    @Test func anUnknownHeadOfAHeldLaneIsStillAskedAbout() throws {
        var table = LaneTable()
        table.insert(samples.delivery(1), now: now)
        _ = table.finish(moved(try table.head(), to: .unknown, dueAt: now + .seconds(5)), now: now)
        table.stop(LaneStops(isDestinationHeld: true, held: [1]), now: now)
        table.ring(now: now + .seconds(5))
        #expect(try table.inquiry().delivery.sequence == 1)
    }

    @Test func aLaneHeldAndParkedNeedsBothToEnd() {
        var table = LaneTable(rule: .park)
        table.stops.held.insert(1)
        table.stops.parked[1] = samples.id()
        table.insert(samples.delivery(1), now: now)
        table.goOn(lane: 1, now: now)
        table.expectHead(nil)
        table.stop(LaneStops(), now: now)
        table.expectHead(1)
    }
}
