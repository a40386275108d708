internal import ExchangeModel
internal import Glibc

/// Records written one a line, to a file or the standard output. Blocking, as commands are.
final class RecordLines {
    /// Bytes held before they are written.
    static let heldBytes = 1 << 16

    private let path: String?
    private let descriptor: Int32
    private var held: [UInt8] = []

    /// Makes the file, with its folders.
    init(_ path: String?) throws(GatewayError) {
        self.path = path
        held.reserveCapacity(2 * Self.heldBytes)
        guard let path else {
            descriptor = STDOUT_FILENO
            return
        }
        try LocalFiles.makeFolder(FileBytes.folder(of: path))
        descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_TRUNC, 0o644)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    deinit { if path != nil { Glibc.close(descriptor) } }

    /// Adds a record.
    func append(_ record: [UInt8]) throws(GatewayError) {
        held += record
        held.append(0x0A)
        if held.count >= Self.heldBytes { try flush() }
    }

    /// Writes what is held.
    func flush() throws(GatewayError) {
        var done = 0
        while done < held.count {
            let count = held[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path ?? "the standard output") }
            done += count
        }
        held.removeAll(keepingCapacity: true)
    }

    private static func failure(_ path: String) -> GatewayError {
        GatewayError(
            .cannotCreate, attempted: "write", subject: path, happened: String(cString: strerror(errno)),
            remedy: "name a place where this user may write, with space left")
    }
}
