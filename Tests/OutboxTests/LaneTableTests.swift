import ExchangeModel
import Store
import Testing

@testable import Outbox

@Suite struct LaneTableTests {
    let samples = Samples()
    let now = Samples.start

    /// The same delivery in another state, as a committed change leaves it.
    func moved(_ delivery: OpenDelivery, to state: DeliveryState, dueAt: Instant? = nil) -> OpenDelivery {
        var delivery = delivery
        delivery.state = state
        delivery.dueAt = dueAt
        return delivery
    }

    @Test func headsComeInTheOrderTheyBecameReadyAndFollowersWait() {
        var table = LaneTable()
        for (sequence, lane) in [(1, 1), (2, 1), (3, 2), (4, 1), (5, 3)] as [(Int64, Int64)] {
            table.insert(samples.delivery(sequence, lane: lane), now: now)
        }
        table.expectHead(1)
        table.expectHead(3)
        table.expectHead(5)
        table.expectHead(nil)
        #expect(table.entryCount == 5)
    }

    @Test func aLaneIsBusyFromTakingToFinishing() throws {
        var table = LaneTable()
        for sequence in 1...3 as ClosedRange<Int64> { table.insert(samples.delivery(sequence), now: now) }
        let head = try table.head()
        let outcome1 = table.finish(moved(head, to: .inFlight), now: now)
        #expect(outcome1 == nil)
        table.expectHead(nil)
        let outcome2 = table.finish(moved(head, to: .delivered), now: now)
        #expect(outcome2 == nil)
        table.expectHead(2)
        #expect(table.entryCount == 2)
    }

    @Test func aReleasedHeadMayBeTakenAgainAndStillComesFirst() {
        var table = LaneTable()
        for sequence in 1...2 as ClosedRange<Int64> { table.insert(samples.delivery(sequence), now: now) }
        _ = table.takeReady()
        table.release(lane: 1, now: now)
        table.expectHead(1)
        table.release(lane: 99, now: now)
        table.expectHead(nil)
    }

    @Test func aKnownSequenceIsNotAddedTwice() {
        var table = LaneTable()
        for sequence in [1, 2, 2, 1] as [Int64] { table.insert(samples.delivery(sequence), now: now) }
        #expect(table.entryCount == 2)
    }

    @Test func aDelayedHeadIsReadyAtItsTimeAndNotBefore() throws {
        var table = LaneTable()
        table.insert(samples.delivery(1), now: now)
        table.insert(samples.delivery(2), now: now)
        let head = try table.head()
        _ = table.finish(moved(head, to: .retryWait, dueAt: now + .seconds(10)), now: now)
        #expect(table.nextAlarm == now + .seconds(10))
        table.ring(now: now + .milliseconds(9_999))
        #expect(!table.hasReady)
        table.ring(now: now + .seconds(10))
        table.expectHead(1)
        #expect(table.nextAlarm == nil)
    }

    @Test func anUnknownHeadAsksAtItsTimeSinceItWasLost() throws {
        var table = LaneTable()
        table.insert(samples.delivery(1), now: now)
        let head = try table.head()
        _ = table.finish(moved(head, to: .unknown, dueAt: now + .seconds(5)), now: now)
        table.ring(now: now + .seconds(4))
        table.expectNoInquiry()
        table.ring(now: now + .seconds(5))
        let (asked, since) = try table.inquiry()
        #expect(asked.sequence == 1)
        #expect(since == now)
        table.expectNoInquiry()
        // No answer: asked again later, still since the loss.
        _ = table.finish(moved(asked, to: .unknown, dueAt: now + .seconds(25)), now: now + .seconds(6))
        table.ring(now: now + .seconds(25))
        let again = try table.inquiry().since
        #expect(again == now)
    }

    @Test func anUnknownHeadReadFromTheStoreKeepsItsAge() throws {
        var table = LaneTable()
        let lost = now - .seconds(500)
        table.insert(samples.delivery(1, state: .unknown, dueAt: lost, attempts: 1), now: now)
        let again = try table.inquiry().since
        #expect(again == lost)
    }

    @Test func alarmsOfAFormerStateDoNothing() throws {
        var table = LaneTable()
        table.insert(samples.delivery(1), now: now)
        let head = try table.head()
        _ = table.finish(moved(head, to: .retryWait, dueAt: now + .seconds(10)), now: now)
        // A person retries at once; then it fails again, due much later.
        _ = table.replace(moved(head, to: .pending), now: now)
        _ = try table.head()
        _ = table.finish(moved(head, to: .retryWait, dueAt: now + .seconds(100)), now: now)
        table.ring(now: now + .seconds(10))
        #expect(!table.hasReady)
        #expect(table.nextAlarm == now + .seconds(100))
    }

    @Test func aDeadHeadBlocksItsLaneAndGivesItsFollowersBackToTheStore() throws {
        var table = LaneTable(laneWindow: 4)
        for sequence in 1...3 as ClosedRange<Int64> { table.insert(samples.delivery(sequence), now: now) }
        let head = try table.head()
        _ = table.finish(moved(head, to: .dead), now: now)
        #expect(table.entryCount == 0)
        table.insert(samples.delivery(4), now: now)
        #expect(table.entryCount == 0)
        #expect(!table.hasReady && table.nextAlarm == nil)
        // A person ends it: the followers are read back, none is lost.
        let outcome3 = table.replace(moved(head, to: .cancelled), now: now)
        #expect(outcome3 == 1)
        let outcome4 = table.refill(lane: 1, with: [2, 3, 4].map { samples.delivery($0) }, now: now)
        #expect(outcome4 == nil)
        table.expectHead(2)
        #expect(table.entryCount == 3)
    }

