internal import ExchangeModel
internal import GRDB
internal import JSON

/// Receipts that wait: for their delivery, or for the outcome of an attempt.
extension WriteSession {
    /// A delivery changed: receipts that were held for it, or that name the number its hand-over brought, have their hour.
    func followReceipts(of change: DeliveryChange) throws {
        if !position.earlyReceipts.isEmpty, let answer = change.receipt, answer.verdict == "handedOver", !answer.reference.isEmpty
        {
            let destination = try delivery(change.sequence).destination
            try attachEarly(destination, .reference(answer.reference), version: "", to: change.sequence)
        }
        if !position.withHeldReceipts.isEmpty, change.state != .inFlight,
            position.withHeldReceipts.remove(change.sequence) != nil
        {
            try applyHeld(change.sequence, at: change.at)
        }
    }

    private func applyHeld(_ sequence: Int64, at instant: Instant) throws {
        receipts.selectHeld.add(sequence)
        var held: [(number: Int64, words: ReceiptWords)] = []
        while try receipts.selectHeld.step() {
            let row = receipts.selectHeld
            held.append(
                (
                    row.int64(0),
                    ReceiptWords(
                        verdict: ReceiptVerdict(rawValue: row.text(1)) ?? .other, number: row.text(2), reason: row.text(3),
                        source: row.text(4))
                ))
        }
        for (number, words) in held {
            let delivery = try delivery(sequence)
            let effect = Self.effect(of: words.verdict, on: delivery)
            if effect == .held {
                position.withHeldReceipts.insert(sequence)
                continue
            }
            receipts.setEffect.add(effect.rawValue)
            receipts.setEffect.add(sequence)
            receipts.setEffect.add(number)
            try receipts.setEffect.run()
            _ = try perform(effect, words, on: delivery, at: instant)
        }
    }

    /// Brings receipts that came before their delivery to it: a record was accepted.
    func attachEarly(to open: [OpenDelivery], of intake: Intake) throws {
        if position.earlyReceipts.isEmpty { return }
        for delivery in open {
            try attachEarly(delivery.destination, .deliveryID(delivery.id), version: "", to: delivery.sequence)
            if intake.businessKey.isEmpty { continue }
            try attachEarly(
                delivery.destination, .businessKey(intake.businessKey, version: nil), version: intake.version,
                to: delivery.sequence)
        }
    }

    private func attachEarly(
        _ destination: String, _ correlation: ReceiptCorrelation, version: String, to sequence: Int64
    ) throws {
        receipts.selectEarly.add(destination)
        receipts.selectEarly.add(correlation.way)
        receipts.selectEarly.add(correlation.subject)
        receipts.selectEarly.add(version)
        var early: [(row: Int64, receipt: SealedReceipt)] = []
        while try receipts.selectEarly.step() {
            early.append((receipts.selectEarly.int64(0), try SealedReceipt(receipts.selectEarly)))
        }
        for (row, receipt) in early {
            receipts.deleteEarly.add(row)
            try receipts.deleteEarly.run()
            forgetEarly(of: destination)
            _ = try attach(receipt, to: sequence)
        }
    }

    /// Keeps a receipt whose delivery is not there.
    func keep(_ sealed: SealedReceipt) throws -> ReceiptOutcome {
        let receipt = sealed.receipt
        guard position.earlyReceipts[receipt.destination, default: 0] < StoreLimits.earlyReceipts else {
            return ReceiptOutcome(delivery: nil, state: nil, verdict: receipt.verdict, effect: .noRoom)
        }
        receipts.insertEarly.add(sealed.identity)
        receipts.insertEarly.add(receipt.destination)
        receipts.insertEarly.add(receipt.correlation.way)
        receipts.insertEarly.add(receipt.correlation.subject)
        receipts.insertEarly.add(receipt.correlation.version)
        receipts.insertEarly.add(sealed.at)
        receipts.insertEarly.add(receipt.kind)
        receipts.insertEarly.add(receipt.number)
        receipts.insertEarly.add(receipt.verdict.rawValue)
        receipts.insertEarly.add(receipt.reason)
        receipts.insertEarly.add(receipt.statedAt)
        receipts.insertEarly.add(receipt.source)
        receipts.insertEarly.add(sealed.stored.seal?.keyIDBytes)
        receipts.insertEarly.add(sealed.stored.seal?.nonce)
        receipts.insertEarly.add(sealed.stored.bytes)
        try receipts.insertEarly.run()
        position.earlyReceipts[receipt.destination, default: 0] += 1
        try recordEarly("receipt.kept", receipt.destination, receipt.correlation.way, receipt.number, at: sealed.at) { json in
            json.member("verdict", receipt.verdict.rawValue)
            json.member("source", receipt.source)
        }
        return ReceiptOutcome(delivery: nil, state: nil, verdict: receipt.verdict, effect: .kept)
    }

    /// See `MessageStore.expireReceipts`.
    func expire(_ expiry: ReceiptExpiry) throws -> [ExpiredReceipt] {
        if position.earlyReceipts.isEmpty { return [] }
        receipts.selectExpired.add(expiry.before)
        receipts.selectExpired.add(StoreLimits.receiptsPerCall)
        var expired: [(row: Int64, receipt: ExpiredReceipt)] = []
        while try receipts.selectExpired.step() {
            let row = receipts.selectExpired
            expired.append(
                (
                    row.int64(0),
                    ExpiredReceipt(
                        destination: row.text(1), way: row.text(2), number: row.text(3), receivedAt: row.instant(4))
                ))
        }
        for (row, receipt) in expired {
            receipts.deleteEarly.add(row)
            try receipts.deleteEarly.run()
            forgetEarly(of: receipt.destination)
            try recordEarly("receipt.expired", receipt.destination, receipt.way, receipt.number, at: expiry.at) { json in
                json.member("receivedAt", receipt.receivedAt.description)
            }
        }
        return expired.map(\.receipt)
    }

    private func forgetEarly(of destination: String) {
        let left = position.earlyReceipts[destination, default: 0] - 1
        position.earlyReceipts[destination] = left > 0 ? left : nil
    }

    private func recordEarly(
        _ event: String, _ destination: String, _ way: String, _ number: String, at instant: Instant,
        _ members: (inout JSONWriter) -> Void
    ) throws {
        var json = JSONWriter(capacity: 256)
        json.beginObject()
        json.member("event", event)
        json.member("destination", destination)
        json.member("correlate", way)
        if !number.isEmpty { json.member("receipt", number) }
        members(&json)
        json.endObject()
        try record(EvidenceEntry(at: instant, messageID: nil, content: json.bytes))
    }
}
