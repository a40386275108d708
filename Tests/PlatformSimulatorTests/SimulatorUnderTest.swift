import Cryptography
import ExchangeModel
import GatewayTesting
import Glibc
import Synchronization

@testable import platform_simulator

/// The simulator in this process, on ports of its own with certificates of its own, and `curl` to drive it.
struct SimulatorUnderTest: Sendable {
    static let key = "k3y-of-the-test"
    static let schemaFile = Repository.root + "/Schemas/provincial/tender-notice.xsd"

    let folder: TemporaryDirectory
    let ports: SimulatorServer.Ports
    let clock: GatedClock

    /// Runs the body against a simulator, which is stopped afterwards.
    static func with(
        faults: [PlannedFault] = [], _ change: (inout SimulatorServer.Settings) -> Void = { _ in },
        _ body: (SimulatorUnderTest) async throws -> Void
    ) async throws {
        let folder = try TemporaryDirectory("simulator")
        let pki = try ThrowAwayPKI(now: SystemClock().now())
        _ = try pki.write(to: folder.file("pki"))
        // Signed by the same authority, but not registered at the platform.
        let now = SystemClock().now()
        let other = try pki.authority.issueClient(
            commonName: "stranger", notBefore: now - .seconds(60), notAfter: now + .seconds(600))
        try folder.write("pki/stranger.pem", other.certificatePEM)
        try folder.write("pki/stranger-key.pem", other.keyPEM)
        try folder.write("key", key + "\n")
        let clock = GatedClock()
        var settings = SimulatorServer.Settings(
            pkiFolder: folder.file("pki"), keyFile: folder.file("key"), schemaFile: schemaFile,
            logFile: folder.file("received.jsonl"),
            plan: try FaultPlan(faults), port: 0, peoplePort: 0, clock: clock)
        change(&settings)
        let server = try SimulatorServer(settings)
        let (ready, announce) = AsyncStream.makeStream(of: SimulatorServer.Ports.self)
        let running = Task {
            defer { announce.finish() }
            try await server.run(stopsOnSignals: false) { announce.yield($0) }
        }
        guard let ports = await ready.first(where: { _ in true }) else {
            try await running.value
            throw TestingFailure("the simulator ended before it was ready")
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body(SimulatorUnderTest(folder: folder, ports: ports, clock: clock))) } catch {
            result = .failure(error)
        }
        clock.release()
        running.cancel()
        _ = await running.result
        try result.get()
    }

    /// What `curl` saw.
    struct Answer: Sendable {
        /// Exit status of curl: 0 is an answer, 52 an empty one, 56 a broken connection.
        var exit: Int32
        /// HTTP status, 0 without an answer.
        var status: Int
        /// Body and, where asked for, header lines.
        var text: String
    }

    /// Sends a record.
    func post(
        _ xml: String, delivery: String? = nil, key: String = key, certificate: String? = "gateway-client",
        contentType: String = "application/xml",
        showHeaders: Bool = false, base: String = ProvincialListener.recordsPath
    ) async throws -> Answer {
        try folder.write("\(delivery ?? "record").xml", xml)
        var options = ["-H", "Content-Type: \(contentType)", "--data-binary", "@" + folder.file("\(delivery ?? "record").xml")]
        if let delivery { options += ["-H", "TenderBridge-Delivery-Id: \(delivery)", "-H", "Idempotency-Key: \(delivery)"] }
        if showHeaders { options.append("-i") }
        return try await curl(options + signIn(key, certificate), "", base: base)
    }

    /// Asks for a delivery.
    func status(of delivery: String) async throws -> Answer { try await curl(signIn(Self.key, "gateway-client"), "/" + delivery) }

    /// Runs curl against a path below the records.
    func curl(
        _ options: [String], _ path: String, base: String = ProvincialListener.recordsPath
    ) async throws -> Answer {
        try await Self.curl(
            ["--cacert", folder.file("pki/ca.pem")] + options + [
                "https://127.0.0.1:\(ports.platform)\(base)\(path)"
            ])
    }

    /// Asks the page for people.
    func people(_ path: String) async throws -> Answer { try await Self.curl(["http://127.0.0.1:\(ports.people)\(path)"]) }

    private static func curl(_ arguments: [String]) async throws -> Answer {
        let child = try await ChildProcess.start(["curl", "-q", "-s", "--max-time", "60", "-w", "\n%{http_code}"] + arguments)
        guard case .exited(let exit) = await child.ending() else { throw TestingFailure("curl was killed") }
        let lines = child.lines
        return Answer(exit: exit, status: lines.last.flatMap { Int($0) } ?? 0, text: lines.dropLast().joined(separator: "\n"))
    }

    func signIn(_ key: String, _ certificate: String?) -> [String] {
        let files = certificate.map { ["--cert", folder.file("pki/\($0).pem"), "--key", folder.file("pki/\($0)-key.pem")] } ?? []
        return files + ["-H", "Authorization: Bearer \(key)"]
    }

    /// The lines of the log now.
    func log() throws -> [JSONLine] { try JSONLine.all(in: folder.read("received.jsonl")) }
}

/// Where the repository lies, from this file's own place (behind links, if a folder of it is one).
enum Repository {
    static let root: String = {
        guard let real = realpath(#filePath, nil) else { preconditionFailure("the sources of this test are not here any more") }
        defer { free(real) }
        return String(cString: real).split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    }()
}

/// A record of the province, valid unless told otherwise.
enum Notice {
    static func xml(
        dataKey: String = "9001503202605010000001", project: String = "E4401000001000123001", nature: String = "1",
        type: String = "1",
        sent: String = "20260501093000", platform: String? = "12440100TE2T00053B"
    ) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <GCJS_NOTICE>
          <TENDER_PROJECT_CODE>\(project)</TENDER_PROJECT_CODE>
          <NOTICE_NAME>测试道路改造工程招标公告</NOTICE_NAME>
          <NOTICE_SEND_TIME>\(sent)</NOTICE_SEND_TIME>
          <NOTICE_NATURE>\(nature)</NOTICE_NATURE>
          <BULLETIN_TYPE>\(type)</BULLETIN_TYPE>
          <TENDERER_NAME>测试招标人</TENDERER_NAME>
          \(platform.map { "<PLATFORM_CODE>\($0)</PLATFORM_CODE>" } ?? "")
          <DATA_KEY>\(dataKey)</DATA_KEY>
        </GCJS_NOTICE>
        """
    }
}

/// A clock that tells the machine's time and whose waits end only when the test lets them.
final class GatedClock: GatewayClock {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var watchers: [CheckedContinuation<Void, Never>] = []
        var waits: [Duration] = []
    }

    private let state = Mutex(State())

    func now() -> Instant { SystemClock().now() }

    func wait(until instant: Instant) async throws {
        let length = instant - now()
        await withCheckedContinuation { continuation in
            let watchers = state.withLock { state in
                defer { state.watchers = [] }
                state.waits.append(length)
                if state.isOpen { continuation.resume() } else { state.waiting.append(continuation) }
                return state.watchers
            }
            for watcher in watchers { watcher.resume() }
        }
    }

    /// Returns as soon as somebody waits.
    func someoneWaits() async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if state.waits.isEmpty { state.watchers.append(continuation) } else { continuation.resume() }
            }
        }
    }

    /// How long each wait was meant to be.
    var waits: [Duration] { state.withLock { $0.waits } }

    /// Ends all waits, those to come as well.
    func release() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.isOpen = true
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
