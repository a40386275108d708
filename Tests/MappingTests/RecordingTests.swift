import ExchangeModel
import Formats
import JSON
import StrictYAML
import Testing

@testable import Mapping

/// The recordings, each through reader, schema and both mappings, compared with `facts.csv` and `case.yaml`.
@Suite("Recordings through both mappings")
struct RecordingTests {
    static let vectors = TestEnvironment.vectors
    /// What comes through another door holds several records, or an envelope around one: `replay` takes it apart.
    static let good = FolderReader.files(below: ShippedFiles.recordings).filter { $0.hasSuffix("/facts.csv") }
        .map { String($0.dropLast("/facts.csv".count)) }
        .filter { name in
            let bytes = FolderReader.bytes(of: "\(ShippedFiles.recordings)/\(name)/case.yaml") ?? []
            return YAMLDocument(parsing: bytes).root?["door"] == nil
        }
    static let bad = FolderReader.files(below: ShippedFiles.recordings).filter {
        $0.hasPrefix("bad-") && $0.hasSuffix("/notice.xml")
    }
    .map { String($0.dropLast("/notice.xml".count)) }
    static let schemas = SchemaRegistry(folder: ShippedFiles.schemas)

    @Test("Every fact holds", arguments: good.filter { !$0.hasPrefix("eforms") })
    func facts(name: String) throws { try check(name) }

    @Test(
        "Every fact of notices that nobody here wrote holds", .enabled(if: TestEnvironment.vectors != nil),
        arguments: good.filter { $0.hasPrefix("eforms") })
    func foreignFacts(name: String) throws { try check(name) }

    private func check(_ name: String) throws {
        let folder = ShippedFiles.recordings + "/" + name
        let bytes = Self.payload(folder)
        let payload = try #require(bytes, "the payload of \(name) cannot be read")
        let way = try Self.way(of: folder)
        let inbound = try ShippedFiles.inbound(way.inbound)
        let outbound = try ShippedFiles.outbound(way.outbound)
        var tree = RecordTree()
        #expect(try Self.reader(of: inbound, way).read(payload, names: inbound.names, into: &tree) == [])
        let result = inbound.run(tree)
        #expect(result.findings == [])
        #expect(result.businessKey != "" && result.orderingKey != "" && result.version != "" && result.sourceTime != nil)
        var canonical = RecordTree()
        #expect(JSONRecordReader().read(result.canonical, names: outbound.names, into: &canonical) == [])
        let sent = outbound.run(canonical, options: MappingOptions(recordTime: result.sourceTime))
        #expect(sent.findings == [])
        let destination = String(way.outbound.prefix { $0 != "/" })
        let schemaName = try #require(outbound.schemaName)
        #expect(XMLRecordReader(schema: try Self.schemas.schema(schemaName)).check(sent.bytes) == [])
        let leaves = [
            "canonical": RecordDiff.leaves(of: result.canonical, format: .json).leaves,
            destination: RecordDiff.leaves(of: sent.bytes, format: .xml).leaves,
        ]
        let keys = [
            "/businessKey": result.businessKey, "/orderingKey": result.orderingKey, "/version": result.version,
            "/sourceTime": result.sourceTime?.description ?? "",
        ]
        var rows = CSVRows(try #require(FolderReader.bytes(of: folder + "/facts.csv")))
        _ = rows.next()
        var count = 0
        while let row = rows.next() {
            let fields = row.fields.map(\.text)
            let isKey = fields[1] == "message"
            let found = isKey ? keys[fields[2]] : leaves[fields[1]]?.first { $0.path == fields[2] }?.value
            #expect(
                Self.holds(fields[3], fields[4], found),
                "\(fields[0]): \(fields[1]) \(fields[2]) is \(found ?? "missing"), not \(fields[4])")
            count += 1
        }
        #expect(count > 20)
    }

    /// What is done with the payloads of a channel of the demonstration.
    struct Way {
        var inbound: String
        var outbound = "provincial/out/tender-notice"
        var csv: CSVDialect.Encoding?
    }

    static func way(of folder: String) throws -> Way {
        let document = YAMLDocument(parsing: FolderReader.bytes(of: folder + "/case.yaml") ?? [])
        return switch document.root?["channel"]?.text {
        case "eforms": Way(inbound: "eforms/in/tender-notice")
        case "local-b": Way(inbound: "local-b/in/tender-notice")
        case "local-b-penalties": Way(inbound: "local-b/in/penalty", outbound: "credit/out/penalty")
        case "local-b-penalties-utf8": Way(inbound: "local-b/in/penalty", outbound: "credit/out/penalty", csv: .utf8)
        default: Way(inbound: "local-a/in/tender-notice")
        }
    }

    static func reader(of inbound: InboundMapping, _ way: Way) throws -> RecordReader {
        guard inbound.sourceFormat == .csv, let encoding = way.csv else {
            return inbound.reader(schema: try inbound.schemaName.map { try formSchemas.schema($0) })
        }
        var dialect = inbound.csvDialect
        dialect.encoding = encoding
        return .csv(CSVRecordReader(dialect: dialect))
    }

    static let formSchemas = FormSchemas(folder: ShippedFiles.schemas)

    static let badOfB = FolderReader.files(below: ShippedFiles.recordings).filter {
        $0.hasPrefix("bad") && ($0.hasSuffix("/notice.json") || $0.hasSuffix("/penalty.csv"))
    }

