internal import ExchangeModel

/// A content that lies on the disk, synced, and has no name yet: `AttachmentStore.keep` gives it one. Dropped, it is removed.
public struct WrittenContent: Sendable {
    /// Digests of the content.
    public let sha256, sm3: [UInt8]
    /// Its size.
    public let bytes: Int
    let file: FileOnLoan
    let upload: UUIDv7?
}

/// A file on its way in that goes when nobody holds it any more, unless it was given a name.
final class FileOnLoan: Sendable {
    let path: String
    private let folder: AttachmentFolder
    private let threads: FileThreads

    init(_ path: String, folder: AttachmentFolder, threads: FileThreads) {
        self.path = path
        self.folder = folder
        self.threads = threads
    }

    deinit {
        // Placed files are not there any more under this name.
        let (path, folder, threads) = (path, folder, threads)
        Task { try? await threads.run { try folder.remove(path) } }
    }
}

/// Takes a content as it comes, in constant memory. One task uses it.
public final class AttachmentWriter {
    private let threads: FileThreads
    private let file: GrowingFile
    private let loan: FileOnLoan
    private var pending: [UInt8] = []
    /// Octets taken so far.
    public private(set) var bytes = 0

    /// Octets that are gathered for one write.
    private static let pieceBytes = 256 << 10

    init(_ file: GrowingFile, loan: FileOnLoan, threads: FileThreads) {
        self.file = file
        self.loan = loan
        self.threads = threads
    }

    /// Adds octets. Throws `.storeFull`, `.storeFailed`.
    public func write(_ piece: some Collection<UInt8>) async throws {
        pending.append(contentsOf: piece)
        bytes += piece.count
        if pending.count >= Self.pieceBytes { try await flush() }
    }

    /// Ends the content: when it returns, the octets are on disk, synced.
    public func finish() async throws -> WrittenContent {
        try await flush()
        let digests = try await threads.run { [file] in try file.finish() }
        return WrittenContent(sha256: digests.sha256, sm3: digests.sm3, bytes: bytes, file: loan, upload: nil)
    }

    private func flush() async throws {
        if pending.isEmpty { return }
        let piece = pending
        pending = []
        pending.reserveCapacity(Self.pieceBytes)
        try await threads.run { [file] in try file.append(piece) }
    }
}
