/// What those behind a dead or waiting head of a lane may do. An `unknown`, sent, delayed or awaited head is never passed.
public enum HeadOfLineRule: String, Sendable, CaseIterable {
    /// The lane stops until a person retries or cancels the dead head, or the wait ends.
    case block
    /// As `block`, and the lane of a dead head is put on hold by the gateway itself: it is listed as parked, with the cause, and
    /// a person releases it as a lane (those behind the dead head go on, it stays dead) or retries or cancels the head.
    /// A waiting head ends its wait by itself and parks nothing.
    case park
    /// They go past it. It may be retried later and then goes out of order.
    case overtake
}