    @Test("What system B must not send gives exactly its findings, each in two languages and with its place", arguments: badOfB)
    func findingsOfB(file: String) throws {
        let folder = ShippedFiles.recordings + "/" + file.prefix { $0 != "/" }
        let payload = try #require(FolderReader.bytes(of: ShippedFiles.recordings + "/" + file))
        let way = try Self.way(of: folder)
        let inbound = try ShippedFiles.inbound(way.inbound)
        let document = YAMLDocument(parsing: FolderReader.bytes(of: folder + "/case.yaml") ?? [])
        let expected = try #require(document.root?["findings"]?.elements)
        var tree = RecordTree()
        var found = try Self.reader(of: inbound, way).read(payload, names: inbound.names, into: &tree)
        if tree.root != RecordTree.none { found += inbound.run(tree).findings }
        #expect(found.contains { $0.severity == .error })
        #expect(found.allSatisfy { !$0.text.isEmpty && !$0.textZH.isEmpty && $0.text != $0.textZH })
        if expected.contains(where: { $0["code"]?.text == "*" }) { return }
        let left = found.map { "\($0.code) \($0.path) \($0.position.line):\($0.position.column)" }.sorted()
        let right = expected.map {
            "\($0["code"]?.text ?? "") \($0["path"]?.text ?? "") \($0["line"]?.text ?? ""):\($0["column"]?.text ?? "")"
        }
        #expect(left == right.sorted())
    }

    @Test("A bad notice gives exactly its findings", arguments: bad)
    func findings(name: String) throws {
        let folder = ShippedFiles.recordings + "/" + name
        let payload = try #require(FolderReader.bytes(of: folder + "/notice.xml"))
        let inbound = try ShippedFiles.inbound("local-a/in/tender-notice")
        let document = YAMLDocument(parsing: FolderReader.bytes(of: folder + "/case.yaml") ?? [])
        // The limit on bytes is the channel's.
        guard let expected = document.root?["findings"]?.elements, document.root?["channel"]?.text == "local-a" else { return }
        var tree = RecordTree()
        let schema = try Self.schemas.schema("local-a/tender-notice.xsd")
        var found = XMLRecordReader(schema: schema).read(payload, names: inbound.names, into: &tree)
        if tree.root != RecordTree.none {
            let mapped = inbound.run(tree)
            // Another root is said by the detection of the dataset before the schema.
            found = mapped.findings.contains { $0.code == .datasetUnknown } ? mapped.findings : found + mapped.findings
        }
        let left = found.map { "\($0.code) \($0.path)" }.sorted()
        let right = expected.map { "\($0["code"]?.text ?? "") \($0["path"]?.text ?? "")" }.sorted()
        if document.root?["http"]?.text == "422" { #expect(left == right) }
    }

    @Test("The invalid eForms notice is refused by path", .enabled(if: TestEnvironment.vectors != nil))
    func invalid() throws {
        let inbound = try ShippedFiles.inbound("eforms/in/tender-notice")
        let payload = try #require(FolderReader.bytes(of: (Self.vectors ?? "") + "/payloads/eforms/INVALID_cn_24_stage-1.xml"))
        var tree = RecordTree()
        #expect(XMLRecordReader().read(payload, names: inbound.names, into: &tree) == [])
        let result = inbound.run(tree)
        let company =
            "/ContractNotice/ext:UBLExtensions/ext:UBLExtension/ext:ExtensionContent/efext:EformsExtension/efac:Organizations/efac:Organization/efac:Company"
        #expect(result.isRefused)
        let id = result.findings.first { $0.path == company + "/cac:PartyIdentification/cbc:ID" }
        #expect(id?.code == .fieldRequired)
        #expect(id?.position.line == 16)
        #expect(result.findings.contains { $0.code == .fieldRequired && $0.path == company + "/cac:PartyName/cbc:Name" })
        #expect(Set(result.findings.map(\.path)).count == result.findings.count)
        for finding in result.findings { #expect(finding.code == .fieldRequired && finding.path.hasPrefix("/ContractNotice")) }
    }

    static func payload(_ folder: String) -> [UInt8]? {
        for name in ["notice.xml", "notice.json", "penalty.csv"] {
            if let bytes = FolderReader.bytes(of: folder + "/" + name) { return bytes }
        }
        let document = YAMLDocument(parsing: FolderReader.bytes(of: folder + "/case.yaml") ?? [])
        if let first = document.root?["payload"]?.elements?.first?.text { return FolderReader.bytes(of: folder + "/" + first) }
        guard let path = document.root?["payload"]?["vectors"]?.text, let vectors else { return nil }
        return FolderReader.bytes(of: vectors + "/" + path)
    }

    static func holds(_ type: String, _ wanted: String, _ found: String?) -> Bool {
        if wanted.isEmpty { return found == nil || found == "" }
        guard var found else { return false }
        var wanted = wanted
        switch type {
        case "decimal":
            let left = wanted.withUTF8 { try? ExactDecimal($0) }
            return left != nil && left == found.withUTF8 { try? ExactDecimal($0) }
        case "instant":
            guard let moment = wanted.withUTF8({ ZonedTime($0) })?.instant else { return false }
            var problem = ""
            let pattern = TimePattern("yyyyMMddHHmmss", problem: &problem)
            return found.withUTF8 { bytes in
                moment == ZonedTime(bytes)?.instant || moment == pattern?.parse(bytes)?.instant(offsetSeconds: 28_800)
            }
        default: return wanted == found
        }
    }
}
