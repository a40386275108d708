/// How much of one destination's work is kept in memory, and how long the loop waits for its store.
struct RunnerLimits: Sendable {
    /// Open deliveries kept in memory; more stay in the store until there is room.
    var window = 50_000
    /// Deliveries that keep their canonical record in memory; the others read it back when their turn comes.
    var canonical = 4_096
    /// Followers kept in memory for a lane; more stay in the store.
    var laneWindow = 64
    /// Rows read at once.
    var page = 2_000
    /// How long to wait before the store is asked again for what it could not do.
    var storeRetry = Duration.milliseconds(500)
}
