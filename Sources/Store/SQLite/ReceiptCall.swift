internal import ExchangeModel

/// A call of `MessageStore.receive`.
struct ReceiptCall: Sendable {
    let receipts: [SealedReceipt]
    let cursor: ReceiptCursor?
    let at: Instant
}

/// A call of `MessageStore.expireReceipts`.
struct ReceiptExpiry: Sendable {
    let before, at: Instant
}

/// A receipt as the store keeps it: with its identity, and with bytes that are encrypted where the store is.
struct SealedReceipt: Sendable {
    var receipt: IncomingReceipt
    var identity: [UInt8]
    var stored: StorableBytes
    var at: Instant

    /// Encrypts on the caller's task.
    init(_ receipt: IncomingReceipt, at instant: Instant, keys: DataKeys) {
        identity = NarrowKey.receipt(receipt)
        stored = keys.storable(receipt.item, day: instant.utcDay, at: instant, boundTo: SealBinding.incoming(identity))
        at = instant
        self.receipt = receipt
        self.receipt.item = []
    }

    /// A row of `early_receipt`, read by `ReceiptStatements.earlyColumns`.
    init(_ row: PreparedStatement) throws {
        let subject = row.text(4)
        let correlation: ReceiptCorrelation =
            switch row.text(3) {
            case "reference": .reference(subject)
            case "deliveryId": DeliveryID(subject).map { .deliveryID($0) } ?? .reference(subject)
            default: .businessKey(subject, version: row.optionalText(5))
            }
        identity = row.blob(1)
        stored = StorableBytes(bytes: row.blob(14), seal: row.seal(12))
        at = row.instant(6)
        receipt = IncomingReceipt(
            destination: row.text(2), correlation: correlation, verdict: ReceiptVerdict(rawValue: row.text(9)) ?? .other,
            number: row.text(8), reason: row.text(10), statedAt: row.optionalInstant(11), kind: row.text(7),
            source: row.text(15), item: [], digest: [])
    }
}
