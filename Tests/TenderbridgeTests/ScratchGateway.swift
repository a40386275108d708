import GatewayTesting

/// A gateway's configuration in a folder of one test: free ports, plain HTTP on loopback, the repository's mappings.
final class ScratchGateway: Sendable {
    let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory("tb")
        try folder.write("local-a-key", "key of local-a\n")
        try configure()
    }

    var config: String { folder.file("gateway.yaml") }
    var store: String { folder.file("data/store.sqlite") }
    var socket: String { folder.file("data/control.sock") }

    /// Writes the configuration; what is not named stays as it is for a gateway that starts.
    func configure(
        data: String = "{ port: 0 }", operators: String = "{ port: 0 }", store: String = "data/store.sqlite",
        mappings: String = Repository.file("Mappings"), mapping: String = "local-a/in/tender-notice",
        url: String = "http://127.0.0.1:9/records", timeout: String = "60s",
        pace: String = "", limits: String = "", extra: String = ""
    ) throws {
        try folder.write(
            "gateway.yaml",
            """
            name: test
            store: { path: \(store) }
            data: \(data)
            operators: \(operators)
            mappings: \(mappings)
            schemas: \(Repository.file("Schemas"))
            channels:
              local-a: { dataset: tender-notice, mapping: \(mapping) }
            senders:
              local-a: { key: "file:local-a-key", channels: local-a }
            destinations:
              provincial:
                url: \(url)
                mapping: provincial/out/tender-notice
                audience: province
                timeout: \(timeout)
                retry: { initial: 1h, cap: 1h }\(pace.isEmpty ? "" : "\n    " + pace)
            routes:
              - { dataset: tender-notice, to: provincial }
            limits: { shutdown: 2s\(limits.isEmpty ? "" : ", " + limits) }
            \(extra)

            """)
    }

    /// Starts it and waits until it says that it is ready.
    ///
    /// - Parameter prefix: a command that runs the command behind it, such as `sh -c SCRIPT sh`.
    func start(under prefix: [String] = [], environment: [String: String] = [:]) async throws -> RunningGateway {
        let child = try await ChildProcess.start(
            prefix + [BuiltProgram.path, "serve", "--config", config, "--log-format", "text"], environment: environment)
        guard let line = await child.line(containing: " info ready ") else {
            throw TestingFailure("the gateway did not become ready: \(child.lines.joined(separator: "\n"))")
        }
        return RunningGateway(child: child, readyLine: line)
    }

    /// Runs `serve` when it is expected to end by itself.
    func fails(environment: [String: String] = [:]) async throws -> BuiltProgram.Result {
        try await BuiltProgram.run(["serve", "--config", config, "--log-format", "text"], environment: environment)
    }

    /// A copy of the repository's mappings, to be changed.
    func copyMappings() async throws -> String {
        try await ChildProcess.run(["cp", "-r", Repository.file("Mappings") + "/.", folder.makeDirectory("Mappings")])
        return folder.file("Mappings")
    }

    /// Replaces a text that stands in a file of the folder once.
    func replace(_ old: String, with new: String, in file: String) throws {
        let text = String(decoding: try folder.read(file), as: UTF8.self)
        let pieces = text.components(splitBy: old)
        guard pieces.count == 2 else { throw TestingFailure("\(old) stands \(pieces.count - 1) times in \(file)") }
        try folder.write(file, pieces.joined(separator: new))
    }
}

/// A gateway that runs.
struct RunningGateway {
    let child: ChildProcess
    let readyLine: String

    func port(_ name: String) -> String {
        readyLine.split(separator: " ").first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) } ?? ""
    }

    /// Posts a notice of the recordings; returns the answer's status and body.
    func post(_ recording: String) async throws -> (status: String, body: String) {
        try await post(file: Repository.file("Tests/Recordings/\(recording)/notice.xml"))
    }

    /// Posts the content of a file.
    func post(file: String) async throws -> (status: String, body: String) {
        let lines = try await ChildProcess.run([
            "curl", "-q", "-s", "--max-time", "30", "-w", "\n%{http_code}", "-H", "Authorization: Bearer key of local-a",
            "-H", "Content-Type: application/xml", "--data-binary",
            "@" + file,
            "http://127.0.0.1:\(port("dataPort"))/v1/channels/local-a/messages",
        ])
        return (lines.last ?? "", lines.dropLast().joined(separator: "\n"))
    }
}

extension String {
    /// The pieces between the occurrences of a text.
    func components(splitBy separator: String) -> [String] {
        var pieces: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            pieces.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return pieces + [String(rest)]
    }
}
