import ExchangeModel
import GatewayTesting
import Logging
import Store
import Testing

@testable import Gateway

/// A gateway that does not run, with small datasets of its own: `notice` and `plan` in XML, JSON and CSV.
struct DatasetScene {
    let folder: TemporaryDirectory
    let store: SQLiteStore
    let gateway: GatewayService

    /// Runs a body with a gateway whose channel `exchange` is as given.
    static func with(
        channel: String, environment: [String: String] = ["KEY": "key-of-a"], _ body: (DatasetScene) async throws -> Void
    ) async throws {
        try await TemporaryDirectory.with("datasets") { folder in
            let read = try configuration(folder, channel: channel, environment: environment)
            let configuration = try #require(read.configuration, "\(read.findings)")
            let outcome = GatewayAssembly.assemble(configuration)
            let assembly = try #require(outcome.assembly, "\(outcome.findings)")
            let store = try SQLiteStore.open(path: configuration.storePath)
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let gateway = try GatewayService(assembly: assembly, store: store, clock: ManualClock(), logger: logger)
            try await body(DatasetScene(folder: folder, store: store, gateway: gateway))
            await store.close()
        }
    }

    /// What is wrong with a channel, from file or assembly.
    static func findings(channel: String) async throws -> [String] {
        try await TemporaryDirectory.with("datasets") { folder in
            let read = try configuration(folder, channel: channel, environment: ["KEY": "key-of-a"])
            guard let configuration = read.configuration else { return read.findings.map(\.finding.text) }
            return (read.findings + GatewayAssembly.assemble(configuration).findings).map(\.finding.text)
        }
    }

    func send(
        _ text: String, hints: DatasetHints = DatasetHints(), idempotencyKey: String? = nil
    ) async throws -> AcceptOutcome {
        var payload = ReceivedPayload(
            channel: "exchange", sender: "a", idempotencyKey: idempotencyKey, contentType: "application/octet-stream",
            declaredBytes: nil, bytes: Array(text.utf8), traceID: String(repeating: "1", count: 32),
            receivedAt: gateway.clock.now())
        payload.hints = hints
        return try await gateway.accepting.accept(payload)
    }

    /// The dataset that a payload was accepted as; nil, with an issue, when it was not.
    func accepted(_ text: String, hints: DatasetHints = DatasetHints()) async throws -> String? {
        switch try await send(text, hints: hints) {
        case .accepted(let acknowledgement): return acknowledgement.dataset.name
        case let other:
            Issue.record("\(other)")
            return nil
        }
    }

    /// The findings that a payload was refused with.
    func refused(_ text: String, hints: DatasetHints = DatasetHints()) async throws -> [Finding] {
        guard case .refused(_, let findings) = try await send(text, hints: hints) else { return [] }
        return findings
    }

    // MARK: Files

    private static func configuration(
        _ folder: TemporaryDirectory, channel: String, environment: [String: String]
    ) throws -> ConfigurationReader.Outcome {
        try folder.makeDirectory("Schemas")
        try folder.makeDirectory("Schemas/canonical")
        for dataset in ["notice", "plan"] { try folder.write("Schemas/canonical/\(dataset).json", canonical(dataset)) }
        for name in ["Mappings", "Mappings/codelists", "Mappings/p", "Mappings/p/in", "Mappings/p/out"] {
            try folder.makeDirectory(name)
        }
        try folder.write("Mappings/audiences.yaml", "audiences:\n  - {name: province, label: 省, note: test}\n")
        for dataset in ["notice", "plan"] {
            let root = dataset == "notice" ? "GCJS_NOTICE" : "GCJS_PLAN"
            try mapping(folder, "p/in/\(dataset)", "{ format: xml, root: \(root) }", dataset, "DATA_KEY", "TITLE")
            try mapping(folder, "p/in/\(dataset)@msg", "{ format: xml, root: MESSAGE }", dataset, "BODY/KEY", "BODY/TITLE")
            try mapping(folder, "p/in/\(dataset)@json", "{ format: json }", dataset, "key", "title")
            try mapping(folder, "p/in/\(dataset)@csv", "{ format: csv }", dataset, "key", "title")
        }
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
              a: {key: "env:KEY", channels: [exchange]}
            channels:
              exchange:
            \(channel.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }.joined(separator: "\n"))
            destinations: {}
            routes: []

            """)
        return ConfigurationReader.read(file: file, environment: environment)
    }

    private static func mapping(
        _ folder: TemporaryDirectory, _ name: String, _ from: String, _ dataset: String, _ key: String, _ title: String
    ) throws {
        try folder.write(
            "Mappings/\(name).yaml",
            """
            mapping: \(name)
            version: 1
            from: \(from)
            to: { dataset: \(dataset), canonical: 1 }
            identify: { businessKey: \(key), orderingKey: \(key), version: literal("1") }
            fields:
              key: \(key) | trim | required
              title: \(title) | trim | required

            """)
    }

    private static func canonical(_ dataset: String) -> String {
        """
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:test:\(dataset):1", "x-dataset": "\(dataset)",
         "x-version": 1, "title": "\(dataset)", "x-label-zh": "\(dataset)", "type": "object", "additionalProperties": false,
         "required": ["key", "title"], "properties": {
          "key": {"type": "string", "title": "Key", "x-label-zh": "键", "x-audience": ["province"]},
          "title": {"type": "string", "title": "Title", "x-label-zh": "标题", "x-audience": ["province"]}}}
        """
    }
}
