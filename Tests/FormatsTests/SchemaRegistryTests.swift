import ExchangeModel
import Formats
import GatewayTesting
import Testing
import XML

@Suite("The schemas of a folder")
struct SchemaRegistryTests {
    @Test("compiles each schema once, also when many ask at the same time")
    func once() async throws {
        try await TemporaryDirectory.with("formats") { directory in
            try directory.makeDirectory("provincial")
            let text = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:element name='a' type='xs:int'/></xs:schema>"
            try directory.write("provincial/a.xsd", text)
            let registry = SchemaRegistry(folder: directory.path)
            #expect(registry.loaded.isEmpty)
            let first = try registry.schema("provincial/a.xsd")
            #expect(first.sourceBytes == Array(text.utf8))
            let same = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 { group.addTask { (try? registry.schema("provincial/a.xsd")) === first } }
                return await group.reduce(true) { $0 && $1 }
            }
            #expect(same)
            #expect(registry.loaded.map(\.name) == ["provincial/a.xsd"])
        }
    }

    @Test(
        "throws for a schema that is missing, wrong or outside",
        arguments: ["none.xsd", "wrong.xsd", "../a.xsd", "", "/etc/passwd"])
    func failures(_ name: String) throws {
        let directory = try TemporaryDirectory("formats")
        defer { withExtendedLifetime(directory) {} }
        try directory.write("wrong.xsd", "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>\n<xs:element/></xs:schema>")
        let registry = SchemaRegistry(folder: directory.path)
        do throws(GatewayError) {
            _ = try registry.schema(name)
            Issue.record("it loaded")
        } catch {
            #expect(error.code == .configuration)
            if name == "wrong.xsd" { #expect(error.subject == "wrong.xsd:2") }
        }
        #expect(registry.loaded.isEmpty)
    }
}
