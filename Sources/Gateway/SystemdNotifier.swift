internal import Glibc

/// The service manager's notification protocol (`sd_notify(3)`): one datagram to the socket named by `NOTIFY_SOCKET`.
///
/// Outside systemd it does nothing. Thread-safe, and never waits: a manager that does not read loses
/// the datagram, and that is no error of the gateway.
public struct SystemdNotifier: Sendable {
    private let address: String?
    /// How often the watchdog is to be fed: half of `WATCHDOG_USEC`; nil when there is no watchdog.
    public let watchdogInterval: Duration?

    /// Reads the manager's environment.
    public init(environment: [String: String], processID: Int32) {
        address = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        let isForUs = environment["WATCHDOG_PID"].flatMap { Int32($0) }.map { $0 == processID } ?? true
        watchdogInterval =
            isForUs ? environment["WATCHDOG_USEC"].flatMap { Int64($0) }.map { .microseconds(max($0 / 2, 100_000)) } : nil
    }

    /// Sends a state such as `READY=1`. Returns whether it was sent.
    @discardableResult
    public func notify(_ state: String) -> Bool {
        guard let address else { return false }
        var socketAddress = sockaddr_un()
        socketAddress.sun_family = sa_family_t(AF_UNIX)
        var path = Array(address.utf8)
        guard path.count < MemoryLayout.size(ofValue: socketAddress.sun_path) else { return false }
        // A leading @ names an abstract socket: its first byte is zero.
        if path.first == 0x40 { path[0] = 0 }
        withUnsafeMutableBytes(of: &socketAddress.sun_path) { $0.copyBytes(from: path) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let message = Array(state.utf8)
        let sent = withUnsafePointer(to: &socketAddress) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT), $0, length)
            }
        }
        return sent == message.count
    }
}
