internal import ExchangeModel
internal import JSON

/// One request as the platform writes it down, before it answers.
struct ReceivedEntry: Sendable {
    /// What the platform made of a request.
    enum Outcome: String, Sendable, CaseIterable {
        /// Taken and kept.
        case accepted
        /// Refused for good, by form or content.
        case rejected
        /// Not taken; the same may succeed later.
        case failed
        /// The caller did not prove who it is.
        case unauthorised
    }

    /// When it was read.
    var at: Instant
    /// Number of the line, from 1.
    var sequence: Int
    /// `TenderBridge-Delivery-Id` and `Idempotency-Key` as sent; this platform does not act on them.
    var deliveryID: String?
    /// See `deliveryID`.
    var idempotencyKey: String?
    /// The path asked for.
    var path: String
    /// DATA_KEY and TENDER_PROJECT_CODE of the record.
    var dataKey: String?
    /// See `dataKey`.
    var tenderProjectCode: String?
    /// Which request with this DATA_KEY it was, from 1; 0 without one.
    var attempt = 0
    /// SHA-256 of the body, lower-case hex; nil when no body was read.
    var sha256: String?
    /// The fault that the script had for it.
    var fault: FaultKind?
    /// What became of it.
    var outcome: Outcome
    /// The platform's code, `0` when it was taken.
    var code: String
    /// The receipt number, when it was taken.
    var receiptNumber: String?
    /// The HTTP status of the answer; 0 when there is none.
    var status: Int

    /// As one JSON object.
    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("at", at.description)
            $0.member("sequence", sequence)
            $0.member("deliveryId", deliveryID)
            $0.member("idempotencyKey", idempotencyKey)
            $0.member("path", path)
            $0.member("dataKey", dataKey)
            $0.member("tenderProjectCode", tenderProjectCode)
            $0.member("attempt", attempt)
            $0.member("sha256", sha256)
            $0.member("fault", fault?.rawValue)
            $0.member("outcome", outcome.rawValue)
            $0.member("code", code)
            $0.member("receiptNo", receiptNumber)
            $0.member("status", status)
        }
    }
}
