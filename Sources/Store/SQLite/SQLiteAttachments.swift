internal import ExchangeModel

/// What a SQLite store knows of attachments.
struct SQLiteAttachments: AttachmentLedger {
    let committer: Committer
    let reader: StoreReader

    func keep(_ arrival: AttachmentArrival) async throws -> Bool { try await done(.keep(arrival)) }

    func attachment(_ digest: AttachmentDigest, sender: String?) async throws -> StoredAttachment? {
        try await open().read("look for an attachment") { try AttachmentQueries.find($0, digest, sender: sender) }
    }

    func attachments(ofMessage id: MessageID) async throws -> [NamedAttachment] {
        try await open().read("read the attachments of a message") { try AttachmentQueries.named($0, message: id) }
    }

    func known(_ digests: [[UInt8]]) async throws -> Set<[UInt8]> {
        try await open().read("look for attachments") { try AttachmentQueries.known($0, digests) }
    }

    func unnamed(before: Instant, limit: Int) async throws -> [StoredAttachment] {
        try await open().read("look for attachments that nothing names") {
            try AttachmentQueries.unnamed($0, before: before, limit: limit)
        }
    }

    func forget(_ contents: [StoredAttachment], before: Instant, at instant: Instant) async throws -> [StoredAttachment] {
        if contents.isEmpty { return [] }
        guard case .forgotten(let gone) = try await write(.forget(contents, before: before, at: instant)) else { return [] }
        return gone
    }

    func attachmentTotals() async throws -> (count: Int, bytes: Int) {
        try await open().read("count attachments") { try AttachmentQueries.totals($0) }
    }

    func begin(_ upload: PendingUpload, limit: Int) async throws -> Bool { try await done(.begin(upload, limit: limit)) }

    func upload(_ id: UUIDv7) async throws -> PendingUpload? {
        try await open().read("look for an upload") { try AttachmentQueries.upload($0, id) }
    }

    func uploads(before: Instant) async throws -> [PendingUpload] {
        try await open().read("look for uploads") { try AttachmentQueries.uploads($0, before: before) }
    }

    func advance(_ upload: PendingUpload) async throws { _ = try await done(.advance(upload)) }

    func end(_ upload: UUIDv7) async throws -> Bool { try await done(.end(upload)) }

    private func done(_ write: AttachmentWrite) async throws -> Bool {
        guard case .done(let answer) = try await self.write(write) else { return false }
        return answer
    }

    private func write(_ write: AttachmentWrite) async throws -> AttachmentWritten {
        try await withCheckedThrowingContinuation { committer.submit(.attachment(PendingWrite(write, $0))) }
    }

    private func open() throws -> StoreReader {
        if committer.isClosing { throw Committer.stopping("read attachments", reader.path) }
        return reader
    }
}
