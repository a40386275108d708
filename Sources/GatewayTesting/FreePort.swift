internal import Glibc
internal import Synchronization

/// TCP ports on 127.0.0.1 for servers that cannot be told "any port", and one for destinations where nobody listens.
public enum FreePort {
    private static let given = Mutex<Set<Int>>([])
    /// Bound for as long as the process lives, and never listening.
    private static let closed = Result { try bindAny() }

    /// A port that was free a moment ago and that no other caller in this process got. Another process may still take
    /// it first, so whoever starts a server with it tries another when the address is in use.
    public static func reserve() throws -> Int {
        for _ in 0..<100 {
            let (descriptor, port) = try bindAny()
            close(descriptor)
            if given.withLock({ $0.insert(port).inserted }) { return port }
        }
        throw TestingFailure("no free port on 127.0.0.1")
    }

    /// The port where nobody listens, and nobody can while this process lives: each connection to it is refused. A port that
    /// was merely free a moment ago may by now be the one that the system gave to the server of another test.
    public static func whereNobodyListens() throws -> Int { try closed.get().port }

    private static func bindAny() throws -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw TestingFailure("socket: \(String(cString: strerror(errno)))") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard bound else {
            let cause = String(cString: strerror(errno))
            close(descriptor)
            throw TestingFailure("bind 127.0.0.1: \(cause)")
        }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }
}
