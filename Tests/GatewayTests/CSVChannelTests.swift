import ExchangeModel
import Formats
import GatewayTesting
import Logging
import Store
import Testing

@testable import Gateway

@Suite("A channel that takes CSV")
struct CSVChannelTests {
    private static let repository = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

    private static let mapping = """
        mapping: local-a/in/tender-notice@csv
        version: 1
        from: { format: csv }
        to: { dataset: tender-notice, canonical: 1 }
        identify: { businessKey: key, orderingKey: key, version: literal("1") }
        fields:
          source.recordKey: key | trim | required
          tenderProject.code: code | trim | identifier("CN-TENDER-PROJECT") | required
          title: 标题 | trim | required
          nature: literal("normal")
          bulletinType: literal("tender-notice")
          publishedAt: at | time("yyyyMMddHHmmss") | required
          tenderer.name: 招标人 | trim | required

        """

    /// A configuration with the shipped mappings and the one above.
    private func configuration(_ folder: TemporaryDirectory, channel: String) async throws -> GatewayConfiguration {
        try await ChildProcess.run(["cp", "-rL", Self.repository + "/Mappings", folder.path])
        try folder.write("Mappings/local-a/in/tender-notice@csv.yaml", Self.mapping)
        try folder.write("key", "the key of local-a\n")
        let file = try folder.write(
            "gateway.yaml",
            """
            name: test
            store: {path: store.sqlite}
            data: {port: 0}
            operators: {port: 0}
            mappings: Mappings
            schemas: \(Self.repository)/Schemas
            senders:
              local-a: {key: "file:key", channels: [local-a]}
            channels:
              local-a: {dataset: tender-notice, \(channel)}
            destinations:
              provincial: {url: "http://127.0.0.1:9/records", mapping: provincial/out/tender-notice, audience: province}
            routes:
              - {dataset: tender-notice, to: [provincial]}

            """)
        let read = ConfigurationReader.read(file: file, environment: [:])
        return try #require(read.configuration, "\(read.findings)")
    }

    @Test("accepts a message of one row in the sender's own writing, and refuses others with what to mend")
    func accepts() async throws {
        try await TemporaryDirectory.with("csv-channel") { folder in
            let configuration = try await configuration(
                folder, channel: "mapping: local-a/in/tender-notice@csv, csv: {separator: semicolon, names: {编号: key}}")
            let outcome = GatewayAssembly.assemble(configuration)
            let assembly = try #require(outcome.assembly, "\(outcome.findings)")
            let store = try SQLiteStore.open(path: folder.file("store.sqlite"))
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let gateway = try GatewayService(assembly: assembly, store: store, clock: ManualClock(), logger: logger)
            func send(_ text: String) async throws -> AcceptOutcome {
                try await gateway.accepting.accept(
                    ReceivedPayload(
                        channel: "local-a", sender: "local-a", idempotencyKey: nil, contentType: "text/csv",
                        declaredBytes: nil, bytes: Array(text.utf8), traceID: String(repeating: "1", count: 32),
                        receivedAt: gateway.clock.now()))
            }
            let header = "编号;code;标题;at;招标人\n"
            let good = try await send(header + "K1;E4401000002000033001;\"桥;路\";20260501090000;甲\n")
            if case .accepted(let acknowledgement) = good {
                #expect(acknowledgement.businessKey == "K1" && acknowledgement.deliveries.count == 1)
                let canonical = try await store.payload(.canonical, of: .message(acknowledgement.id))?.bytes ?? []
                #expect(String(decoding: canonical, as: UTF8.self).contains("\"title\":\"桥;路\""))
            } else {
                Issue.record("\(good)")
            }
            for (body, code) in [
                (header, Finding.Code.csvRecordCount), (header + "1;2\n", .csvColumns), ("a;b\n1;2\n", .csvHeader),
                (header + "K2;E4401000002000033001;;20260501090000;甲\n", .fieldRequired),
                (header + "K2;x;y;z;v\nK3;x;y;z;v\n", .csvRecordCount),
            ] {
                let outcome = try await send(body)
                guard case .refused(_, let findings) = outcome else {
                    Issue.record("\(body): \(outcome)")
                    continue
                }
                #expect(findings.map(\.code) == [code], "\(body)")
            }
            await store.close()
        }
    }

    @Test("csv on a channel whose mapping reads something else is refused")
    func elsewhere() async throws {
        try await TemporaryDirectory.with("csv-channel") { folder in
            let configuration = try await configuration(
                folder, channel: "mapping: local-a/in/tender-notice, csv: {separator: tab}")
            let outcome = GatewayAssembly.assemble(configuration)
            #expect(outcome.assembly == nil)
            #expect(outcome.findings.contains { $0.finding.text.contains("says how CSV is written") }, "\(outcome.findings)")
        }
    }
}
