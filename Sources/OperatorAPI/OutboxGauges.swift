internal import ExchangeModel
internal import Gateway
internal import Metrics
internal import Store

/// Gauges that are read from the store when monitoring asks, not kept up to date in between.
enum OutboxGauges {
    /// Sets every destination's and state's count, zeros included, so that a series never goes stale.
    static func refresh(_ gateway: GatewayService) async {
        guard let counts = try? await gateway.store.outboxCounts() else { return }
        let now = gateway.clock.now()
        let present = gateway.present
        // One that is configured no longer may have open deliveries still, and its series must not stand at its last value.
        for name in Set(present.configuration.destinations.map(\.name)).union(present.formerDestinations) {
            var oldest: Instant?
            for state in DeliveryState.names where DeliveryState(name: state, cause: WaitingCause.parent.rawValue)?.isEnd == false
            {
                let found = counts.filter { $0.destination == name && $0.state == state }
                Gauge(
                    label: "tenderbridge_outbox_deliveries", dimensions: [("destination", name), ("state", state)]
                ).record(found.reduce(0) { $0 + $1.count })
                for count in found { oldest = min(oldest ?? count.oldestReceivedAt, count.oldestReceivedAt) }
            }
            let age = oldest.map { max(now - $0, .zero).wholeMilliseconds } ?? 0
            Gauge(label: "tenderbridge_outbox_oldest_age_seconds", dimensions: [("destination", name)])
                .record(Double(age) / 1000)
        }
        for (use, expiry) in present.certificateExpiries {
            Gauge(label: "tenderbridge_certificate_expiry_timestamp_seconds", dimensions: [("use", use)])
                .record(Double(expiry.milliseconds / 1000))
        }
        Gauge(label: "tenderbridge_build_info", dimensions: [("version", GatewayVersion.current)]).record(1)
    }
}
