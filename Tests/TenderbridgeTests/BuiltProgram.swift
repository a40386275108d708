import GatewayTesting
import Glibc

/// The program `tenderbridge` as it was built beside the tests, run as people run it.
enum BuiltProgram {
    /// Its path: the folder of the test runner.
    static let path: String = {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &bytes, bytes.count)
        let runner = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
        let beside = runner.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/tenderbridge"
        if access(beside, X_OK) == 0 { return beside }
        // The runner of the toolchain may start the tests from elsewhere: then they name their bundle.
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? ""
        return bundle.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/tenderbridge"
    }()

    /// What came of a run.
    struct Result {
        var exit: Int32
        var lines: [String]
        /// The whole output, standard error included.
        var text: String { lines.joined(separator: "\n") }
    }

    /// Runs it to its end, in the repository's folder.
    static func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Result {
        try await run(command: [path] + arguments, environment: environment)
    }

    /// Runs another program to its end, in the repository's folder.
    static func run(command: [String], environment: [String: String] = [:]) async throws -> Result {
        let child = try await ChildProcess.start(command, environment: environment, in: Repository.root)
        switch await child.ending() {
        case .exited(let status): return Result(exit: status, lines: child.lines)
        case .signalled(let signal): throw TestingFailure("\(command[0]) was ended by signal \(signal): \(child.lines)")
        }
    }
}

/// Where the repository lies, from this file's own place.
enum Repository {
    static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

    static func file(_ path: String) -> String { root + "/" + path }

    /// A text file of the repository.
    static func text(_ path: String) throws -> String { String(decoding: try bytes(root + "/" + path), as: UTF8.self) }

    /// The bytes of a file anywhere.
    static func bytes(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TestingFailure("open \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var content = [UInt8]()
        var block = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &block, block.count)
            guard count >= 0 else { throw TestingFailure("read \(path): \(String(cString: strerror(errno)))") }
            if count == 0 { return content }
            content.append(contentsOf: block[..<count])
        }
    }
}
