import GatewayTesting
import Glibc
import Synchronization

/// A server on a loopback port that does what the script of a test says, byte by byte, on POSIX sockets.
///
/// The script runs once for each connection, on its own thread, and may block; when the server goes, every connection is shut
/// down, so that no script waits for ever.
final class ScriptedServer: Sendable {
    let port: Int
    private let core: Core

    /// - Parameter script: gets the connection and its number, from 1.
    init(_ script: @escaping @Sendable (Peer, Int) -> Void) throws {
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let listener = socket(AF_INET, Int32(type), 0)
        guard listener >= 0 else { throw TestingFailure("socket: \(String(cString: strerror(errno)))") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let ready = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0 && listen(listener, 128) == 0
            }
        }
        guard ready else { throw TestingFailure("listen: \(String(cString: strerror(errno)))") }
        port = Int(UInt16(bigEndian: address.sin_port))
        core = Core(listener: listener)
        OwnThread.run { [core] in core.accept(script) }
    }

    deinit { core.shutDown() }

    var url: String { "http://127.0.0.1:\(port)/" }
    /// Every request read so far, head and body, from all connections.
    var requests: [String] { core.state.withLock { $0.requests } }
    /// How many connections were accepted.
    var connectionCount: Int { core.state.withLock { $0.connections } }

    /// Returns when so many requests were read.
    func requestCount(reaches count: Int) async {
        await core.wait { $0.requests.count >= count }
    }

    /// Returns when the scripts of so many connections have ended (their sockets are closed).
    func endedCount(reaches count: Int) async {
        await core.wait { $0.ended >= count }
    }

    final class Core: Sendable {
        struct State {
            var requests: [String] = []
            var connections = 0
            var ended = 0
            var open: Set<Int32> = []
            var isDown = false
            var waiters: [(condition: @Sendable (State) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
        }

        let state = Mutex(State())
        private let listener: Int32

        init(listener: Int32) { self.listener = listener }

        func change(_ body: (inout State) -> Void) {
            let ready = state.withLock { state in
                body(&state)
                let ready = state.waiters.filter { $0.condition(state) }.map(\.continuation)
                let after = state
                state.waiters.removeAll { $0.condition(after) }
                return ready
            }
            for continuation in ready { continuation.resume() }
        }

        func wait(until condition: @escaping @Sendable (State) -> Bool) async {
            await withCheckedContinuation { continuation in
                let isMet = state.withLock { state in
                    if condition(state) { return true }
                    state.waiters.append((condition, continuation))
                    return false
                }
                if isMet { continuation.resume() }
            }
        }

        func accept(_ script: @escaping @Sendable (Peer, Int) -> Void) {
            while true {
                var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
                guard poll(&waiting, 1, -1) > 0 else { if errno == EINTR { continue } else { break } }
                let descriptor = SpawnLock.hold {
                    let descriptor = Glibc.accept(listener, nil, nil)
                    if descriptor >= 0 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
                    return descriptor
                }
                if descriptor < 0, [EINTR, EAGAIN, ECONNABORTED].contains(errno) { continue }
                guard descriptor >= 0 else { break }
                var number = 0
                change { state in
                    state.connections += 1
                    number = state.connections
                    state.open.insert(descriptor)
                    if state.isDown { shutdown(descriptor, Int32(SHUT_RDWR)) }
                }
                OwnThread.run { [number] in
                    let peer = Peer(descriptor: descriptor, core: self)
                    script(peer, number)
                    peer.close()
                    self.change { $0.ended += 1 }
                }
            }
            close(listener)
        }

        func shutDown() {
            change { state in
                state.isDown = true
                for descriptor in state.open { shutdown(descriptor, Int32(SHUT_RDWR)) }
            }
            // Makes the blocked accept return (Linux); the accepting thread closes the socket.
            shutdown(listener, Int32(SHUT_RDWR))
        }
    }
}

/// One accepted connection, in the hands of a script.
final class Peer {
    private let descriptor: Int32
    private let core: ScriptedServer.Core
    private var isOpen = true
    private var buffer: [UInt8] = []

    init(descriptor: Int32, core: ScriptedServer.Core) {
        self.descriptor = descriptor
        self.core = core
    }

    /// Reads one whole request by its Content-Length and records it; false when the client closed instead.
    @discardableResult
    func readRequest() -> Bool {
        while true {
            if let length = Self.requestLength(buffer) {
                let text = String(decoding: buffer[..<length], as: UTF8.self)
                buffer.removeFirst(length)
                core.change { $0.requests.append(text) }
                return true
            }
            guard readMore() else { return false }
        }
    }

    /// Sends text as it stands; what cannot be sent is of no interest to a misbehaving server.
    @discardableResult
    func write(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// A complete keep-alive answer.
    func answer(_ status: String = "200 OK", body: String = "ok") {
        write("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// Blocks until the client closes the connection (or the server goes).
    func waitForClose() { while readMore() {} }

    /// Ends the sending side and returns when the client's kernel knows: under load the end travels later than one thinks.
    func endWriting() {
        shutdown(descriptor, Int32(SHUT_WR))
        // tcp(7), TCP_INFO: the first byte is the state; FIN_WAIT1 (4) lasts until our end is acknowledged.
        var state: UInt8 = 4
        while state == 4 {
            var length: socklen_t = 1
            guard getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &state, &length) == 0 else { return }
            sched_yield()
        }
    }

    /// Closes with a TCP reset.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        close()
    }

    /// Closes the connection.
    func close() {
        guard isOpen else { return }
        isOpen = false
        core.change { state in
            state.open.remove(descriptor)
            Glibc.close(descriptor)
        }
    }

    private func readMore() -> Bool {
        var block = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &block, block.count, 0)
        guard count > 0 else { return false }
        buffer.append(contentsOf: block[..<count])
        return true
    }

    private static func requestLength(_ bytes: [UInt8]) -> Int? {
        let mark: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
        guard bytes.count >= 4, let end = (0...(bytes.count - 4)).first(where: { Array(bytes[$0..<($0 + 4)]) == mark }) else {
            return nil
        }
        var length = 0
        for line in String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == "content-length" {
                length = Int(parts[1].filter { $0 != " " }) ?? 0
            }
        }
        return bytes.count >= end + 4 + length ? end + 4 + length : nil
    }
}

/// A gate that a script waits at until the test opens it; it stays open.
final class Gate: Sendable {
    // The descriptors are read-only after init; a pipe is its own synchronisation.
    private let ends: (read: Int32, write: Int32)

    init() throws {
        var descriptors: [Int32] = [0, 0]
        guard pipe(&descriptors) == 0 else { throw TestingFailure("pipe: \(String(cString: strerror(errno)))") }
        ends = (descriptors[0], descriptors[1])
    }

    deinit {
        close(ends.read)
        close(ends.write)
    }

    /// Lets all through, now and later: one byte stays in the pipe and is only waited for, never read.
    func open() {
        var byte: UInt8 = 1
        _ = Glibc.write(ends.write, &byte, 1)
    }

    /// Blocks the calling (own) thread.
    func wait() {
        var descriptor = pollfd(fd: ends.read, events: Int16(POLLIN), revents: 0)
        while poll(&descriptor, 1, -1) < 0, errno == EINTR {}
    }
}
