import ExchangeModel
import Formats
import GatewayTesting
import JSON
import Store
import Testing

@testable import Gateway

@Suite("A channel whose form has a JSON Schema")
struct JSONSchemaChannelTests {
    private func post(_ text: String, _ scene: RowScene) async throws -> AcceptOutcome {
        try await scene.gateway.accepting.accept(
            ReceivedPayload(
                channel: "local-a", sender: "local-a", idempotencyKey: nil, contentType: "application/json", declaredBytes: nil,
                bytes: Array(text.utf8), traceID: scene.gateway.accepting.makeTraceID(), receivedAt: scene.clock.now()))
    }

    @Test("refuses what breaks it, with pointer, line and column, and says each fault once")
    func posted() async throws {
        try await RowScene.with(mapping: "checked") { scene in
            guard case .accepted = try await post(RowScene.object(1), scene) else { throw TestingFailure("it was refused") }
            let text =
                "{\n \"key\": \"K2\", \"code\": \"E4401000002000033001\",\n \"title\": \"\", \"edition\": 1, \"at\": \"20260501090000\"}"
            guard case .refused(let id, let findings) = try await post(text, scene) else { throw TestingFailure("accepted") }
            let told = findings.map { "\($0.code) \($0.path) \($0.position.line):\($0.position.column)" }
            #expect(
                told == ["schema.violation /title 3:11", "schema.violation /edition 3:26", "field.required /tenderer 1:1"],
                "\(findings)")
            #expect(findings.allSatisfy { !$0.textZH.isEmpty })
            #expect(try await scene.store.message(id)?.state == .refused)
        }
    }

    @Test("checks each record of a stream, with the lines of the stream", arguments: ["lines", "elements"])
    func streamed(_ split: String) async throws {
        try await RowScene.with(mapping: "checked", channel: ", split: \(split), directory: {path: in, sender: local-a}") {
            scene in
            let bad = RowScene.object(2).replacing("\"桥2\"", with: "\"桥桥桥桥桥桥桥桥桥桥桥桥桥桥桥桥桥桥桥桥桥\"")
            let rows = [RowScene.object(1), bad, RowScene.object(3)]
            try scene.drop("n.json", split == "lines" ? rows.joined(separator: "\n") : "[" + rows.joined(separator: ",\n") + "]")
            try await scene.take()
            #expect(try await scene.accepted() == ["K1", "K3"])
            let refused = try scene.report("in/done/n.json.report.json")["refusedRecords"]?[0]
            #expect(refused?["record"]?.integer == 2)
            let finding = refused?["findings"]?[0]
            #expect(
                finding?["code"]?.string == "schema.violation" && finding?["line"]?.integer == 2
                    && finding?["column"]?.integer == 56)
            #expect(finding?["path"]?.string == (split == "lines" ? "/title" : "/1/title"))
            // What is kept of an element is the element alone.
            let row = try await scene.store.evidence(from: 1, limit: 10).first.map { try JSONValue(parsing: $0.content) }
            let id = try #require(row?["message"]?.string.flatMap { MessageID($0) })
            let payload = try #require(await scene.store.payload(.received, of: .message(id))?.bytes)
            #expect(String(decoding: payload, as: UTF8.self).trimmingSuffix(while: \.isWhitespace) == RowScene.object(1))
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> Substring {
        var rest = self[...]
        while let last = rest.last, isTrimmed(last) { rest.removeLast() }
        return rest
    }
}
