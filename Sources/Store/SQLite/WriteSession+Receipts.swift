internal import Cryptography
internal import ExchangeModel
internal import GRDB
internal import JSON

/// Receipts that came by themselves. Whatever they bring about is written in the transaction that keeps them, or in the one
/// that brings what they waited for; so no crash can come between.
extension WriteSession {
    /// See `MessageStore.receive`.
    func receive(_ call: ReceiptCall) throws -> [ReceiptOutcome] {
        guard call.receipts.count <= StoreLimits.receiptsPerCall else {
            throw fault("keep receipts", "one call brings more than \(StoreLimits.receiptsPerCall)")
        }
        let outcomes = try call.receipts.map { try receive($0) }
        if let cursor = call.cursor, !outcomes.contains(where: { $0.effect == .noRoom }) {
            receipts.setCursor.add(cursor.destination)
            receipts.setCursor.add(cursor.value)
            try receipts.setCursor.run()
        }
        return outcomes
    }

    private func receive(_ sealed: SealedReceipt) throws -> ReceiptOutcome {
        if let known = try known(sealed) { return known }
        let proof = sealed.stored.seal == nil ? 0 : AES256GCM.tagBytes
        guard sealed.stored.bytes.count - proof <= StoreLimits.receiptBytes else {
            throw fault("keep a receipt", "the item is larger than \(StoreLimits.receiptBytes) octets")
        }
        if let sequence = try target(of: sealed.receipt) { return try attach(sealed, to: sequence) }
        return try keep(sealed)
    }

    /// What became of the same receipt before.
    private func known(_ sealed: SealedReceipt) throws -> ReceiptOutcome? {
        receipts.selectKnown.add(sealed.identity)
        if try receipts.selectKnown.step() {
            defer { receipts.selectKnown.reset() }
            return ReceiptOutcome(
                delivery: try receipts.selectKnown.id(0), state: try receipts.selectKnown.state(1),
                verdict: ReceiptVerdict(rawValue: receipts.selectKnown.text(3)) ?? .other,
                effect: ReceiptEffect(rawValue: receipts.selectKnown.text(4)) ?? .noted, isRepeat: true)
        }
        receipts.selectEarlyKnown.add(sealed.identity)
        guard try receipts.selectEarlyKnown.step() else { return nil }
        defer { receipts.selectEarlyKnown.reset() }
        return ReceiptOutcome(
            delivery: nil, state: nil, verdict: ReceiptVerdict(rawValue: receipts.selectEarlyKnown.text(0)) ?? .other,
            effect: .kept, isRepeat: true)
    }

    // MARK: Finding the delivery

    private func target(of receipt: IncomingReceipt) throws -> Int64? {
        let statement: PreparedStatement
        switch receipt.correlation {
        case .deliveryID(let id):
            statement = receipts.byID
            statement.add(UUIDv7(bytes: id.bytes.dropLast(2) + [0, 0]) ?? id)
            statement.add(UUIDv7(bytes: id.bytes.dropLast(2) + [0xFF, 0xFF]) ?? id)
            statement.add(receipt.destination)
            statement.add(id)
        case .reference(let reference):
            statement = receipts.byReference
            statement.add(reference)
            statement.add(receipt.destination)
        case .businessKey(let key, let version):
            statement = receipts.byBusinessKey
            statement.add(key)
            statement.add(receipt.destination)
            statement.add(version)
        }
        guard try statement.step() else { return nil }
        defer { statement.reset() }
        return statement.int64(0)
    }

    func delivery(_ sequence: Int64) throws -> OpenDelivery {
        receipts.selectTarget.add(sequence)
        guard try receipts.selectTarget.step() else {
            throw fault("apply a receipt", "there is no delivery of number \(sequence)")
        }
        defer { receipts.selectTarget.reset() }
        return try DeliveryQueries.openDelivery(receipts.selectTarget)
    }

    // MARK: Doing what it says

    /// What a verdict does to a delivery as it stands.
    ///
    /// A receipt for something that never left cannot be about it, unless a former life of this store sent it: so it waits for
    /// the outcome of the attempt, as one does that overtakes its answer.
    static func effect(of verdict: ReceiptVerdict, on delivery: OpenDelivery) -> ReceiptEffect {
        switch (verdict, delivery.state) {
        case (.other, _): .noted
        case (_, .inFlight), (_, .waiting): .held
        case (_, .pending) where delivery.attempts == 0: .held
        // Dead without having left: it may be mended and sent.
        case (.accepted, .dead) where delivery.attempts == 0: .held
        case (.accepted, .delivered), (.refused, .dead): .agrees
        case (.accepted, .dead), (.accepted, .cancelled), (.accepted, .superseded), (.accepted, .expired),
            (.refused, .delivered):
            .contradicts
        case (.accepted, .pending), (.accepted, .retryWait), (_, .awaitingReceipt), (_, .unknown): .applied
        // It goes out once more, and the destination answers that.
        case (.refused, .pending), (.refused, .retryWait): .noted
        case (.refused, .cancelled), (.refused, .superseded), (.refused, .expired): .noted
        }
    }

