internal import ExchangeModel
internal import Gateway
internal import HTTPTypes
internal import Hummingbird
internal import Store

/// A message whose attachments come with it: `multipart/form-data` (RFC 7578) and `multipart/mixed`.
extension MessageRoutes {
    /// Whether a body is one that is cut into parts.
    static func isMultipart(_ contentType: String) -> Bool {
        contentType.utf8.count >= 10
            && contentType.utf8.prefix(10).elementsEqual("multipart/".utf8, by: { $0 | 0x20 == $1 | 0x20 })
    }

    /// Streams the parts to the disk, then accepts the record with them.
    func acceptMultipart(_ visit: ChannelVisit, key: String?) async throws -> Response {
        let header = visit.request.headers[.contentType] ?? ""
        let type = header.prefix { $0 != ";" }.lowercased()
        guard type == "multipart/form-data" || type == "multipart/mixed" else {
            visit.context.closeSoon()
            return Problem(
                kind: "unsupported-media-type", status: .unsupportedMediaType, title: "Unsupported media type",
                detail: "of the multipart types form-data and mixed are taken", endsConnection: true
            ).response
        }
        let boundary = DatasetHints.parameters(of: Array(header.utf8)).first { $0.name == "boundary" }?.value ?? ""
        let intake = MultipartIntake(visit, isForm: type == "multipart/form-data", attachments: gateway.attachments)
        do {
            guard let scanner = MultipartScanner(boundary: boundary) else { throw MultipartFault.noBoundary }
            intake.scanner = scanner
            let pouring = try await visit.pour { piece in
                try await intake.take(piece)
                return intake.excess == nil
            }
            switch (pouring, intake.excess) {
            case (.stopped, .attachment?): return try await visit.tooLarge()
            case (.stopped, _): return try await recordTooLarge(visit)
            case (.tooSlow, _): return try await visit.tooSlow()
            case (.complete, _): break
            }
            try intake.finish()
        } catch let fault as MultipartFault {
            return try await refuse(fault, intake, visit, key: key)
        }
        var payload = payload(of: intake, visit, key: key)
        for content in intake.contents {
            _ = try await keep(content.written, visit, mediaType: content.mediaType)
            // 32 octets, as every SHA-256.
            guard let digest = AttachmentDigest(.sha256, bytes: content.written.sha256) else { continue }
            payload.claims.append(AttachmentClaim(digest, name: content.name))
        }
        addClaims(of: visit.request, to: &payload, limit: visit.limits.countMax)
        return try await admit(payload, under: visit.present)
    }

    /// What the header names, after what came with the message.
    func addClaims(of request: Request, to payload: inout ReceivedPayload, limit: Int) {
        guard let header = request.headers[AttachmentHeader.name] else { return }
        switch AttachmentHeader.claims(header) {
        case .success(let claims): payload.claims += claims
        case .failure(let fault): payload.findings.append(fault.finding)
        }
        if payload.claims.count > limit {
            payload.findings.append(MultipartFault.tooMany(limit).finding)
            // They are not looked up.
            payload.claims = []
        }
    }

    private func payload(of intake: MultipartIntake, _ visit: ChannelVisit, key: String?) -> ReceivedPayload {
        var payload = ReceivedPayload(
            channel: visit.channel.name, sender: visit.sender, idempotencyKey: key, contentType: intake.recordType,
            declaredBytes: visit.declared, bytes: intake.record, traceID: visit.traceID, receivedAt: gateway.clock.now())
        if let sign = visit.channel.sign {
            var headers = visit.request.headers
            headers[.contentDisposition] = intake.recordDisposition
            payload.hints = DatasetHints(headers, for: sign)
        }
        return payload
    }

    /// A body that cannot be read is refused and kept, as far as its record came.
    private func refuse(
        _ fault: MultipartFault, _ intake: MultipartIntake, _ visit: ChannelVisit, key: String?
    ) async throws -> Response {
        if case .digest = fault { gateway.attachmentMetrics.count(.refused, channel: visit.channel.name, bytes: 0) }
        var payload = payload(of: intake, visit, key: key)
        payload.findings.append(fault.finding)
        payload.isDecoded = false
        var response = try await admit(payload, under: visit.present)
        if !intake.isAtEnd {
            visit.context.closeSoon()
            response.headers[.connection] = "close"
        }
        return response
    }

