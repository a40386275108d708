internal import DequeModule
internal import ExchangeModel
internal import Store

/// Deliveries that others go past. They are not kept in memory: only a person brings one back, through the store.
extension LaneTable {
    /// Whether those behind a delivery go past it: a person moved it aside, or the rule says so.
    func isPassed(_ delivery: OpenDelivery) -> Bool {
        switch delivery.state {
        case .dead: rule == .overtake || delivery.isAside
        case .waiting: rule == .overtake
        case .pending, .inFlight, .retryWait, .awaitingReceipt, .unknown, .delivered, .cancelled, .superseded, .expired: false
        }
    }

    /// Whether a delivery in this state is of no concern to its lane any more.
    func leaves(_ delivery: OpenDelivery) -> Bool { delivery.state.isEnd || isPassed(delivery) }

    /// Whether a lane's window holds a delivery, or others behind it.
    func reaches(_ delivery: OpenDelivery) -> Bool {
        (lanes[delivery.lane]?.entries.last?.sequence ?? 0) >= delivery.sequence
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
