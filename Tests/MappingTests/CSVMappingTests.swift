import ExchangeModel
import Formats
import Testing

@testable import Mapping

@Suite("Mappings from CSV")
struct CSVMappingTests {
    private func file(_ from: String, fields: String = "title: 名称 | trim | required\n  price: amount | amount(\"万元\")") -> String
    {
        """
        mapping: shop/in/thing
        version: 1
        from: \(from)
        to: { dataset: thing, canonical: 1 }
        identify: { businessKey: code, orderingKey: code, version: literal("1") }
        fields:
          \(fields)
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

    @Test("each row becomes a canonical record; what the mapping refuses has the line and column of the field")
    func rows() throws {
        let mapping = try compile(
            "{ format: csv, csv: { separator: semicolon, rowsBeforeHeader: 1, names: { \"金额(万元)\": amount } } }")
        #expect(mapping.sourceFormat == .csv)
        let cutter = CSVRecordCutter(dialect: mapping.csvDialect, names: mapping.names)
        cutter.append(Array("说明;;\ncode; 名称 ;金额(万元);other\nA-1; 楼 ;1.5;x\nA-2;;2;x\nA-3;桥;多;x\nA-4;路\n".utf8))
        cutter.finish()
        var tree = RecordTree()
        var results: [InboundResult] = []
        var refused: [[Finding]] = []
        reading: while true {
            switch cutter.next(into: &tree) {
            case .record: results.append(mapping.run(tree))
            case .refused(_, let findings): refused.append(findings)
            case .end, .needsBytes: break reading
            case .unreadable(let findings):
                Issue.record("\(findings)")
                break reading
            }
        }
        #expect(results.map(\.businessKey) == ["A-1", "A-2", "A-3"])
        let first = String(decoding: results[0].canonical, as: UTF8.self)
        #expect(first.hasPrefix("{\"title\":\"楼\",\"price\":{\"value\":\"15000\""), "\(first)")
        #expect(results[1].findings.map(\.code) == [.fieldRequired])
        #expect(results[1].findings.map(\.path) == ["/名称"])
        #expect(results[1].findings.map(\.position) == [SourcePosition(line: 4, column: 5)])
        #expect(results[2].findings.map(\.code) == [.amountInvalid])
        #expect(results[2].findings.map(\.position) == [SourcePosition(line: 5, column: 9)])
        #expect(refused.map { $0.map(\.code) } == [[.csvColumns]])
    }

    @Test("the dialect is read, and without it commas and UTF-8 are meant")
    func dialect() throws {
        #expect(try compile("{ format: csv }").csvDialect == CSVDialect())
        let dialect = try compile(
            "{ format: csv, csv: { separator: tab, encoding: gb18030, rowsBeforeHeader: 2, rowsAfterHeader: 1 } }"
        ).csvDialect
        #expect(dialect == CSVDialect(separator: .tab, encoding: .gb18030, rowsBeforeHeader: 2, rowsAfterHeader: 1))
        var channel = CSVDialectSettings()
        channel.encoding = .utf8
        channel.names = ["a": "b"]
        #expect(
            channel.applied(to: dialect)
                == CSVDialect(separator: .tab, encoding: .utf8, rowsBeforeHeader: 2, rowsAfterHeader: 1, names: ["a": "b"]))
    }

    @Test(
        "what makes no sense is refused with the place and the nearest word",
        arguments: [
            ("{ format: csvv }", "did you mean \"csv\"?"),
            ("{ format: csv, csv: { separator: komma } }", "did you mean \"comma\"?"),
            ("{ format: csv, csv: { encoding: gbk } }", "must be one of utf-8, gb18030"),
            ("{ format: csv, csv: { seperator: tab } }", "did you mean \"separator\"?"),
            ("{ format: csv, csv: { rowsBeforeHeader: 101 } }", "from 0 to 100"),
            ("{ format: json, csv: { separator: tab } }", "the format is another"),
            ("{ format: csv, root: T }", "neither root nor schema"),
        ])
    func refused(from: String, words: String) {
        let findings = Workshop.lint(file(from))
        #expect(findings.contains { $0.text.contains(words) && $0.position.line == 3 }, "\(findings.map(\.text))")
    }
}
