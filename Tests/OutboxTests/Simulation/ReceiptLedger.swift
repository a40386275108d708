import ExchangeModel
import Store

/// What became of the receipts of a story, beside the store: what it has acknowledged, and what its evidence tells of them.
struct ReceiptLedger {
    /// By its bytes, which no other has: what the store answered.
    private(set) var acknowledged: [[UInt8]: ReceiptOutcome] = [:]
    /// Handed to the store, which did not answer.
    private var tried: Set<[UInt8]> = []
    /// Which delivery a reference was given for.
    private(set) var handedOver: [String: String] = [:]
    /// Receipts that found no delivery in their time and were dropped, as far as their evidence names them.
    private var expired: Set<[String]> = []
    /// Rows about contradictions.
    private(set) var contradictions = 0

    /// Takes a row of evidence.
    mutating func play(_ fields: EvidenceFields) {
        if fields["event"] == "receipt.contradicts" { contradictions += 1 }
        if fields["event"] == "receipt.expired" {
            expired.insert([fields["destination"] ?? "", fields["correlate"] ?? "", fields["receipt"] ?? ""])
        }
        if fields["outcome"] == "handedOver", let reference = fields["receipt"] { handedOver[reference] = fields["delivery"] }
    }

    mutating func failed(_ written: [ReceiptDesk.Written]) { for one in written { tried.insert(one.receipt.item) } }

    /// Whether a receipt may have been dropped before its delivery was known.
    func mayHaveExpired(_ receipt: IncomingReceipt) -> Bool {
        expired.contains([receipt.destination, receipt.correlation.way, receipt.number])
    }

    /// The delivery that a receipt belongs to; nil while there is no such number.
    func target(of written: ReceiptDesk.Written) -> String? {
        if case .reference(let reference) = written.receipt.correlation { return handedOver[reference] }
        return written.about.description
    }

    /// Judges an answer of the store by the delivery's state before it, and keeps it.
    ///
    /// - Parameter state: as the evidence tells; nil when it tells of no such delivery.
    mutating func judge(
        _ written: ReceiptDesk.Written, _ outcome: ReceiptOutcome, state: String?, leases: Int, isSlipped: Bool
    ) -> String? {
        let receipt = written.receipt
        let before = acknowledged[receipt.item]
        defer { acknowledged[receipt.item] = outcome }
        let name = "receipt \(String(decoding: receipt.item, as: UTF8.self)) of \(receipt.destination)"
        let isNew = !tried.contains(receipt.item) && before == nil
        // One that never found its delivery is dropped after its time.
        if let before, before.effect != .kept, !outcome.isRepeat { return "\(name): taken twice" }
        if isNew, outcome.isRepeat { return "\(name): called a repeat, and never seen before" }
        // The turn into which it slipped may have brought its number after it.
        if isSlipped, outcome.effect == .kept, case .reference = receipt.correlation { return nil }
        let target = target(of: written)
        if outcome.delivery?.description != target { return "\(name): bound to \(outcome.delivery?.description ?? "none")" }
        if outcome.verdict != receipt.verdict { return "\(name): understood as \(outcome.verdict)" }
        guard !outcome.isRepeat, !isSlipped, target == nil || state != nil else { return nil }
        let expected = Self.effects(of: receipt.verdict, on: state, leases: leases)
        if expected.contains(outcome.effect) { return nil }
        return "\(name): \(outcome.effect), and the delivery was \(state ?? "not there")"
    }

    /// What a receipt may do, by the table in `Sources/Outbox/README.md`.
    private static func effects(of verdict: ReceiptVerdict, on state: String?, leases: Int) -> Set<ReceiptEffect> {
        guard let state else { return [.kept] }
        if verdict == .other { return [.noted] }
        let isAccepted = verdict == .accepted
        switch state {
        case "inFlight", "waiting": return isAccepted ? [.held] : [.held, .contradicts]
        case "pending" where leases == 0: return isAccepted ? [.held] : [.held, .contradicts]
        case "awaitingReceipt", "unknown": return [.applied]
        case "pending", "retryWait": return isAccepted ? [.applied] : [.noted]
        case "delivered": return isAccepted ? [.agrees] : [.contradicts]
        case "dead": return isAccepted ? (leases == 0 ? [.held] : [.contradicts]) : [.agrees]
        case "cancelled", "superseded", "expired": return isAccepted ? [.contradicts] : [.noted]
        default: return []
        }
    }
}
