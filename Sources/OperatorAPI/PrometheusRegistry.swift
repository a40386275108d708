internal import Synchronization

/// Every series of this process, by metric and label values.
///
/// Finding a series takes a lock and a hash of its labels: a caller on a hot path asks once and keeps the handle, whose
/// updates take neither. Safe for all threads.
public final class PrometheusRegistry: Sendable {
    /// What may be exported.
    public let catalogue: MetricCatalogue
    /// Series that one metric may have; more are not kept.
    public let seriesPerMetricMax: Int
    /// Bytes that a label's value may have; a series with a longer one is not kept.
    public let labelValueBytesMax: Int

    private let state = Mutex(State())
    private let dropped: PrometheusCounter

    private struct State {
        var series: [String: [PrometheusSeriesKey: any PrometheusSeries]] = [:]
        var droppedNames: Set<String> = []
    }

    /// Names of dropped metrics that are remembered.
    private static let droppedNamesMax = 100

    /// An empty registry.
    public init(
        catalogue: MetricCatalogue = .gateway, seriesPerMetricMax: Int = 1000, labelValueBytesMax: Int = 256
    ) {
        self.catalogue = catalogue
        self.seriesPerMetricMax = seriesPerMetricMax
        self.labelValueBytesMax = labelValueBytesMax
        let key = PrometheusSeriesKey(metric: MetricCatalogue.droppedSeriesName, values: [])
        let dropped = PrometheusCounter(key)
        self.dropped = dropped
        state.withLock { $0.series[key.metric] = [key: dropped] }
    }

    /// How often a series was asked for that is not exported.
    public var droppedSeries: Int64 { dropped.value }

    /// The metrics of which something was not kept, sorted; at most a hundred. For a log line or a readiness report.
    public var droppedMetrics: [String] { state.withLock { $0.droppedNames.sorted() } }

    /// The series of a counter; nil, and counted, when it cannot be kept.
    func counter(_ name: String, _ labels: [(String, String)]) -> PrometheusCounter? {
        find(name, labels) { key, kind in kind == .counter ? PrometheusCounter(key) : nil }
    }

    /// The series of a gauge; nil, and counted, when it cannot be kept.
    func gauge(_ name: String, _ labels: [(String, String)]) -> PrometheusGauge? {
        find(name, labels) { key, kind in kind == .gauge ? PrometheusGauge(key) : nil }
    }

    /// The series of a histogram; nil, and counted, when it cannot be kept.
    func histogram(_ name: String, _ labels: [(String, String)]) -> PrometheusHistogram? {
        find(name, labels) { key, kind in
            if case .histogram(let bounds) = kind { PrometheusHistogram(key, bounds: bounds) } else { nil }
        }
    }

    /// Takes a series out: it is exported no longer. A destination that is configured no more asks for this.
    func remove(_ series: any PrometheusSeries) {
        guard series !== dropped else { return }
        state.withLock { state in
            guard state.series[series.key.metric]?[series.key] === series else { return }
            state.series[series.key.metric]?[series.key] = nil
        }
    }

    /// The metrics that have series, sorted by name, each with its series sorted by label values.
    func snapshot() -> [(definition: MetricDefinition, series: [any PrometheusSeries])] {
        let all = state.withLock { $0.series }
        return all.compactMap { name, series in
            guard !series.isEmpty, let definition = definition(of: name) else { return nil }
            let sorted = series.values.sorted { left, right in
                for (a, b) in zip(left.key.values, right.key.values) where a != b { return (a ?? "") < (b ?? "") }
                return false
            }
            return (definition, sorted)
        }.sorted { $0.definition.name < $1.definition.name }
    }

    private func definition(of name: String) -> MetricDefinition? {
        catalogue.definitions[name]
            ?? (name == MetricCatalogue.droppedSeriesName ? MetricCatalogue.gateway.definitions[name] : nil)
    }

    private func find<Series: PrometheusSeries>(
        _ name: String, _ labels: [(String, String)], make: (PrometheusSeriesKey, MetricDefinition.Kind) -> Series?
    ) -> Series? {
        guard let definition = definition(of: name), let key = key(definition, labels) else {
            drop(name)
            return nil
        }
        let found: Series? = state.withLock { state in
            if let series = state.series[name]?[key] { return series as? Series }
            guard state.series[name, default: [:]].count < seriesPerMetricMax, let series = make(key, definition.kind) else {
                return nil
            }
            state.series[name, default: [:]][key] = series
            return series
        }
        if found == nil { drop(name) }
        return found
    }

    private func key(_ definition: MetricDefinition, _ labels: [(String, String)]) -> PrometheusSeriesKey? {
        var values = [String?](repeating: nil, count: definition.labels.count)
        for (name, value) in labels {
            guard let index = definition.labels.firstIndex(of: name), value.utf8.count <= labelValueBytesMax else { return nil }
            // To Prometheus an empty label is no label.
            values[index] = value.isEmpty ? nil : value
        }
        return PrometheusSeriesKey(metric: definition.name, values: values)
    }

    private func drop(_ name: String) {
        dropped.increment(by: 1)
        state.withLock { state in
            if state.droppedNames.count < Self.droppedNamesMax { state.droppedNames.insert(name) }
        }
    }
}
