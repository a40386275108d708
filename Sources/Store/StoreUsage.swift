/// How much a store holds, and how much room it has left.
public struct StoreUsage: Sendable, Hashable {
    /// Deliveries that are not at an end, dead ones included.
    public var openDeliveries: Int
    /// Deliveries that came to their end since the store was opened: how fast it drains.
    public var endedDeliveries: Int
    /// Octets that the store's rows fill; what was freed inside its file does not count.
    public var usedBytes: Int
    /// Octets that the store's file system has left for this program.
    public var freeBytes: Int

    /// Takes everything.
    public init(openDeliveries: Int, endedDeliveries: Int, usedBytes: Int, freeBytes: Int) {
        self.openDeliveries = openDeliveries
        self.endedDeliveries = endedDeliveries
        self.usedBytes = usedBytes
        self.freeBytes = freeBytes
    }
}
