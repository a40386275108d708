internal import ExchangeModel
internal import Metrics

/// Counters of the channels, made once.
struct AcceptMetrics: Sendable {
    private struct Handles: Sendable {
        let accepted, refused, replayed, turnedAway, turnedBack: Counter
        let duration: Metrics.Timer
    }

    private let channels: [String: Handles]
    private let elsewhere: Counter

    init(channels: [String: Dataset]) {
        func counter(_ channel: String, _ dataset: String, _ outcome: String) -> Counter {
            Counter(
                label: "tenderbridge_messages_received_total",
                dimensions: [("channel", channel), ("dataset", dataset), ("outcome", outcome)])
        }
        var handles: [String: Handles] = [:]
        for (channel, dataset) in channels {
            handles[channel] = Handles(
                accepted: counter(channel, dataset.name, "accepted"), refused: counter(channel, dataset.name, "refused"),
                replayed: counter(channel, dataset.name, "replayed"), turnedAway: counter(channel, dataset.name, "turnedAway"),
                turnedBack: counter(channel, dataset.name, "turnedBack"),
                duration: Metrics.Timer(label: "tenderbridge_accept_duration_seconds", dimensions: [("channel", channel)]))
        }
        self.channels = handles
        elsewhere = counter("", "", "turnedAway")
    }

    func accepted(channel: String, after duration: Duration) {
        channels[channel]?.accepted.increment()
        record(channel, duration)
    }

    func refused(channel: String, after duration: Duration) {
        channels[channel]?.refused.increment()
        record(channel, duration)
    }

    /// A mapping refused a record; the cause is the code of its first error, out of a fixed set.
    func mappingFailed(_ mapping: String, cause: Finding.Code) {
        Counter(label: "tenderbridge_mapping_failures_total", dimensions: [("mapping", mapping), ("cause", cause.name)])
            .increment()
    }

    func replayed(channel: String) { channels[channel]?.replayed.increment() }
    func turnedBack(channel: String) { channels[channel]?.turnedBack.increment() }
    func turnedAway(channel: String) { (channels[channel]?.turnedAway ?? elsewhere).increment() }

    private func record(_ channel: String, _ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        channels[channel]?.duration.recordNanoseconds(seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000)
    }
}
