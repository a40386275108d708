internal import ExchangeModel
internal import Metrics

/// Counts reloads.
struct ReloadMetrics: Sendable {
    private let counters: [String: Counter]
    private let lastSuccess = Gauge(label: "tenderbridge_config_last_reload_success_timestamp_seconds")

    init() {
        // Every series is there from the start, so that a first refusal is an increase.
        let names = ReloadReport.Result.allCases.map(\.rawValue) + [Self.failed]
        counters = Dictionary(
            uniqueKeysWithValues: names.map {
                ($0, Counter(label: "tenderbridge_config_reloads_total", dimensions: [("result", $0)]))
            })
    }

    /// The store did not take the evidence, so nothing was changed.
    private static let failed = "failed"

    func count(_ result: ReloadReport.Result?) { counters[result?.rawValue ?? Self.failed]?.increment() }

    func succeeded(at instant: Instant) { lastSuccess.record(Double(instant.milliseconds) / 1000) }
}
