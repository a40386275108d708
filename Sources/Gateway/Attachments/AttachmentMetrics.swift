internal import Metrics

/// Counters of attachments, by channel.
public struct AttachmentMetrics: Sendable {
    /// What became of a content that a sender handed in.
    public enum Outcome: String, Sendable {
        /// It is on disk, and this sender had not handed it in before.
        case stored
        /// This sender had handed it in before.
        case repeated
        /// It is not what its digest says, is larger than the limit, or came too slowly.
        case refused
    }

    /// Counts a content with its octets. The channel is a configured one.
    public func count(_ outcome: Outcome, channel: String, bytes: Int) {
        Counter(
            label: "tenderbridge_attachments_total", dimensions: [("channel", channel), ("outcome", outcome.rawValue)]
        ).increment()
        Counter(label: "tenderbridge_attachment_bytes_total", dimensions: [("channel", channel)]).increment(by: bytes)
    }

    func kept(count: Int, bytes: Int) {
        Gauge(label: "tenderbridge_attachments_kept").record(count)
        Gauge(label: "tenderbridge_attachments_kept_bytes").record(bytes)
    }

    func removed(_ count: Int) { Counter(label: "tenderbridge_attachments_removed_total").increment(by: count) }
}
