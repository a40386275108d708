internal import Cryptography
internal import ExchangeModel

/// Goes on with an upload: takes the octets of one request behind those that are on disk. One task uses it, and ends it by
/// `pause`, `undo`, `giveUp` or `finish`; nobody else can go on with the upload meanwhile.
public final class UploadWriter {
    private let threads: FileThreads
    private let file: GrowingFile
    private let ledger: any AttachmentLedger
    private let clock: any GatewayClock
    private let turn: UploadTurn
    private var pending: [UInt8] = []
    private var unsynced = 0
    /// Where this request began.
    private let begunAt: Int
    /// The upload as it stands on disk; `length` and `sha256` may be set while they are nil.
    public var upload: PendingUpload

    /// Octets that are gathered for one write, and between two syncs: a kill costs a sender as many.
    private static let pieceBytes = 256 << 10
    private static let syncedBytes = 64 << 20
    /// Octets that are read at once when digests are made.
    private static let digestedBytes = 4 << 20

    init(
        _ upload: PendingUpload, file: GrowingFile, ledger: any AttachmentLedger, clock: any GatewayClock, turn: UploadTurn,
        threads: FileThreads
    ) {
        self.upload = upload
        self.upload.offset = file.bytes
        begunAt = file.bytes
        self.file = file
        self.ledger = ledger
        self.clock = clock
        self.turn = turn
        self.threads = threads
    }

    /// Octets taken, with those of former requests.
    public var bytes: Int { file.bytes + pending.count }

    /// Adds octets. Throws `.storeFull`, `.storeFailed`.
    public func write(_ piece: some Collection<UInt8>) async throws {
        pending.append(contentsOf: piece)
        if pending.count < Self.pieceBytes { return }
        try await flush()
        if unsynced >= Self.syncedBytes { try await sync() }
    }

    /// Ends the request: when it returns, everything that came is on disk, synced, and counts.
    public func pause() async throws {
        try await flush()
        try await sync()
    }

    /// Takes back what this request brought.
    public func undo() async throws {
        pending = []
        try await threads.run { [file, begunAt] in try file.cut(to: begunAt) }
        try await sync()
    }

    /// Gives the upload up with all that came.
    public func giveUp() async throws {
        pending = []
        _ = try await ledger.end(upload.id)
        try await threads.run { [file] in file.remove() }
    }

    /// Reads the content once more from the disk and tells its digests: the upload may have begun in a former life.
    public func finish(in store: AttachmentStore) async throws -> WrittenContent {
        let content = try await threads.run { [file] in try OpenFile(file.path) }
        let digests = DigestPair()
        var offset = 0
        while offset < file.bytes {
            let from = offset
            offset += try await threads.run { [file] in
                let piece = try content.read(at: from, count: min(Self.digestedBytes, file.bytes - from))
                digests.update(piece)
                return piece.count
            }
            if offset == from {
                throw GatewayError(
                    .storeFailed, attempted: "read an upload", subject: file.path, happened: "it is shorter than it was",
                    remedy: "see who else writes there")
            }
        }
        let (sha256, sm3) = digests.finish()
        return WrittenContent(
            sha256: sha256, sm3: sm3, bytes: offset, file: try await store.loan(of: file.path), upload: upload.id)
    }

    private func flush() async throws {
        if pending.isEmpty { return }
        let piece = pending
        pending = []
        unsynced += piece.count
        try await threads.run { [file] in try file.append(piece) }
    }

    private func sync() async throws {
        unsynced = 0
        try await threads.run { [file] in try file.sync() }
        upload.offset = file.bytes
        upload.touchedAt = clock.now()
        try await ledger.advance(upload)
    }
}

/// Both digests of a content.
///
/// @unchecked Sendable: it goes from thread to thread, but has one owner, which waits for each call before the next.
private final class DigestPair: @unchecked Sendable {
    private let sha256 = ReusableDigest(.sha256)
    private let sm3 = ReusableDigest(.sm3)

    func update(_ piece: [UInt8]) {
        sha256.update(piece)
        sm3.update(piece)
    }

    func finish() -> (sha256: [UInt8], sm3: [UInt8]) { (sha256.finish(), sm3.finish()) }
}
