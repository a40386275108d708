internal import Glibc
internal import Synchronization

/// A program started by a test: its output can be waited on line by line, and it never outlives the test.
///
/// It is killed when the last reference goes, and (by `setpriv --pdeathsig`, where that program is installed) when the
/// test process itself dies. One own thread per child reads its output and reaps it, so nothing blocks the pool.
public final class ChildProcess: Sendable {
    /// How a child ended.
    public enum Ending: Sendable, Equatable {
        /// It returned this status.
        case exited(Int32)
        /// This signal ended it.
        case signalled(Int32)
    }

    /// The id to send signals to while the child runs.
    public let processID: Int32
    private let watch: Watch

    private init(processID: Int32, watch: Watch) {
        self.processID = processID
        self.watch = watch
    }

    deinit { watch.signal(SIGKILL) }

    /// Starts a program; `arguments[0]` is its path or a name looked up in `PATH`.
    ///
    /// - Parameters:
    ///   - environment: added to the environment of the test, replacing equal names.
    ///   - directory: the child's working directory.
    public static func start(
        _ arguments: [String], environment: [String: String] = [:], in directory: String? = nil
    ) async throws -> ChildProcess {
        let watch = Watch()
        let spawned: Result<Int32, TestingFailure> = await withCheckedContinuation { continuation in
            // The thread that spawns stays until the child ends: the kernel sends the death signal when that thread dies.
            OwnThread.run {
                let result = watch.spawn(arguments, environment: environment, directory: directory)
                continuation.resume(returning: result)
                if case .success(let process) = result { watch.follow(process) }
            }
        }
        return ChildProcess(processID: try spawned.get(), watch: watch)
    }

    /// The first line of output (standard output and error together) that holds the text, past or to come; nil when
    /// the output ended without it.
    public func line(containing text: String) async -> String? {
        await withCheckedContinuation { watch.wait(for: text, $0) }
    }

    /// Everything printed until now, one line each (the last 10,000).
    public var lines: [String] { watch.lines }

    /// Sends a signal, unless the child was reaped already.
    public func signal(_ number: Int32) { watch.signal(number) }

    /// Waits for the end of the child.
    public func ending() async -> Ending { await withCheckedContinuation { watch.waitForEnd($0) } }

    /// Sends a signal, SIGTERM when none is given, and waits for the end.
    @discardableResult
    public func stop(_ number: Int32? = nil) async -> Ending {
        signal(number ?? SIGTERM)
        return await ending()
    }

    /// Runs a program to its end and returns its output; throws with that output when the status is not zero.
    @discardableResult
    public static func run(_ arguments: [String], in directory: String? = nil) async throws -> [String] {
        let child = try await start(arguments, in: directory)
        let ending = await child.ending()
        guard ending == .exited(0) else {
            throw TestingFailure("\(arguments.joined(separator: " ")): \(ending)\n\(child.lines.joined(separator: "\n"))")
        }
        return child.lines
    }
}

/// What the child's thread and the test share.
private final class Watch: Sendable {
    private struct State {
        var processID: Int32 = 0
        var output: Int32 = -1
        var lines: [String] = []
        var outputEnded = false
        var ending: ChildProcess.Ending?
        var lineWaiters: [(text: String, continuation: CheckedContinuation<String?, Never>)] = []
        var endWaiters: [CheckedContinuation<ChildProcess.Ending, Never>] = []
    }

    private let state = Mutex(State())

    var lines: [String] { state.withLock { $0.lines } }

    func wait(for text: String, _ continuation: CheckedContinuation<String?, Never>) {
        state.withLock { state in
            if let line = state.lines.first(where: { $0.contains(text) }) {
                continuation.resume(returning: line)
            } else if state.outputEnded {
                continuation.resume(returning: nil)
            } else {
                state.lineWaiters.append((text, continuation))
            }
        }
    }