    private func recordTooLarge(_ visit: ChannelVisit) async throws -> Response {
        let limit = visit.channel.bodyBytesMax
        return try await visit.turnAway(
            Problem(
                kind: "too-large", status: .contentTooLarge, title: "Too large",
                detail: "the record of a message has \(limit) bytes at most (channels.\(visit.channel.name).limits.body)"),
            finding: Finding(
                .bytesOverLimit, text: "the record is larger than the channel's limit of \(limit) bytes",
                textZH: "记录超过通道限制 \(limit) 字节"))
    }
}

/// The parts of one body: the record in memory, within the channel's limit, and the attachments on the disk.
final class MultipartIntake {
    /// An attachment that is on the disk and has no name yet: dropped, it is removed.
    struct Content {
        var written: WrittenContent
        var name, mediaType: String
    }

    enum Excess {
        case record, attachment
    }

    private enum Role {
        case none, record, attachment
    }

    var scanner: MultipartScanner?
    private(set) var record: [UInt8] = []
    private(set) var recordType = ""
    private(set) var recordDisposition: String?
    private(set) var contents: [Content] = []
    /// What was larger than its limit.
    private(set) var excess: Excess?
    /// Whether everything was read.
    private(set) var isAtEnd = false

    private let visit: ChannelVisit
    private let isForm: Bool
    private let attachments: AttachmentStore
    private var hasRecord = false
    private var partCount = 0
    private var role = Role.none
    private var writer: AttachmentWriter?
    private var part: MultipartPart?
    private var digest = ContentDigest()

    init(_ visit: ChannelVisit, isForm: Bool, attachments: AttachmentStore) {
        self.visit = visit
        self.isForm = isForm
        self.attachments = attachments
    }

    /// Takes the next octets of the body. Throws `MultipartFault`, and what the disk throws.
    func take(_ piece: [UInt8]) async throws {
        for event in try scanner?.feed(piece) ?? [] {
            switch event {
            case .begin(let part): try await begin(part)
            case .data(let bytes): try await add(bytes)
            case .end: try await end()
            }
            if excess != nil { return }
        }
    }

    /// The body is at its end.
    func finish() throws(MultipartFault) {
        isAtEnd = true
        try scanner?.finish()
        if !hasRecord { throw .noRecord }
    }

    private func begin(_ part: MultipartPart) async throws {
        partCount += 1
        let isRecord = isForm ? part.field == "record" : partCount == 1
        if isRecord {
            if hasRecord { throw MultipartFault.twoRecords }
            hasRecord = true
            role = .record
            recordType = part.contentType
            recordDisposition = part.disposition
        } else {
            if contents.count == visit.limits.countMax { throw MultipartFault.tooMany(visit.limits.countMax) }
            role = .attachment
            writer = try await attachments.writer(reserve: visit.reserve)
        }
        guard let digest = ContentDigest(part.digest) else { throw MultipartFault.digestHeader }
        self.digest = digest
        self.part = part
    }

    private func add(_ bytes: [UInt8]) async throws {
        switch role {
        case .none: break
        case .record:
            if record.count + bytes.count > visit.channel.bodyBytesMax {
                excess = .record
            } else {
                record += bytes
            }
        case .attachment:
            guard let writer else { return }
            if writer.bytes + bytes.count > visit.limits.bytesMax {
                excess = .attachment
            } else {
                try await writer.write(bytes)
            }
        }
    }

    private func end() async throws {
        defer {
            role = .none
            writer = nil
        }
        guard let part else { return }
        switch role {
        case .none: break
        case .record:
            let check = PieceDigest(digest)
            check?.update(record)
            if let finding = check?.mismatch() { throw MultipartFault.digest(finding) }
        case .attachment:
            guard let writer else { return }
            if writer.bytes == 0 {
                // A field of a form without a file is one that nobody filled in; a file without octets was cut off.
                if isForm, part.fileName?.isEmpty ?? true { return }
                throw MultipartFault.emptyAttachment
            }
            let written = try await writer.finish()
            if let finding = digest.mismatch(sha256: written.sha256, sm3: written.sm3) { throw MultipartFault.digest(finding) }
            contents.append(
                Content(
                    written: written, name: part.fileName ?? AttachmentHeader.cleaned(part.field ?? ""),
                    mediaType: part.contentType))
        }
    }
}
