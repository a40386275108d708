internal import ExchangeModel
internal import Synchronization

/// Guards the store against floods of bad input: so many refused payloads of a channel are kept in an hour; of the others
/// only digest and findings are.
final class RefusalQuota: Sendable {
    private let payloadsPerHour: Int
    private let windows = Mutex<[String: (hour: Int64, count: Int)]>([:])

    init(payloadsPerHour: Int) { self.payloadsPerHour = payloadsPerHour }

    /// Whether this refusal may keep its payload.
    func take(channel: String, at now: Instant) -> Bool {
        let hour = now.milliseconds / 3_600_000
        return windows.withLock { windows in
            var window = windows[channel] ?? (hour, 0)
            if window.hour != hour { window = (hour, 0) }
            window.count += 1
            windows[channel] = window
            return window.count <= payloadsPerHour
        }
    }
}
