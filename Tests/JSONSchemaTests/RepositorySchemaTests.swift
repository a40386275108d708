import ExchangeModel
import Foundation
import JSON
import JSONSchema
import Testing

@Suite("The schemas of this repository")
struct RepositorySchemaTests {
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().path

    static func bytes(_ path: String) throws -> [UInt8] { try FileBytes.read(root + "/" + path, limit: 64 << 20).get() }

    @Test(
        "load strictly: no word in them is unknown",
        arguments: [
            "Schemas/gateway.schema.json", "Schemas/mapping.schema.json", "Schemas/mapping-tests.schema.json",
            "Schemas/platform.schema.json", "Schemas/audiences.schema.json", "Schemas/codelist.schema.json",
            "Schemas/canonical/tender-notice.json",
            "Schemas/canonical/penalty.json",
        ])
    func load(path: String) throws {
        _ = try JSONSchema(parsing: Self.bytes(path), name: path)
    }

    @Test("every canonical record of the recordings is valid, and a record with a fault is not")
    func records() throws {
        let notices = try JSONSchema(
            parsing: Self.bytes("Schemas/canonical/tender-notice.json"), name: "Schemas/canonical/tender-notice.json")
        let penalties = try JSONSchema(
            parsing: Self.bytes("Schemas/canonical/penalty.json"), name: "Schemas/canonical/penalty.json")
        var count = 0
        for folder in try FileManager.default.contentsOfDirectory(atPath: Self.root + "/Tests/Recordings") {
            let path = "Tests/Recordings/\(folder)/expected/canonical.json"
            guard FileManager.default.fileExists(atPath: Self.root + "/" + path) else { continue }
            let bytes = try Self.bytes(path)
            let recorded = String(decoding: try Self.bytes("Tests/Recordings/\(folder)/case.yaml"), as: UTF8.self)
            let isPenalty = recorded.contains("channel: local-b-penalt")
            let schema = isPenalty ? penalties : notices
            let required = isPenalty ? "decision" : "title"
            #expect(try schema.validate(bytes).findings.map(\.text) == [], "\(folder)")
            guard case .object(var members) = try JSONValue(parsing: bytes) else { continue }
            members.append(.init("tilte", "x"))
            members.removeAll { $0.name == required }
            let found = try schema.validate(JSONValue.object(members).bytes()).findings
            #expect(Set(found.map(\.keyword)) == ["additionalProperties", "required"])
            #expect(found.contains { $0.text.contains(required) })
            count += 1
        }
        #expect(count > 20)
    }
}
