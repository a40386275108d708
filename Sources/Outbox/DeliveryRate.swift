internal import ExchangeModel

/// How fast a destination takes deliveries while there are some to take: a moving average over the last minutes.
///
/// Only the time in which something was ready or on its way counts, so a quiet night does not make a destination slow. A
/// pure value; the clock is the caller's.
struct DeliveryRate: Sendable {
    private struct Slot {
        var number: Int64
        var delivered = 0
        var busyMilliseconds: Int64 = 0
    }

    /// Length of a slot, and how many are kept.
    static let slotMilliseconds: Int64 = 60_000
    static let slots: Int64 = 6
    /// Less busy time than this tells nothing yet.
    static let measureMin = Duration.seconds(10)

    private var kept: [Slot] = []
    private var busySince: Instant?

    /// Confirmations that were committed, and whether there is work now. Called at the end of each turn.
    mutating func note(delivered: Int, hasWork: Bool, at now: Instant) {
        let busy = busySince.map { max(now.milliseconds - $0.milliseconds, 0) } ?? 0
        busySince = hasWork ? now : nil
        if busy == 0, delivered == 0 { return }
        let number = now.milliseconds / Self.slotMilliseconds
        // A clock that was set back must not leave slots that never age.
        kept.removeAll { $0.number > number || $0.number <= number - Self.slots }
        if kept.last?.number != number { kept.append(Slot(number: number)) }
        kept[kept.count - 1].delivered += delivered
        kept[kept.count - 1].busyMilliseconds += busy
    }

    /// Deliveries in a second; nil while too little was seen.
    func perSecond(at now: Instant) -> Double? {
        let number = now.milliseconds / Self.slotMilliseconds
        let slots = kept.filter { $0.number <= number && $0.number > number - Self.slots }
        let open = busySince.map { max(now.milliseconds - $0.milliseconds, 0) } ?? 0
        let busy = slots.reduce(open) { $0 + $1.busyMilliseconds }
        guard busy >= Self.measureMin.wholeMilliseconds else { return nil }
        return Double(slots.reduce(0) { $0 + $1.delivered }) * 1000 / Double(busy)
    }
}
