internal import ExchangeModel
internal import Store

/// What is left in memory of a lane behind a dead head: two numbers. Hundreds of thousands of dead deliveries must not fill the
/// memory that the other lanes need; only a person moves them, and then the store is read.
struct Stone {
    /// The sequence of the dead head.
    var head: Int64
    /// The highest sequence that stands behind it in the store.
    var skippedUpTo: Int64
}

extension LaneTable {
    /// Forgets a lane that stands still behind its dead head.
    mutating func lay(stoneOn number: Int64, _ lane: Lane) {
        guard let head = lane.entries.first, let last = lane.entries.last else { return }
        stones[number] = Stone(head: head.sequence, skippedUpTo: max(lane.skippedUpTo, last.sequence))
        noteUnparked(number)
        entryCount -= lane.entries.count
        lanes[number] = nil
    }

    /// Notes that a lane behind a dead head is to be parked, where the rule says so.
    mutating func noteUnparked(_ number: Int64) {
        if rule == .park, stones[number] != nil, stops.parked[number] == nil { unparked.insert(number) }
    }

    /// Some lanes to be parked, with their dead heads.
    mutating func takeUnparked(_ limit: Int) -> [(lane: Int64, head: Int64)] {
        var heads: [(lane: Int64, head: Int64)] = []
        while heads.count < limit, let number = unparked.popFirst() {
            // It may have been lifted or parked meanwhile.
            if let stone = stones[number], stops.parked[number] == nil { heads.append((number, stone.head)) }
        }
        return heads
    }

    /// The store did not take them.
    mutating func leaveUnparked(_ heads: [(lane: Int64, head: Int64)]) { for head in heads { noteUnparked(head.lane) } }

    /// Leaves a delivery to the store when its lane stands still behind a dead head. False where it does not.
    mutating func leaveBehindStone(_ delivery: OpenDelivery) -> Bool {
        guard var stone = stones[delivery.lane] else { return false }
        stone.skippedUpTo = max(stone.skippedUpTo, delivery.sequence)
        stones[delivery.lane] = stone
        return true
    }

    /// Takes news of a delivery in a lane that stands still. What ends or moves its head, or stands before it, lets the lane go
    /// on: returns the sequence to read it from.
    mutating func lift(_ stone: Stone, with delivery: OpenDelivery) -> Int64? {
        let from: Int64
        if delivery.sequence == stone.head {
            if delivery.state == .dead, !isPassed(delivery) { return nil }
            from = stone.head - (leaves(delivery) ? 0 : 1)
        } else if delivery.sequence < stone.head, !leaves(delivery) {
            from = delivery.sequence - 1
        } else {
            if !leaves(delivery) { _ = leaveBehindStone(delivery) }
            return nil
        }
        stones[delivery.lane] = nil
        var lane = Lane()
        // Nobody takes it before it was read.
        lane.isBusy = true
        lane.truncatedAfter = from
        lane.skippedUpTo = stone.skippedUpTo
        lanes[delivery.lane] = lane
        return from
    }
}
