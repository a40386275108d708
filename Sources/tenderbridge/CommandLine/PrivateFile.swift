internal import ExchangeModel
internal import Glibc

/// A new file that only its owner may read, written piece by piece. It is removed again unless it was completed. Blocking.
final class PrivateFile {
    private let path: String
    private let descriptor: Int32
    private var isComplete = false

    /// A file that is there is not replaced: its mode could be another. Throws `.cannotCreate`.
    init(_ path: String) throws(GatewayError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_EXCL, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    deinit {
        close(descriptor)
        if !isComplete { unlink(path) }
    }

    func write(_ bytes: [UInt8]) throws(GatewayError) {
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path) }
            done += count
        }
    }

    /// Nothing is missing: the file stays.
    func complete() { isComplete = true }

    private static func failure(_ path: String) -> GatewayError {
        GatewayError(
            .cannotCreate, attempted: "write", subject: path, happened: String(cString: strerror(errno)),
            remedy: "name a place where this user may write")
    }
}
