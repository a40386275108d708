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

    @Test(
        "Every function has an example in both references, and each example gives what it says",
        arguments: ["README.md", "README.zh-CN.md"])
    func examples(file: String) throws {
        let text = String(decoding: try #require(FolderReader.bytes(of: ShippedFiles.mappings + "/" + file)), as: UTF8.self)
        var shown: Set<String> = []
        let examples = text.split(separator: "\n").drop { $0 != "### By example" && $0 != "### 示例" }
        for line in examples {
            // A bar inside a table is written with a stroke before it.
            let cells = line.replacing("\\|", with: "\u{1}").split(separator: "|", omittingEmptySubsequences: false).map {
                String($0.replacing("\u{1}", with: "|").trimming { $0 == " " || $0 == "`" })
            }
            guard cells.count == 5, cells[0].isEmpty, cells[2].isEmpty || cells[2].hasPrefix("<") else { continue }
            let values = ["title", "at", "day", "colour", "number", "measure", "price", "id"].compactMap {
                Self.value(cells[1], cells[2], field: $0)
            }
            #expect(values.contains(cells[3]), "\(cells[1]) gives \(values)")
            for function in MappingFunction.all {
                if cells[1].contains("\(function.name)(") || cells[1].contains("| \(function.name)") {
                    shown.insert(function.name)
                }
            }
        }
        #expect(MappingFunction.all.map(\.name).filter { !shown.contains($0) } == [])
    }

    /// What an expression gives for a field of the workshop; nil when the field takes no value of its kind.
    private static func value(_ expression: String, _ record: String, field: String) -> String? {
        let file = Workshop.inboundFile("\(field): '\(expression.replacing("'", with: "''"))'")
        let result = MappingCompilation.compile(Array(file.utf8), expectedName: "shop/in/thing", input: Workshop.input).result
        guard case .inbound(let mapping)? = result, let outcome = try? Workshop.run(mapping, "<T>\(record)</T>"),
            let canonical = try? JSONValue(parsing: "{\(outcome.text)}")
        else { return nil }
        return canonical[field]?.string ?? canonical[field]?["value"]?.string
    }

    @Test("The schema for editors knows every key that the shipped files use, and no other")
    func editorSchema() throws {
        let bytes = try #require(FolderReader.bytes(of: ShippedFiles.schemas + "/mapping.schema.json"))
        let schema = try JSONValue(parsing: bytes)
        let known = Set(schema["properties"]?.members?.map(\.name) ?? [])
        #expect(
            known == [
                "mapping", "version", "basis", "note", "audience", "from", "to", "namespaces", "identify", "keys", "let", "use",
                "fields",
            ])
        for name in ShippedFiles.library.names {
            let yaml = YAMLDocument(parsing: FolderReader.bytes(of: ShippedFiles.mappings + "/\(name).yaml") ?? [])
            let used = Set(yaml.root?.members?.map(\.key) ?? [])
            #expect(used.isSubset(of: known), "\(name)")
        }
    }
}

extension StringProtocol {
    /// Without characters of a kind at both ends.
    fileprivate func trimming(_ isOuter: (Character) -> Bool) -> SubSequence {
        let start = firstIndex { !isOuter($0) } ?? endIndex
        let end = lastIndex { !isOuter($0) }.map { index(after: $0) } ?? start
        return self[start..<end]
    }
}
