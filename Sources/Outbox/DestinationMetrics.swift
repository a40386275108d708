internal import ExchangeModel
internal import Metrics

/// The counters of one destination; handles are made once, so that counting allocates nothing.
final class DestinationMetrics: Sendable {
    private let deliveredTotal, retriedTotal, unknownTotal, resentTotal, deadTotal, supersededTotal, expiredTotal: Counter
    private let receiptOverdueTotal, contradictedTotal: Counter
    private let attemptDuration: Metrics.Timer
    private let sourceToConfirmed: Metrics.Timer
    /// Nil where no breaker is configured.
    private let breakerOpen: Gauge?

    init(destination: String, hasBreaker: Bool = false) {
        func total(_ outcome: String) -> Counter {
            Counter(
                label: "tenderbridge_deliveries_total", dimensions: [("destination", destination), ("outcome", outcome)])
        }
        deliveredTotal = total("delivered")
        retriedTotal = total("retried")
        unknownTotal = total("unknown")
        resentTotal = total("resent")
        deadTotal = total("dead")
        supersededTotal = total("superseded")
        expiredTotal = total("expired")
        func receipts(_ outcome: String) -> Counter {
            Counter(label: "tenderbridge_receipts_total", dimensions: [("destination", destination), ("outcome", outcome)])
        }
        receiptOverdueTotal = receipts("overdue")
        contradictedTotal = receipts("contradicts")
        attemptDuration = Metrics.Timer(
            label: "tenderbridge_delivery_duration_seconds", dimensions: [("destination", destination)])
        sourceToConfirmed = Metrics.Timer(
            label: "tenderbridge_source_to_confirmed_seconds", dimensions: [("destination", destination)])
        breakerOpen =
            hasBreaker ? Gauge(label: "tenderbridge_breaker_open", dimensions: [("destination", destination)]) : nil
        breakerOpen?.record(0)
    }

    func delivered(sourceTime: Instant?, now: Instant) {
        deliveredTotal.increment()
        if let sourceTime, now >= sourceTime {
            let (nanoseconds, overflow) = (now - sourceTime).wholeMilliseconds.multipliedReportingOverflow(by: 1_000_000)
            if !overflow { sourceToConfirmed.recordNanoseconds(nanoseconds) }
        }
    }

    func retried(_ count: Int) { retriedTotal.increment(by: count) }
    func unknown(_ count: Int) { unknownTotal.increment(by: count) }
    /// Sent again although its outcome was unknown.
    func resent(_ count: Int) { resentTotal.increment(by: count) }
    func breaker(isOpen: Bool) { breakerOpen?.record(isOpen ? 1 : 0) }
    func dead(_ count: Int) { deadTotal.increment(by: count) }
    func superseded() { supersededTotal.increment() }
    /// No receipt came in its time.
    func receiptOverdue() { receiptOverdueTotal.increment() }
    func contradicted() { contradictedTotal.increment() }
    func expired() { expiredTotal.increment() }
    func attempt(_ duration: Duration) { attemptDuration.recordNanoseconds(duration.wholeMilliseconds &* 1_000_000) }
}