    @Test func overTheWindowFollowersStayInTheStoreAndComeBackInOrder() throws {
        var table = LaneTable(laneWindow: 2)
        for sequence in 1...5 as ClosedRange<Int64> { table.insert(samples.delivery(sequence), now: now) }
        #expect(table.entryCount == 2)
        let outcome5 = try table.finish(moved(table.head(), to: .delivered), now: now)
        #expect(outcome5 == nil)
        // Still truncated: a newer one must not slip in before those that were left out.
        table.insert(samples.delivery(6), now: now)
        #expect(table.entryCount == 1)
        let outcome6 = try table.finish(moved(table.head(), to: .delivered), now: now)
        #expect(outcome6 == 2)
        table.expectHead(nil)
        let outcome7 = table.refill(lane: 1, with: [3, 4].map { samples.delivery($0) }, now: now)
        #expect(outcome7 == nil)
        for expected in [3, 4] as [Int64] {
            let head = try table.head()
            #expect(head.sequence == expected)
            let outcome8 = table.finish(moved(head, to: .delivered), now: now)
            #expect(outcome8 == (expected == 4 ? 4 : nil))
        }
        let outcome9 = table.refill(lane: 1, with: [5, 6].map { samples.delivery($0) }, now: now)
        #expect(outcome9 == nil)
        table.insert(samples.delivery(7), now: now)
        for expected in 5...7 as ClosedRange<Int64> {
            let head = try table.head()
            #expect(head.sequence == expected)
            if let after = table.finish(moved(head, to: .delivered), now: now) {
                let more = table.refill(lane: 1, with: [samples.delivery(after + 1)], now: now)
                #expect(after == 6 && more == nil)
            }
        }
        #expect(table.laneCount == 0 && table.entryCount == 0)
    }

    @Test func aRefillThatFindsNothingReadsOnOnceAndThenForgetsTheLane() throws {
        var table = LaneTable(laneWindow: 1)
        for sequence in 1...3 as ClosedRange<Int64> { table.insert(samples.delivery(sequence), now: now) }
        let outcome10 = try table.finish(moved(table.head(), to: .delivered), now: now)
        #expect(outcome10 == 1)
        // 2 and 3 were cancelled meanwhile.
        let outcome11 = table.refill(lane: 1, with: [], now: now)
        #expect(outcome11 == 3)
        let outcome12 = table.refill(lane: 1, with: [], now: now)
        #expect(outcome12 == nil)
        #expect(table.laneCount == 0)
    }

    @Test func aRefillMayTellOfDeliveriesWhoseMailComesLater() throws {
        var table = LaneTable(laneWindow: 1)
        for sequence in 1...2 as ClosedRange<Int64> { table.insert(samples.delivery(sequence), now: now) }
        _ = table.finish(moved(try table.head(), to: .delivered), now: now)
        let outcome13 = table.refill(lane: 1, with: [2, 3].map { samples.delivery($0) }, now: now)
        #expect(outcome13 == nil)
        table.insert(samples.delivery(3), now: now)
        #expect(table.entryCount == 2)
    }

    @Test func aPersonEndsAFollowerWhereverItStands() throws {
        var table = LaneTable()
        let all = (1...3 as ClosedRange<Int64>).map { samples.delivery($0) }
        for delivery in all { table.insert(delivery, now: now) }
        let outcome14 = table.hold(2, lane: 1)
        #expect(outcome14 == .free)
        let outcome15 = table.replace(moved(all[1], to: .cancelled), now: now)
        #expect(outcome15 == nil)
        _ = table.finish(moved(try table.head(), to: .delivered), now: now)
        table.expectHead(3)
    }

    @Test func aHeldHeadIsNotTakenUntilItsActIsWritten() {
        var table = LaneTable()
        let head = samples.delivery(1)
        table.insert(head, now: now)
        let outcome16 = table.hold(1, lane: 1)
        #expect(outcome16 == .held)
        table.expectHead(nil)
        let outcome17 = table.hold(1, lane: 1)
        #expect(outcome17 == .busy)
        let outcome18 = table.replace(moved(head, to: .cancelled), now: now)
        #expect(outcome18 == nil)
        #expect(table.laneCount == 0)
        let outcome19 = table.hold(1, lane: 1)
        #expect(outcome19 == .free)
    }

    @Test func aDeliveryOfNoLaneInMemoryComesInByAPersonsAct() {
        var table = LaneTable()
        let outcome20 = table.replace(samples.delivery(7, lane: 4), now: now)
        #expect(outcome20 == nil)
        table.expectHead(7)
        let outcome21 = table.replace(moved(samples.delivery(9, lane: 5), to: .cancelled), now: now)
        #expect(outcome21 == nil)
        #expect(table.laneCount == 1)
    }
}

extension LaneTable {
    /// The next head, which must be there.
    mutating func head(sourceLocation: SourceLocation = #_sourceLocation) throws -> OpenDelivery {
        let head = takeReady()
        return try #require(head, sourceLocation: sourceLocation)
    }

    /// Takes the next head and compares its sequence; nil means that none may go.
    mutating func expectHead(_ sequence: Int64?, sourceLocation: SourceLocation = #_sourceLocation) {
        let taken = takeReady()?.sequence
        #expect(taken == sequence, sourceLocation: sourceLocation)
    }

    mutating func inquiry(sourceLocation: SourceLocation = #_sourceLocation) throws -> (delivery: OpenDelivery, since: Instant) {
        let inquiry = takeInquiry()
        return try #require(inquiry, sourceLocation: sourceLocation)
    }

    mutating func expectNoInquiry(sourceLocation: SourceLocation = #_sourceLocation) {
        let isEmpty = takeInquiry() == nil
        #expect(isEmpty, sourceLocation: sourceLocation)
    }
}
