import ExchangeModel
import Formats
import GatewayTesting
import Logging
import Spreadsheet
import Store
import Testing

@testable import Gateway

@Suite("A channel that takes workbooks")
struct SheetChannelTests {
    private static let repository = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

    private static let mapping = """
        mapping: local-a/in/tender-notice@sheet
        version: 1
        from: { format: xlsx }
        to: { dataset: tender-notice, canonical: 1 }
        identify: { businessKey: key, orderingKey: key, version: literal("1") }
        fields:
          source.recordKey: key | trim | required
          tenderProject.code: code | trim | identifier("CN-TENDER-PROJECT") | required
          title: 标题 | trim | required
          nature: literal("normal")
          bulletinType: literal("tender-notice")
          publishedAt: at | time("yyyy-MM-ddTHH:mm:ss") | required
          tenderer.name: 招标人 | trim | required

        """

    /// A configuration with the shipped mappings and the one above.
    private func configuration(_ folder: TemporaryDirectory, channel: String) async throws -> GatewayConfiguration {
        try await ChildProcess.run(["cp", "-rL", Self.repository + "/Mappings", folder.path])
        try folder.write("Mappings/local-a/in/tender-notice@sheet.yaml", Self.mapping)
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

    private func workbook(_ folder: TemporaryDirectory, _ rows: [[String]], sheet: String = "公告") throws -> [UInt8] {
        let writer = try SpreadsheetWriter(
            path: folder.file("message.xlsx"), header: ["编号", "code", "标题", "at", "招标人"],
            layout: .init(sheetName: sheet, rowsBeforeHeader: 1))
        let day = try #require(CivilDate(year: 2026, month: 5, day: 1))
        for row in rows {
            try writer.append([.text(row[0]), .text(row[1]), .text(row[2]), .moment(day, second: 32_400), .text("甲")])
        }
        try writer.close()
        return try folder.read("message.xlsx")
    }

    @Test("accepts a message of one row from the sender's own sheet, and refuses others with what to mend")
    func accepts() async throws {
        try await TemporaryDirectory.with("sheet-channel") { folder in
            let configuration = try await configuration(
                folder,
                channel: "mapping: local-a/in/tender-notice@sheet, sheet: {name: 公告, rowsBeforeHeader: 1, names: {编号: key}}")
            let outcome = GatewayAssembly.assemble(configuration)
            let assembly = try #require(outcome.assembly, "\(outcome.findings)")
            let store = try SQLiteStore.open(path: folder.file("store.sqlite"))
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let gateway = try GatewayService(assembly: assembly, store: store, clock: ManualClock(), logger: logger)
            func send(_ bytes: [UInt8]) async throws -> AcceptOutcome {
                try await gateway.accepting.accept(
                    ReceivedPayload(
                        channel: "local-a", sender: "local-a", idempotencyKey: nil,
                        contentType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", declaredBytes: nil,
                        bytes: bytes,
                        traceID: String(repeating: "1", count: 32), receivedAt: gateway.clock.now()))
            }
            let row = ["K1", "E4401000002000033001", "桥;路"]
            let good = try await send(try workbook(folder, [row]))
            if case .accepted(let acknowledgement) = good {
                #expect(acknowledgement.businessKey == "K1" && acknowledgement.deliveries.count == 1)
                let canonical = try await store.payload(.canonical, of: .message(acknowledgement.id))?.bytes ?? []
                #expect(String(decoding: canonical, as: UTF8.self).contains("2026-05-01T09:00:00+08:00"))
            } else {
                Issue.record("\(good)")
            }
            for (body, code) in [
                (try workbook(folder, []), Finding.Code.sheetRecordCount), (try workbook(folder, [row, row]), .sheetRecordCount),
                (try workbook(folder, [row], sheet: "其他"), .sheetMissing),
                (try workbook(folder, [["K2", row[1], ""]]), .fieldRequired),
                (Array("a,b\n".utf8), .sheetFile),
            ] {
                guard case .refused(_, let findings) = try await send(body) else {
                    Issue.record("\(code)")
                    continue
                }
                #expect(findings.map(\.code) == [code])
            }
            await store.close()
        }
    }

    @Test("sheet on a channel whose mapping reads something else is refused")
    func elsewhere() async throws {
        try await TemporaryDirectory.with("sheet-channel") { folder in
            let configuration = try await configuration(folder, channel: "mapping: local-a/in/tender-notice, sheet: {number: 1}")
            let outcome = GatewayAssembly.assemble(configuration)
            #expect(outcome.assembly == nil)
            #expect(
                outcome.findings.contains { $0.finding.text.contains("says where the records of a workbook are") },
                "\(outcome.findings)")
        }
    }
}
