import GatewayTesting
import Glibc
import Testing

@Suite("The daemon")
struct ServeTests {
    @Test("says where it listens and where its store is, takes a message, and ends cleanly at SIGTERM")
    func life() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let running = try await gateway.start()
        let second = running.child.lines.dropFirst().first ?? ""
        for part in ["data=http://127.0.0.1:0", "operators=http://127.0.0.1:0", "store=\(gateway.store)", "version=0."] {
            #expect(second.contains(part), "\(second)")
        }
        let answer = try await running.post("good-24-village-hall")
        #expect(answer.status == "202", "\(answer.body)")
        let ready = try await ChildProcess.run(["curl", "-q", "-sf", "http://127.0.0.1:\(running.port("operatorPort"))/readyz"])
        #expect(ready == [#"{"ready":true,"missing":[]}"#])
        let metrics = try await ChildProcess.run([
            "curl", "-q", "-sf", "http://127.0.0.1:\(running.port("operatorPort"))/metrics",
        ])
        let counter = #"tenderbridge_messages_received_total{channel="local-a",dataset="tender-notice",outcome="accepted"} 1"#
        #expect(metrics.contains(counter), "\(metrics.filter { $0.contains("received") })")
        #expect(await running.child.stop(SIGTERM) == .exited(0))
        #expect(running.child.lines.last?.contains(" info stopped") == true, "\(running.child.lines)")
        #expect(access(gateway.socket, F_OK) != 0, "the control socket is removed")
    }

    @Test("ends within its bound while a destination never answers; the delivery is accounted for at the next start")
    func bound() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let hole = try SilentServer()
        try gateway.configure(url: "http://127.0.0.1:\(hole.port)/records")
        let running = try await gateway.start()
        #expect(try await running.post("good-24-village-hall").status == "202")
        await hole.connection()
        // limits.shutdown is 2 s; the attempt itself may take 60 s.
        #expect(await running.child.stop(SIGTERM) == .exited(0), "\(running.child.lines.suffix(5))")
        let again = try await gateway.start()
        let list = try await BuiltProgram.run(["outbox", "list", "--socket", gateway.socket])
        #expect(list.text.contains("  unknown  "), "\(list.text)")
        await again.child.stop()
    }

    @Test("makes its control socket for user and group alone")
    func socketMode() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let running = try await gateway.start()
        // Asked of the program: which module owns the C structure depends on what else this target's modules import.
        #expect(try await ChildProcess.run(["stat", "-c", "%F %a", gateway.socket]) == ["socket 660"])
        await running.child.stop()
    }

    @Test("puts the control socket into the runtime folder that systemd gives")
    func runtimeFolder() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let folder = try gateway.folder.makeDirectory("run")
        let running = try await gateway.start(environment: ["RUNTIME_DIRECTORY": folder])
        #expect(access(folder + "/control.sock", F_OK) == 0)
        await running.child.stop()
    }

    @Test("tells systemd when it is ready and when it stops")
    func notifications() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let socket = try NotifySocket(path: gateway.folder.file("notify"))
        let running = try await gateway.start(environment: ["NOTIFY_SOCKET": socket.path])
        #expect(await socket.next() == "READY=1")
        running.child.signal(SIGTERM)
        #expect(await socket.next() == "STOPPING=1")
        #expect(await running.child.ending() == .exited(0))
    }

    @Test("feeds the watchdog", .timeLimit(.minutes(2)))
    func watchdog() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let socket = try NotifySocket(path: gateway.folder.file("notify"))
        let running = try await gateway.start(environment: ["NOTIFY_SOCKET": socket.path, "WATCHDOG_USEC": "400000"])
        // On a slow machine the watchdog is fed before everything is ready.
        var told: [String: Int] = [:]
        while told["READY=1", default: 0] < 1 || told["WATCHDOG=1", default: 0] < 2 {
            let word = try #require(await socket.next())
            #expect(word == "READY=1" || word == "WATCHDOG=1")
            told[word, default: 0] += 1
        }
        #expect(told["READY=1"] == 1)
        await running.child.stop()
    }

    @Test("writes its log as JSON lines unless told otherwise")
    func jsonLog() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let child = try await ChildProcess.start([BuiltProgram.path, "serve", "--config", gateway.config])
        let line = await child.line(containing: #""message":"ready""#)
        #expect(line?.hasPrefix(#"{"time":"20"#) == true)
        #expect(line?.contains(#""level":"info","logger":"tenderbridge","message":"ready","metadata":{"control":"#) == true)
        await child.stop()
    }
}

/// A server that takes connections and never answers.
final class SilentServer: Sendable {
    let port: Int
    private let descriptor: Int32

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 && listen(descriptor, 16) == 0
            }
        }
        // The system chose the port: nobody can have taken it in between.
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isNamed = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) == 0 }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard bound, isNamed else { throw TestingFailure("bind: \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    /// Returns when a request has come in.
    func connection() async {
        await withCheckedContinuation { continuation in
            // The thread holds the server itself, so that its descriptor stays open.
            OwnThread.run { [self] in
                // Kept open on purpose: the peer waits for an answer until the process ends.
                let peer = accept(descriptor, nil, nil)
                var byte: UInt8 = 0
                recv(peer, &byte, 1, Int32(MSG_PEEK))
                continuation.resume()
            }
        }
    }
}

/// The service manager's end of `sd_notify(3)`.
final class NotifySocket: Sendable {
    let path: String
    private let descriptor: Int32

    init(path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard bound else { throw TestingFailure("bind \(path): \(String(cString: strerror(errno)))") }
        // A gateway that says nothing must not hold the test for ever.
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// The next datagram; nil when none comes for a minute.
    func next() async -> String? {
        await withCheckedContinuation { continuation in
            // The thread holds the socket itself: released at its last use, it would close the descriptor under `recv`.
            OwnThread.run { [self] in
                var bytes = [UInt8](repeating: 0, count: 4096)
                let count = recv(descriptor, &bytes, bytes.count, 0)
                continuation.resume(returning: count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self))
            }
        }
    }
}
