/// Where a delivery stands (DESIGN section 3). Transitions are made by one function, in `Outbox`.
public enum DeliveryState: Sendable, Hashable {
    /// A named precondition is missing; its wake-up event or its time limit ends the wait.
    case waiting(WaitingCause)
    /// Ready; waits for its lane, rate, window, hold or breaker.
    case pending
    /// Leased and on disk as such before the first byte left.
    case inFlight
    /// Failed in a way that time can heal; due again at an instant.
    case retryWait
    /// Handed over; the destination answers later.
    case awaitingReceipt
    /// Bytes may have left, and there is no verdict.
    case unknown
    /// Needs a person; cause, answer and fingerprint are kept.
    case dead
    /// Confirmed by the destination, and that verdict is committed.
    case delivered
    /// A person ended it.
    case cancelled
    /// A newer version took its place before it was sent.
    case superseded
    /// Its time limit passed.
    case expired

    /// Ended for good: nothing will be sent again.
    public var isEnd: Bool {
        switch self {
        case .delivered, .cancelled, .superseded, .expired: true
        case .waiting, .pending, .inFlight, .retryWait, .awaitingReceipt, .unknown, .dead: false
        }
    }

    /// The stable name, as the store, metrics and JSON show it; the cause of a wait is kept apart.
    public var name: String {
        switch self {
        case .waiting: "waiting"
        case .pending: "pending"
        case .inFlight: "inFlight"
        case .retryWait: "retryWait"
        case .awaitingReceipt: "awaitingReceipt"
        case .unknown: "unknown"
        case .dead: "dead"
        case .delivered: "delivered"
        case .cancelled: "cancelled"
        case .superseded: "superseded"
        case .expired: "expired"
        }
    }

    /// The cause when waiting.
    public var waitingCause: WaitingCause? {
        if case .waiting(let cause) = self { return cause }
        return nil
    }

    /// Reads the stable name and the cause back; nil for a name this version does not know.
    public init?(name: String, cause: String? = nil) {
        switch name {
        case "waiting":
            guard let cause, let waiting = WaitingCause(rawValue: cause) else { return nil }
            self = .waiting(waiting)
        case "pending": self = .pending
        case "inFlight": self = .inFlight
        case "retryWait": self = .retryWait
        case "awaitingReceipt": self = .awaitingReceipt
        case "unknown": self = .unknown
        case "dead": self = .dead
        case "delivered": self = .delivered
        case "cancelled": self = .cancelled
        case "superseded": self = .superseded
        case "expired": self = .expired
        default: return nil
        }
    }

    /// Every name, for metrics and checks.
    public static let names = [
        "waiting", "pending", "inFlight", "retryWait", "awaitingReceipt", "unknown", "dead", "delivered", "cancelled",
        "superseded", "expired",
    ]
}

/// The precondition a waiting delivery misses.
public enum WaitingCause: String, Sendable, Hashable, CaseIterable {
    /// An earlier record must be confirmed first.
    case parent
    /// A code list must be completed.
    case code
    /// A code that the other side assigns.
    case assignedCode
    /// An answer of another platform.
    case lookup
    /// A verdict on a certificate or a seal.
    case trust
    /// A release time.
    case time
    /// A person's approval.
    case review
}

/// Where a message stands.
public enum MessageState: String, Sendable, Hashable {
    /// Refused with findings; kept, delivered nowhere.
    case refused
    /// On disk; some delivery is not at an end.
    case accepted
    /// Every delivery is at an end.
    case settled
}
