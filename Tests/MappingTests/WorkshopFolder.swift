import ExchangeModel
import GatewayTesting
import Testing

@testable import Mapping

/// The workshop's dataset, lists and mappings as files, to try what works on folders.
struct WorkshopFolder {
    let folder: TemporaryDirectory
    var mappings: String { folder.file("Mappings") }
    var schemas: String { folder.file("Schemas") }
    var inFile: String { mappings + "/shop/in/thing.yaml" }
    var outFile: String { mappings + "/shop/out/thing.yaml" }

    /// - Parameters:
    ///   - fields: of an inbound mapping, as `Workshop.inboundFile` takes them.
    ///   - tests: what stands below `tests:`, indented by two blanks; nil writes no file.
    ///   - extra: keys of the inbound mapping beside them.
    ///   - fragments: files of `fragments/` by name.
    init(
        in fields: String? = nil, extra: String = "", tests: String? = nil, out outFields: String? = nil, outTests: String? = nil,
        fragments: [String: String] = [:]
    ) throws {
        folder = try TemporaryDirectory("workshop")
        for name in [
            "Schemas", "Schemas/canonical", "Mappings", "Mappings/codelists", "Mappings/shop", "Mappings/shop/in",
            "Mappings/shop/out",
        ] {
            try folder.makeDirectory(name)
        }
        try folder.write("Schemas/canonical/thing.json", Workshop.schema)
        try folder.write("Mappings/codelists/colour.csv", Workshop.colours + "\n")
        try folder.write("Mappings/codelists/price-unit.csv", Workshop.units + "\n")
        try folder.write("Mappings/codelists/currency.csv", Workshop.currencies + "\n")
        try folder.write("Mappings/shop/platform.yaml", "platform: shop\ntitle: Shop\ntitle_zh: 店\nkind: trading-system\n")
        if !fragments.isEmpty { try folder.makeDirectory("Mappings/fragments") }
        for (name, text) in fragments { try folder.write("Mappings/fragments/\(name).yaml", text) }
        if let fields { try folder.write("Mappings/shop/in/thing.yaml", Workshop.inboundFile(fields, extra: extra)) }
        if let tests { try folder.write("Mappings/shop/in/thing.tests.yaml", "mapping: shop/in/thing\ntests:\n\(tests)\n") }
        if let outFields { try folder.write("Mappings/shop/out/thing.yaml", Workshop.outboundFile(outFields)) }
        if let outTests {
            try folder.write("Mappings/shop/out/thing.tests.yaml", "mapping: shop/out/thing\ntests:\n\(outTests)\n")
        }
    }

    /// The library; its findings are issues of the test.
    func load() -> MappingLibrary {
        let (library, findings) = MappingLibrary.load(mappings: mappings, schemas: schemas)
        #expect(findings.map(\.description) == [])
        return library
    }

    /// What the tests beside the only mapping prove.
    func coverage(passing: Bool = true) throws -> MappingCoverage {
        let ran = MappingTestRunner(library: load(), mappings: mappings, schemas: schemas).runWithCoverage()
        #expect(ran.findings.map(\.description) == [])
        if passing { for result in ran.results { #expect(result.failures + result.differences.map(\.description) == []) } }
        #expect(ran.coverage.count == 1)
        return try #require(ran.coverage.first)
    }

    /// The explanation of a record by one of the mappings.
    func explain(
        _ input: String, with name: String = "shop/in/thing", options: MappingOptions = MappingOptions()
    ) throws -> MappingExplanation {
        let explainer = MappingExplainer(library: load(), mappings: mappings, schemas: schemas)
        return try #require(try explainer.explain(name, input: Array(input.utf8), options: options))
    }
}

extension MappingCoverage {
    /// Gaps of one kind: the line in the file, and the name.
    func gaps(_ kind: Kind) -> [String] {
        gaps.filter { $0.kind == kind }.map { "\($0.position.line) \($0.name)" }
    }
}
