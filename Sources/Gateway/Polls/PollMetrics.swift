internal import Metrics

/// Metrics of a poll channel.
struct PollMetrics: Sendable {
    private let pages: Counter
    private let isStandingStill: Gauge

    init(channel: String) {
        pages = Counter(label: "tenderbridge_pages_total", dimensions: [("channel", channel)])
        isStandingStill = Gauge(label: "tenderbridge_channel_stands_still", dimensions: [("channel", channel)])
        isStandingStill.record(0)
    }

    func page() { pages.increment() }
    func standsStill(_ itDoes: Bool) { isStandingStill.record(itDoes ? 1 : 0) }
}
