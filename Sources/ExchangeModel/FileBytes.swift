internal import Glibc

/// Reads a file whole, up to a limit, and says in one sentence why it could not. Blocking: for start-up and commands,
/// never on the cooperative pool while messages flow.
public enum FileBytes {
    /// Why a file was not read.
    public struct Failure: Error, Sendable, Hashable {
        /// `errno`, or 0 when the limit was the reason.
        public let errorNumber: Int32
        /// One sentence, from the system or naming the limit.
        public let text: String
    }

    /// The bytes of a regular file.
    public static func read(_ path: String, limit: Int) -> Result<[UInt8], Failure> {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .failure(failure()) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var status = stat()
        if fstat(descriptor, &status) == 0 {
            guard status.st_mode & S_IFMT != S_IFDIR else {
                return .failure(Failure(errorNumber: EISDIR, text: "it is a folder"))
            }
            bytes.reserveCapacity(min(Int(status.st_size), limit) + 1)
        }
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                return .failure(failure())
            }
            if count == 0 { return .success(bytes) }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= limit else {
                return .failure(Failure(errorNumber: 0, text: "it is larger than the limit of \(limit) bytes"))
            }
        }
    }

    /// A path as written in a file: absolute as it is, relative ones from a folder; `.` and `..` are taken out by text.
    public static func resolve(_ path: String, in folder: String) -> String {
        let whole = path.hasPrefix("/") || folder.isEmpty ? path : folder + "/" + path
        var parts: [Substring] = []
        for part in whole.split(separator: "/", omittingEmptySubsequences: true) where part != "." {
            if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
        }
        let joined = parts.joined(separator: "/")
        return whole.hasPrefix("/") ? "/" + joined : (joined.isEmpty ? "." : joined)
    }

    /// The folder that a file lies in.
    public static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func failure() -> Failure { Failure(errorNumber: errno, text: String(cString: strerror(errno))) }
}
