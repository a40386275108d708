internal import ExchangeModel
internal import Synchronization

/// What a destination's loop does at this moment.
public struct DestinationActivity: Sendable, Hashable {
    /// Attempts without an answer yet.
    public var inFlight: Int
    /// Status queries without an answer yet.
    public var asking: Int
    /// Confirmed within the last full minutes: of one, five and fifteen.
    public var deliveredInMinutes: [Int: Int]
}

/// Counts for `DestinationActivity`, in memory alone. Any thread.
final class ActivityMeter: Sendable {
    /// How far back is counted.
    static let minutes: [Int] = [1, 5, 15]
    private static let ringSize = 16

    private struct State {
        var inFlight = 0
        var asking = 0
        /// Confirmed deliveries of a minute, with its number since the epoch.
        var ring = [(minute: Int64, count: Int)](repeating: (-1, 0), count: ActivityMeter.ringSize)
    }

    private let state = Mutex(State())

    func set(inFlight: Int, asking: Int) {
        state.withLock { state in
            state.inFlight = inFlight
            state.asking = asking
        }
    }

    func delivered(at now: Instant) {
        let minute = Self.minute(now)
        state.withLock { state in
            let index = Int(minute % Int64(Self.ringSize))
            if state.ring[index].minute != minute { state.ring[index] = (minute, 0) }
            state.ring[index].count += 1
        }
    }

    func activity(at now: Instant) -> DestinationActivity {
        let minute = Self.minute(now)
        return state.withLock { state in
            let counts = Self.minutes.map { span in
                // The running minute is not full yet; it is left out.
                (span, state.ring.filter { $0.minute < minute && $0.minute >= minute - Int64(span) }.reduce(0) { $0 + $1.count })
            }
            return DestinationActivity(
                inFlight: state.inFlight, asking: state.asking, deliveredInMinutes: Dictionary(uniqueKeysWithValues: counts))
        }
    }

    /// Times before the epoch come only from a wrong clock; they share a minute.
    private static func minute(_ instant: Instant) -> Int64 { max(0, instant.milliseconds / 60_000) }
}
