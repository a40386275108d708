public import ExchangeModel

/// What a store knows of attachments: which contents there are, who handed them in, which messages name them, and which uploads
/// are not complete. The contents themselves lie in files (`AttachmentStore`). Same rules and errors as `MessageStore`.
///
/// A message names attachments by `Intake.attachments`; the references are written in its transaction.
public protocol AttachmentLedger: Sendable {
    /// Writes that a content is there and who handed it in, with a row of evidence the first time, and ends its upload.
    /// True when this sender had not handed it in before. An unnamed content is kept from now on for another retention.
    func keep(_ arrival: AttachmentArrival) async throws -> Bool

    /// The content of a digest, as this sender handed it in; nil for what this sender never did. With nil for the sender:
    /// whoever did.
    func attachment(_ digest: AttachmentDigest, sender: String?) async throws -> StoredAttachment?

    /// What a message names, in its order.
    func attachments(ofMessage id: MessageID) async throws -> [NamedAttachment]

    /// Which of these SHA-256 digests are of contents that are kept. At most `StoreLimits.rowsPerRead`.
    func known(_ digests: [[UInt8]]) async throws -> Set<[UInt8]>

    /// Contents that no message names and that nobody has handed in since an instant, the oldest first.
    func unnamed(before: Instant, limit: Int) async throws -> [StoredAttachment]

    /// Takes contents out that still are what `unnamed` says, each with a row of evidence; answers which. Their files may go.
    func forget(_ contents: [StoredAttachment], before: Instant, at instant: Instant) async throws -> [StoredAttachment]

    /// How many contents there are, and their octets.
    func attachmentTotals() async throws -> (count: Int, bytes: Int)

    /// Begins an upload; false when the sender has `limit` of them.
    func begin(_ upload: PendingUpload, limit: Int) async throws -> Bool

    /// An upload; nil when there is none.
    func upload(_ id: UUIDv7) async throws -> PendingUpload?

    /// Uploads in which nothing came since an instant.
    func uploads(before: Instant) async throws -> [PendingUpload]

    /// Keeps how far an upload has come, and its length.
    func advance(_ upload: PendingUpload) async throws

    /// Takes an upload out; false when there was none.
    @discardableResult
    func end(_ upload: UUIDv7) async throws -> Bool
}
