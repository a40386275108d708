import ExchangeModel
import Formats
import GatewayTesting
import Glibc
import Testing

@Suite("Notices and releases that others published, cut into records")
struct ForeignPayloadTests {
    static let vectors = getenv("TENDERBRIDGE_VECTORS").map { String(cString: $0) }

    private func bytes(_ path: String) throws -> [UInt8] { try FileBytes.read("\(try #require(Self.vectors))/payloads/\(path)") }

    @Test(
        "the lots of eForms notices: each a document of its own that another parser reads, with the lines of the notice",
        .enabled(if: vectors != nil, "needs TENDERBRIDGE_VECTORS"),
        arguments: [
            "cn_24_minimal", "cn_24_cumbria", "can_24_minimal", "can-modif_24_value", "can_24_no_tenders", "change-cn_24_void",
        ])
    func eForms(_ name: String) async throws {
        let notice = try bytes("eforms/\(name).xml")
        var options = RecordSplit.Options()
        options.keepsDocuments = true
        let split = try #require(RecordSplit("/*/ProcurementProjectLot"))
        let cutter = try #require(split.cutter(for: .xml, names: NameTable(), options: options))
        notice.withUnsafeBufferPointer { cutter.append($0) }
        cutter.finish()
        let text = String(decoding: notice, as: UTF8.self)
        let expected = text.split(separator: "<cac:ProcurementProjectLot>").count - 1
        var tree = RecordTree()
        var count = 0
        try await TemporaryDirectory.with { folder in
            cutting: while true {
                switch cutter.next(into: &tree) {
                case .record(let place):
                    count += 1
                    #expect(tree.text(tree[tree.root].rawName) == "cac:ProcurementProjectLot")
                    let line = text.split(separator: "\n", omittingEmptySubsequences: false)[place.line - 1]
                    #expect(line.contains("<cac:ProcurementProjectLot>"))
                    try folder.write("lot.xml", try #require(cutter.heldDocument))
                    #expect(try await ChildProcess.run(["xmllint", "--noout", folder.file("lot.xml")]).isEmpty)
                    // Read alone it has the same nodes.
                    var alone = RecordTree()
                    #expect(XMLRecordReader().read(try #require(cutter.heldDocument), names: NameTable(), into: &alone).isEmpty)
                    let values = { (tree: RecordTree) in
                        tree.nodes.indices.filter { !tree.text(tree.nodes[$0].rawName).hasPrefix("xmlns") }
                            .map { "\(tree.text(tree.nodes[$0].rawName))=\(tree.text(tree.nodes[$0].value))" }
                    }
                    #expect(values(tree) == values(alone) && tree.nodes.count > 10)
                case .end: break cutting
                case let cut: throw TestingFailure("\(cut)")
                }
            }
        }
        #expect(count == expected && count > 0)
    }

    @Test(
        "OCDS releases: cut out of their packages they are valid by OCDS's own schema, as Python reads it",
        .enabled(if: vectors != nil, "needs TENDERBRIDGE_VECTORS"),
        .enabled(if: ForeignPython.with("jsonschema") != nil, "python3-jsonschema is not installed")
    )
    func releases() async throws {
        let names = (1...6).map {
            "ocds-213czf-000-00001-0\($0)-"
                + ["planning", "tender", "tenderAmendment", "award", "contract", "implementation"][$0 - 1]
        }
        try await TemporaryDirectory.with { folder in
            var written: [String] = []
            for name in names + ["ocds-213czf-000-00001"] {
                let package = try bytes("ocds-1.1/\(name).json")
                let cutter = try #require(RecordSplit("/releases")?.cutter(for: .json, names: NameTable()))
                package.withUnsafeBufferPointer { cutter.append($0) }
                cutter.finish()
                var tree = RecordTree()
                cutting: while true {
                    switch cutter.next(into: &tree) {
                    case .record(let place):
                        written.append(try folder.write("\(written.count).json", Array(package[place.offset..<place.end])))
                    case .end: break cutting
                    case let cut: throw TestingFailure("\(name): \(cut)")
                    }
                }
            }
            #expect(written.count == 6 + 6)
            let told = try await ChildProcess.run(
                [
                    try #require(ForeignPython.with("jsonschema")), "-c",
                    """
                    import json, sys, jsonschema
                    schema = json.load(open(sys.argv[1]))
                    for path in sys.argv[2:]:
                        release = json.load(open(path))
                        for error in jsonschema.Draft4Validator(schema).iter_errors(release): print(path, error.message)
                    print("read", len(sys.argv) - 2)
                    """, "\(try #require(Self.vectors))/payloads/ocds-1.1/release-schema.json",
                ] + written)
            #expect(told == ["read 12"])
        }
    }
}
