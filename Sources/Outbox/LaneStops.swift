internal import ExchangeModel

/// What leases nothing for now: the whole destination, lanes held by people, and lanes that the gateway has parked.
struct LaneStops {
    var isDestinationHeld = false
    var held: Set<Int64> = []
    /// With the dead head that parked the lane.
    var parked: [Int64: DeliveryID] = [:]

    /// Whether a lane stands still.
    func contains(_ lane: Int64) -> Bool { held.contains(lane) || parked[lane] != nil }
}

extension LaneTable {
    /// Replaces what stands still; lanes that do so no longer go on.
    mutating func stop(_ stops: LaneStops, now: Instant) {
        let before = self.stops
        self.stops = stops
        for lane in before.held where !stops.contains(lane) { arrange(lane, now: now) }
        for lane in before.parked.keys.sorted() where !stops.contains(lane) {
            arrange(lane, now: now)
            noteUnparked(lane)
        }
    }

    /// Lets a lane that a person held go on.
    mutating func goOn(lane: Int64, now: Instant) {
        stops.held.remove(lane)
        if !stops.contains(lane) { arrange(lane, now: now) }
    }

    /// Lets a parked lane go on; what became of the delivery that parked it is told apart.
    mutating func unpark(lane: Int64, now: Instant) {
        stops.parked[lane] = nil
        if !stops.contains(lane) { arrange(lane, now: now) }
    }
}
