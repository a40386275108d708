internal import ExchangeModel
internal import Glibc

/// A file that people find whole or not at all: written under another name, synced, renamed. Blocking.
final class WholeFile {
    static let heldBytes = 1 << 18

    private let path: String
    private let draft: String
    private let descriptor: Int32
    private var held: [UInt8] = []
    private var isFinished = false

    /// Begins it; what a former try left is overwritten.
    init(_ path: String) throws(GatewayError) {
        self.path = path
        draft = FileBytes.folder(of: path) + "/." + (path.split(separator: "/").last.map(String.init) ?? "") + ".writing"
        descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o660)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    deinit {
        close(descriptor)
        if !isFinished { unlink(draft) }
    }

    func append(_ bytes: [UInt8]) throws(GatewayError) {
        held += bytes
        if held.count >= Self.heldBytes { try flush() }
    }

    /// Brings it under its name, on disk.
    func finish() throws(GatewayError) { try finish(as: path) }

    /// Whether another file has the same content as this one so far.
    func isEqual(to other: String) throws(GatewayError) -> Bool {
        try flush()
        let (mine, theirs) = (try FileSource(path: draft), try FileSource(path: other))
        guard mine.bytes == theirs.bytes else { return false }
        var offset = 0
        while offset < mine.bytes {
            let piece = try mine.read(at: offset, count: Self.heldBytes)
            guard !piece.isEmpty, try piece == theirs.read(at: offset, count: Self.heldBytes) else { return false }
            offset += piece.count
        }
        return true
    }

    /// Brings it under another name in the same folder, on disk.
    func finish(as path: String) throws(GatewayError) {
        try flush()
        guard fsync(descriptor) == 0, rename(draft, path) == 0 else { throw Self.failure(path) }
        isFinished = true
    }

    private func flush() throws(GatewayError) {
        var done = 0
        while done < held.count {
            let count = held[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path) }
            done += count
        }
        held.removeAll(keepingCapacity: true)
    }

    private static func failure(_ path: String) -> GatewayError {
        let number = errno
        return GatewayError(
            number == ENOSPC ? .storeFull : .temporary, attempted: "write", subject: path,
            happened: String(cString: strerror(number)), remedy: "make room, and let the gateway's user write there")
    }
}
