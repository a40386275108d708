internal import ExchangeModel
internal import Metrics

/// Counters of the channels, made once.
struct AcceptMetrics: Sendable {
    private struct Handles: Sendable {
        let accepted, refused, replayed, turnedAway, turnedBack: Counter

        init(channel: String, dataset: String) {
            accepted = AcceptMetrics.counter(channel, dataset, "accepted")
            refused = AcceptMetrics.counter(channel, dataset, "refused")
            replayed = AcceptMetrics.counter(channel, dataset, "replayed")
            turnedAway = AcceptMetrics.counter(channel, dataset, "turnedAway")
            turnedBack = AcceptMetrics.counter(channel, dataset, "turnedBack")
        }
    }

    private struct ChannelHandles: Sendable {
        let byDataset: [Dataset: Handles]
        /// Where the dataset is not known; that of a channel's only dataset, which needs no detecting.
        let undetected: Handles
        let duration: Metrics.Timer
    }

    private let channels: [String: ChannelHandles]
    private let elsewhere: Counter

    init(channels: [String: [Dataset]]) {
        var handles: [String: ChannelHandles] = [:]
        for (channel, datasets) in channels {
            let byDataset = Dictionary(
                datasets.map { ($0, Handles(channel: channel, dataset: $0.name)) }, uniquingKeysWith: { first, _ in first })
            let only = datasets.count == 1 ? byDataset[datasets[0]] : nil
            handles[channel] = ChannelHandles(
                byDataset: byDataset, undetected: only ?? Handles(channel: channel, dataset: ""),
                duration: Metrics.Timer(label: "tenderbridge_accept_duration_seconds", dimensions: [("channel", channel)]))
        }
        self.channels = handles
        elsewhere = Self.counter("", "", "turnedAway")
    }

    private static func counter(_ channel: String, _ dataset: String, _ outcome: String) -> Counter {
        Counter(
            label: "tenderbridge_messages_received_total",
            dimensions: [("channel", channel), ("dataset", dataset), ("outcome", outcome)])
    }

    func accepted(channel: String, dataset: Dataset, after duration: Duration) {
        guard let channel = channels[channel] else { return }
        (channel.byDataset[dataset] ?? channel.undetected).accepted.increment()
        record(channel, duration)
    }

    /// The dataset is nil where the payload did not show it.
    func refused(channel: String, dataset: Dataset?, after duration: Duration) {
        guard let channel = channels[channel] else { return }
        (dataset.flatMap { channel.byDataset[$0] } ?? channel.undetected).refused.increment()
        record(channel, duration)
    }

    /// A mapping refused a record; the cause is the code of its first error, out of a fixed set.
    func mappingFailed(_ mapping: String, cause: Finding.Code) {
        Counter(label: "tenderbridge_mapping_failures_total", dimensions: [("mapping", mapping), ("cause", cause.name)])
            .increment()
    }

    func replayed(channel: String, dataset: Dataset) {
        guard let channel = channels[channel] else { return }
        (channel.byDataset[dataset] ?? channel.undetected).replayed.increment()
    }

    func turnedBack(channel: String) { channels[channel]?.undetected.turnedBack.increment() }
    func turnedAway(channel: String) { (channels[channel]?.undetected.turnedAway ?? elsewhere).increment() }

    private func record(_ channel: ChannelHandles, _ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        channel.duration.recordNanoseconds(seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000)
    }
}
