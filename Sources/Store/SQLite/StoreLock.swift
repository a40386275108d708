internal import ExchangeModel
internal import Glibc

/// The right to write to a store: an exclusive `flock(2)` on the file beside it that ends in `.lock`.
///
/// The kernel gives the lock back when the process ends, however it ends. The file stays, as removing it would let two
/// programs lock two files of one name; it holds the process id of the owner, for people. The lock belongs to the open
/// file, so two stores of one process exclude each other too.
final class StoreLock: Sendable {
    private let file: Int32

    /// Takes the lock, waiting for a former owner to give it back. Blocks the calling thread: for starts only.
    init(for path: String, wait: Duration) throws {
        let name = path + ".lock"
        let file = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StoreFiles.failure("open the lock of the store", name, errno) }
        let end = ContinuousClock.now + wait
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            guard code == EWOULDBLOCK else {
                close(file)
                throw StoreFiles.failure("lock the store", name, code)
            }
            guard ContinuousClock.now < end else {
                let owner = Self.owner(file)
                close(file)
                throw GatewayError(
                    .storeFailed, attempted: "open the store", subject: path,
                    happened: "another gateway has it open" + (owner.map { " (process \($0))" } ?? ""),
                    remedy: "stop that gateway first, or give this one a store of its own")
            }
            usleep(20_000)
        }
        ftruncate(file, 0)
        let owner = "\(getpid())\n"
        // Only for people: a full disk must not keep the lock from being taken.
        _ = owner.utf8CString.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count - 1, 0) }
        self.file = file
    }

    deinit { close(file) }

    private static func owner(_ file: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(file, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes[..<count].prefix { $0 >= 0x30 && $0 <= 0x39 }, as: UTF8.self))
    }
}
