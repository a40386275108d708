import ExchangeModel
import GatewayTesting
import Testing
import XML

@Suite("Schema files")
struct XMLSchemaFileTests {
    private let head = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">"

    private func failure(_ files: [String: String], _ name: String = "main.xsd") throws -> GatewayError {
        let directory = try TemporaryDirectory("xml-schema")
        defer { withExtendedLifetime(directory) {} }
        for (file, text) in files { try directory.write(file, text) }
        do {
            _ = try XMLSchema(name: name, folder: directory.path)
            Issue.record("it compiled")
            throw TestFailure()
        } catch let error as GatewayError {
            #expect(error.code == .configuration)
            #expect(!error.description.contains(directory.path), "the message names no path of the machine")
            return error
        }
    }

    @Test("follows includes and imports inside the folder, and keeps the bytes of all")
    func includes() throws {
        let directory = try TemporaryDirectory("xml-schema")
        defer { withExtendedLifetime(directory) {} }
        try directory.makeDirectory("平台")
        try directory.makeDirectory("common")
        let main = """
            \(head)<xs:include schemaLocation="../common/types.xsd"/><xs:import namespace="urn:o" schemaLocation="other%20one.xsd"/>
            <xs:element name="a" type="code"/></xs:schema>
            """
        try directory.write("平台/main.xsd", main)
        try directory.write(
            "common/types.xsd",
            "\(head)<xs:simpleType name=\"code\"><xs:restriction base=\"xs:string\"><xs:length value=\"3\"/></xs:restriction></xs:simpleType></xs:schema>"
        )
        try directory.write(
            "平台/other one.xsd", head.replacing("schema xmlns", with: "schema targetNamespace=\"urn:o\" xmlns") + "</xs:schema>")
        let schema = try XMLSchema(name: "平台/main.xsd", folder: directory.path)
        #expect(schema.name == "平台/main.xsd")
        #expect(schema.sources.map(\.name) == ["平台/main.xsd", "common/types.xsd", "平台/other one.xsd"])
        #expect(schema.sources.first?.bytes == Array(main.utf8))
        #expect(schema.sourceBytes.count == schema.sources.map(\.bytes.count).reduce(0, +))
        #expect(schema.validate(try document("<a>abc</a>")).isEmpty)
        #expect(schema.validate(try document("<a>ab</a>")).count == 1)
    }

    @Test("names file and line of a fault in a schema")
    func faults() throws {
        let unknownType = try failure(["main.xsd": head + "\n\n<xs:element name=\"a\" type=\"nothing\"/></xs:schema>"])
        #expect(unknownType.subject == "main.xsd:3")
        #expect(unknownType.happened.contains("nothing"))
        let malformed = try failure(["main.xsd": head + "\n<xs:element name=\"a\">\n</xs:schema>"])
        #expect(malformed.subject == "main.xsd:3")
        let badPattern = try failure([
            "main.xsd": head
                + "<xs:element name=\"a\"><xs:simpleType><xs:restriction base=\"xs:string\">\n<xs:pattern value=\"[0-\"/></xs:restriction></xs:simpleType></xs:element></xs:schema>"
        ])
        #expect(badPattern.subject == "main.xsd:2")
        let included = try failure([
            "main.xsd": head + "<xs:include schemaLocation=\"part.xsd\"/></xs:schema>",
            "part.xsd": head + "\n\n<xs:element/></xs:schema>",
        ])
        #expect(included.subject == "part.xsd:3")
        #expect(try failure(["main.xsd": ""]).subject == "main.xsd")
        #expect(try failure(["main.xsd": "<a/>"]).subject.hasPrefix("main.xsd"))
        #expect(try failure([:]).happened.contains("No such file"))
        #expect(try failure([:], "../main.xsd").code == .configuration)
    }

    @Test("loads nothing from outside the folder and nothing from the network")
    func outside() throws {
        for location in ["../outside.xsd", "/etc/passwd", "file:///etc/passwd", "http://127.0.0.1:1/x.xsd", "%2e%2e/outside.xsd"]
        {
            for element in ["include", "import namespace=\"urn:x\""] {
                let error = try failure(["main.xsd": "\(head)<xs:\(element) schemaLocation=\"\(location)\"/></xs:schema>"])
                // A path that is absolute, or goes up too far, ends at the folder, as at the root of a web site.
                #expect(["main.xsd", "main.xsd:1", "etc/passwd", "outside.xsd"].contains(error.subject), "\(error)")
            }
        }
    }

    @Test("follows no symbolic link out of the folder")
    func links() async throws {
        try await TemporaryDirectory.with("xml-schema") { directory in
            try directory.makeDirectory("schemas")
            try directory.write("outside.xsd", head + "</xs:schema>")
            try await ChildProcess.run(["ln", "-s", "../outside.xsd", directory.file("schemas/link.xsd")])
            #expect(throws: GatewayError.self) { try XMLSchema(name: "link.xsd", folder: directory.file("schemas")) }
            #expect(throws: Never.self) { try XMLSchema(name: "outside.xsd", folder: directory.path) }
        }
    }

    @Test("says when the folder is not there")
    func noFolder() {
        #expect(throws: GatewayError.self) { try XMLSchema(name: "a.xsd", folder: "/nonexistent/schemas") }
    }
}
