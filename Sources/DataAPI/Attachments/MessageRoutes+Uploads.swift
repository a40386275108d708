internal import ExchangeModel
internal import Gateway
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Store

/// `/v1/channels/{channel}/uploads`: a content that comes in pieces and goes on where it was broken off, also after a restart.
extension MessageRoutes {
    private static let offset = HTTPField.Name("Upload-Offset").unsafelyUnwrapped
    private static let length = HTTPField.Name("Upload-Length").unsafelyUnwrapped
    private static let complete = HTTPField.Name("Upload-Complete").unsafelyUnwrapped

    func addUploads(to router: Router<SenderContext>) {
        func add(
            _ method: HTTPRequest.Method, _ path: RouterPath,
            _ answer: @escaping @Sendable (ChannelVisit) async throws -> Response
        ) {
            router.on(path, method: method) { request, context in
                await self.guarded(context) {
                    switch try await self.door(request, context, fills: method == .post || method == .patch) {
                    case .open(let visit): try await answer(visit)
                    case .closed(let response): response
                    }
                }
            }
        }
        add(.post, "/v1/channels/{channel}/uploads") { try await self.begin($0) }
        add(.head, "/v1/channels/{channel}/uploads/{id}") { try await self.show($0) }
        add(.patch, "/v1/channels/{channel}/uploads/{id}") { try await self.append($0) }
        add(.delete, "/v1/channels/{channel}/uploads/{id}") { try await self.giveUp($0) }
    }

    private func begin(_ visit: ChannelVisit) async throws -> Response {
        let headers = visit.request.headers
        guard let said = ContentDigest(headers[ContentDigest.representation]) else {
            return visit.badRequest("the header Repr-Digest cannot be read: sha-256=:BASE64: (RFC 9530)")
        }
        var length: Int?
        if let text = headers[Self.length] {
            guard let number = ByteRange.number(text), number > 0 else {
                return visit.badRequest("Upload-Length is a number of bytes")
            }
            guard number <= visit.limits.bytesMax else { return try await visit.tooLarge() }
            length = number
        }
        if let declared = visit.declared, declared > 0 {
            return visit.badRequest("an upload begins without a body; send the bytes with PATCH to its Location")
        }
        let upload = try await gateway.attachments.beginUpload(
            sender: visit.sender, channel: visit.channel.name, mediaType: visit.contentType, length: length, sha256: said.sha256,
            limit: visit.limits.uploadsMax)
        guard let upload else {
            return Problem(
                kind: "too-many-uploads", status: .tooManyRequests, title: "Not now",
                detail: "you have \(visit.limits.uploadsMax) uploads that are not complete (limits.uploads); end or DELETE one",
                retryAfterSeconds: 60
            ).response
        }
        var answer = Self.standing(upload, status: .created)
        answer.headers[.location] = "/v1/channels/\(visit.channel.name)/uploads/\(upload.id)"
        return answer
    }

    private func show(_ visit: ChannelVisit) async throws -> Response {
        guard let upload = try await found(visit) else { return Self.noUpload }
        return Self.standing(upload, status: .noContent)
    }

    private func giveUp(_ visit: ChannelVisit) async throws -> Response {
        guard let upload = try await found(visit) else { return Self.noUpload }
        guard try await gateway.attachments.endUpload(upload.id) else { return Self.busy(upload) }
        return Response(status: .noContent)
    }

