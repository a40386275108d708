internal import Cryptography
public import ExchangeModel
internal import Synchronization

/// Contents of attachments: files beside the store, named by their digest, and the ledger that says who needs them.
///
/// A content is written under a name of its own, synced, renamed to its digest, the folder synced; then its row is committed. So a
/// row always has its file, and a file without a row (after a kill) is removed by `recover`. The same content twice is one file.
/// Nothing here blocks the cooperative pool. All methods are safe from any task.
public final class AttachmentStore: Sendable {
    private let folder: AttachmentFolder
    private let ledger: any AttachmentLedger
    private let clock: any GatewayClock
    private let threads = FileThreads(threadsMax: 4)
    private let turns = DigestTurns()
    private let running = RunningUploads()
    private let random = Mutex(SecureRandom())
    private let isPrepared = Mutex(false)
    /// Tells this life's files on their way in from those of former ones.
    private let life: String

    /// Contents that one call of `expire` looks at.
    static let removedAtOnce = 500

    /// Nothing is opened or made before the first content comes.
    ///
    /// - Parameter folder: of this store alone.
    public init(folder: String, ledger: any AttachmentLedger, clock: any GatewayClock) {
        self.folder = AttachmentFolder(path: folder)
        self.ledger = ledger
        self.clock = clock
        var random = SecureRandom()
        life = Hex.encode(withUnsafeBytes(of: random.next()) { Array($0) })
    }

    /// Where attachments lie beside a store's file.
    public static func folder(beside storePath: String) -> String { StoreFiles.folder(of: storePath) + "/attachments" }

    // MARK: In

    /// Begins a content.
    ///
    /// - Parameter reserve: octets that stay free on the file system; over it writing throws `.storeFull`.
    public func writer(reserve: Int) async throws -> AttachmentWriter {
        try await prepare()
        let loan = FileOnLoan(newIncoming(), folder: folder, threads: threads)
        let file = try await threads.run { try GrowingFile(loan.path, isNew: true, reserve: reserve) }
        return AttachmentWriter(file, loan: loan, threads: threads)
    }

    /// Names a content by its digest and writes its row: when it returns, both are on disk. True when this sender had not
    /// handed it in before.
    public func keep(
        _ content: WrittenContent, mediaType: String, sender: String, channel: String, traceID: String
    ) async throws -> (attachment: StoredAttachment, isNew: Bool) {
        let arrival = AttachmentArrival(
            sha256: content.sha256, sm3: content.sm3, bytes: content.bytes, mediaType: mediaType, sender: sender,
            channel: channel, traceID: traceID, at: clock.now(), upload: content.upload)
        let isNew = try await turns.run(content.sha256) {
            try await threads.run { [folder] in try folder.place(content.file.path, sha256: content.sha256) }
            CrashPoint.attachmentNamed.reached()
            return try await ledger.keep(arrival)
        }
        if let upload = content.upload { try? await threads.run { [folder] in try folder.remove(folder.file(of: upload)) } }
        CrashPoint.attachmentKept.reached()
        let attachment = StoredAttachment(
            sha256: content.sha256, sm3: content.sm3, bytes: content.bytes, mediaType: mediaType, createdAt: arrival.at)
        return (attachment, isNew)
    }

    // MARK: Out

    /// The content of a digest as this sender handed it in; nil for what it never did. Nil for the sender: whoever did.
    public func find(_ digest: AttachmentDigest, sender: String?) async throws -> StoredAttachment? {
        try await ledger.attachment(digest, sender: sender)
    }

    /// Opens a content. Throws `.storeFailed` when its file is gone.
    public func open(_ attachment: StoredAttachment) async throws -> AttachmentReader {
        try await threads.run { [folder, threads] in try AttachmentReader(folder.file(of: attachment.sha256), threads: threads) }
    }

    // MARK: Uploads

    /// Begins an upload; nil when the sender has `limit` of them.
    public func beginUpload(
        sender: String, channel: String, mediaType: String, length: Int?, sha256: [UInt8]?, limit: Int
    ) async throws -> PendingUpload? {
        let now = clock.now()
        let upload = PendingUpload(
            id: random.withLock { UUIDv7(at: now, random: &$0) }, sender: sender, channel: channel, mediaType: mediaType,
            length: length, sha256: sha256, at: now)
        return try await ledger.begin(upload, limit: limit) ? upload : nil
    }

    /// An upload of this sender on this channel, as it stands on disk.
    public func upload(_ id: UUIDv7, sender: String, channel: String) async throws -> PendingUpload? {
        guard let upload = try await ledger.upload(id), upload.sender == sender, upload.channel == channel else { return nil }
        return upload
    }

    /// Goes on with an upload; nil while another request does, or when it has ended meanwhile.
    public func resume(_ id: UUIDv7, reserve: Int) async throws -> UploadWriter? {
        guard let turn = running.take(id) else { return nil }
        try await prepare()
        // Read again, now that nobody else changes it.
        guard let upload = try await ledger.upload(id) else { return nil }
        let path = folder.file(of: id)
        let file = try await threads.run { try GrowingFile(path, cutTo: upload.offset, isNew: false, reserve: reserve) }
        return UploadWriter(upload, file: file, ledger: ledger, clock: clock, turn: turn, threads: threads)
    }

