internal import ExchangeModel
internal import Gateway
internal import HTTPTypes
internal import Hummingbird
internal import JSON
internal import NIOCore
internal import Store

/// `POST /v1/channels/{channel}/attachments`, `GET /v1/attachments/{digest}`: contents that messages name by digest.
extension MessageRoutes {
    func addAttachments(to router: Router<SenderContext>) {
        router.post("/v1/channels/{channel}/attachments") { request, context in
            await self.guarded(context) {
                switch try await self.door(request, context) {
                case .open(let visit): try await self.keep(visit)
                case .closed(let response): response
                }
            }
        }
        router.get("/v1/attachments/{digest}") { request, context in
            await self.guarded(context) { try await self.give(request, context) }
        }
        router.head("/v1/attachments/{digest}") { request, context in
            await self.guarded(context) { try await self.give(request, context).createHeadResponse() }
        }
        addUploads(to: router)
    }

    private func keep(_ visit: ChannelVisit) async throws -> Response {
        guard let said = ContentDigest(visit.request.headers[ContentDigest.content]) else {
            return visit.badRequest("the header Content-Digest cannot be read: sha-256=:BASE64: (RFC 9530)")
        }
        let limit = visit.limits.bytesMax
        if let declared = visit.declared, declared > limit { return try await visit.tooLarge() }
        let writer = try await gateway.attachments.writer(reserve: visit.reserve)
        let pouring = try await visit.pour { piece in
            if writer.bytes + piece.count > limit { return false }
            try await writer.write(piece)
            return true
        }
        switch pouring {
        case .stopped: return try await visit.tooLarge()
        case .tooSlow: return try await visit.tooSlow()
        case .complete: break
        }
        if writer.bytes == 0 { return visit.badRequest("an attachment has at least one byte") }
        let content = try await writer.finish()
        if let finding = said.mismatch(sha256: content.sha256, sm3: content.sm3) {
            return visit.mismatch(finding, bytes: content.bytes)
        }
        return try await kept(content, visit, mediaType: visit.contentType)
    }

    /// Keeps a content that is on the disk, and says so.
    func kept(_ content: WrittenContent, _ visit: ChannelVisit, mediaType: String) async throws -> Response {
        let (attachment, isNew) = try await keep(content, visit, mediaType: mediaType)
        let location = "/v1/attachments/\(Hex.encode(attachment.sha256))"
        return Response(
            status: isNew ? .created : .ok,
            headers: [.contentType: "application/json; charset=utf-8", .location: location],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: JSONWriter.bytes { ReportJSON.write(attachment, to: &$0) })))
    }

    func keep(
        _ content: WrittenContent, _ visit: ChannelVisit, mediaType: String
    ) async throws -> (attachment: StoredAttachment, isNew: Bool) {
        let kept = try await gateway.attachments.keep(
            content, mediaType: mediaType, sender: visit.sender, channel: visit.channel.name, traceID: visit.traceID)
        gateway.attachmentMetrics.count(
            kept.isNew ? .stored : .repeated, channel: visit.channel.name, bytes: kept.attachment.bytes)
        return kept
    }

    // MARK: Out

    /// A content for the sender that handed it in; for everybody else there is none.
    private func give(_ request: Request, _ context: SenderContext) async throws -> Response {
        guard let sender = gateway.senders.sender(key: bearer(request)) else { return Self.notSignedIn }
        let digits = Array((context.parameters.get("digest") ?? "").utf8)
        var found: StoredAttachment?
        for algorithm in AttachmentDigest.Algorithm.allCases where found == nil {
            guard let digest = AttachmentDigest(algorithm, hex: digits) else { break }
            found = try await gateway.attachments.find(digest, sender: sender)
        }
        guard let attachment = found else {
            return Problem(
                kind: "not-found", status: .notFound, title: "Not found",
                detail: "you have handed in no attachment of this digest (64 hexadecimal digits of SHA-256 or SM3)"
            ).response
        }
        let tag = "\"\(Hex.encode(attachment.sha256))\""
        var headers: HTTPFields = [
            .eTag: tag, .acceptRanges: "bytes", .contentType: Self.safe(attachment.mediaType),
            .cacheControl: "private, immutable", .xContentTypeOptions: "nosniff",
            ContentDigest.representation: ContentDigest.header(attachment),
        ]
        if let known = request.headers[.ifNoneMatch], known == "*" || known.contains(tag) {
            headers[.contentLength] = "\(attachment.bytes)"
            return Response(status: .notModified, headers: headers)
        }
        // A range of another representation is no range of this one (RFC 9110, 13.1.5).
        let isOfThis = request.headers[.ifRange].map { $0 == tag } ?? true
        var part = 0..<attachment.bytes
        var status = HTTPResponse.Status.ok
        switch ByteRange(isOfThis ? request.headers[.range] : nil, of: attachment.bytes) {
        case .whole: break
        case .part(let range):
            part = range
            status = .partialContent
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(attachment.bytes)"
        case .unsatisfiable:
            var response = Problem(
                kind: "range", status: .rangeNotSatisfiable, title: "Not in its range",
                detail: "the attachment has \(attachment.bytes) bytes"
            ).response
            response.headers[.contentRange] = "bytes */\(attachment.bytes)"
            return response
        }
        let reader = try await gateway.attachments.open(attachment)
        guard reader.bytes == attachment.bytes else {
            throw GatewayError(
                .storeFailed, attempted: "read", subject: "attachment \(tag)",
                happened: "its file has \(reader.bytes) bytes and should have \(attachment.bytes)",
                remedy: "hand it in again, or restore the folder of attachments from a backup")
        }
        let body = ResponseBody(contentLength: part.count) { [part] writer in
            var offset = part.lowerBound
            while offset < part.upperBound {
                let piece = try await reader.read(at: offset, count: part.upperBound - offset)
                // Ends the connection: the sender sees that something is missing.
                if piece.isEmpty { throw AttachmentCut() }
                offset += piece.count
                try await writer.write(ByteBuffer(bytes: piece))
            }
            try await writer.finish(nil)
        }
        return Response(status: status, headers: headers, body: body)
    }

    /// The type that the sender named, where it is one that a header can carry.
    private static func safe(_ mediaType: String) -> String {
        let isVisible = !mediaType.isEmpty && mediaType.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        return isVisible ? mediaType : "application/octet-stream"
    }
}

/// The file of an attachment became shorter while it was given.
private struct AttachmentCut: Error {}