    private func append(_ visit: ChannelVisit) async throws -> Response {
        guard let known = try await found(visit) else {
            visit.context.closeSoon()
            return Self.noUpload
        }
        let headers = visit.request.headers
        guard let piece = ContentDigest(headers[ContentDigest.content]),
            let whole = ContentDigest(headers[ContentDigest.representation])
        else { return visit.badRequest("a header Content-Digest or Repr-Digest cannot be read (RFC 9530)") }
        let place: (offset: Int, count: Int?, length: Int?)
        switch (headers[.contentRange], headers[Self.offset]) {
        case (let text?, nil):
            guard let (range, length) = ByteRange.content(text) else {
                return visit.badRequest("Content-Range is: bytes FIRST-LAST/LENGTH, or /* for a length that is not known yet")
            }
            place = (range.lowerBound, range.count, length)
        case (nil, let text?):
            guard let number = ByteRange.number(text) else { return visit.badRequest("Upload-Offset is a number of bytes") }
            place = (number, nil, headers[Self.length].flatMap { ByteRange.number($0) })
        default: return visit.badRequest("say where the bytes belong: with Content-Range, or with Upload-Offset")
        }
        if let declared = visit.declared, let count = place.count, declared != count {
            return visit.badRequest("Content-Range names \(count) bytes, and the body has \(declared)")
        }
        guard let writer = try await gateway.attachments.resume(known.id, reserve: visit.reserve) else {
            visit.context.closeSoon()
            return Self.busy(known)
        }
        guard place.offset == writer.bytes else {
            visit.context.closeSoon()
            return Self.conflict(
                writer.upload, "the upload has \(writer.bytes) bytes, and these begin at \(place.offset); go on at Upload-Offset")
        }
        if let length = place.length {
            guard length <= visit.limits.bytesMax else { return try await visit.tooLarge() }
            guard writer.upload.length ?? length == length else {
                return visit.badRequest("the upload was to have \(writer.upload.length ?? 0) bytes, and now \(length)")
            }
            writer.upload.length = length
        }
        // The digest of the piece alone; the whole is read once more at its end.
        let limit = min(writer.upload.length ?? visit.limits.bytesMax, place.count.map { place.offset + $0 } ?? Int.max)
        let check = PieceDigest(piece)
        let pouring: BodyReader.Pouring
        do {
            pouring = try await visit.pour { bytes in
                if writer.bytes + bytes.count > limit { return false }
                check?.update(bytes)
                try await writer.write(bytes)
                return true
            }
        } catch {
            // What came counts: the sender goes on behind it. Of a piece with a digest all counts, or nothing.
            if check == nil { try? await writer.pause() } else { try? await writer.undo() }
            throw error
        }
        switch pouring {
        case .stopped:
            try await writer.undo()
            if limit == visit.limits.bytesMax { return try await visit.tooLarge() }
            return visit.badRequest("more bytes came than the upload, or Content-Range, was to have: \(limit)")
        case .tooSlow:
            if check == nil { try await writer.pause() } else { try await writer.undo() }
            return try await visit.tooSlow()
        case .complete: break
        }
        if let finding = check?.mismatch() {
            try await writer.undo()
            return visit.mismatch(finding, bytes: 0)
        }
        try await writer.pause()
        let isLast = headers[Self.complete] == "?1" || writer.upload.length == writer.bytes
        guard isLast else { return Self.standing(writer.upload, status: .noContent) }
        if let length = writer.upload.length, writer.bytes != length {
            return Self.conflict(writer.upload, "the upload has \(writer.bytes) of \(length) bytes and is not complete")
        }
        if writer.bytes == 0 { return visit.badRequest("an attachment has at least one byte") }
        return try await end(writer, whole, visit)
    }

    private func end(_ writer: UploadWriter, _ whole: ContentDigest, _ visit: ChannelVisit) async throws -> Response {
        let content = try await writer.finish(in: gateway.attachments)
        var said = ContentDigest()
        said.sha256 = writer.upload.sha256
        let findings = [whole, said].compactMap { $0.mismatch(sha256: content.sha256, sm3: content.sm3) }
        if let finding = findings.first {
            try await writer.giveUp()
            return visit.mismatch(finding, bytes: content.bytes)
        }
        return try await kept(content, visit, mediaType: writer.upload.mediaType)
    }

    // MARK: -

    private func found(_ visit: ChannelVisit) async throws -> PendingUpload? {
        guard let id = UUIDv7(visit.context.parameters.get("id") ?? "") else { return nil }
        return try await gateway.attachments.upload(id, sender: visit.sender, channel: visit.channel.name)
    }

    private static func standing(_ upload: PendingUpload, status: HTTPResponse.Status) -> Response {
        var headers: HTTPFields = [offset: "\(upload.offset)", .cacheControl: "no-store"]
        if let length = upload.length { headers[Self.length] = "\(length)" }
        return Response(status: status, headers: headers)
    }

    private static func conflict(_ upload: PendingUpload, _ detail: String) -> Response {
        var response = Problem(kind: "upload-offset", status: .conflict, title: "Another place", detail: detail).response
        response.headers[offset] = "\(upload.offset)"
        return response
    }

    private static func busy(_ upload: PendingUpload) -> Response {
        Problem(
            kind: "upload-busy", status: .conflict, title: "Not now", detail: "another request goes on with this upload",
            retryAfterSeconds: 1
        ).response
    }

    private static let noUpload = Problem(
        kind: "not-found", status: .notFound, title: "Not found",
        detail:
            "you have no upload of this id on this channel: it ended (ask for the attachment by its digest), expired, or never was"
    ).response
}
