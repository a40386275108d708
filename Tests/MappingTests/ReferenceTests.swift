import JSON
import StrictYAML
import Testing

@testable import Mapping

@Suite("The reference of the language")
struct ReferenceTests {
    @Test("Every function stands in both references", arguments: ["README.md", "README.zh-CN.md"])
    func functions(file: String) throws {
        let text = String(decoding: try #require(FolderReader.bytes(of: ShippedFiles.mappings + "/" + file)), as: UTF8.self)
        for function in MappingFunction.all {
            let isNamed = text.contains("`\(function.name)`") || text.contains("`\(function.name)(")
            #expect(isNamed, "\(function.name) is missing in \(file)")
        }
        for number in ["4,096", "200", "16 MiB"] { #expect(text.contains(number)) }
    }

    @Test("The schema for editors knows every key that the shipped files use, and no other")
    func editorSchema() throws {
        let bytes = try #require(FolderReader.bytes(of: ShippedFiles.schemas + "/mapping.schema.json"))
        let schema = try JSONValue(parsing: bytes)
        let known = Set(schema["properties"]?.members?.map(\.name) ?? [])
        #expect(
            known == [
                "mapping", "version", "basis", "note", "audience", "from", "to", "namespaces", "identify", "keys", "fields",
            ])
        for name in ShippedFiles.library.names {
            let yaml = YAMLDocument(parsing: FolderReader.bytes(of: ShippedFiles.mappings + "/\(name).yaml") ?? [])
            let used = Set(yaml.root?.members?.map(\.key) ?? [])
            #expect(used.isSubset(of: known), "\(name)")
        }
    }
}
