internal import Metrics
internal import Store

/// Counters of the receipts of one destination, made once. Contradictions and overdue ones are counted by the outbox.
struct ReceiptMetrics: Sendable {
    private let turnedAwayTotal, unreadableTotal, expiredTotal, repeated: Counter
    private let effects: [ReceiptEffect: Counter]

    init(destination: String) {
        func counter(_ outcome: String) -> Counter {
            Counter(label: "tenderbridge_receipts_total", dimensions: [("destination", destination), ("outcome", outcome)])
        }
        turnedAwayTotal = counter("turnedAway")
        unreadableTotal = counter("unreadable")
        expiredTotal = counter("expired")
        repeated = counter("repeated")
        effects = Dictionary(
            uniqueKeysWithValues: ReceiptEffect.allCases.filter { $0 != .contradicts }.map { ($0, counter($0.rawValue)) })
    }

    func turnedAway() { turnedAwayTotal.increment() }
    func unreadable(_ count: Int) { unreadableTotal.increment(by: count) }
    func expired() { expiredTotal.increment() }

    func count(_ outcomes: [ReceiptOutcome]) {
        for outcome in outcomes { (outcome.isRepeat ? repeated : effects[outcome.effect])?.increment() }
    }
}
