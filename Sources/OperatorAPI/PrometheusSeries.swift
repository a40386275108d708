internal import CoreMetrics
internal import Synchronization

/// One series of a metric: its label values, and the place where its value is kept.
protocol PrometheusSeries: AnyObject, Sendable {
    /// The series' metric and label values, to take it out again.
    var key: PrometheusSeriesKey { get }
}

/// A metric and the values of its labels, in the order of the declaration; nil where a label is left out.
struct PrometheusSeriesKey: Hashable {
    let metric: String
    let values: [String?]
}

/// A counter: one atomic addition a call, no lock, no allocation.
final class PrometheusCounter: PrometheusSeries, CounterHandler {
    let key: PrometheusSeriesKey
    private let count = Atomic<Int64>(0)

    init(_ key: PrometheusSeriesKey) { self.key = key }

    var value: Int64 { count.load(ordering: .relaxed) }

    /// A counter never goes down: a negative amount is passed over.
    func increment(by amount: Int64) {
        if amount > 0 { count.wrappingAdd(amount, ordering: .relaxed) }
    }

    func reset() { count.store(0, ordering: .relaxed) }
}

/// A gauge: a floating-point number kept as its bits in one atomic word.
final class PrometheusGauge: PrometheusSeries, MeterHandler, RecorderHandler {
    let key: PrometheusSeriesKey
    private let bits = Atomic<UInt64>(0)

    init(_ key: PrometheusSeriesKey) { self.key = key }

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func decrement(by amount: Double) { increment(by: -amount) }

    func increment(by amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let result = bits.compareExchange(expected: old, desired: new, ordering: .relaxed)
            if result.exchanged { return }
            old = result.original
        }
    }
}

/// A histogram of fixed buckets. A short lock keeps buckets, sum and count consistent with one another.
final class PrometheusHistogram: PrometheusSeries, TimerHandler, RecorderHandler {
    /// Observations per bucket (not cumulated; the last one is beyond every bound) and their sum.
    struct State {
        var counts: [UInt64]
        var sum: Double = 0
    }

    let key: PrometheusSeriesKey
    let bounds: [Double]
    private let state: Mutex<State>

    init(_ key: PrometheusSeriesKey, bounds: [Double]) {
        self.key = key
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    var snapshot: State { state.withLock { $0 } }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }
    func record(_ value: Int64) { record(Double(value)) }

    /// Counts an observation; not-a-number is passed over, since it belongs to no bucket and would spoil the sum.
    func record(_ value: Double) {
        guard !value.isNaN else { return }
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        state.withLock { state in
            state.counts[index] += 1
            state.sum += value
        }
    }
}
