internal import ExchangeModel
internal import Glibc

/// A file of a directory channel. Never a symbolic link, and never anything but a regular file.
final class FileSource: RecordSource {
    /// What tells a file that was written to from one that was not.
    struct Mark: Hashable {
        var device, inode: UInt64
        var bytes: Int
        var modified, changed: Int64

        init(_ status: stat) {
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            bytes = Int(status.st_size)
            modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
            changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
        }

        /// Of a path; nil where there is no regular file.
        init?(path: String) {
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            self.init(status)
        }
    }

    let path: String
    let mark: Mark
    private let descriptor: Int32

    /// Opens it. `.notFound` when it is not there any more, `.temporary` for what may pass.
    init(path: String) throws(GatewayError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure(path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw GatewayError(
                .notFound, attempted: "read", subject: path, happened: "it is no regular file", remedy: "put regular files there")
        }
        mark = Mark(status)
    }

    deinit { close(descriptor) }

    var bytes: Int { mark.bytes }

    /// By its own status and by what lies at its path: it may have been written to, or replaced.
    func isUnchanged() -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0, Mark(status) == mark else { return false }
        return Mark(path: path) == mark
    }

    func read(at offset: Int, count: Int) throws(GatewayError) -> [UInt8] {
        let wanted = min(count, mark.bytes - offset)
        guard wanted > 0 else { return [] }
        var failed = false
        let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, done in
            while done < wanted {
                let got = pread(descriptor, buffer.baseAddress.map { $0 + done }, wanted - done, off_t(offset + done))
                if got < 0, errno == EINTR { continue }
                if got <= 0 {
                    failed = got < 0
                    return
                }
                done += got
            }
        }
        if failed { throw Self.failure(path) }
        return piece
    }

    private static func failure(_ path: String) -> GatewayError {
        let number = errno
        return GatewayError(
            number == ENOENT || number == ELOOP ? .notFound : .temporary, attempted: "read", subject: path,
            happened: String(cString: strerror(number)), remedy: "let the gateway's user read it")
    }
}
