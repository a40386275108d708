internal import ExchangeModel
internal import Glibc

/// A file read from front to back in pieces. Blocking, as commands are.
final class FilePieces {
    /// Bytes of a piece.
    static let pieceBytes = 1 << 16

    private let path: String
    private let descriptor: Int32
    private var piece = [UInt8](repeating: 0, count: pieceBytes)

    /// Opens a file. `usage` (64) when it cannot be: the command line named it.
    init(path: String) throws(GatewayError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    deinit { close(descriptor) }

    /// The next bytes; none at the end.
    func next() throws(GatewayError) -> [UInt8] {
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure(path) }
            return count == piece.count ? piece : Array(piece[..<count])
        }
    }

    private static func failure(_ path: String) -> GatewayError {
        GatewayError(
            .usage, attempted: "read", subject: path, happened: String(cString: strerror(errno)), remedy: "name a readable file")
    }
}
