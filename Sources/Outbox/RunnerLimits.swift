/// How much of one destination's work is kept in memory, and how long the loop waits for its store.
struct RunnerLimits: Sendable {
    /// Open deliveries kept in memory; more stay in the store until there is room.
    var window = 50_000
    /// Deliveries that keep their canonical record in memory; the others read it back when their turn comes.
    var canonical = 4_096
    /// Followers kept in memory for a lane; more stay in the store.
    var laneWindow = 64
    /// While the window is full, a channel with fewer lanes ready than this tenth of it still gets in: a flood from another
    /// channel that fills the memory must not keep it waiting.
    var channelReserve: Int { max(window / 10, 1) }
    /// Rows read at once.
    var page = 2_000
    /// How long to wait before the store is asked again for what it could not do.
    var storeRetry = Duration.milliseconds(500)
}
