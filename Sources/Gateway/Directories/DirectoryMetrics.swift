internal import Metrics
internal import Store

/// Metrics of a directory channel.
struct DirectoryMetrics: Sendable {
    private let taken, refusedWhole, known: Counter
    private let waitingFiles, isStandingStill: Gauge
    private let duration: Metrics.Timer

    init(channel: String) {
        func counter(_ outcome: String) -> Counter {
            Counter(label: "tenderbridge_files_total", dimensions: [("channel", channel), ("outcome", outcome)])
        }
        taken = counter("taken")
        refusedWhole = counter("refused")
        known = counter("repeated")
        waitingFiles = Gauge(label: "tenderbridge_files_waiting", dimensions: [("channel", channel)])
        isStandingStill = Gauge(label: "tenderbridge_channel_stands_still", dimensions: [("channel", channel)])
        duration = Metrics.Timer(label: "tenderbridge_file_duration_seconds", dimensions: [("channel", channel)])
        waitingFiles.record(0)
        isStandingStill.record(0)
    }

    func took(_ stream: RecordStream, wasKnown: Bool, after time: Duration) {
        (wasKnown ? known : stream.state == .refused ? refusedWhole : taken).increment()
        let (seconds, attoseconds) = time.components
        duration.recordNanoseconds(seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000)
    }

    func refused() { refusedWhole.increment() }
    func waiting(_ count: Int) { waitingFiles.record(count) }
    func standsStill(_ itDoes: Bool) { isStandingStill.record(itDoes ? 1 : 0) }
}
