public import ExchangeModel

/// How a backfill stands.
public struct BackfillReport: Sendable {
    /// What became of a message, or with a dry run would.
    public enum Outcome: String, Sendable, Hashable, CaseIterable {
        /// It got a delivery to the destination.
        case added
        /// It has one.
        case present
        /// No route of the configuration brings its dataset from its channel to the destination.
        case noRoute
        /// The destination has a higher version of the record, or gets it by the same backfill, and the route supersedes.
        case outdated
        /// The destination has a delivery of a newer message of the same ordering key: it would come out of order.
        case behind
        /// Its record cannot be read: the data key of its day was destroyed, or it is damaged.
        case unreadable
        /// It was refused when it came.
        case refused
    }

    /// Messages of one dataset and channel.
    public struct Group: Sendable, Hashable {
        /// Empty for refused inputs that were not recognised.
        public var dataset: String
        /// Where they came in.
        public var channel: String
    }

    /// A message that was left out because it would come out of order.
    public struct Behind: Sendable {
        /// Which.
        public var message: MessageID
        /// Its keys.
        public var businessKey, orderingKey: String
    }

    /// Such messages that are named; more are counted.
    public static let behindNamed = 20

    /// Of this run, as the evidence names it.
    public internal(set) var id: UUIDv7
    /// Where to.
    public internal(set) var destination: String
    /// Whether nothing is written.
    public internal(set) var isDryRun: Bool
    /// Whether every message of the range was looked at.
    public internal(set) var isDone = false
    /// Limits that the gateway is near: nothing is added until they are not; empty while it goes on.
    public internal(set) var pausedBy: [String] = []
    /// Messages of the range that were passed, and how many numbers the range has; 0 of 0 before it is known.
    public internal(set) var progress: (done: Int64, of: Int64) = (0, 0)
    /// How many, by dataset and channel.
    public internal(set) var counts: [Group: [Outcome: Int]] = [:]
    /// The first that would come out of order.
    public internal(set) var behind: [Behind] = []

    /// Of all groups together.
    public func total(_ outcome: Outcome) -> Int { counts.values.reduce(0) { $0 + ($1[outcome] ?? 0) } }

    mutating func count(_ outcome: Outcome, _ group: Group) { counts[group, default: [:]][outcome, default: 0] += 1 }
}
