public import Platforms

/// A platform that a channel asks for records, as the configuration says.
public struct PollSettings: Sendable, Equatable {
    /// Whose messages they are.
    public var sender: String
    /// How many refused records a page may have.
    public var tolerance: RefusalTolerance
    /// What is asked, and how.
    public var settings: HTTPPoll.Settings
}
