internal import Cryptography
internal import ExchangeModel
internal import GRDB

extension WriteSession {
    /// Applies changes in order, each only if its delivery is open and its fence the expected one.
    func apply(_ changes: [DeliveryChange]) throws -> [ChangeOutcome] {
        var outcomes: [ChangeOutcome] = []
        outcomes.reserveCapacity(changes.count)
        for change in changes { outcomes.append(try apply(change)) }
        return outcomes
    }

    func apply(_ change: DeliveryChange) throws -> ChangeOutcome {
        selectDelivery.add(change.sequence)
        guard try selectDelivery.step() else {
            throw fault("change a delivery", "there is no delivery of number \(change.sequence)")
        }
        let isOpen = selectDelivery.int(0) == 1
        let standing = selectDelivery.int64(1)
        var attempts = selectDelivery.int(2)
        var frozen = selectDelivery.optionalInt(3).map(Int64.init)
        let message = selectDelivery.int64(4)
        let lastEvidence = selectDelivery.isNull(5) ? 0 : selectDelivery.int64(5)
        let destination = selectDelivery.text(6)
        let from = selectDelivery.text(7)
        selectDelivery.reset()
        guard isOpen, standing == change.expectedFence else { return .stale }
        if let expected = change.expectedState, expected.name != from { return .stale }

        if from == DeliveryState.dead.name, change.state == .pending, attempts > 0, try hasConfirmation(change.sequence) {
            return .stale
        }

        if let form = change.freeze {
            guard frozen == nil else { throw fault("freeze a delivery", "delivery \(change.sequence) is frozen already") }
            frozen = try insertPayload(
                .frozen, StorableBytes(bytes: form.bytes, seal: form.seal), contentType: form.contentType, versions: form.versions
            )
        }
        if let step = change.attempt { try record(step, of: change, attempts: &attempts) }
        if let receipt = change.receipt { try insert(receipt, of: change) }

        let fence = change.state == .inFlight || change.raisesFence ? standing + 1 : standing
        try update(change, fence: fence, attempts: attempts, frozen: frozen)
        if change.state.isEnd {
            position.tally.open -= 1
            position.tally.ended += 1
            settleMessage.add(change.at)
            settleMessage.add(message)
            try settleMessage.run()
        }
        try record(change.evidence, previous: lastEvidence)
        if change.state == .delivered { try wakeChildren(of: change.sequence, at: change.at) }
        if let parking = change.parking { try apply(parking, of: change) }
        moves.append(
            OpenCounts.Move(destination: destination, from: from, to: change.state.isEnd ? nil : change.state.name))
        try followReceipts(of: change)
        return .applied(fence: fence)
    }

    private func update(_ change: DeliveryChange, fence: Int64, attempts: Int, frozen: Int64?) throws {
        let attributes = try StateAttributes(change, fault: fault)
        let statement = change.state.isEnd ? endDelivery : updateDelivery
        statement.add(change.state.name)
        statement.add(change.state.waitingCause?.rawValue)
        statement.add(fence)
        statement.add(attempts)
        statement.add(attributes.owner)
        statement.add(attributes.dueAt)
        statement.add(change.at)
        statement.add(attributes.cause?.code)
        statement.add(attributes.cause?.text)
        statement.add(frozen)
        statement.add(nextEvidence)
        statement.add(change.sequence)
        try statement.run()
    }

    private func record(_ step: AttemptStep, of change: DeliveryChange, attempts: inout Int) throws {
        switch step {
        case .begun(let number):
            guard number > attempts else {
                throw fault("begin an attempt", "delivery \(change.sequence) has begun attempt \(number) before")
            }
            attempts = number
            insertAttempt.add(change.sequence)
            insertAttempt.add(number)
            insertAttempt.add(change.at)
            try insertAttempt.run()
        case .ended(let number, let status, let duration, let outcome):
            updateAttempt.add(duration.wholeMicroseconds)
            updateAttempt.add(status)
            updateAttempt.add(outcome)
            updateAttempt.add(change.sequence)
            updateAttempt.add(number)
            try updateAttempt.run()
            guard self.changes == 1 else {
                throw fault("end an attempt", "delivery \(change.sequence) has no attempt \(number) under way")
            }
        }
    }

    private func insert(_ receipt: Receipt, of change: DeliveryChange) throws {
        let proof = receipt.seal == nil ? 0 : AES256GCM.tagBytes
        guard receipt.answer.count - proof <= StoreLimits.receiptBytes else {
            throw fault("keep a receipt", "the answer kept is larger than \(StoreLimits.receiptBytes) octets")
        }
        insertReceipt.add(change.sequence)
        insertReceipt.add(change.at)
        insertReceipt.add(receipt.kind)
        insertReceipt.add(receipt.reference)
        insertReceipt.add(receipt.verdict)
        insertReceipt.add(receipt.status)
        insertReceipt.add(receipt.seal?.keyIDBytes)
        insertReceipt.add(receipt.seal?.nonce)
        insertReceipt.add(receipt.answer)
        try insertReceipt.run()
    }
}

/// What a state carries beside its name; everything else is cleared when it is entered.
private struct StateAttributes {
    var owner: String?
    var dueAt: Instant?
    var cause: DeliveryCause?

    init(_ change: DeliveryChange, fault: (String, String) -> GatewayError) throws {
        guard (change.lease != nil) == (change.state == .inFlight) else {
            throw fault("change a delivery", "a lease goes with inFlight and with no other state")
        }
        switch change.state {
        case .inFlight:
            owner = change.lease?.owner
            dueAt = change.lease?.until
        case .waiting, .awaitingReceipt:
            dueAt = change.dueAt
        case .retryWait, .unknown:
            dueAt = change.dueAt
            cause = change.cause
        case .dead, .expired, .superseded:
            cause = change.cause
        case .pending, .delivered, .cancelled: break
        }
    }
}

extension Duration {
    /// Whole microseconds, rounded toward zero.
    fileprivate var wholeMicroseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
