import ExchangeModel
import Formats
import GatewayTesting
import Testing

@testable import Mapping

/// `Tests/BrokenMappings`: small files with one fault each, and a table that says what is found and where.
enum BrokenFiles {
    struct Case: Sendable, CustomTestStringConvertible {
        var file: String
        var severity: String
        var code: String
        var line: Int
        var column: Int
        var word: String
        var testDescription: String { file }
    }

    static let folder = ShippedFiles.root + "/Tests/BrokenMappings"

    static let cases: [Case] = {
        var rows = CSVRows(FolderReader.bytes(of: folder + "/faults.csv") ?? [])
        var cases: [Case] = []
        _ = rows.next()
        while let row = rows.next() {
            let fields = row.fields.map(\.text)
            cases.append(
                Case(
                    file: fields[0], severity: fields[1], code: fields[2], line: Int(fields[3]) ?? -1,
                    column: Int(fields[4]) ?? -1,
                    word: fields[5]))
        }
        return cases
    }()

    /// What is found in one of the files, as in its place below `Mappings/`.
    static func findings(_ file: String) throws -> [Finding] {
        let bytes = try #require(FolderReader.bytes(of: folder + "/" + file))
        switch file.split(separator: "/").first {
        case "in": return MappingCompilation.compile(bytes, expectedName: "shop/in/thing", input: FormWorkshop.input).findings
        case "out": return MappingCompilation.compile(bytes, expectedName: "shop/out/thing", input: FormWorkshop.input).findings
        case "codelists": return CodeListFile.read(name: "x", bytes: bytes).findings
        default:
            let place = try TemporaryDirectory()
            defer { withExtendedLifetime(place) {} }
            try place.write("audiences.yaml", String(decoding: bytes, as: UTF8.self))
            return MappingLibrary.load(mappings: place.path, schemas: place.path).findings.map(\.finding)
        }
    }
}

@Suite("Files with one fault each")
struct BrokenFileTests {
    @Test("The fault is found once, by its code, at its line and column", arguments: BrokenFiles.cases)
    func fault(_ expected: BrokenFiles.Case) throws {
        let found = try BrokenFiles.findings(expected.file)
        let shown = found.map { "\($0.position.line):\($0.position.column) \($0.severity) \($0.code): \($0.text)" }
        #expect(found.count == 1, "\(shown)")
        let first = try #require(found.first)
        #expect(first.code.name == expected.code, "\(shown)")
        #expect(first.severity.rawValue == expected.severity, "\(shown)")
        #expect((first.position.line, first.position.column) == (expected.line, expected.column), "\(shown)")
        #expect(first.text.contains(expected.word), "\(shown)")
        #expect(!first.textZH.isEmpty && first.textZH.unicodeScalars.contains { $0.value > 0x2E80 }, "\(first.textZH)")
    }

    @Test("The table names every file, and there are enough of them")
    func table() {
        let files = FolderReader.files(below: BrokenFiles.folder).filter { $0 != "faults.csv" && $0 != "README.md" }
        #expect(Set(files) == Set(BrokenFiles.cases.map(\.file)))
        #expect(BrokenFiles.cases.count == files.count && files.count >= 100)
    }
}
