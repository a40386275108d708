/// What came of one seed.
struct SimulatedStory: Sendable {
    var seed: UInt64
    /// Promises that were not kept, in words; empty when all were.
    var broken: [String]
    var tally: SimulationTally
    /// The last moves before the end.
    var trace: [String]
    /// The same for the same seed.
    var fingerprint: String

    /// What is shown of one that failed.
    var failure: String {
        """
        \(broken.prefix(12).joined(separator: "\n"))
        replay: TENDERBRIDGE_SEED=\(seed) TENDERBRIDGE_ROUNDS=1 swift test --filter OutboxTests.SimulationTests
        the last moves (milliseconds since the start, operations of the disk):
        \(trace.suffix(60).joined(separator: "\n"))
        """
    }
}

/// What happened in stories: proof that they were worth it.
struct SimulationTally: Sendable {
    var messages = 0, deliveries = 0, deaths = 0, takenTwice = 0
    /// Writes that a cut lost or tore, and operations of the disk that failed without a cut.
    var damaged = 0, failures = 0
    private(set) var counts: [String: Int] = [:]

    mutating func count(_ what: String, _ number: Int = 1) { counts[what, default: 0] += number }

    mutating func add(_ other: SimulationTally) {
        messages += other.messages
        deliveries += other.deliveries
        deaths += other.deaths
        takenTwice += other.takenTwice
        damaged += other.damaged
        failures += other.failures
        for (what, number) in other.counts { count(what, number) }
    }

    var text: String {
        "\(messages) messages, \(deliveries) deliveries, \(deaths) lives ended, \(damaged) writes lost or torn, \(failures) failed, "
            + "\(takenTwice) deliveries sent twice; "
            + counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }
}
