internal import ExchangeModel
internal import Synchronization

/// Guards the store against floods: so many inputs of a kind are kept for a channel in an hour; of the others less is.
final class RefusalQuota: Sendable {
    private let windows = Mutex<[String: (hour: Int64, count: Int)]>([:])

    /// What the quota says of one more.
    enum Answer: Equatable {
        /// It is within the quota.
        case within
        /// It is the first one over it in this hour.
        case firstOver
        /// It is over, as others before it.
        case over
    }

    /// Counts one more, in this hour, for a channel (empty for those that name none).
    func take(channel: String, at now: Instant, perHour: Int) -> Answer {
        let hour = now.milliseconds / 3_600_000
        return windows.withLock { windows in
            var window = windows[channel] ?? (hour, 0)
            if window.hour != hour { window = (hour, 0) }
            window.count += 1
            windows[channel] = window
            return window.count <= perHour ? .within : (window.count == perHour + 1 ? .firstOver : .over)
        }
    }
}
