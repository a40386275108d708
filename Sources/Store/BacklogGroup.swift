public import ExchangeModel

/// Open deliveries of one destination and dataset with one deadline, for a forecast.
public struct BacklogGroup: Sendable, Hashable {
    /// Where to, and what.
    public var destination: String
    /// What they are; empty for those without deadline, which are counted together.
    public var dataset: String
    /// By when they must have arrived; nil: no date.
    public var deadline: Instant?
    /// Whether they stand still until something from outside moves them: dead, or waiting for something.
    public var isStuck: Bool
    /// How many.
    public var count: Int

    /// Takes everything.
    public init(destination: String, dataset: String, deadline: Instant?, isStuck: Bool, count: Int) {
        self.destination = destination
        self.dataset = dataset
        self.deadline = deadline
        self.isStuck = isStuck
        self.count = count
    }
}
