internal import Cryptography
public import ExchangeModel
internal import JSON
public import Store
internal import Synchronization

/// Contents that operators read at this moment, piece by piece. Each look is in the evidence before its first octet is given.
public final class AttachmentLooks: Sendable {
    private struct Look {
        var reader: AttachmentReader
        var usedAt: Instant
    }

    /// Looks that are open at once; the one that rests longest makes room.
    static let looksMax = 16

    private let looks = Mutex<[String: Look]>([:])

    func add(_ reader: AttachmentReader, at now: Instant) -> String {
        let name = Hex.encode(SecureRandom.bytes(16))
        looks.withLock { looks in
            if looks.count >= Self.looksMax, let oldest = looks.min(by: { $0.value.usedAt < $1.value.usedAt })?.key {
                looks[oldest] = nil
            }
            looks[name] = Look(reader: reader, usedAt: now)
        }
        return name
    }

    /// The content of a look; nil when it is over.
    public func reader(of look: String, at now: Instant) -> AttachmentReader? {
        looks.withLock { looks in
            looks[look]?.usedAt = now
            return looks[look]?.reader
        }
    }

    /// Ends a look.
    public func end(_ look: String) { looks.withLock { $0[look] = nil } }
}

extension GatewayService {
    /// Opens an attachment of a message for a person; who looks and why is in the evidence first. Returns the name of the look.
    public func lookAtAttachment(
        _ digest: AttachmentDigest, of message: MessageID, actor: String, reason: String
    ) async throws -> (look: String, attachment: NamedAttachment) {
        try Self.checkReason(reason, attempted: "read an attachment of")
        let named = try await store.attachments.attachments(ofMessage: message)
        guard
            let attachment = named.first(where: {
                digest.bytes == (digest.algorithm == .sm3 ? $0.content.sm3 : $0.content.sha256)
            })
        else {
            throw GatewayError(
                .notFound, attempted: "read the attachment \(digest) of", subject: "message \(message)",
                happened: "it names none of this digest", remedy: "see: tenderbridge outbox attachments \(message)")
        }
        let content = JSONWriter.bytes { json in
            json.object { json in
                json.member("event", "attachment.read")
                json.member("message", message.description)
                json.member("sha256", Hex.encode(attachment.content.sha256))
                json.member("actor", actor)
                json.member("reason", reason)
            }
        }
        try await store.record(EvidenceEntry(at: clock.now(), messageID: message, content: content))
        let reader = try await attachments.open(attachment.content)
        return (looks.add(reader, at: clock.now()), attachment)
    }
}
