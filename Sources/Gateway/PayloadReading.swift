public import ExchangeModel
internal import Cryptography
internal import JSON
public import Store

extension GatewayService {
    /// Bytes for a person to look at. **The look is in the evidence, synced, before the bytes are handed out.**
    ///
    /// Throws `.notFound` when there are none, `.usage` for a reason that is missing or too long, `payload-unreadable` when they
    /// were destroyed on purpose or are damaged; such a try is recorded too.
    public func readPayload(
        _ kind: PayloadKind, of owner: PayloadOwner, actor: String, reason: String
    ) async throws -> StoredPayload {
        let subject: String
        switch owner {
        case .message(let id): subject = "message \(id)"
        case .delivery(let id): subject = "delivery \(id)"
        }
        try Self.checkReason(reason, attempted: "read a payload of")
        guard let payload = try await store.payload(kind, of: owner) else {
            throw GatewayError(
                .notFound, attempted: "read the \(kind.rawValue) bytes of", subject: subject,
                happened: "there are none",
                remedy: "see: tenderbridge outbox list; frozen bytes come to be when a delivery is first sent")
        }
        let content = EvidenceContent.payloadRead(payload, of: owner, actor: actor, reason: reason)
        try await store.record(EvidenceEntry(at: clock.now(), messageID: payload.message, content: content))
        switch payload.state {
        case .readable: return payload
        case .destroyed(let at):
            throw GatewayError(
                .payloadUnreadable, attempted: "read the \(kind.rawValue) bytes of", subject: subject,
                happened: "the key of their day was destroyed on purpose at \(at)",
                remedy: "nothing brings them back; the evidence tells who did it and why (keys.destroyed)")
        case .damaged, .locked:
            throw GatewayError(
                .payloadUnreadable, attempted: "read the \(kind.rawValue) bytes of", subject: subject,
                happened: "they do not fit their key or their row: the file was changed by other hands, or its disk fails",
                remedy: "keep a copy of the store and restore it from a backup")
        }
    }

    /// Destroys data keys for a person; see `MessageStore.destroyKeys`.
    public func forget(before: Instant, actor: String, reason: String) async throws -> KeyDestruction {
        try Self.checkReason(reason, attempted: "destroy data keys before")
        return try await store.destroyKeys(
            KeyDestructionOrder(before: before, actor: actor, reason: reason, at: clock.now()))
    }

    static func checkReason(_ reason: String, attempted: String) throws(GatewayError) {
        let isEmpty = !reason.unicodeScalars.contains { $0.value > 0x20 }
        guard !isEmpty, reason.utf8.count <= StoreLimits.reasonBytes else {
            throw GatewayError(
                .usage, attempted: attempted, subject: "the store",
                happened: isEmpty ? "no reason was given" : "the reason is longer than \(StoreLimits.reasonBytes) bytes",
                remedy: "give a reason in one sentence; it stays in the evidence")
        }
    }
}

extension GatewayError.Code {
    /// Bytes that were kept cannot be read any more.
    public static let payloadUnreadable = Self("payload-unreadable", retryable: false, exitCode: 1)
}

extension EvidenceContent {
    static func payloadRead(_ payload: StoredPayload, of owner: PayloadOwner, actor: String, reason: String) -> [UInt8] {
        JSONWriter.bytes { json in
            json.beginObject()
            json.member("event", "payload.read")
            json.member("message", payload.message.description)
            if case .delivery(let id) = owner { json.member("delivery", id.description) }
            json.member("kind", payload.kind.rawValue)
            switch payload.state {
            case .readable:
                json.member("bytes", payload.bytes.count)
                json.member("sha256", Hex.encode(SHA256.digest(payload.bytes)))
            case .destroyed: json.member("outcome", "destroyed")
            case .damaged, .locked: json.member("outcome", "damaged")
            }
            json.member("actor", actor)
            json.member("reason", reason)
            json.endObject()
        }
    }
}
