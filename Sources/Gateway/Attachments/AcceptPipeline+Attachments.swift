internal import Cryptography
public import ExchangeModel
internal import Store

extension AcceptPipeline {
    /// Looks up what a payload claims: what is there stands in `payload.attachments`, what is not is a finding. Returns the digest
    /// that tells a repeat, over the payload and its attachments.
    ///
    /// An attachment is there when this sender handed it in: to know a digest is not to have the content.
    func resolveClaims(of payload: inout ReceivedPayload) async throws -> [UInt8] {
        var identity = DigestContext(.sha256)
        identity.update(SHA256.digest(payload.bytes))
        for claim in payload.claims {
            let content = try await store.attachments.attachment(claim.digest, sender: payload.sender)
            identity.update(content?.sha256 ?? claim.digest.bytes)
            identity.update(SHA256.digest(claim.name.utf8))
            if let content {
                payload.attachments.append(NamedAttachment(content, name: claim.name))
            } else {
                payload.findings.append(Self.unknown(claim))
            }
        }
        return identity.finish()
    }

    private static func unknown(_ claim: AttachmentClaim) -> Finding {
        Finding(
            .attachmentUnknown, path: "\(claim.digest)",
            text:
                "this sender has handed in no attachment \(claim.digest); hand it in first (POST .../attachments), then the message",
            textZH: "该发送方未提交过附件 \(claim.digest)；请先上传附件(POST .../attachments)，再发送报文")
    }

    /// What differs between the attachments of the message that has a key or version and those of a payload; nil: nothing.
    func attachmentDifference(
        with bound: BoundMessage, _ payload: ReceivedPayload
    ) async throws -> RecordConflict.Difference? {
        let first = try await store.attachments.attachments(ofMessage: bound.id)
        guard first.map(\.content.sha256) != payload.attachments.map(\.content.sha256) else { return nil }
        func text(_ attachments: [NamedAttachment]) -> String? {
            attachments.isEmpty ? nil : attachments.map { Hex.encode($0.content.sha256) }.joined(separator: " ")
        }
        return RecordConflict.Difference(path: "attachments", first: text(first), now: text(payload.attachments))
    }
}

extension Finding.Code {
    /// A message names an attachment that its sender has not handed in.
    public static let attachmentUnknown: Self = "attachment.unknown"
    /// The header that names attachments cannot be read.
    public static let attachmentHeader: Self = "attachment.header"
    /// A content is not what its digest says.
    public static let attachmentDigest: Self = "attachment.digest-mismatch"
}