    func waitForEnd(_ continuation: CheckedContinuation<ChildProcess.Ending, Never>) {
        state.withLock { state in
            if let ending = state.ending { continuation.resume(returning: ending) } else { state.endWaiters.append(continuation) }
        }
    }

    func signal(_ number: Int32) {
        // Under the lock, because the id may belong to another process once the child is reaped.
        state.withLock { state in
            if state.processID > 0, state.ending == nil { kill(state.processID, number) }
        }
    }

    func spawn(_ arguments: [String], environment: [String: String], directory: String?) -> Result<Int32, TestingFailure> {
        // A socket pair, as it can be made close-on-exec at once: a child started meanwhile must not hold this output open.
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            return .failure(TestingFailure("socketpair: \(String(cString: strerror(errno)))"))
        }
        defer { close(ends[1]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)

        let guardian = "/usr/bin/setpriv"
        var command = access(guardian, X_OK) == 0 ? [guardian, "--pdeathsig", "KILL", "--"] + arguments : arguments
        if let directory { command = ["env", "-C", directory] + command }
        // The pool's threads block signals, and a child inherits that: without an empty mask SIGTERM would never arrive.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var argumentPointers = command.map { strdup($0) } + [nil]
        var environmentPointers = Self.environment(adding: environment).map { strdup($0) } + [nil]
        defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
        var process: pid_t = 0
        let result = SpawnLock.hold {
            posix_spawnp(&process, command[0], &actions, &attributes, &argumentPointers, &environmentPointers)
        }
        guard result == 0 else {
            close(ends[0])
            return .failure(TestingFailure("start \(arguments[0]): \(String(cString: strerror(result)))"))
        }
        let output = ends[0]
        let started = process
        state.withLock { state in
            state.processID = started
            state.output = output
        }
        return .success(started)
    }

    /// Reads to the end of the output, then reaps.
    func follow(_ process: Int32) {
        let output = state.withLock { $0.output }
        var block = [UInt8](repeating: 0, count: 16384)
        var rest = [UInt8]()
        while true {
            let count = read(output, &block, block.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            rest.append(contentsOf: block[..<count])
            while let end = rest.firstIndex(of: 0x0A) {
                add(String(decoding: rest[..<end], as: UTF8.self))
                rest.removeSubrange(...end)
            }
        }
        if !rest.isEmpty { add(String(decoding: rest, as: UTF8.self)) }
        close(output)
        let lost = state.withLock { state in
            state.outputEnded = true
            defer { state.lineWaiters = [] }
            return state.lineWaiters.map(\.continuation)
        }
        for waiter in lost { waiter.resume(returning: nil) }
        reap(process)
    }

    private func add(_ line: String) {
        let found = state.withLock { state in
            if state.lines.count >= 10_000 { state.lines.removeFirst(5_000) }
            state.lines.append(line)
            let found = state.lineWaiters.filter { line.contains($0.text) }.map(\.continuation)
            if !found.isEmpty { state.lineWaiters.removeAll { line.contains($0.text) } }
            return found
        }
        for waiter in found { waiter.resume(returning: line) }
    }

    private func reap(_ process: Int32) {
        var information = siginfo_t()
        // WNOWAIT leaves the process a zombie, so that its id stays its own until the lock is held.
        while waitid(P_PID, UInt32(process), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        let (waiters, ending) = state.withLock { state in
            var status: Int32 = 0
            waitpid(process, &status, 0)
            let ending: ChildProcess.Ending =
                status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signalled(status & 0x7F)
            state.ending = ending
            defer { state.endWaiters = [] }
            return (state.endWaiters, ending)
        }
        for waiter in waiters { waiter.resume(returning: ending) }
    }

    private static func environment(adding added: [String: String]) -> [String] {
        var result = [String]()
        var entry = environ
        while let text = entry.pointee.map({ String(cString: $0) }) {
            let name = String(text.prefix { $0 != "=" })
            if added[name] == nil { result.append(text) }
            entry += 1
        }
        return result + added.map { "\($0.key)=\($0.value)" }
    }
}
