internal import ExchangeModel
internal import GRDB

extension WriteSession {
    /// Writes an accepted message, or finds the one that holds its idempotency key.
    func accept(_ keyed: KeyedIntake) throws -> IntakeOutcome {
        let intake = keyed.intake
        let message = position.message
        // First of all: when the key is bound already, nothing has been written yet.
        if let holder = try keys.bind(keyed.key, to: message) { return try existing(keyed, holder: holder) }

        position.message += 1
        let received = try insertPayload(.received, keyed.received, contentType: intake.contentType, versions: nil)
        let canonical = try insertPayload(
            .canonical, keyed.canonical, contentType: "application/json", versions: intake.versions)
        let isSettled = intake.deliveries.isEmpty
        insertMessage.add(message)
        insertMessage.add(intake.id)
        insertMessage.add((isSettled ? MessageState.settled : .accepted).rawValue)
        insertMessage.add(intake.deliveries.count)
        insertMessage.add(intake.channel)
        insertMessage.add(intake.sender)
        insertMessage.add(intake.dataset.name)
        insertMessage.add(intake.businessKey)
        insertMessage.add(intake.orderingKey)
        insertMessage.add(intake.version)
        insertMessage.add(intake.idempotencyKey)
        insertMessage.add(intake.bodyDigest)
        insertMessage.addNull()
        insertMessage.addNull()
        insertMessage.add(intake.receivedAt)
        insertMessage.add(intake.sourceTime)
        insertMessage.add(isSettled ? intake.receivedAt : nil)
        insertMessage.add(intake.traceID)
        insertMessage.add(received)
        insertMessage.add(canonical)
        insertMessage.add(nextEvidence)
        try insertMessage.run()
        if !intake.attachments.isEmpty { try refer(to: intake.attachments, message: message) }

        var open: [OpenDelivery] = []
        open.reserveCapacity(intake.deliveries.count)
        for (planned, lane) in zip(intake.deliveries, keyed.lanes) {
            open.append(try insert(planned, lane: lane, of: intake, message: message))
        }
        try record(intake.evidence)
        open = try supersede(open, of: intake, message: message)
        try letPass(open, of: intake)
        try attachEarly(to: open, of: intake)
        try insert(intake.warnings + (Self.outdated(open).map { [$0] } ?? []), message: message)
        return .committed(open)
    }

    /// Keeps a refused input; its idempotency key stays free.
    func refuse(_ refusal: Refusal) throws {
        let message = position.message
        position.message += 1
        let received = try refusal.payload.map {
            try insertPayload(
                .received, StorableBytes(bytes: $0, seal: refusal.seal), contentType: refusal.contentType, versions: nil)
        }
        insertMessage.add(message)
        insertMessage.add(refusal.id)
        insertMessage.add(MessageState.refused.rawValue)
        insertMessage.add(0)
        insertMessage.add(refusal.channel)
        insertMessage.add(refusal.sender)
        insertMessage.add(refusal.dataset?.name)
        insertMessage.add("")
        insertMessage.add("")
        insertMessage.add("")
        insertMessage.add(refusal.idempotencyKey)
        insertMessage.add(refusal.bodyDigest)
        insertMessage.add(refusal.declaredBytes.map(Int64.init))
        insertMessage.add(refusal.status)
        insertMessage.add(refusal.receivedAt)
        insertMessage.addNull()
        insertMessage.addNull()
        insertMessage.add(refusal.traceID)
        insertMessage.add(received)
        insertMessage.addNull()
        insertMessage.add(nextEvidence)
        try insertMessage.run()
        try insert(refusal.findings, message: message)
        try record(refusal.evidence)
    }

    /// Adds a delivery; its evidence is the next row.
    func insert(_ planned: PlannedDelivery, lane: Int64, of intake: Intake, message: Int64) throws -> OpenDelivery {
        var state = planned.state
        var (subject, until) = (planned.waitingSubject, planned.waitingUntil)
        switch state {
        case .waiting: break
        case .pending:
            if let parent = planned.parent, try !hasParent(planned, parent) {
                (state, subject, until) = (.waiting(.parent), parent.subject, parent.until)
            }
        default: throw fault("accept a message", "a delivery cannot begin as \(planned.state.name)")
        }
        if subject != nil { position.hasWaiting = true }
        let sequence = position.delivery
        position.delivery += 1
        position.tally.open += 1
        insertDelivery.add(sequence)
        insertDelivery.add(planned.id)
        insertDelivery.add(message)
        insertDelivery.add(lane)
        insertDelivery.add(planned.destination)
        insertDelivery.add(state.name)
        insertDelivery.add(state.waitingCause?.rawValue)
        insertDelivery.add(until)
        insertDelivery.add(planned.deadline)
        insertDelivery.add(intake.receivedAt)
        insertDelivery.add(intake.receivedAt)
        insertDelivery.add(nextEvidence)
        insertDelivery.add(subject)
        try insertDelivery.run()
        moves.append(OpenCounts.Move(destination: planned.destination, from: nil, to: state.name))
        return OpenDelivery(
            sequence: sequence, id: planned.id, messageID: intake.id, lane: lane, destination: planned.destination,
            state: state, dueAt: until, attempts: 0, fence: 0, isFrozen: false, receivedAt: intake.receivedAt,
            sourceTime: intake.sourceTime, canonical: intake.canonical, traceID: intake.traceID, channel: intake.channel,
            deadline: planned.deadline)
    }

    private func insert(_ findings: [Finding], message: Int64) throws {
        for (index, finding) in findings.enumerated() {
            insertFinding.add(message)
            insertFinding.add(index + 1)
            insertFinding.add(finding.code.name)
            insertFinding.add(finding.severity.rawValue)
            insertFinding.add(finding.path)
            insertFinding.add(finding.position.line)
            insertFinding.add(finding.position.column)
            insertFinding.add(finding.text)
            insertFinding.add(finding.textZH)
            try insertFinding.run()
        }
    }

    private func existing(_ keyed: KeyedIntake, holder: Int64) throws -> IntakeOutcome {
        guard let bound = try BoundMessage.read(holder, selectBound: selectBound, selectDeliveries: selectMessageDeliveries)
        else { throw fault("accept a message", "the idempotency key is bound to a message that is not there") }
        return bound.bodyDigest == keyed.intake.bodyDigest ? .replayed(bound) : .conflict(bound)
    }
}

extension BoundMessage {
    /// A message that holds a key, read by the two statements of `WriteSQL` compiled on some connection.
    static func read(_ message: Int64, selectBound: PreparedStatement, selectDeliveries: PreparedStatement) throws
        -> BoundMessage?
    {
        selectBound.add(message)
        guard try selectBound.step() else { return nil }
        var bound = BoundMessage(
            id: try selectBound.id(1), bodyDigest: selectBound.blob(2), dataset: Dataset(selectBound.text(3)),
            businessKey: selectBound.text(4), deliveries: [])
        selectBound.reset()
        selectDeliveries.add(message)
        while try selectDeliveries.step() {
            bound.deliveries.append((id: try selectDeliveries.id(0), destination: selectDeliveries.text(1)))
        }
        return bound
    }
}
