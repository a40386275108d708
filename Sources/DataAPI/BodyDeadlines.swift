internal import NIOCore
internal import Synchronization

/// A body that did not come in its time.
struct BodyTooSlow: Error {}

/// Ends bodies that come too slowly, also from a sender that sends nothing at all.
///
/// One sweep a second over the bodies being read costs less than a timer for each request; so a limit is kept to a second.
final class BodyDeadlines: Sendable {
    private struct Table {
        var next: UInt64 = 0
        var open: [UInt64: (deadline: ContinuousClock.Instant, channel: any Channel)] = [:]
    }

    private let table = Mutex(Table())

    /// How often is looked.
    static let interval = Duration.seconds(1)

    /// A body begins; `end` takes the number.
    func begin(until deadline: ContinuousClock.Instant, on channel: any Channel) -> UInt64 {
        table.withLock { table in
            table.next += 1
            table.open[table.next] = (deadline, channel)
            return table.next
        }
    }

    /// A body ended; false when its time was over.
    func end(_ number: UInt64) -> Bool { table.withLock { $0.open.removeValue(forKey: number) != nil } }

    /// Looks again and again until cancelled.
    func sweep() async {
        while (try? await ContinuousClock().sleep(for: Self.interval)) != nil {
            let now = ContinuousClock.now
            let late = table.withLock { table in
                let late = table.open.filter { $0.value.deadline < now }
                for number in late.keys { table.open[number] = nil }
                return late.values.map(\.channel)
            }
            // The error ends the request's body where the handler waits for it.
            for channel in late { channel.pipeline.fireErrorCaught(BodyTooSlow()) }
        }
    }
}
