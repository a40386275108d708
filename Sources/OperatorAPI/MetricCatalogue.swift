/// The metrics that this program exports: name, kind, help and label names, declared once.
///
/// Names and labels are a promise to dashboards and alarms. What is not declared is not exported (it is counted), so
/// that a library or a slip cannot add series without bound.
public struct MetricCatalogue: Sendable {
    /// The declarations, by name.
    public let definitions: [String: MetricDefinition]

    /// A catalogue of these declarations; the last one of a name wins.
    public init(_ definitions: [MetricDefinition]) {
        self.definitions = Dictionary(definitions.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
    }

    /// The metrics of the gateway.
    public static let gateway = MetricCatalogue([
        MetricDefinition(
            "tenderbridge_messages_received_total", .counter, labels: ["channel", "dataset", "outcome"],
            help: "Messages received, by channel, dataset and outcome."),
        MetricDefinition(
            "tenderbridge_deliveries_total", .counter, labels: ["destination", "outcome"],
            help: "Verdicts on deliveries, by destination and outcome."),
        MetricDefinition(
            "tenderbridge_outbox_deliveries", .gauge, labels: ["destination", "state"],
            help: "Deliveries in the outbox that are not at an end, by destination and state."),
        MetricDefinition(
            "tenderbridge_outbox_oldest_age_seconds", .gauge, labels: ["destination"],
            help: "Age of the oldest delivery that is not at an end."),
        MetricDefinition(
            "tenderbridge_delivery_duration_seconds", .histogram(MetricDefinition.defaultBuckets), labels: ["destination"],
            help: "Time of one attempt, from the first byte sent to the classified answer."),
        MetricDefinition(
            "tenderbridge_accept_duration_seconds", .histogram(MetricDefinition.defaultBuckets), labels: ["channel"],
            help: "Time from a payload read to its acknowledgement, synced to disk."),
        MetricDefinition(
            "tenderbridge_source_to_confirmed_seconds", .histogram(MetricDefinition.longBuckets), labels: ["destination"],
            help: "Time from the source's own time stamp to the destination's confirmation."),
        MetricDefinition(
            "tenderbridge_mapping_failures_total", .counter, labels: ["mapping", "cause"],
            help: "Records that a mapping could not turn, by mapping and cause."),
        MetricDefinition(
            "tenderbridge_receipts_total", .counter, labels: ["destination", "outcome"],
            help: "Receipts that came by themselves, by destination and what they did; overdue counts those that did not come."),
        MetricDefinition(
            "tenderbridge_files_total", .counter, labels: ["channel", "outcome"],
            help: "Files of a directory channel, by outcome: taken, refused as a whole, or repeated (taken before)."),
        MetricDefinition(
            "tenderbridge_files_waiting", .gauge, labels: ["channel"],
            help: "Files in the folder of a channel that are not taken yet, at the last look."),
        MetricDefinition(
            "tenderbridge_file_duration_seconds", .histogram(MetricDefinition.longBuckets), labels: ["channel"],
            help: "Time from the first byte of a file read to its last record on disk."),
        MetricDefinition(
            "tenderbridge_pages_total", .counter, labels: ["channel"],
            help: "Pages that a polled platform gave, empty ones included."),
        MetricDefinition(
            "tenderbridge_channel_stands_still", .gauge, labels: ["channel"],
            help: "1 while something keeps a channel from taking files or pages, else 0."),
        MetricDefinition(
            "tenderbridge_attachments_total", .counter, labels: ["channel", "outcome"],
            help: "Attachments handed in, by outcome: stored, repeated (the sender had handed it in before), or refused."),
        MetricDefinition(
            "tenderbridge_attachment_bytes_total", .counter, labels: ["channel"],
            help: "Octets of attachments handed in, repeated and refused ones included."),
        MetricDefinition(
            "tenderbridge_attachments_kept", .gauge, labels: [],
            help: "Contents of attachments that are kept, at the last look."),
        MetricDefinition(
            "tenderbridge_attachments_kept_bytes", .gauge, labels: [],
            help: "Octets of attachments that are kept, at the last look."),
        MetricDefinition(
            "tenderbridge_attachments_removed_total", .counter, labels: [],
            help: "Attachments that no message named and that were removed when their retention ended."),
        MetricDefinition(
            "tenderbridge_breaker_open", .gauge, labels: ["destination"],
            help: "1 while the breaker of a destination is open, else 0."),
        MetricDefinition(
            "tenderbridge_certificate_expiry_timestamp_seconds", .gauge, labels: ["certificate", "use"],
            help: "When a configured certificate expires, in seconds since the Unix epoch."),
        MetricDefinition(
            "tenderbridge_config_reloads_total", .counter, labels: ["result"],
            help: "Reloads of the configuration, by result: applied, unchanged, refused or failed."),
        MetricDefinition(
            "tenderbridge_config_last_reload_success_timestamp_seconds", .gauge, labels: [],
            help: "When the present configuration was taken, in seconds since the Unix epoch."),
        MetricDefinition(
            "tenderbridge_build_info", .gauge, labels: ["version", "commit"],
            help: "Always 1; the labels name the running program."),
        MetricDefinition(
            droppedSeriesName, .counter, labels: [],
            help: "Series that were asked for and not kept: undeclared, of another kind, or over the limit of their metric."),
    ])

    /// The metric that counts what is not exported; every registry has it.
    public static let droppedSeriesName = "tenderbridge_metrics_dropped_series_total"
}

/// One metric: what it is called, what it counts, and the labels its series may have.
public struct MetricDefinition: Sendable, Hashable {
    /// What kind of values the series hold.
    public enum Kind: Sendable, Hashable {
        /// Only goes up.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts observations into buckets with these upper bounds, ascending; `+Inf` is added.
        case histogram([Double])
    }

    /// The name, with unit and `_total` as Prometheus asks.
    public let name: String
    /// The kind.
    public let kind: Kind
    /// Names of the labels in the order in which they are written. A series may leave some out.
    public let labels: [String]
    /// One sentence for the reader of a dashboard.
    public let help: String

    /// Declares a metric.
    public init(_ name: String, _ kind: Kind, labels: [String], help: String) {
        precondition(
            Self.isName(name) && labels.allSatisfy { Self.isName($0) && !$0.contains(":") }, "not a metric name: \(name)")
        if case .histogram(let bounds) = kind {
            precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "the buckets of \(name) do not ascend")
        }
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
    }

    /// From one millisecond to a minute, in seconds.
    public static let defaultBuckets: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]

    /// From one second to thirty days, in seconds, for what takes people and schedules.
    public static let longBuckets: [Double] = [
        1, 5, 15, 60, 300, 900, 3600, 14_400, 43_200, 86_400, 259_200, 604_800, 1_728_000, 2_592_000,
    ]

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`, the data model of Prometheus.
    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(first >= 0x30 && first <= 0x39) else { return false }
        return text.utf8.allSatisfy {
            ($0 >= 0x30 && $0 <= 0x3A) || ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x61 && $0 <= 0x7A) || $0 == 0x5F
        }
    }
}
