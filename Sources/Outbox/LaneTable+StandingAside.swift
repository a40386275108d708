internal import DequeModule
internal import ExchangeModel
internal import HeapModule
internal import Store

/// Deliveries that wait while those behind them go past. They are kept in memory, as their wait ends by itself: by the store's
/// news, or by their time limit.
struct Beside {
    private struct TimeLimit: Comparable {
        var at: Instant
        var sequence: Int64
        static func < (left: Self, right: Self) -> Bool { left.at < right.at }
    }

    private var waiting: [Int64: OpenDelivery] = [:]
    private var limits = Heap<TimeLimit>()
    /// Those whose time is over.
    private(set) var lapsed = Deque<Int64>()

    var nextLimit: Instant? { limits.min?.at }

    subscript(sequence: Int64) -> OpenDelivery? { waiting[sequence] }

    /// Returns whether it is new here.
    mutating func add(_ delivery: OpenDelivery) -> Bool {
        if let until = delivery.dueAt, waiting[delivery.sequence]?.dueAt != until {
            limits.insert(TimeLimit(at: until, sequence: delivery.sequence))
        }
        return waiting.updateValue(delivery, forKey: delivery.sequence) == nil
    }

    /// Returns whether it was here.
    mutating func remove(_ sequence: Int64) -> Bool { waiting.removeValue(forKey: sequence) != nil }

    mutating func ring(now: Instant) {
        while let limit = limits.min, limit.at <= now {
            limits.removeMin()
            if waiting[limit.sequence]?.dueAt == limit.at { lapsed.append(limit.sequence) }
        }
    }

    mutating func takeLapsed(now: Instant) -> OpenDelivery? {
        while let sequence = lapsed.popFirst() {
            if let delivery = waiting[sequence], let until = delivery.dueAt, until <= now { return delivery }
        }
        return nil
    }
}

/// Deliveries that others go past. A dead one is not kept in memory: only a person brings it back, through the store.
extension LaneTable {
    /// Whether those behind a delivery go past it: a person moved it aside, its parent stands behind it, or the rule says so.
    func isPassed(_ delivery: OpenDelivery) -> Bool {
        switch delivery.state {
        case .dead: rule == .overtake || delivery.isAside
        case .waiting: rule == .overtake || delivery.isAside
        case .pending, .inFlight, .retryWait, .awaitingReceipt, .unknown, .delivered, .cancelled, .superseded, .expired: false
        }
    }

    /// Whether a delivery in this state is of no concern to its lane any more.
    func leaves(_ delivery: OpenDelivery) -> Bool { delivery.state.isEnd || isPassed(delivery) }

    /// Keeps a waiting delivery that is passed; any other that leaves its lane is forgotten.
    mutating func stand(beside delivery: OpenDelivery) {
        guard case .waiting = delivery.state, isPassed(delivery), beside.add(delivery) else { return }
        entryCount += 1
    }

    /// Moves a delivery that waited beside its lane: to its place in it when its wait is over. False where it did not.
    @discardableResult mutating func moveBeside(_ delivery: OpenDelivery, now: Instant) -> Bool {
        guard beside[delivery.sequence] != nil else { return false }
        if isPassed(delivery), case .waiting = delivery.state {
            _ = beside.add(delivery)
            return true
        }
        if beside.remove(delivery.sequence) { entryCount -= 1 }
        if leaves(delivery) { return true }
        // A lane that stands still is read again.
        if stones[delivery.lane] != nil { return false }
        if lanes[delivery.lane] == nil { insert(delivery, now: now) } else { takeBack(delivery, now: now) }
        return true
    }

    /// Whether a lane's window holds a delivery, or others behind it.
    func reaches(_ delivery: OpenDelivery) -> Bool {
        (lanes[delivery.lane]?.entries.last?.sequence ?? stones[delivery.lane]?.skippedUpTo ?? 0) >= delivery.sequence
    }

    /// Takes a delivery that is not in memory, or waits to join: one that stood aside comes back.
    mutating func takeBack(_ delivery: OpenDelivery, now: Instant) {
        guard var lane = lanes[delivery.lane] else { return }
        if let index = lane.returning.firstIndex(where: { $0.sequence == delivery.sequence }) {
            if leaves(delivery) {
                lane.returning.remove(at: index)
                entryCount -= 1
            } else {
                lane.returning[index] = delivery
            }
        } else if leaves(delivery) {
            return
        } else if let after = lane.truncatedAfter, delivery.sequence > after {
            // It is read back with the others behind the window.
            lane.skippedUpTo = max(lane.skippedUpTo, delivery.sequence)
        } else {
            lane.returning.append(delivery)
            entryCount += 1
        }
        lanes[delivery.lane] = lane
        arrange(delivery.lane, now: now)
    }

    /// Lets those that came back take their places by sequence. Only for a lane whose head is not at work.
    func join(_ lane: inout Lane) {
        if lane.returning.isEmpty || lane.entries.first?.state == .inFlight { return }
        for delivery in lane.returning {
            let index = lane.entries.firstIndex { $0.sequence > delivery.sequence } ?? lane.entries.endIndex
            lane.entries.insert(delivery, at: index)
        }
        lane.returning = []
    }
}
