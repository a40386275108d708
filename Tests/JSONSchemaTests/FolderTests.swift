import ExchangeModel
import GatewayTesting
import JSON
import JSONSchema
import Testing

@Suite("The schemas of a folder")
struct FolderTests {
    static func folder() throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        try folder.write("types.json", ##"{"$defs": {"code": {"type": "string", "maxLength": 2}}}"##)
        try folder.write("a.schema.json", ##"{"properties": {"a": {"$ref": "types.json#/$defs/code"}}}"##)
        try folder.write("out.json", ##"{"$ref": "../secret.json"}"##)
        try folder.write("wrong.json", "{\n  \"typ\": 1,\n  \"x\": 2\n}")
        return folder
    }

    @Test("are compiled once, with what they refer to")
    func once() throws {
        let folder = try Self.folder()
        defer { withExtendedLifetime(folder) {} }
        let schemas = JSONSchemaFolder(folder: folder.path)
        let schema = try schemas.schema("a.schema.json")
        let found = try schema.validate(Array(#"{"a": "abc"}"#.utf8)).findings
        #expect(found.map(\.finding.code) == [.schemaViolation])
        #expect(found.map(\.schemaLocation) == ["types.json#/$defs/code/maxLength"])
        #expect(schema.sources.map(\.name) == ["a.schema.json", "types.json"])
        #expect(schemas.loaded.map(\.name) == ["a.schema.json"])
    }

    @Test(
        "say what is wrong, and where",
        arguments: [
            ("none.json", "none.json", "No such file"), ("../a.json", "../a.json", "leaves"),
            ("out.json", "out.json:1:10", "secret.json"),
            ("wrong.json", "wrong.json:2:10", "type? (and 1 more)"),
        ])
    func wrong(name: String, subject: String, happened: String) throws {
        let folder = try Self.folder()
        defer { withExtendedLifetime(folder) {} }
        do throws(GatewayError) {
            _ = try JSONSchemaFolder(folder: folder.path).schema(name)
            Issue.record("taken")
        } catch {
            #expect(error.code == .configuration)
            #expect(error.subject == subject)
            #expect(error.happened.contains(happened), "\(error.happened)")
        }
    }
}
