import ExchangeModel
import Formats
import Foundation
import JSON
import Testing
import XML

private let vectors = ProcessInfo.processInfo.environment["TENDERBRIDGE_VECTORS"].map { URL(fileURLWithPath: $0) }

/// Real documents, cut and read whole.
@Suite("Cutters on real documents", .enabled(if: vectors != nil, "TENDERBRIDGE_VECTORS is not set"))
struct CutterVectorTests {
    private func files(_ suffix: String) throws -> [URL] {
        let folder = try #require(vectors).appendingPathComponent("payloads")
        let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        return found.filter { $0.lastPathComponent.hasSuffix(suffix) }.sorted { $0.path < $1.path }
    }

    @Test("XML: the document element as a record has the nodes of the document, and its children are cut")
    func xml() throws {
        let whole = try #require(XMLRecordPath("/*"))
        let children = try #require(XMLRecordPath("/*/*"))
        let documents = try files(".xml")
        #expect(documents.count >= 6)
        for file in documents {
            let bytes = Array(try Data(contentsOf: file))
            var tree = RecordTree()
            let findings = XMLRecordReader().read(bytes, names: NameTable(), into: &tree)
            let cuts = Cuts(XMLRecordCutter(path: whole, names: NameTable()), bytes, pieces: [1000])
            guard findings.isEmpty else {
                #expect(!cuts.unreadable.isEmpty, "\(file.lastPathComponent)")
                continue
            }
            #expect(cuts.unreadable.isEmpty && cuts.records == [Cuts.nodes(of: tree)], "\(file.lastPathComponent)")
            let parts = Cuts(XMLRecordCutter(path: children, names: NameTable()), bytes, pieces: [333])
            let count = tree.nodes.count { $0.parent == tree.root && $0.kind == .group }
            #expect(
                parts.unreadable.isEmpty && parts.records.count == count && parts.refusals.isEmpty, "\(file.lastPathComponent)")
        }
    }

    @Test("JSON: the elements of each array at the first level are the values that the parser reads")
    func json() throws {
        var cut = 0
        for file in try files(".json") {
            let bytes = Array(try Data(contentsOf: file))
            guard let document = try? JSONValue(parsing: bytes) else { continue }
            for member in document.members ?? [] {
                guard let elements = member.value.elements else { continue }
                let pointer = "/" + JSONPointer.segment(member.name)
                let cutter = try #require(JSONElementCutter(pointer: pointer, names: NameTable()))
                let cuts = Cuts(cutter, bytes, pieces: [777])
                #expect(cuts.unreadable.isEmpty && cuts.cuts.count == elements.count, "\(file.lastPathComponent) \(pointer)")
                for (place, element) in zip(cuts.places, elements) {
                    #expect(
                        try JSONValue(parsing: Array(bytes[place.offset..<place.end])) == element, "\(file.lastPathComponent)")
                    cut += 1
                }
            }
        }
        #expect(cut > 0)
    }
}
