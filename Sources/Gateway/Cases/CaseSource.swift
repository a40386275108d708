internal import Cryptography
public import ExchangeModel
internal import JSON
public import Store

/// A message that a person makes a recording of: what came in, and what came of it.
public struct CaseSource: Sendable {
    /// What was received.
    public var payload: StoredPayload
    /// What the gateway made of it.
    public var report: MessageReport
}

extension GatewayService {
    /// A message to make a recording of. **Who does it and why is in the evidence, synced, before the bytes are handed out.**
    ///
    /// Throws as `readPayload` does.
    ///
    /// - Parameter id: a message's id, or one of its deliveries'.
    public func readForCase(_ id: UUIDv7, actor: String, reason: String) async throws -> CaseSource {
        try Self.checkReason(reason, attempted: "export a case of")
        let delivery = try await store.delivery(id)
        let message = delivery?.delivery.messageID ?? id
        guard let report = try await store.message(message) else {
            throw GatewayError(
                .notFound, attempted: "find", subject: "message or delivery \(id)", happened: "there is none",
                remedy: "see: tenderbridge outbox list")
        }
        guard let payload = try await store.payload(.received, of: .message(message)) else {
            throw GatewayError(
                .notFound, attempted: "export a case of", subject: "message \(message)", happened: "its bytes were not kept",
                remedy: "the bytes of a refused input are kept within a quota of its channel; take another one")
        }
        let content = EvidenceContent.caseExported(payload, actor: actor, reason: reason)
        try await store.record(EvidenceEntry(at: clock.now(), messageID: message, content: content))
        guard case .readable = payload.state else {
            throw GatewayError(
                .payloadUnreadable, attempted: "export a case of", subject: "message \(message)",
                happened: "its bytes were destroyed on purpose or do not fit their key",
                remedy: "nothing brings them back; see: tenderbridge evidence show")
        }
        return CaseSource(payload: payload, report: report)
    }
}

extension EvidenceContent {
    static func caseExported(_ payload: StoredPayload, actor: String, reason: String) -> [UInt8] {
        JSONWriter.bytes { json in
            json.object { json in
                json.member("event", "case.exported")
                json.member("message", payload.message.description)
                if case .readable = payload.state {
                    json.member("bytes", payload.bytes.count)
                    json.member("sha256", Hex.encode(SHA256.digest(payload.bytes)))
                } else {
                    json.member("outcome", "unreadable")
                }
                json.member("actor", actor)
                json.member("reason", reason)
            }
        }
    }
}
