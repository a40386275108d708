import ExchangeModel
import Formats
import Testing

@testable import Mapping

@Suite("Mappings from sheets of workbooks")
struct SheetMappingTests {
    private func file(_ from: String) -> String {
        """
        mapping: shop/in/thing
        version: 1
        from: \(from)
        to: { dataset: thing, canonical: 1 }
        identify: { businessKey: code, orderingKey: code, version: literal("1") }
        fields:
          title: 名称 | trim | required
          price: amount | amount("万元")
        """
    }

    private func compile(_ from: String) throws -> InboundMapping {
        let (result, findings) = MappingCompilation.compile(
            Array(file(from).utf8), expectedName: "shop/in/thing", input: Workshop.input)
        #expect(findings.filter { $0.severity == .error } == [])
        guard case .inbound(let mapping)? = result else { throw Missing() }
        return mapping
    }

    private struct Missing: Error {}

    @Test("where the records are is read, and without it the first sheet and row are meant")
    func dialect() throws {
        let plain = try compile("{ format: xlsx }")
        #expect(plain.sourceFormat == .xlsx && plain.sheetDialect == SheetDialect())
        let dialect = try compile(
            "{ format: xlsx, sheet: { name: 中标, rowsBeforeHeader: 2, headerRows: 3, rowsAfterHeader: 1, names: { a_b: amount } } }"
        ).sheetDialect
        #expect(
            dialect
                == SheetDialect(
                    sheet: .name("中标"), rowsBeforeHeader: 2, headerRows: 3, rowsAfterHeader: 1, names: ["a_b": "amount"]))
        #expect(try compile("{ format: xlsx, sheet: { number: 2 } }").sheetDialect == SheetDialect(sheet: .number(2)))
        var channel = SheetDialectSettings()
        channel.sheet = .number(4)
        channel.names = ["c": "d"]
        #expect(
            channel.applied(to: dialect)
                == SheetDialect(
                    sheet: .number(4), rowsBeforeHeader: 2, headerRows: 3, rowsAfterHeader: 1, names: ["a_b": "amount", "c": "d"])
        )
    }

    @Test("a row becomes a canonical record, numbers and all")
    func row() throws {
        let mapping = try compile("{ format: xlsx }")
        // The tree that a sheet gives: as that of CSV, but numbers are numbers.
        var tree = RecordTree()
        let root = tree.append(
            name: .unknown, kind: .group, rawName: .empty, position: SourcePosition(line: 2, column: 1), to: RecordTree.none)
        for (column, (name, value, kind)) in [
            ("code", "A-1", RecordTree.Kind.text), ("名称", "楼", .text), ("amount", "1.5", .number),
        ].enumerated() {
            let raw = Array(name.utf8).withUnsafeBufferPointer { tree.store($0) }
            let text = Array(value.utf8).withUnsafeBufferPointer { tree.store($0) }
            let id = Array(name.utf8).withUnsafeBufferPointer { mapping.names.id(of: $0) }
            _ = tree.append(
                name: id, kind: kind, rawName: raw, value: text, position: SourcePosition(line: 2, column: column + 1), to: root)
        }
        let result = mapping.run(tree)
        #expect(result.findings == [] && result.businessKey == "A-1")
        #expect(String(decoding: result.canonical, as: UTF8.self).hasPrefix("{\"title\":\"楼\",\"price\":{\"value\":\"15000\""))
    }

    @Test(
        "what makes no sense is refused with the place and the nearest word",
        arguments: [
            ("{ format: xslx }", "did you mean \"xlsx\"?"), ("{ format: xlsx, sheet: { nmae: a } }", "did you mean \"name\"?"),
            ("{ format: xlsx, sheet: { name: a, number: 1 } }", "not by both"),
            ("{ format: xlsx, sheet: { number: 0 } }", "from 1 to"),
            ("{ format: xlsx, sheet: { headerRows: 6 } }", "from 1 to 5"),
            ("{ format: xlsx, sheet: { rowsAfterHeader: 101 } }", "from 0 to 100"),
            ("{ format: csv, sheet: { number: 1 } }", "the format is another"),
            ("{ format: xlsx, csv: { separator: tab } }", "the format is another"),
            ("{ format: xlsx, root: T }", "neither root nor schema"),
        ])
    func refused(from: String, words: String) {
        let findings = Workshop.lint(file(from))
        #expect(findings.contains { $0.text.contains(words) && $0.position.line == 3 }, "\(findings.map(\.text))")
    }
}
