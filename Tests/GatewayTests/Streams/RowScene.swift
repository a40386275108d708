import ExchangeModel
import Formats
import GatewayTesting
import JSON
import Logging
import Store
import Testing

@testable import Gateway

/// A gateway that does not run, with one channel whose records are rows, and one whose records are JSON objects of the same fields.
struct RowScene {
    static let repository = #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 }

    let folder: TemporaryDirectory
    let store: SQLiteStore
    let gateway: GatewayService
    let clock: ManualClock

    static func mapping(_ name: String, _ from: String) -> String {
        """
        mapping: \(name)
        version: 1
        from: { format: \(from) }
        to: { dataset: tender-notice, canonical: 1 }
        identify: { businessKey: key, orderingKey: key, version: edition }
        fields:
          source.recordKey: key | trim | required
          tenderProject.code: code | trim | identifier("CN-TENDER-PROJECT") | required
          title: title | trim | required
          nature: literal("normal")
          bulletinType: literal("tender-notice")
          publishedAt: at | time("yyyyMMddHHmmss") | required
          tenderer.name: tenderer | trim | required

        """
    }

    /// - Parameters:
    ///   - mapping: `rows`, `objects`, `elements`, `sheets` or `checked` (objects with a JSON Schema).
    ///   - channel: further keys of the channel, each with a comma before it.
    static func with(
        mapping: String = "rows", channel: String = "", _ body: (RowScene) async throws -> Void
    ) async throws {
        try await TemporaryDirectory.with("rows") { folder in
            let outcome = try await assemble(mapping: mapping, channel: channel, in: folder)
            let assembly = try #require(outcome.assembly, "\(outcome.findings)")
            let store = try SQLiteStore.open(path: folder.file("store.sqlite"))
            let clock = ManualClock()
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let gateway = try GatewayService(assembly: assembly, store: store, clock: clock, logger: logger)
            do {
                try await body(RowScene(folder: folder, store: store, gateway: gateway, clock: clock))
            } catch {
                await store.close()
                throw error
            }
            await store.close()
        }
    }

    /// What comes of the configuration.
    static func assemble(mapping: String, channel: String, in folder: TemporaryDirectory) async throws -> GatewayAssembly.Outcome
    {
        try await ChildProcess.run(["cp", "-rL", repository + "/Mappings", repository + "/Schemas", folder.path])
        try folder.write(
            "Schemas/row.schema.json",
            #"{"type": "object", "properties": {"title": {"type": "string", "minLength": 1, "maxLength": 20}, "edition": {"type": "string"}}}"#
        )
        for (name, from) in [
            ("rows", "csv"), ("objects", "json"), ("elements", "xml, root: NOTICE"), ("sheets", "xlsx"),
            ("checked", "json, schema: row.schema.json"),
        ] {
            try folder.write(
                "Mappings/local-a/in/tender-notice@\(name).yaml", Self.mapping("local-a/in/tender-notice@\(name)", from))
        }
        try folder.write("key", "the key of local-a\n")
        try folder.makeDirectory("in")
        let file = try folder.write(
            "gateway.yaml",
            """
            name: test
            store: {path: store.sqlite}
            data: {port: 0}
            operators: {port: 0}
            mappings: Mappings
            schemas: Schemas
            senders:
              local-a: {key: "file:key", channels: [local-a]}
            channels:
              local-a: {dataset: tender-notice, mapping: local-a/in/tender-notice@\(mapping)\(channel)}
            destinations:
              provincial: {url: "http://127.0.0.1:9/records", mapping: provincial/out/tender-notice, audience: province}
            routes:
              - {dataset: tender-notice, to: [provincial]}

            """)
        let read = ConfigurationReader.read(file: file, environment: [:])
        return GatewayAssembly.assemble(try #require(read.configuration, "\(read.findings)"))
    }

    // MARK: Records

    static let header = "key,code,title,at,tenderer,edition\n"
    /// A row; a bad one has no title.
    static func row(_ number: Int, isGood: Bool = true, edition: Int = 1) -> String {
        "K\(number),E4401000002000033001,\(isGood ? "桥\(number)" : ""),20260501090000,甲,\(edition)\n"
    }
    static func object(_ number: Int, isGood: Bool = true) -> String {
        """
        {"key": "K\(number)", "code": "E4401000002000033001", "title": "\(isGood ? "桥\(number)" : "")", "at": "20260501090000", \
        "tenderer": "甲", "edition": "1"}
        """
    }
    static func element(_ number: Int, isGood: Bool = true) -> String {
        """
        <NOTICE><key>K\(number)</key><code>E4401000002000033001</code><title>\(isGood ? "桥\(number)" : "")</title>\
        <at>20260501090000</at><tenderer>甲</tenderer><edition>1</edition></NOTICE>
        """
    }
    static func rows(_ numbers: ClosedRange<Int>, bad: Set<Int> = []) -> String {
        header + numbers.map { row($0, isGood: !bad.contains($0)) }.joined()
    }

    // MARK: What is there

    /// Puts a file into the folder under its own name at once.
    func drop(_ name: String, _ text: String) throws { try folder.write("in/\(name)", text) }

    /// Names in a folder, those that begin with a point aside.
    func names(_ path: String) async throws -> [String] {
        try await ChildProcess.run(["ls", folder.file(path)])
    }

    func text(_ path: String) throws -> String {
        String(decoding: try FileBytes.read(folder.file(path), limit: 1 << 26).get(), as: UTF8.self)
    }

    func report(_ path: String) throws -> JSONValue { try JSONValue(parsing: text(path)) }

    /// Business keys of what was accepted, in the order of acceptance.
    func accepted() async throws -> [String] {
        var keys: [String] = []
        var after: Int64 = 1
        while true {
            let rows = try await store.evidence(from: after, limit: 1000)
            guard let last = rows.last else { return keys }
            for row in rows {
                let content = try JSONValue(parsing: row.content)
                if content["event"]?.string == "message.accepted" { keys.append(content["businessKey"]?.string ?? "") }
            }
            after = last.sequence + 1
        }
    }

    /// The directory channel, as the gateway would run it.
    func directory() throws -> (channel: DirectoryChannel, stop: () -> Void) {
        let settings = try #require(gateway.configuration.channels[0].directory)
        let thread = try ThreadExecutor(name: "tb-test")
        return (DirectoryChannel(gateway: gateway, name: "local-a", settings: settings, thread: thread), { thread.stop() })
    }

    /// Takes what lies in the folder.
    @discardableResult func take() async throws -> Instant? {
        let (channel, stop) = try directory()
        defer { stop() }
        return try await channel.pass().next
    }
}
