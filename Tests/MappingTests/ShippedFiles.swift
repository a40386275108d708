import ExchangeModel
import Formats
import Testing

@testable import Mapping

/// The files of this repository, found from this source file.
enum ShippedFiles {
    static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    static let mappings = root + "/Mappings"
    static let schemas = root + "/Schemas"
    static let recordings = root + "/Tests/Recordings"
    static let loaded = MappingLibrary.load(mappings: mappings, schemas: schemas)
    static var library: MappingLibrary { loaded.library }

    /// What the shipped mappings are compiled with.
    static let input: CompilerInput = {
        let files = FolderReader.files(below: mappings).filter { $0.hasPrefix("codelists/") }
        let schema = CanonicalSchemaReader.read(
            dataset: "tender-notice", bytes: FolderReader.bytes(of: schemas + "/canonical/tender-notice.json") ?? []
        ).schema
        var lists: [String: CodeList] = [:]
        for file in files {
            let name = String(file.dropFirst("codelists/".count).dropLast(".csv".count))
            lists[name] = CodeListFile.read(name: name, bytes: FolderReader.bytes(of: mappings + "/" + file) ?? []).list
        }
        return CompilerInput(
            schemas: schema.map { ["tender-notice": $0] } ?? [:], codeLists: lists, audiences: ["province"],
            schemaFiles: ["local-a/tender-notice.xsd", "provincial/tender-notice.xsd"])
    }()

    static func inbound(_ name: String) throws -> InboundMapping {
        let mapping = library.inbound(name)
        return try #require(mapping, "no good mapping \(name)")
    }

    static func outbound(_ name: String) throws -> OutboundMapping {
        let mapping = library.outbound(name)
        return try #require(mapping, "no good mapping \(name)")
    }
}

@Suite("The shipped mappings")
struct ShippedMappingTests {
    @Test("Every shipped file loads without a finding")
    func lint() {
        let found = ShippedFiles.loaded.findings.map(\.description)
        #expect(found == [])
        #expect(
            ShippedFiles.library.names == [
                "credit/out/penalty", "eforms/in/tender-notice", "local-a/in/tender-notice", "local-b/in/penalty",
                "local-b/in/tender-notice", "provincial/out/tender-notice",
            ])
        #expect(ShippedFiles.library.platforms.map(\.name) == ["credit", "eforms", "local-a", "local-b", "provincial"])
    }

    @Test("The tests beside the mappings pass")
    func beside() {
        let runner = MappingTestRunner(
            library: ShippedFiles.library, mappings: ShippedFiles.mappings, schemas: ShippedFiles.schemas)
        let (results, findings) = runner.run()
        #expect(findings.map(\.description) == [])
        #expect(Set(results.map(\.mapping)) == Set(ShippedFiles.library.names))
        for result in results {
            #expect(result.failures == [], "\(result.mapping): \(result.name)")
            #expect(result.differences.map(\.description) == [], "\(result.mapping): \(result.name)")
        }
    }

    @Test("What the province may see goes to the province, and no more")
    func audience() throws {
        let mapping = try ShippedFiles.outbound("provincial/out/tender-notice")
        #expect(mapping.fieldsNotPermitted(for: Audience("province")) == [])
        let hidden = mapping.fieldsNotPermitted(for: Audience("public"))
        #expect(hidden.contains("tenderer.contact.phone"))
        #expect(hidden.contains("responsible.publisher"))
        #expect(!hidden.contains("title"))
        #expect(mapping.fieldsNotPermitted(for: Audience("credit")).contains("title"))
    }

    @Test("What the credit platform may see goes to it, and numbers of persons to nobody else")
    func creditAudience() throws {
        let mapping = try ShippedFiles.outbound("credit/out/penalty")
        #expect(mapping.fieldsNotPermitted(for: Audience("credit")) == [])
        for audience in ["public", "province", "supervision", "discipline-audit", "trading-system", "approval"] {
            let hidden = mapping.fieldsNotPermitted(for: Audience(audience))
            #expect(hidden.contains("subject.document.number"), "\(audience)")
            #expect(hidden.contains("subject.legalRepresentative.document.number"), "\(audience)")
        }
        let hidden = mapping.fieldsNotPermitted(for: Audience("public"))
        #expect(hidden.contains("subject.name") && hidden.contains("violation.facts") && !hidden.contains("decision.number"))
    }
}
