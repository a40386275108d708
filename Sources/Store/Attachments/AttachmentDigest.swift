internal import Cryptography
public import ExchangeModel

/// What names the content of an attachment: its SHA-256 or its SM3.
public struct AttachmentDigest: Sendable, Hashable, CustomStringConvertible {
    /// By which function.
    public enum Algorithm: String, Sendable, Hashable, CaseIterable {
        /// SHA-256 (FIPS 180-4).
        case sha256
        /// SM3 (GB/T 32905).
        case sm3
    }

    /// Octets of either digest.
    public static let byteCount = 32

    /// By which function.
    public let algorithm: Algorithm
    /// 32 octets.
    public let bytes: [UInt8]

    /// Nil unless there are 32 octets.
    public init?(_ algorithm: Algorithm, bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// Takes 64 hexadecimal digits of either case; nil for anything else.
    public init?(_ algorithm: Algorithm, hex: some Collection<UInt8>) {
        guard hex.count == 2 * Self.byteCount, let bytes = Hex.decode(hex) else { return nil }
        self.init(algorithm, bytes: bytes)
    }

    /// `sha256=` and 64 digits.
    public var description: String { "\(algorithm.rawValue)=\(Hex.encode(bytes))" }
}

/// A message's word that it needs an attachment which its sender has handed in.
public struct AttachmentClaim: Sendable, Hashable {
    /// Which.
    public var digest: AttachmentDigest
    /// What the sender calls it; may be empty.
    public var name: String

    /// A claim.
    public init(_ digest: AttachmentDigest, name: String = "") {
        self.digest = digest
        self.name = name
    }
}

/// The content of an attachment as it is kept.
public struct StoredAttachment: Sendable, Hashable {
    /// Digests of the content.
    public var sha256, sm3: [UInt8]
    /// Its size.
    public var bytes: Int
    /// What its sender said it is; may be empty.
    public var mediaType: String
    /// When it first came.
    public var createdAt: Instant
    /// Its row.
    var sequence: Int64 = 0

    /// Takes everything.
    public init(sha256: [UInt8], sm3: [UInt8], bytes: Int, mediaType: String, createdAt: Instant) {
        self.sha256 = sha256
        self.sm3 = sm3
        self.bytes = bytes
        self.mediaType = mediaType
        self.createdAt = createdAt
    }
}

/// An attachment as a message names it.
public struct NamedAttachment: Sendable, Hashable {
    /// The content.
    public var content: StoredAttachment
    /// What the sender calls it; may be empty.
    public var name: String

    /// Takes both.
    public init(_ content: StoredAttachment, name: String) {
        self.content = content
        self.name = name
    }
}

/// A content that came in and lies on the disk, synced.
public struct AttachmentArrival: Sendable {
    /// Digests of the content.
    public var sha256, sm3: [UInt8]
    /// Its size.
    public var bytes: Int
    /// As declared by the sender.
    public var mediaType: String
    /// Who handed it in, and where.
    public var sender, channel: String
    /// W3C trace id.
    public var traceID: String
    /// When.
    public var at: Instant
    /// The upload that ends with it.
    public var upload: UUIDv7?
}

/// A content that comes in pieces, over several requests.
public struct PendingUpload: Sendable, Hashable {
    /// As its address names it.
    public var id: UUIDv7
    /// Whose it is, and on which channel.
    public var sender, channel: String
    /// As declared by the sender; may be empty.
    public var mediaType: String
    /// How long it will be, once the sender has said so.
    public var length: Int?
    /// SHA-256 that the sender announced.
    public var sha256: [UInt8]?
    /// Octets on disk, synced.
    public var offset = 0
    /// When it began.
    public var createdAt: Instant
    /// When something came last.
    public var touchedAt: Instant

    /// One that begins.
    public init(
        id: UUIDv7, sender: String, channel: String, mediaType: String, length: Int?, sha256: [UInt8]?, at instant: Instant
    ) {
        self.id = id
        self.sender = sender
        self.channel = channel
        self.mediaType = mediaType
        self.length = length
        self.sha256 = sha256
        createdAt = instant
        touchedAt = instant
    }
}
