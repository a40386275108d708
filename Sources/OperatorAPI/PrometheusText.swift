/// The text that Prometheus scrapes (exposition format 0.0.4).
public enum PrometheusText {
    /// The value of `Content-Type`.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Writes every series of a registry: metrics by name, series by labels, each metric with HELP and TYPE, a line feed
    /// at the end. The same state gives the same bytes.
    public static func render(_ registry: PrometheusRegistry) -> [UInt8] {
        var text = PrometheusLines()
        for (definition, series) in registry.snapshot() {
            text.header(definition)
            for one in series { text.series(one, of: definition) }
        }
        return text.bytes
    }
}

/// Lines of the exposition format.
struct PrometheusLines {
    private(set) var bytes: [UInt8] = []

    mutating func header(_ definition: MetricDefinition) {
        let kind =
            switch definition.kind {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        bytes.append(contentsOf: "# HELP \(definition.name) ".utf8)
        escape(definition.help, quotes: false)
        bytes.append(contentsOf: "\n# TYPE \(definition.name) \(kind)\n".utf8)
    }

    mutating func series(_ series: any PrometheusSeries, of definition: MetricDefinition) {
        switch series {
        case let counter as PrometheusCounter:
            line(definition.name, series.key, definition, value: "\(counter.value)")
        case let gauge as PrometheusGauge:
            line(definition.name, series.key, definition, value: Self.number(gauge.value))
        case let histogram as PrometheusHistogram:
            let state = histogram.snapshot
            var total: UInt64 = 0
            for (index, count) in state.counts.enumerated() {
                total += count
                let bound = index < histogram.bounds.count ? Self.number(histogram.bounds[index]) : "+Inf"
                line(definition.name + "_bucket", series.key, definition, bound: bound, value: "\(total)")
            }
            line(definition.name + "_sum", series.key, definition, value: Self.number(state.sum))
            line(definition.name + "_count", series.key, definition, value: "\(total)")
        default:
            preconditionFailure("a registry makes counters, gauges and histograms only")
        }
    }

    private mutating func line(
        _ name: String, _ key: PrometheusSeriesKey, _ definition: MetricDefinition, bound: String? = nil, value: String
    ) {
        bytes.append(contentsOf: name.utf8)
        var separator = UInt8(ascii: "{")
        for (label, labelValue) in zip(definition.labels, key.values) {
            guard let labelValue else { continue }
            append(label, labelValue, &separator)
        }
        if let bound { append("le", bound, &separator) }
        if separator == UInt8(ascii: ",") { bytes.append(UInt8(ascii: "}")) }
        bytes.append(0x20)
        bytes.append(contentsOf: value.utf8)
        bytes.append(0x0A)
    }

    private mutating func append(_ label: String, _ value: String, _ separator: inout UInt8) {
        bytes.append(separator)
        separator = UInt8(ascii: ",")
        bytes.append(contentsOf: label.utf8)
        bytes.append(contentsOf: "=\"".utf8)
        escape(value, quotes: true)
        bytes.append(0x22)
    }

    /// Backslash and line feed everywhere, quotation marks in label values only.
    private mutating func escape(_ text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case 0x5C: bytes.append(contentsOf: "\\\\".utf8)
            case 0x0A: bytes.append(contentsOf: "\\n".utf8)
            case 0x22 where quotes: bytes.append(contentsOf: "\\\"".utf8)
            default: bytes.append(byte)
            }
        }
    }

    /// Whole numbers without a point, others in the shortest form that reads back equal.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value == value.rounded(), abs(value) < 9_007_199_254_740_992 { return "\(Int64(value))" }
        return value.description
    }
}
