internal import Synchronization

/// How many intakes are being read and mapped at this moment, so that a commit may wait a little for their company.
///
/// Whoever prepares an intake counts himself in before and out again before he calls the store. Thread-safe; costs an atomic
/// addition.
public final class IntakeTraffic: Sendable {
    private let count = Atomic<Int>(0)

    /// Nobody is on the way.
    public init() {}

    /// Runs the preparation of an intake, counted while it runs.
    public func counting<Result, Failure: Error>(_ preparation: () throws(Failure) -> Result) throws(Failure) -> Result {
        count.add(1, ordering: .relaxed)
        defer { count.subtract(1, ordering: .relaxed) }
        return try preparation()
    }

    /// Whether nobody is on the way.
    var isEmpty: Bool { count.load(ordering: .relaxed) <= 0 }
}
