public import ExchangeModel
public import Store

/// A payload as a channel received it, before anything is known of it.
public struct ReceivedPayload: Sendable {
    /// Where it came in, and who sent it (signed in and allowed).
    public var channel, sender: String
    /// The sender's own key, if it gave one.
    public var idempotencyKey: String?
    /// As declared.
    public var contentType: String
    /// Content-Length as declared.
    public var declaredBytes: Int?
    /// The bytes.
    public var bytes: [UInt8]
    /// W3C trace id, 32 hexadecimal digits: the sender's, or a new one.
    public var traceID: String
    /// When the last byte had come.
    public var receivedAt: Instant
    /// What came beside the bytes and may tell the dataset.
    public var hints = DatasetHints()
    /// What the channel found wrong before the bytes are looked at; told along with what is found in them.
    public var findings: [Finding] = []
    /// Whether the bytes are the document; else they are what came in its place, kept and not read.
    public var isDecoded = true
    /// The envelope that the document came in.
    public var envelope: EnvelopeTrace?
    /// Attachments that it names. (A mapping may name more, once mappings can.)
    public var claims: [AttachmentClaim] = []
    /// Those of them that are there.
    var attachments: [NamedAttachment] = []

    /// Takes everything.
    public init(
        channel: String, sender: String, idempotencyKey: String?, contentType: String, declaredBytes: Int?, bytes: [UInt8],
        traceID: String, receivedAt: Instant
    ) {
        self.channel = channel
        self.sender = sender
        self.idempotencyKey = idempotencyKey
        self.contentType = contentType
        self.declaredBytes = declaredBytes
        self.bytes = bytes
        self.traceID = traceID
        self.receivedAt = receivedAt
    }
}

/// What a channel tells its sender.
public enum AcceptOutcome: Sendable {
    /// On disk and synced.
    case accepted(Acknowledgement)
    /// The same body under the same idempotency key came before: the same acknowledgement again.
    case replayed(Acknowledgement)
    /// The idempotency key, or the version of the record, came before with another content.
    case conflict(RecordConflict)
    /// Refused and kept, with every finding.
    case refused(id: MessageID, findings: [Finding])
    /// Nothing was kept: the gateway is near a limit, and the sender is to come later.
    case turnedBack(Pressure)
}

/// The body of a 202.
public struct Acknowledgement: Sendable {
    /// The message.
    public var id: MessageID
    /// What it was taken for.
    public var dataset: Dataset
    /// What its own system calls it.
    public var businessKey: String
    /// Where it goes.
    public var deliveries: [(id: DeliveryID, destination: String)]
    /// What it names.
    public var attachments: [NamedAttachment] = []

    /// Takes everything.
    public init(
        id: MessageID, dataset: Dataset, businessKey: String, deliveries: [(id: DeliveryID, destination: String)],
        attachments: [NamedAttachment] = []
    ) {
        self.id = id
        self.dataset = dataset
        self.businessKey = businessKey
        self.deliveries = deliveries
        self.attachments = attachments
    }
}
