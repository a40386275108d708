internal import Cryptography
internal import ExchangeModel
internal import Glibc

/// A file that is written at its end, with both digests of what was written. Blocking.
///
/// @unchecked Sendable: it goes from thread to thread, but has one owner, which waits for each call before the next.
final class GrowingFile: @unchecked Sendable {
    let path: String
    private(set) var bytes: Int
    private let descriptor: Int32
    private let digests: (sha256: ReusableDigest, sm3: ReusableDigest)?
    /// Octets that are left free on the file system.
    private let reserve: Int
    private var unmeasured = 0

    /// Octets between two looks at what is free.
    private static let measuredBytes = 8 << 20

    /// Opens it, making it when it is not there, and cuts it to a length.
    ///
    /// - Parameter isNew: a file of this name is an error; digests are made.
    init(_ path: String, cutTo length: Int = 0, isNew: Bool, reserve: Int) throws {
        self.path = path
        self.reserve = reserve
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (isNew ? O_EXCL : 0), 0o600)
        guard descriptor >= 0 else { throw StoreFiles.failure("write an attachment", path, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let code = errno
            close(descriptor)
            throw StoreFiles.failure("write an attachment", path, code)
        }
        // Behind the length lies what was never synced.
        bytes = min(length, Int(status.st_size))
        if Int(status.st_size) > bytes, ftruncate(descriptor, off_t(bytes)) != 0 {
            let code = errno
            close(descriptor)
            throw StoreFiles.failure("write an attachment", path, code)
        }
        digests = isNew ? (ReusableDigest(.sha256), ReusableDigest(.sm3)) : nil
        unmeasured = Self.measuredBytes
    }

    deinit { close(descriptor) }

    func append(_ piece: [UInt8]) throws {
        unmeasured += piece.count
        if unmeasured >= Self.measuredBytes {
            unmeasured = 0
            guard try StoreFiles.freeBytes(StoreFiles.folder(of: path)) - piece.count >= reserve else {
                throw StoreFiles.failure("write an attachment", path, ENOSPC)
            }
        }
        try piece.withUnsafeBytes { piece in
            var rest = piece
            while let start = rest.baseAddress, rest.count > 0 {
                let count = pwrite(descriptor, start, rest.count, off_t(bytes))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw StoreFiles.failure("write an attachment", path, count < 0 ? errno : ENOSPC) }
                bytes += count
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
            digests?.sha256.update(piece)
            digests?.sm3.update(piece)
        }
    }

    func cut(to length: Int) throws {
        guard ftruncate(descriptor, off_t(length)) == 0 else { throw StoreFiles.failure("write an attachment", path, errno) }
        bytes = length
    }

    func sync() throws {
        guard fsync(descriptor) == 0 else { throw StoreFiles.failure("sync an attachment", path, errno) }
    }

    /// Syncs what was written, and tells its digests.
    func finish() throws -> (sha256: [UInt8], sm3: [UInt8]) {
        try sync()
        // Only a content that is written from its beginning is finished here; an upload, which makes none, is digested when it ends.
        guard let digests else { preconditionFailure("digests are asked of a file that makes none") }
        return (digests.sha256.finish(), digests.sm3.finish())
    }

    func remove() { unlink(path) }
}
