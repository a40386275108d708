internal import Synchronization

/// The gateway is near a limit of what it can hold: senders are to come later, so that what it has accepted can leave.
///
/// Operators, deliveries and evidence are not held back: they are what gives space back.
public struct Pressure: Sendable, Hashable {
    /// How near.
    public enum Level: String, Sendable, Hashable {
        /// At the soft mark: senders get 429.
        case soft
        /// At the hard mark: senders get 503, and the gateway is not ready.
        case hard
    }

    /// Which limit, as the configuration calls it.
    public enum Limit: String, Sendable, Hashable, CaseIterable {
        /// Deliveries that are not at an end.
        case openDeliveries
        /// Octets in the store.
        case storeBytes
        /// Octets left on the store's file system.
        case freeDisk
    }

    /// The level of each limit that is near.
    public var levels: [Limit: Level]
    /// When a sender may come again, in seconds: from the present rate of draining, or a fixed time when nothing drains.
    public var retryAfterSeconds: Int

    /// The worst level.
    public var level: Level { levels.values.contains(.hard) ? .hard : .soft }

    /// `openDeliveries: soft`, in the order of the limits, for people.
    public var words: [String] {
        Limit.allCases.compactMap { limit in levels[limit].map { "\(limit.rawValue): \($0.rawValue)" } }
    }
}

/// The present pressure: read at each acceptance, written once a second. Any thread.
public final class PressureFlag: Sendable {
    private let isUp = Atomic<Bool>(false)
    private let state = Mutex<Pressure?>(nil)

    init() {}

    /// Nil when there is none, which costs one load.
    public var present: Pressure? { isUp.load(ordering: .relaxed) ? state.withLock { $0 } : nil }

    /// Sets it and returns what stood before.
    func set(_ pressure: Pressure?) -> Pressure? {
        state.withLock { state in
            defer {
                state = pressure
                isUp.store(pressure != nil, ordering: .relaxed)
            }
            return state
        }
    }
}
