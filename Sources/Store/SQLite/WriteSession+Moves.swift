internal import ExchangeModel
internal import GRDB
internal import JSON

/// A call of `MessageStore.wake`.
struct WakeCall: Sendable {
    let cause: WaitingCause
    let subject: String
    let destination: String?
    let at: Instant
}

/// What the store moves by itself, inside the transaction that gives the reason: so no crash can come between a newer version
/// and the end of the older one, or between a parent's confirmation and its children's readiness.
extension WriteSession {
    // MARK: Versions

    /// Ends the deliveries of lower versions that never left, each where the new message has a delivery that supersedes; or,
    /// when a higher version was accepted before, those of the new message itself. Returns what became of its deliveries.
    ///
    /// - Parameter message: versions with a sequence below it are looked at.
    func supersede(_ open: [OpenDelivery], of intake: Intake, message: Int64) throws -> [OpenDelivery] {
        if intake.version.isEmpty || intake.businessKey.isEmpty || !intake.deliveries.contains(where: \.supersedes) {
            return open
        }
        let superseding = Set(intake.deliveries.filter(\.supersedes).map(\.destination))
        var lower: [OpenDelivery] = []
        /// Destinations for which a higher version was accepted, and by which message.
        var higher: [String: MessageID] = [:]
        for (number, order) in try versions(of: intake, before: message) where order != .same {
            for (delivery, isOpen) in try deliveries(ofMessage: number) where superseding.contains(delivery.destination) {
                // Ended by a person or by time, the higher version will not come: then the lower one is better than none.
                if order == .lower, isOpen { lower.append(delivery) }
                if order == .higher, delivery.state != .cancelled, delivery.state != .expired {
                    higher[delivery.destination] = higher[delivery.destination] ?? delivery.messageID
                }
            }
        }
        for delivery in lower where delivery.attempts == 0 && higher[delivery.destination] == nil {
            if let ended = try end(delivery, newer: intake.id, message: delivery.messageID, at: intake.receivedAt) {
                noteMove(ended)
            }
        }
        if higher.isEmpty { return open }
        return try open.map { delivery in
            guard let newer = higher[delivery.destination] else { return delivery }
            return try end(delivery, newer: newer, message: intake.id, at: intake.receivedAt) ?? delivery
        }
    }

    /// A warning for the sender when a higher version was there before; nil otherwise.
    static func outdated(_ open: [OpenDelivery]) -> Finding? {
        let count = open.count { $0.state == .superseded }
        if count == 0 { return nil }
        return Finding(
            .versionOutdated, severity: .warning,
            text: "a higher version of this record was accepted before; this one is kept and not sent to \(count) destination(s)",
            textZH: "该记录的更高版本此前已被接收；本版本仅保存，不再发送至 \(count) 个目的地")
    }

    private func versions(of intake: Intake, before message: Int64) throws -> [(message: Int64, order: RecordVersion.Order)] {
        selectVersions.add(intake.businessKey)
        selectVersions.add(intake.sender)
        selectVersions.add(intake.channel)
        selectVersions.add(intake.dataset.name)
        selectVersions.add(message)
        selectVersions.add(StoreLimits.versionsCompared)
        var result: [(Int64, RecordVersion.Order)] = []
        while try selectVersions.step() {
            result.append((selectVersions.int64(0), RecordVersion.order(selectVersions.text(1), intake.version)))
        }
        return result
    }

    private func deliveries(ofMessage number: Int64) throws -> [(delivery: OpenDelivery, isOpen: Bool)] {
        selectDeliveriesOf.add(number)
        var result: [(OpenDelivery, Bool)] = []
        while try selectDeliveriesOf.step() {
            let isOpen = selectDeliveriesOf.int(DeliveryQueries.columnCount) == 1
            result.append((try DeliveryQueries.openDelivery(selectDeliveriesOf), isOpen))
        }
        return result
    }

    /// Ends a delivery because of a newer version; nil where its state does not allow it (it is on its way).
    private func end(
        _ delivery: OpenDelivery, newer: MessageID, message: MessageID, at instant: Instant
    ) throws -> OpenDelivery? {
        guard let state = delivery.state.after(.supersededByNewer) else { return nil }
        let evidence = Self.evidence(delivery, to: state, by: .supersededByNewer) { $0.member("newer", newer.description) }
        let change = DeliveryChange(
            sequence: delivery.sequence, expectedFence: delivery.fence, state: state, at: instant,
            cause: DeliveryCause(code: "version.newer", text: "message \(newer) brought a higher version of the record"),
            evidence: EvidenceEntry(at: instant, messageID: message, content: evidence))
        guard try apply([change]) == [.applied(fence: delivery.fence)] else { return nil }
        var ended = delivery
        ended.state = state
        ended.canonical = nil
        return ended
    }

    // MARK: Waiting

    /// Whether the destination of a planned delivery has its parent already.
    func hasParent(_ planned: PlannedDelivery, _ parent: ParentRecord) throws -> Bool {
        selectParent.add(parent.businessKey)
        selectParent.add(parent.dataset)
        selectParent.add(planned.destination)
        defer { selectParent.reset() }
        return try selectParent.step()
    }

