/// What can happen to a delivery. `Sources/Outbox/README.md` draws the machine; a test compares the two.
public enum DeliveryEvent: String, Sendable, Hashable, CaseIterable {
    /// The missing precondition is there (scheduler).
    case preconditionMet
    /// Leased, bytes frozen; committed before the first byte leaves (scheduler).
    case leased
    /// The destination accepted it: by its answer, by a status query or by a receipt (destination).
    case accepted
    /// The destination took it and answers later (destination).
    case handedOver
    /// The destination refused it for good (destination).
    case refusedPermanently
    /// The destination could not take it now (destination).
    case failedTransiently
    /// It is certain that no byte left: no connection, no handshake (transport).
    case neverSent
    /// Bytes may have left and there is no verdict: reset, time-out, unintelligible answer, or a former life of the
    /// gateway held the lease (transport, start).
    case lostTrack
    /// The destination says that it never got it (status query).
    case foundAbsent
    /// The destination declares itself idempotent by delivery id, so the same bytes may go again (scheduler).
    case resendDeclaredSafe
    /// Attempts or time are used up, or an unknown outcome could not be settled in its time (scheduler).
    case limitReached
    /// Mapping, schema or limits refuse to make the bytes (preparation).
    case preparationFailed
    /// A person wants it tried again (operator).
    case retriedByPerson
    /// A person ended it (operator).
    case cancelledByPerson
    /// A person moved it aside, so that those behind it in its lane go on (operator).
    case movedAsideByPerson
    /// A newer version took its place before it was sent (scheduler).
    case supersededByNewer
    /// The time limit of a precondition or of the record passed (scheduler).
    case timeLimitPassed
}

extension DeliveryState {
    /// The one function that moves a delivery: the state after an event, or nil where the event is not allowed.
    ///
    /// The outbox and the store both ask it: the store itself supersedes and wakes deliveries, inside the transaction that
    /// gives the reason, and applies receipts. A confirmation is an event of what left at least once; the store sees to that.
    public func after(_ event: DeliveryEvent) -> DeliveryState? {
        switch (self, event) {
        case (.waiting, .preconditionMet): .pending
        case (.waiting, .timeLimitPassed): .expired
        case (.waiting, .supersededByNewer), (.pending, .supersededByNewer): .superseded
        case (.waiting, .cancelledByPerson): .cancelled
        case (.waiting, .movedAsideByPerson), (.pending, .movedAsideByPerson), (.retryWait, .movedAsideByPerson),
            (.dead, .movedAsideByPerson):
            .dead

        case (.pending, .leased), (.retryWait, .leased): .inFlight
        case (.pending, .preparationFailed), (.retryWait, .preparationFailed): .dead
        case (.pending, .cancelledByPerson), (.retryWait, .cancelledByPerson): .cancelled
        case (.pending, .timeLimitPassed), (.retryWait, .timeLimitPassed): .expired
        case (.retryWait, .limitReached): .dead
        case (.retryWait, .retriedByPerson): .pending
        // A receipt for an attempt before: after a confirmation nothing is sent.
        case (.pending, .accepted), (.retryWait, .accepted): .delivered

        case (.inFlight, .accepted): .delivered
        case (.inFlight, .handedOver): .awaitingReceipt
        case (.inFlight, .refusedPermanently), (.inFlight, .limitReached): .dead
        case (.inFlight, .failedTransiently), (.inFlight, .neverSent): .retryWait
        case (.inFlight, .lostTrack): .unknown

        case (.awaitingReceipt, .accepted): .delivered
        case (.awaitingReceipt, .refusedPermanently): .dead
        case (.awaitingReceipt, .lostTrack): .unknown
        case (.awaitingReceipt, .cancelledByPerson): .cancelled

        case (.unknown, .accepted): .delivered
        case (.unknown, .refusedPermanently), (.unknown, .limitReached): .dead
        case (.unknown, .foundAbsent), (.unknown, .resendDeclaredSafe): .retryWait
        case (.unknown, .retriedByPerson): .pending
        case (.unknown, .cancelledByPerson): .cancelled

        case (.dead, .retriedByPerson): .pending
        case (.dead, .cancelledByPerson): .cancelled

        case (.waiting, _), (.pending, _), (.inFlight, _), (.retryWait, _), (.awaitingReceipt, _), (.unknown, _),
            (.dead, _), (.delivered, _), (.cancelled, _), (.superseded, _), (.expired, _):
            nil
        }
    }
}
