internal import ExchangeModel

/// How many attempts of the last while ended well and how many failed, in ten slices of time: constant memory, whatever the load.
struct OutcomeWindow {
    private struct Slice {
        var number: Int64
        var failures = 0
        var attempts = 0
    }

    private static let slicesMax = 10

    private let sliceLength: Int64
    private var slices: [Slice] = []

    init(_ length: Duration) { sliceLength = max(length.wholeMilliseconds / Int64(Self.slicesMax), 1) }

    private(set) var failures = 0
    private(set) var attempts = 0

    /// Counts an end. After a clock that was set back it begins anew: those of the future would never age.
    mutating func add(isFailure: Bool, at now: Instant) {
        let number = now.milliseconds / sliceLength
        if let last = slices.last, last.number > number { clear() }
        if slices.last?.number != number { slices.append(Slice(number: number)) }
        while let first = slices.first, first.number <= number - Int64(Self.slicesMax) {
            failures -= first.failures
            attempts -= first.attempts
            slices.removeFirst()
        }
        slices[slices.count - 1].attempts += 1
        attempts += 1
        if isFailure {
            slices[slices.count - 1].failures += 1
            failures += 1
        }
    }

    mutating func clear() {
        slices = []
        failures = 0
        attempts = 0
    }
}