    /// Gives an upload up; false while a request goes on with it, or when there is none.
    @discardableResult
    public func endUpload(_ id: UUIDv7) async throws -> Bool {
        guard let turn = running.take(id) else { return false }
        defer { withExtendedLifetime(turn) {} }
        guard try await ledger.end(id) else { return false }
        try await threads.run { [folder] in try folder.remove(folder.file(of: id)) }
        return true
    }

    /// A second name for an upload's file, which `keep` may take; the first one stays until the row is on disk.
    func loan(of file: String) async throws -> FileOnLoan {
        let loan = FileOnLoan(newIncoming(), folder: folder, threads: threads)
        try await threads.run { [folder] in try folder.link(file, as: loan.path) }
        return loan
    }

    // MARK: Keeping

    /// Removes what former lives left: contents on their way in, uploads and contents without a row. Returns how many files.
    public func recover() async throws -> Int {
        guard try await threads.run({ [folder] in StoreFiles.exists(folder.path) }) else { return 0 }
        var removed = 0
        for name in try await threads.run({ [folder] in try folder.names(in: folder.incoming) }) where !name.hasPrefix(life) {
            try await threads.run { [folder] in try folder.remove("\(folder.incoming)/\(name)") }
            removed += 1
        }
        for name in try await threads.run({ [folder] in try folder.names(in: folder.uploads) }) {
            // The row comes before the file, so one without a row has ended.
            if let id = UUIDv7(name), try await ledger.upload(id) != nil { continue }
            try await threads.run { [folder] in try folder.remove("\(folder.uploads)/\(name)") }
            removed += 1
        }
        for shard in UInt8.min...UInt8.max {
            let digests = try await threads.run { [folder] in try folder.digests(in: shard) }
            for start in stride(from: 0, to: digests.count, by: StoreLimits.rowsPerRead) {
                let some = Array(digests[start..<min(start + StoreLimits.rowsPerRead, digests.count)])
                let known = try await ledger.known(some)
                for digest in some where !known.contains(digest) { removed += try await removeUnknown(digest) }
            }
        }
        return removed
    }

    private func removeUnknown(_ sha256: [UInt8]) async throws -> Int {
        try await turns.run(sha256) {
            // Looked for again: it may have come in this moment.
            guard try await ledger.known([sha256]).isEmpty else { return 0 }
            try await threads.run { [folder] in try folder.remove(folder.file(of: sha256)) }
            return 1
        }
    }

    /// Removes contents that no message names and nobody has handed in since an instant, and gives up uploads in which nothing
    /// came since another.
    public func expire(unnamedSince: Instant, uploadsSince: Instant) async throws -> (contents: Int, uploads: Int) {
        var contents = 0
        while true {
            let found = try await ledger.unnamed(before: unnamedSince, limit: Self.removedAtOnce)
            var gone = 0
            for content in found {
                gone += try await turns.run(content.sha256) {
                    // The row first: a kill in between leaves a file, which `recover` removes, never a row without one.
                    let forgotten = try await ledger.forget([content], before: unnamedSince, at: clock.now())
                    guard !forgotten.isEmpty else { return 0 }
                    try await threads.run { [folder] in try folder.remove(folder.file(of: content.sha256)) }
                    return 1
                }
            }
            contents += gone
            if gone == 0 || found.count < Self.removedAtOnce { break }
        }
        var uploads = 0
        for upload in try await ledger.uploads(before: uploadsSince) where try await endUpload(upload.id) { uploads += 1 }
        return (contents, uploads)
    }

    // MARK: -

    private func prepare() async throws {
        if isPrepared.withLock({ $0 }) { return }
        try await threads.run { [folder] in try folder.prepare() }
        isPrepared.withLock { $0 = true }
    }

    private func newIncoming() -> String {
        let number = random.withLock { $0.next() }
        return "\(folder.incoming)/\(life)-\(Hex.encode(withUnsafeBytes(of: number) { Array($0) }))"
    }
}

/// Uploads that a request goes on with at this moment.
final class RunningUploads: Sendable {
    private let ids = Mutex<Set<UUIDv7>>([])

    /// Nil while somebody else has it.
    func take(_ id: UUIDv7) -> UploadTurn? {
        ids.withLock { $0.insert(id).inserted } ? UploadTurn(id, of: self) : nil
    }

    fileprivate func leave(_ id: UUIDv7) { _ = ids.withLock { $0.remove(id) } }
}

/// The right to go on with an upload, as long as it is held.
final class UploadTurn: Sendable {
    private let id: UUIDv7
    private let running: RunningUploads

    fileprivate init(_ id: UUIDv7, of running: RunningUploads) {
        self.id = id
        self.running = running
    }

    deinit { running.leave(id) }
}