    /// See `MessageStore.wake`.
    func wake(_ call: WakeCall) throws -> Int {
        if !position.hasWaiting { return 0 }
        selectWaiting.add(call.subject)
        selectWaiting.add(call.cause.rawValue)
        selectWaiting.add(call.destination)
        var waiting: [OpenDelivery] = []
        while try selectWaiting.step() { waiting.append(try DeliveryQueries.openDelivery(selectWaiting)) }
        for delivery in waiting { try wake(delivery, at: call.at) { _ in } }
        return waiting.count
    }

    /// A delivery was confirmed: those that waited for its record at the same destination are ready.
    func wakeChildren(of delivery: Int64, at instant: Instant) throws {
        if !position.hasWaiting { return }
        selectChildren.add(delivery)
        var children: [(delivery: OpenDelivery, parent: DeliveryID)] = []
        while try selectChildren.step() {
            let child = try DeliveryQueries.openDelivery(selectChildren)
            children.append((child, try selectChildren.id(DeliveryQueries.columnCount)))
        }
        for (child, parent) in children { try wake(child, at: instant) { $0.member("parent", parent.description) } }
    }

    /// A parent was accepted: children that stand before it in its own lane, and wait for nothing else, step aside until it
    /// is confirmed. Otherwise parent and child would wait for each other.
    func letPass(_ accepted: [OpenDelivery], of intake: Intake) throws {
        if !position.hasWaiting || intake.businessKey.isEmpty { return }
        let subject = ParentRecord.subject(dataset: intake.dataset.name, businessKey: intake.businessKey)
        for parent in accepted where !parent.state.isEnd {
            selectWaitingBefore.add(subject)
            selectWaitingBefore.add(parent.lane)
            selectWaitingBefore.add(parent.sequence)
            var children: [OpenDelivery] = []
            while try selectWaitingBefore.step() { children.append(try DeliveryQueries.openDelivery(selectWaitingBefore)) }
            for child in children { try stepAside(child, behind: parent, at: intake.receivedAt) }
        }
    }

    private func stepAside(_ child: OpenDelivery, behind parent: OpenDelivery, at instant: Instant) throws {
        let previous = try lastEvidence(of: child.sequence)
        stepAside.add(DeliveryCause.behindParent)
        stepAside.add("the parent it waits for was accepted after it: those behind it go on until that is confirmed")
        stepAside.add(instant)
        stepAside.add(nextEvidence)
        stepAside.add(child.sequence)
        try stepAside.run()
        var json = JSONWriter(capacity: 256)
        json.beginObject()
        json.member("event", "delivery.steppedAside")
        json.member("delivery", child.id.description)
        json.member("message", child.messageID.description)
        json.member("destination", child.destination)
        json.member("parent", parent.id.description)
        json.endObject()
        try record(EvidenceEntry(at: instant, messageID: child.messageID, content: json.bytes), previous: previous)
        var aside = child
        aside.isAside = true
        noteMove(aside)
    }

    /// The newest row of evidence of a delivery; 0 where it has rows that are not linked.
    func lastEvidence(of sequence: Int64) throws -> Int64 {
        selectDelivery.add(sequence)
        defer { selectDelivery.reset() }
        return try selectDelivery.step() && !selectDelivery.isNull(5) ? selectDelivery.int64(5) : 0
    }

    private func wake(_ delivery: OpenDelivery, at instant: Instant, _ members: (inout JSONWriter) -> Void) throws {
        guard let state = delivery.state.after(.preconditionMet) else { return }
        var ready = delivery
        ready.state = state
        ready.dueAt = nil
        ready.isAside = false
        // The end of the wait may be on its way from the outbox at this moment: with another fence it comes too late.
        ready.fence += 1
        let lastEvidence = try lastEvidence(of: delivery.sequence)
        wakeDelivery.add(ready.fence)
        wakeDelivery.add(instant)
        wakeDelivery.add(nextEvidence)
        wakeDelivery.add(delivery.sequence)
        try wakeDelivery.run()
        let cause = delivery.state.waitingCause?.rawValue
        let content = Self.evidence(delivery, to: state, by: .preconditionMet) { json in
            json.member("cause", cause)
            members(&json)
        }
        try record(EvidenceEntry(at: instant, messageID: delivery.messageID, content: content), previous: lastEvidence)
        moves.append(
            OpenCounts.Move(destination: delivery.destination, from: delivery.state.name, to: state.name))
        noteMove(ready)
    }

    /// The evidence of a move, in the form of the outbox's own.
    static func evidence(
        _ delivery: OpenDelivery, to state: DeliveryState, by event: DeliveryEvent, _ members: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var json = JSONWriter(capacity: 320)
        json.beginObject()
        json.member("event", "delivery.changed")
        json.member("delivery", delivery.id.description)
        json.member("message", delivery.messageID.description)
        json.member("destination", delivery.destination)
        json.member("from", delivery.state.name)
        json.member("to", state.name)
        json.member("by", event.rawValue)
        members(&json)
        json.endObject()
        return json.bytes
    }
}
