import CoreMetrics
import Foundation
import GatewayTesting
import OperatorAPI
import Testing

@Suite("Prometheus metrics")
struct PrometheusTests {
    static let catalogue = MetricCatalogue([
        MetricDefinition("sent_total", .counter, labels: ["destination", "outcome"], help: "Sent, with a \\ and a\nline."),
        MetricDefinition("open", .gauge, labels: ["destination"], help: "Open or not."),
        MetricDefinition("took_seconds", .histogram([0.001, 0.25, 1, 60]), labels: ["destination"], help: "How long it took."),
    ])

    func make(seriesPerMetricMax: Int = 1000) -> (PrometheusRegistry, PrometheusFactory) {
        let registry = PrometheusRegistry(catalogue: Self.catalogue, seriesPerMetricMax: seriesPerMetricMax)
        return (registry, PrometheusFactory(registry))
    }

    func text(_ registry: PrometheusRegistry) -> String { String(decoding: PrometheusText.render(registry), as: UTF8.self) }

    @Test("are written sorted, with help, type, escapes, buckets, sum and count")
    func exactText() {
        let (registry, factory) = make()
        Counter(label: "sent_total", dimensions: [("destination", "省平台"), ("outcome", "delivered")], factory: factory).increment(
            by: 3)
        Counter(label: "sent_total", dimensions: [("outcome", "a\"b\\c\nd"), ("destination", "b")], factory: factory).increment()
        Counter(label: "sent_total", dimensions: [("destination", "b")], factory: factory).increment()
        Meter(label: "open", dimensions: [("destination", "x")], factory: factory).set(1)
        Gauge(label: "open", factory: factory).record(-0.5)
        let timer = Timer(label: "took_seconds", dimensions: [("destination", "x")], factory: factory)
        timer.recordMilliseconds(1)
        timer.recordNanoseconds(1_500_000)
        timer.recordSeconds(2)
        timer.recordSeconds(90)
        #expect(
            text(registry) == #"""
                # HELP open Open or not.
                # TYPE open gauge
                open -0.5
                open{destination="x"} 1
                # HELP sent_total Sent, with a \\ and a\nline.
                # TYPE sent_total counter
                sent_total{destination="b"} 1
                sent_total{destination="b",outcome="a\"b\\c\nd"} 1
                sent_total{destination="省平台",outcome="delivered"} 3
                # HELP tenderbridge_metrics_dropped_series_total Series that were asked for and not kept: undeclared, of another kind, or over the limit of their metric.
                # TYPE tenderbridge_metrics_dropped_series_total counter
                tenderbridge_metrics_dropped_series_total 0
                # HELP took_seconds How long it took.
                # TYPE took_seconds histogram
                took_seconds_bucket{destination="x",le="0.001"} 1
                took_seconds_bucket{destination="x",le="0.25"} 2
                took_seconds_bucket{destination="x",le="1"} 2
                took_seconds_bucket{destination="x",le="60"} 3
                took_seconds_bucket{destination="x",le="+Inf"} 4
                took_seconds_sum{destination="x"} 92.0025
                took_seconds_count{destination="x"} 4

                """#)
    }

    @Test("of one name and one set of labels are one series, in whatever order the labels come")
    func oneSeries() {
        let (registry, factory) = make()
        Counter(label: "sent_total", dimensions: [("destination", "a"), ("outcome", "b")], factory: factory).increment()
        Counter(label: "sent_total", dimensions: [("outcome", "b"), ("destination", "a")], factory: factory).increment(by: 4)
        Counter(label: "sent_total", dimensions: [("destination", "a"), ("outcome", "")], factory: factory).increment()
        #expect(text(registry).contains("sent_total{destination=\"a\",outcome=\"b\"} 5\n"))
        #expect(text(registry).contains("sent_total{destination=\"a\"} 1\n"))
    }

    @Test("that are not declared, of another kind, with another label or too long a value are counted and not exported")
    func dropped() {
        let (registry, factory) = make()
        Counter(label: "unheard_of_total", factory: factory).increment()
        Counter(label: "open", factory: factory).increment()
        Timer(label: "sent_total", factory: factory).recordSeconds(1)
        Meter(label: "took_seconds", factory: factory).set(1)
        Counter(label: "sent_total", dimensions: [("businessKey", "A1")], factory: factory).increment()
        Counter(label: "sent_total", dimensions: [("outcome", String(repeating: "x", count: 257))], factory: factory).increment()
        #expect(registry.droppedSeries == 6)
        #expect(registry.droppedMetrics == ["open", "sent_total", "took_seconds", "unheard_of_total"])
        let text = text(registry)
        #expect(text.contains("tenderbridge_metrics_dropped_series_total 6\n"))
        #expect(text.split(separator: "\n").count == 3)
    }

    @Test("keep to the limit of series per metric, and old series go on counting")
    func bounded() {
        let (registry, factory) = make(seriesPerMetricMax: 10)
        for number in 0..<25 {
            Counter(label: "sent_total", dimensions: [("destination", "d\(number)")], factory: factory).increment()
        }
        Counter(label: "sent_total", dimensions: [("destination", "d3")], factory: factory).increment()
        #expect(registry.droppedSeries == 15)
        let lines = text(registry).split(separator: "\n").filter { $0.hasPrefix("sent_total{") }
        #expect(lines.count == 10)
        #expect(lines.contains("sent_total{destination=\"d3\"} 2"))
    }

    @Test("leave when they are destroyed, and make room")
    func destroyed() {
        let (registry, factory) = make(seriesPerMetricMax: 1)
        let meter = Meter(label: "open", dimensions: [("destination", "old")], factory: factory)
        meter.set(1)
        meter.destroy()
        Meter(label: "open", dimensions: [("destination", "new")], factory: factory).set(2)
        // A second destroy of a series that is gone takes nothing else away.
        meter.destroy()
        #expect(text(registry).contains("open{destination=\"new\"} 2\n"))
        #expect(!text(registry).contains("old"))
        #expect(registry.droppedSeries == 0)
    }

    @Test("never go down when they are counters, and pass over what is no number")
    func oddValues() {
        let (registry, factory) = make()
        let counter = Counter(label: "sent_total", factory: factory)
        counter.increment(by: 5)
        counter.increment(by: -3)
        let recorder = Recorder(label: "took_seconds", factory: factory)
        recorder.record(Double.nan)
        recorder.record(Double.infinity)
        recorder.record(0.25)
        let meter = Meter(label: "open", factory: factory)
        meter.increment(by: 2.5)
        meter.decrement()
        let text = text(registry)
        #expect(text.contains("sent_total 5\n"))
        #expect(text.contains("took_seconds_bucket{le=\"0.25\"} 1\n"))
        #expect(text.contains("took_seconds_bucket{le=\"+Inf\"} 2\n"))
        #expect(text.contains("took_seconds_sum +Inf\n"))
        #expect(text.contains("open 1.5\n"))
        meter.set(Double.nan)
        #expect(self.text(registry).contains("open NaN\n"))
    }

    @Test("lose nothing when many tasks count at once")
    func parallel() async {
        let (registry, factory) = make()
        let counter = Counter(label: "sent_total", factory: factory)
        let meter = Meter(label: "open", factory: factory)
        let timer = Timer(label: "took_seconds", factory: factory)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for _ in 0..<2000 {
                        counter.increment()
                        meter.increment()
                        timer.recordSeconds(1)
                        Counter(label: "sent_total", dimensions: [("destination", "d\(task % 2)")], factory: factory).increment()
                    }
                }
            }
        }
        let text = text(registry)
        #expect(text.contains("sent_total 16000\n"))
        #expect(text.contains("sent_total{destination=\"d0\"} 8000\n"))
        #expect(text.contains("open 16000\n"))
        #expect(text.contains("took_seconds_count 16000\n"))
        #expect(text.contains("took_seconds_sum 16000\n"))
    }
}

@Suite("Metric catalogue")
struct MetricCatalogueTests {
    @Test("declares the gateway's metrics with their labels")
    func names() {
        let declared = MetricCatalogue.gateway.definitions.values.map { "\($0.name){\($0.labels.joined(separator: ","))}" }
            .sorted()
        #expect(
            declared == [
                "tenderbridge_accept_duration_seconds{channel}",
                "tenderbridge_attachment_bytes_total{channel}",
                "tenderbridge_attachments_kept_bytes{}",
                "tenderbridge_attachments_kept{}",
                "tenderbridge_attachments_removed_total{}",
                "tenderbridge_attachments_total{channel,outcome}",
                "tenderbridge_breaker_open{destination}",
                "tenderbridge_build_info{version,commit}",
                "tenderbridge_certificate_expiry_timestamp_seconds{certificate,use}",
                "tenderbridge_channel_stands_still{channel}",
                "tenderbridge_config_last_reload_success_timestamp_seconds{}",
                "tenderbridge_config_reloads_total{result}",
                "tenderbridge_deliveries_total{destination,outcome}",
                "tenderbridge_delivery_duration_seconds{destination}",
                "tenderbridge_file_duration_seconds{channel}",
                "tenderbridge_files_total{channel,outcome}",
                "tenderbridge_files_waiting{channel}",
                "tenderbridge_mapping_failures_total{mapping,cause}",
                "tenderbridge_messages_received_total{channel,dataset,outcome}",
                "tenderbridge_metrics_dropped_series_total{}",
                "tenderbridge_outbox_deliveries{destination,state}",
                "tenderbridge_outbox_oldest_age_seconds{destination}",
                "tenderbridge_pages_total{channel}",
                "tenderbridge_receipts_total{destination,outcome}",
                "tenderbridge_source_to_confirmed_seconds{destination}",
            ])
    }

    static let promtool = "/usr/bin/promtool"

    @Test(
        "passes `promtool check metrics`",
        .enabled(if: FileManager.default.isExecutableFile(atPath: promtool), "no promtool here"))
    func promtoolAgrees() async throws {
        let registry = PrometheusRegistry()
        let factory = PrometheusFactory(registry)
        for definition in MetricCatalogue.gateway.definitions.values {
            let labels = definition.labels.map { ($0, "值 \"\($0)\"\\\n") }
            switch definition.kind {
            case .counter: Counter(label: definition.name, dimensions: labels, factory: factory).increment(by: 2)
            case .gauge: Meter(label: definition.name, dimensions: labels, factory: factory).set(1.5)
            case .histogram: Timer(label: definition.name, dimensions: labels, factory: factory).recordMilliseconds(7)
            }
        }
        #expect(registry.droppedSeries == 2, "only the counter of dropped series itself was incremented")
        let said = try await TemporaryDirectory.with { folder in
            let path = try folder.write("metrics.txt", PrometheusText.render(registry))
            return try await ChildProcess.run(["/bin/sh", "-c", "\(Self.promtool) check metrics < \"$0\"", path])
        }
        #expect(said.isEmpty)
    }
}