    /// Writes a receipt to its delivery and does what it says.
    func attach(_ sealed: SealedReceipt, to sequence: Int64) throws -> ReceiptOutcome {
        let delivery = try delivery(sequence)
        let receipt = sealed.receipt
        var effect = Self.effect(of: receipt.verdict, on: delivery)
        // Of two that differ the accepting one counts, whichever came first: nothing is sent after a confirmation.
        if effect == .held, receipt.verdict == .refused, try hasConfirmation(sequence) { effect = .contradicts }
        receipts.insert.add(sequence)
        receipts.insert.add(sealed.at)
        receipts.insert.add(receipt.kind)
        receipts.insert.add(receipt.number)
        receipts.insert.add(receipt.verdict.rawValue)
        receipts.insert.add(sealed.stored.seal?.keyIDBytes)
        receipts.insert.add(sealed.stored.seal?.nonce)
        receipts.insert.add(sealed.stored.bytes)
        receipts.insert.add(sealed.identity)
        receipts.insert.add(effect.rawValue)
        receipts.insert.add(receipt.reason)
        receipts.insert.add(receipt.statedAt)
        receipts.insert.add(receipt.source)
        try receipts.insert.run()
        let words = ReceiptWords(
            verdict: receipt.verdict, number: receipt.number, reason: receipt.reason, source: receipt.source)
        let state = try perform(effect, words, on: delivery, at: sealed.at)
        return ReceiptOutcome(delivery: delivery.id, state: state, verdict: receipt.verdict, effect: effect)
    }

    /// Whether a receipt says that the destination has a delivery, wherever that stands.
    func hasConfirmation(_ sequence: Int64) throws -> Bool {
        receipts.selectConfirmation.add(sequence)
        defer { receipts.selectConfirmation.reset() }
        return try receipts.selectConfirmation.step()
    }

    /// What the evidence and the cause say of a receipt.
    struct ReceiptWords {
        var verdict: ReceiptVerdict
        var number, reason, source: String

        /// Why a delivery is dead.
        var refusal: DeliveryCause {
            DeliveryCause(
                code: "receipt.refused",
                text: "the destination refused it by a receipt" + (number.isEmpty ? "" : " (\(number))")
                    + (reason.isEmpty ? "" : ": \(reason)"))
        }

        func write(to json: inout JSONWriter) {
            if !number.isEmpty { json.member("receipt", number) }
            json.member("source", source)
        }
    }

    /// Brings about what a receipt does, with its evidence. Returns the state after it.
    func perform(
        _ effect: ReceiptEffect, _ words: ReceiptWords, on delivery: OpenDelivery, at instant: Instant
    ) throws -> DeliveryState {
        if effect == .applied, let event = words.verdict.event, let state = delivery.state.after(event) {
            try move(delivery, to: state, by: event, words, at: instant)
            return state
        }
        if effect == .held { position.withHeldReceipts.insert(delivery.sequence) }
        try note(effect, words, on: delivery, at: instant)
        if effect == .contradicts {
            var contradicted = delivery
            contradicted.isContradicted = true
            noteMove(contradicted)
        }
        return delivery.state
    }

    private func move(
        _ delivery: OpenDelivery, to state: DeliveryState, by event: DeliveryEvent, _ words: ReceiptWords, at instant: Instant
    ) throws {
        let cause = state == .dead ? words.refusal : nil
        let evidence = Self.evidence(delivery, to: state, by: event) { json in
            json.memberIfPresent("cause", cause?.code)
            words.write(to: &json)
        }
        var change = DeliveryChange(
            sequence: delivery.sequence, expectedFence: delivery.fence, state: state, at: instant, cause: cause,
            evidence: EvidenceEntry(at: instant, messageID: delivery.messageID, content: evidence))
        change.raisesFence = true
        guard case .applied(let fence) = try apply(change) else {
            throw fault("apply a receipt", "delivery \(delivery.sequence) is not what it was a moment ago")
        }
        var moved = delivery
        moved.state = state
        moved.fence = fence
        moved.dueAt = nil
        noteMove(moved)
    }

    /// The evidence of a receipt that moves nothing.
    private func note(_ effect: ReceiptEffect, _ words: ReceiptWords, on delivery: OpenDelivery, at instant: Instant) throws {
        var json = JSONWriter(capacity: 320)
        json.beginObject()
        json.member("event", effect == .contradicts ? "receipt.contradicts" : "receipt.received")
        json.member("delivery", delivery.id.description)
        json.member("message", delivery.messageID.description)
        json.member("destination", delivery.destination)
        json.member("verdict", words.verdict.rawValue)
        json.member("state", delivery.state.name)
        json.member("effect", effect.rawValue)
        words.write(to: &json)
        json.endObject()
        let previous = try lastEvidence(of: delivery.sequence)
        try record(EvidenceEntry(at: instant, messageID: delivery.messageID, content: json.bytes), previous: previous)
        receipts.setTrail.add(position.evidence.sequence)
        receipts.setTrail.add(delivery.sequence)
        try receipts.setTrail.run()
    }
}
