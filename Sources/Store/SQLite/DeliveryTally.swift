internal import Synchronization

/// Deliveries of a store that are open, and that ended since it was opened: counted along with the commits, so that asking
/// walks no table.
///
/// The committing thread writes after each commit; anybody reads.
final class DeliveryTally: Sendable {
    private let open = Atomic<Int>(0)
    private let ended = Atomic<Int>(0)

    /// What a transaction has brought about; put back with it when it is rolled back.
    struct Change {
        var open = 0
        var ended = 0
    }

    func set(_ change: Change) {
        open.store(change.open, ordering: .relaxed)
        ended.store(change.ended, ordering: .relaxed)
    }

    var openDeliveries: Int { open.load(ordering: .relaxed) }
    var endedDeliveries: Int { ended.load(ordering: .relaxed) }
}
