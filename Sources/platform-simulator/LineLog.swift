internal import ExchangeModel
internal import Glibc

/// A file of JSON lines that is only added to. Each line is handed to the kernel by `append` before it returns, so that it
/// outlives the process; it blocks for the time of one `write(2)`.
///
/// Not for several threads at once: the owner has a lock.
final class LineLog {
    private let descriptor: Int32
    private let path: String

    /// Opens the file, mode 0600.
    ///
    /// - Throws: `cannotCreate`, also when the file has content: two runs in one file could not be counted.
    init(path: String) throws(GatewayError) {
        let opened = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard opened >= 0 else {
            throw GatewayError(
                .cannotCreate, attempted: "open", subject: path, happened: String(cString: strerror(errno)),
                remedy: "check that its folder exists and that you may write there")
        }
        guard lseek(opened, 0, SEEK_END) == 0 else {
            close(opened)
            throw GatewayError(
                .cannotCreate, attempted: "begin", subject: path, happened: "it holds the lines of an earlier run",
                remedy: "move it away, or name another file")
        }
        descriptor = opened
        self.path = path
    }

    deinit { close(descriptor) }

    /// Adds one line; the bytes bring their line feed.
    func append(_ line: [UInt8]) throws(GatewayError) {
        try LocalFile.writeAll(line, to: descriptor, path: path)
    }
}
