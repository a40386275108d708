internal import ExchangeModel
internal import Glibc

/// An open content: it can be read to its end also while it is removed.
public final class AttachmentReader: Sendable {
    private let threads: FileThreads
    private let file: OpenFile

    /// Octets of the file.
    public var bytes: Int { file.bytes }

    /// Octets that one read gives at most.
    public static let pieceBytes = 256 << 10

    /// Blocking.
    init(_ path: String, threads: FileThreads) throws {
        self.threads = threads
        file = try OpenFile(path)
    }

    /// The octets from an offset, at most `pieceBytes`; empty at the end. Throws `.storeFailed`.
    public func read(at offset: Int, count: Int) async throws -> [UInt8] {
        try await threads.run { [file] in try file.read(at: offset, count: min(count, Self.pieceBytes)) }
    }
}

/// A file that is read. Blocking.
final class OpenFile: Sendable {
    let path: String
    let bytes: Int
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw StoreFiles.failure("read an attachment", path, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw StoreFiles.failure("read an attachment", path, EINVAL)
        }
        bytes = Int(status.st_size)
    }

    deinit { close(descriptor) }

    func read(at offset: Int, count wanted: Int) throws -> [UInt8] {
        guard wanted > 0 else { return [] }
        var failure: Int32 = 0
        let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, done in
            while done < wanted {
                let got = pread(descriptor, buffer.baseAddress.map { $0 + done }, wanted - done, off_t(offset + done))
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { return }
                done += got
            }
        }
        if failure != 0 { throw StoreFiles.failure("read an attachment", path, failure) }
        return piece
    }
}
