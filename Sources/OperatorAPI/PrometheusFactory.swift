public import CoreMetrics

/// Joins swift-metrics to a registry: `MetricsSystem.bootstrap(PrometheusFactory(registry))`, once, by the program.
///
/// Counters are counters; gauges (`Gauge`, `Meter`) are gauges; timers and aggregating recorders are histograms, timers
/// in seconds. What the catalogue does not declare, or declares as another kind, gets a handler that does nothing.
public struct PrometheusFactory: MetricsFactory {
    /// Where the series are kept.
    public let registry: PrometheusRegistry

    /// A factory over a registry.
    public init(_ registry: PrometheusRegistry) { self.registry = registry }

    /// A counter's series.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        registry.counter(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    /// A gauge's series.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        registry.gauge(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    /// A histogram's series when the recorder aggregates, else a gauge's.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate { return registry.histogram(label, dimensions) ?? NOOPMetricsHandler.instance }
        return registry.gauge(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    /// A histogram's series, in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        registry.histogram(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    /// Takes a series out.
    public func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }
    /// Takes a series out.
    public func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }
    /// Takes a series out.
    public func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }
    /// Takes a series out.
    public func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }

    private func destroy(_ handler: AnyObject) {
        if let series = handler as? any PrometheusSeries { registry.remove(series) }
    }
}
