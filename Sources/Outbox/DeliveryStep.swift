internal import ExchangeModel
internal import JSON
internal import Store

/// One planned step of a delivery: the change to be written with its evidence, and what to do once it is on disk.
struct DeliveryStep {
    /// The delivery as it stood when the step was planned.
    let before: OpenDelivery
    /// What to write.
    var change: DeliveryChange
    /// The delivery as it stands once the change is written.
    var result: OpenDelivery
    /// Bytes to send after the commit.
    var form: FrozenForm?
    /// The new id under which they go, where an attempt before was lost and the destination asks for one.
    var sentAs: DeliveryID?
    /// A person who waits for the outcome.
    var reply: OperatorReply?

    /// Plans the step that an event makes; nil where the state machine does not allow it.
    ///
    /// - Parameters:
    ///   - dueAt: when a delayed state is due.
    ///   - actor: the person who caused it, and the reason given, for the evidence.
    ///   - sentAs: the new id of a repetition, for the evidence.
    ///   - isOutOfOrder: others of its lane may have gone before it.
    init?(
        _ delivery: OpenDelivery, event: DeliveryEvent, at now: Instant, dueAt: Instant? = nil, cause: DeliveryCause? = nil,
        lease: Lease? = nil, freeze: FrozenForm? = nil, attempt: AttemptStep? = nil, receipt: Receipt? = nil,
        actor: String? = nil, reason: String? = nil, sentAs: DeliveryID? = nil, isOutOfOrder: Bool = false
    ) {
        guard let state = delivery.state.after(event) else { return nil }
        let keepsCause =
            switch state {
            case .retryWait, .unknown, .dead, .expired, .cancelled: true
            case .waiting, .pending, .inFlight, .awaitingReceipt, .delivered, .superseded: false
            }
        before = delivery
        var result = delivery
        result.state = state
        result.isAside = event == .movedAsideByPerson
        result.dueAt = dueAt
        if case .begun(let number) = attempt { result.attempts = number }
        if freeze != nil { result.isFrozen = true }
        if state == .inFlight {
            result.dueAt = lease?.until
            result.canonical = nil
        }
        change = DeliveryChange(
            sequence: delivery.sequence, expectedFence: delivery.fence, state: state, at: now, lease: lease, dueAt: dueAt,
            cause: keepsCause ? cause : nil, freeze: freeze, attempt: attempt, receipt: receipt,
            evidence: EvidenceEntry(
                at: now, messageID: delivery.messageID,
                content: Self.evidence(
                    delivery, event: event, to: state, cause: cause, attempt: attempt, receipt: receipt, actor: actor,
                    reason: reason, sentAs: sentAs, isOutOfOrder: isOutOfOrder, warnings: freeze?.warnings ?? [])))
        change.expectedState = delivery.state
        self.result = result
        self.sentAs = sentAs
    }

    /// The evidence of a change: ids, states and reasons, never content.
    private static func evidence(
        _ delivery: OpenDelivery, event: DeliveryEvent, to state: DeliveryState, cause: DeliveryCause?, attempt: AttemptStep?,
        receipt: Receipt?, actor: String?, reason: String?, sentAs: DeliveryID?, isOutOfOrder: Bool,
        warnings: [Finding]
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
        switch attempt {
        case .begun(let number): json.member("attempt", number)
        case .ended(let number, let status, let duration, let outcome):
            json.member("attempt", number)
            json.member("status", status)
            json.member("milliseconds", duration.wholeMilliseconds)
            json.member("outcome", outcome)
        case nil: break
        }
        if let cause, !cause.code.isEmpty { json.member("cause", cause.code) }
        if let receipt, !receipt.reference.isEmpty { json.member("receipt", receipt.reference) }
        if let actor { json.member("actor", actor) }
        if let sentAs { json.member("sentAs", sentAs.description) }
        if let reason { json.member("reason", reason) }
        if isOutOfOrder { json.member("outOfOrder", true) }
        if !warnings.isEmpty {
            json.member("warningCount", warnings.count)
            json.array("warnings") { json in
                for warning in warnings.prefix(FrozenForm.warningsTold) {
                    json.object { json in
                        json.member("code", warning.code.name)
                        // A row of evidence has a limit; the place of a warning may be deep.
                        json.member("path", warning.path.utf8.count <= 256 ? warning.path : String(warning.path.prefix(64)) + "…")
                    }
                }
            }
        }
        json.endObject()
        return json.bytes
    }
}

/// Where the outcome of a person's act goes.
typealias OperatorReply = @Sendable (Result<OpenDelivery, GatewayError>) -> Void
