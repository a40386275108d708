internal import ExchangeModel
internal import Glibc
internal import JSON

/// The standard streams, written whole and at once.
enum Terminal {
    /// Prints a line.
    static func print(_ line: String) throws(GatewayError) { try print(Array((line + "\n").utf8)) }

    /// Prints bytes as they are. A result that cannot be written is a failure: a full disk behind a redirection must not look
    /// like a good export.
    static func print(_ bytes: [UInt8]) throws(GatewayError) {
        let problem = write(bytes, to: STDOUT_FILENO)
        guard problem == 0 else {
            throw GatewayError(
                .cannotCreate, attempted: "write to", subject: "the standard output",
                happened: String(cString: strerror(problem)), remedy: "free space, or name another file")
        }
    }

    /// Prints one JSON document with a line end.
    static func print(json body: (inout JSONWriter) -> Void) throws(GatewayError) {
        var writer = JSONWriter(pretty: true)
        body(&writer)
        writer.endLine()
        try print(writer.bytes)
    }

    /// A line about what went wrong, on the standard error. Where nobody reads, there is nowhere to complain.
    static func complain(_ line: String) { _ = write(Array((line + "\n").utf8), to: STDERR_FILENO) }

    /// Returns `errno`, or 0.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = Glibc.write(descriptor, buffer.baseAddress! + done, buffer.count - done)  // not empty: done < count
                if count < 0, errno == EINTR { continue }
                if count <= 0 { return count == 0 ? EIO : errno }
                done += count
            }
            return 0
        }
    }
}
