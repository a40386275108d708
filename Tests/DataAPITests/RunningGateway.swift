import DataAPI
import ExchangeModel
import Gateway
import GatewayTesting
import JSON
import Logging
import ServiceLifecycle
import Store
import Testing
import Transport

/// A gateway with a real store and a real listener on a port of the system's choice, and a client to speak to it.
///
/// Its one destination is a port where nobody listens, so that deliveries stay in the outbox.
final class RunningGateway: Sendable {
    let folder: TemporaryDirectory
    let store: FaultyStore
    let port: Int
    let client: HTTPTransport
    let endpoint: HTTPEndpoint

    static let repository = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

    private init(folder: TemporaryDirectory, store: FaultyStore, port: Int) throws {
        self.folder = folder
        self.store = store
        self.port = port
        client = try HTTPTransport()
        endpoint = HTTPEndpoint(version: .http1)
    }

    /// Runs a gateway while the body runs.
    static func with<Result: Sendable>(
        limits: String = "{body: 64KiB}", channel: String = "", route: String = "", extra: String = "", sender: String = "",
        destination: String = "",
        _ body: @escaping @Sendable (RunningGateway) async throws -> Result
    ) async throws -> Result {
        let folder = try TemporaryDirectory("data-api")
        let file = try folder.write(
            "gateway.yaml",
            configuration(limits, channel, route, extra, sender, destination, destinationPort: try FreePort.whereNobodyListens()))
        let read = ConfigurationReader.read(
            file: file, environment: ["KEY_A": "key-of-a", "KEY_B": "key-of-b", "KEY_P": "key-of-p"])
        let configuration = try #require(read.configuration, "\(read.findings)")
        let assembled = GatewayAssembly.assemble(configuration)
        let assembly = try #require(assembled.assembly, "\(assembled.findings)")
        let store = FaultyStore(try SQLiteStore.open(path: configuration.storePath))
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let gateway = try GatewayService(assembly: assembly, store: store, clock: SystemClock(), logger: logger)
        let (ports, portsIn) = AsyncStream<Int>.makeStream()
        let listener = DataListener(gateway: gateway, logger: logger) { portsIn.yield($0) }
        let systemd = SystemdNotifier(environment: [:], processID: 1)
        let group = ServiceGroup(
            services: gateway.services(systemd: systemd, version: "test") + [listener as any Service], logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            let running = try RunningGateway(folder: folder, store: store, port: port)
            let result: Swift.Result<Result, any Error>
            do { result = .success(try await body(running)) } catch { result = .failure(error) }
            await running.client.stop(gracePeriod: .milliseconds(100))
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return try result.get()
        }
    }

    private static func configuration(
        _ limits: String, _ channel: String, _ route: String, _ extra: String, _ sender: String, _ destination: String,
        destinationPort: Int
    ) -> String {
        """
        name: test
        store: {path: store.sqlite}
        data: {address: 127.0.0.1, port: 0}
        operators: {address: 127.0.0.1, port: 0}
        mappings: \(repository)/Mappings
        schemas: \(repository)/Schemas
        senders:
          a: {key: "env:KEY_A", channels: [local-a]}
          b: {key: "env:KEY_B", channels: [other]}
          \(sender)
        channels:
          local-a: {dataset: tender-notice, mapping: local-a/in/tender-notice, limits: \(limits)\(channel)}
          other: {dataset: tender-notice, mapping: local-a/in/tender-notice}
        destinations:
          nobody:
            url: "http://127.0.0.1:\(destinationPort)/"
            mapping: provincial/out/tender-notice
            audience: province
            \(destination)
        routes:
          - {dataset: tender-notice, to: [nobody]\(route)}
        \(extra)
        """
    }

    // MARK: Speaking to it

    struct Answer {
        var status: Int
        var headers: HTTPResponse
        var body: JSONValue
    }

    func post(
        _ body: [UInt8], channel: String = "local-a", key: String? = "key-of-a", idempotencyKey: String? = nil,
        headers extra: [(name: String, value: String)] = []
    ) async throws -> Answer {
        var headers: [(name: String, value: String)] = [("Content-Type", "application/xml")] + extra
        if let key { headers.append(("Authorization", "Bearer \(key)")) }
        if let idempotencyKey { headers.append(("Idempotency-Key", idempotencyKey)) }
        let response = try await client.send(
            HTTPRequest(
                endpoint: endpoint, method: "POST", url: "http://127.0.0.1:\(port)/v1/channels/\(channel)/messages",
                headers: headers, body: body))
        return Answer(status: response.status, headers: response, body: try JSONValue(parsing: response.body))
    }

    func postReceipt(
        _ body: String, to destination: String = "nobody", key: String? = "key-of-p", contentType: String = "application/json"
    ) async throws -> Answer {
        var headers: [(name: String, value: String)] = [("Content-Type", contentType)]
        if let key { headers.append(("Authorization", "Bearer \(key)")) }
        let response = try await client.send(
            HTTPRequest(
                endpoint: endpoint, method: "POST", url: "http://127.0.0.1:\(port)/v1/receipts/\(destination)",
                headers: headers, body: Array(body.utf8)))
        return Answer(status: response.status, headers: response, body: try JSONValue(parsing: response.body))
    }

    func get(_ path: String, key: String? = "key-of-a") async throws -> Answer {
        let headers = key.map { [(name: "Authorization", value: "Bearer \($0)")] } ?? []
        let response = try await client.send(
            HTTPRequest(endpoint: endpoint, url: "http://127.0.0.1:\(port)\(path)", headers: headers))
        return Answer(status: response.status, headers: response, body: try JSONValue(parsing: response.body))
    }

    /// The payload of a recorded case.
    static func recording(_ name: String) throws -> [UInt8] {
        let folder = "\(repository)/Tests/Recordings/\(name)"
        return try FileBytes.read("\(folder)/notice.xml", limit: 1 << 20).get()
    }
}
