import ExchangeModel
import Formats
import GatewayTesting
import Glibc
import Testing
import XML

@Suite("Records from large XML documents")
struct XMLCutterTests {
    static let sizes = [[], [1], [2], [3], [7], [1, 5, 2], [64], [65536]]

    static func cutter(_ path: String, limits: XMLLimits = .default, schema: XMLSchema? = nil) throws -> XMLRecordCutter {
        XMLRecordCutter(path: try #require(XMLRecordPath(path)), limits: limits, schema: schema, names: table(["A", "x"]))
    }

    static func cut(_ path: String, _ text: String, limits: XMLLimits = .default, pieces: [Int] = []) throws -> Cuts {
        Cuts(try cutter(path, limits: limits), text, pieces: pieces)
    }

    /// The nodes of a record as a document of its own, its first line being another.
    static func document(_ text: String, firstLine: Int = 1) -> [String] {
        var tree = RecordTree()
        let findings = XMLRecordReader().read(Array(text.utf8), names: table(["A", "x"]), into: &tree)
        return findings.isEmpty ? Cuts.nodes(of: tree, lineOffset: firstLine - 1) : findings.map(\.text)
    }

    @Test("elements at a path are records with the nodes of the same element as a document", arguments: sizes)
    func records(pieces: [Int]) throws {
        let first = "<R x='1' y=\"a&#10;b&lt;&#x4e2d;\t\r\n \">\r\n  <A>招标 &amp; 公告</A>\n <A/>\r<B> \r\n </B>\n</R>"
        let second =
            "<R><A>a<!-- x --> b<![CDATA[ <&]]]]>]]&gt;<C/> \n <?p q?> <C>  </C> c&#32;</A><A>\u{FFFD}\u{10FFFF}，</A></R >"
        let text =
            "\u{FEFF}<?xml version='1.0'  encoding='UTF-8'?>\n<!-- a --><?b c?>\n<N>\n\(first)<X><R/></X>\n\(second)<R/></N>\n<!-- -->\n"
        let cuts = try Self.cut("/N/R", text, pieces: pieces)
        #expect(cuts.unreadable.isEmpty && cuts.refusals.isEmpty)
        #expect(cuts.records.count == 3)
        #expect(cuts.records[0] == Self.document(first, firstLine: 4))
        #expect(cuts.records[1] == Self.document(second, firstLine: 10))
        #expect(cuts.records[2] == Self.document("<R/>", firstLine: 11))
        let bytes = Array(text.utf8)
        for place in cuts.places { #expect(bytes[place.offset] == 0x3C && bytes[place.end - 1] == 0x3E) }
        #expect(cuts.places.map(\.line) == [4, 10, 11] && cuts.places.map(\.endLine) == [9, 11, 11])
        #expect(cuts.places[2].endColumn - cuts.places[1].endColumn == 4)
    }

    @Test(
        "a path has steps of local names, qualified names, and *",
        arguments: [
            ("/N", 1), ("/*", 1), ("/N/R", 2), ("/N/*", 5), ("/N/*/R", 1), ("/*/*/R", 1), ("/{urn:n}N/R", 2),
            ("/{urn:n}N/{urn:n}R", 1),
            ("/N/{urn:p}R", 1), ("/N/{}S", 1), ("/N/Q", 0),
        ])
    func paths(path: String, records: Int) throws {
        let text = "<N xmlns='urn:n' xmlns:p='urn:p'><R/><p:R/><S xmlns=''/><S><R/></S><T/></N>"
        for pieces in Self.sizes {
            let cuts = try Self.cut(path, text, pieces: pieces)
            #expect(cuts.records.count == records && cuts.unreadable.isEmpty)
        }
    }

    @Test("another root element is unreadable")
    func otherRoot() throws {
        #expect(try Self.cut("/M/R", "<N><R/></N>").unreadable.map(\.code) == [.datasetUnknown])
        #expect(try Self.cut("/{urn:x}N/R", "<N><R/></N>").unreadable.map(\.code) == [.datasetUnknown])
    }

    @Test("names of namespaces declared around records are known in them", arguments: sizes)
    func namespaces(pieces: [Int]) throws {
        var names = NameTable()
        let urn = names.namespace("urn:p")
        let id = names.intern("A", namespace: urn)
        let plain = names.intern("A")
        let text =
            "<N xmlns:p='urn:p'><M xmlns='urn:p'><R><A/><p:A p:x='1'/><A xmlns=''/></R></M><M><R xmlns:p='urn:q'><p:A/><A/></R></M></N>"
        let cutter = XMLRecordCutter(path: try #require(XMLRecordPath("/N/M/R")), names: names)
        var tree = RecordTree()
        var found: [[NameID]] = []
        var rest = Array(text.utf8)[...]
        reading: while true {
            switch cutter.next(into: &tree) {
            case .record: found.append(tree.nodes.dropFirst().filter { $0.kind == .group }.map(\.name))
            case .needsBytes:
                if rest.isEmpty { cutter.finish() }
                let piece = rest.prefix(pieces.first ?? rest.count)
                piece.withUnsafeBufferPointer { cutter.append($0) }
                rest = rest.dropFirst(piece.count)
            case .refused, .unreadable:
                Issue.record("refused")
                break reading
            case .end: break reading
            }
        }
        #expect(found == [[id, id, plain], [.unknown, plain]])
    }

    // MARK: Limits

    @Test(
        "a record that breaks a limit is refused alone, and cutting goes on",
        arguments: [
            ("<R><A>" + String(repeating: "]x>&amp;", count: 60) + "</A></R>", Finding.Code.bytesOverLimit),
            ("<R><!--" + String(repeating: "<", count: 400) + "--><A/></R>", .bytesOverLimit),
            ("<R><![CDATA[" + String(repeating: "</R>", count: 100) + "]]></R>", .bytesOverLimit),
            ("<R><A y='" + String(repeating: "></R>", count: 100).replacing("<", with: "") + "'/></R>", .bytesOverLimit),
            ("<R><?p " + String(repeating: "></R>", count: 100) + "?></R>", .bytesOverLimit),
            ("<R y='" + String(repeating: "x", count: 290) + "'><A/></R>", .bytesOverLimit),
            (
                "<R>" + String(repeating: "<A>", count: 10) + "<A/>" + String(repeating: "</A>", count: 10) + "</R>",
                .depthOverLimit
            ),
            ("<R>" + String(repeating: "<A/>", count: 20) + "<B x='>'><A></A></B></R>", .countOverLimit),
            ("<R><A a='' b='' c='' d='' e=''><A>></A></A></R>", .countOverLimit),
            ("<R a='' b='' c='' d='' e=''/>", .countOverLimit),
            ("<R a='' b='' c='' d='' e=''><A/></R>", .countOverLimit),
            ("<R xmlns:a='a' xmlns:b='a' xmlns:c='b'><A/></R>", .countOverLimit),
        ])
    func limits(record: String, code: Finding.Code) throws {
        let limits = XMLLimits(bytesMax: 300, depthMax: 5, nodesMax: 15, attributesMax: 4, namespacesMax: 2)
        let text = "<N>\n<R><A>1</A></R>\n \(record)<R/></N>"
        for pieces in Self.sizes {
            let cuts = try Self.cut("/N/R", text, limits: limits, pieces: pieces)
            #expect(cuts.unreadable.isEmpty)
            #expect(cuts.refusals.map { $0.map(\.code) } == [[code]])
            #expect(cuts.records.count == 2 && cuts.places.map(\.number) == [1, 2, 3])
            guard cuts.places.count == 3 else { return }
            #expect(cuts.places[1].line == 3 && cuts.refusals.first?.first?.position.line == 3)
            #expect(cuts.places[2].offset == cuts.places[1].end)
        }
    }

    @Test("a record of the longest length is taken, one byte more is not", arguments: sizes)
    func longest(pieces: [Int]) throws {
        let limits = XMLLimits(bytesMax: 20)
        let cuts = try Self.cut("/N/R", "<N><R>0123456789abc</R><R>0123456789abcd</R><R/></N>", limits: limits, pieces: pieces)
        #expect(cuts.cuts.map { if case .record = $0 { true } else { false } } == [true, false, true])
    }

    @Test("nesting of 10,000 is refused alone", arguments: [[], [7], [4096]])
    func depth(pieces: [Int]) throws {
        let deep = String(repeating: "<A>", count: 10_000) + String(repeating: "</A>", count: 10_000)
        let cuts = try Self.cut("/N/R", "<N><R>\(deep)</R><R/></N>", pieces: pieces)
        #expect(cuts.refusals.first?.first?.code == .depthOverLimit && cuts.records.count == 1)
        #expect(try Self.cut("/N/R", "<N><X>\(deep)</X><R/></N>", pieces: pieces).unreadable.map(\.code) == [.depthOverLimit])
    }

    @Test("a field of 100 MB is refused in constant memory", arguments: ["<A>", "<![CDATA[", "<!--", "<A y='"])
    func huge(start: String) throws {
        let end = ["<A>": "</A>", "<![CDATA[": "]]>", "<!--": "-->", "<A y='": "'/>"][start] ?? ""
        let cutter = try Self.cutter("/N/R")
        var tree = RecordTree()
        Array("<N><R>\(start)".utf8).withUnsafeBufferPointer { cutter.append($0) }
        let piece = [UInt8](repeating: 0x61, count: 1 << 16)
        let before = residentKilobytes()
        for _ in 0..<1600 {
            piece.withUnsafeBufferPointer { cutter.append($0) }
            #expect(cutter.next(into: &tree) == .needsBytes)
        }
        #expect(residentKilobytes() - before < 64 << 10)
        Array("\(end)</R><R/></N>".utf8).withUnsafeBufferPointer { cutter.append($0) }
        cutter.finish()
        guard case .refused(_, let findings) = cutter.next(into: &tree) else {
            Issue.record("not refused")
            return
        }
        #expect(findings.first?.code == .bytesOverLimit)
        guard case .record = cutter.next(into: &tree) else {
            Issue.record("no record behind")
            return
        }
        #expect(cutter.next(into: &tree) == .end)
    }

    @Test("a record that breaks a limit and is cut off leaves the rest unreadable", arguments: sizes)
    func cutOff(pieces: [Int]) throws {
        let limits = XMLLimits(bytesMax: 30, depthMax: 2)
        for record in ["<R>" + String(repeating: "x", count: 100), "<R><A><A><A>", "<R y='" + String(repeating: "x", count: 100)]
        {
            let cuts = try Self.cut("/N/R", "<N><R/>\(record)", limits: limits, pieces: pieces)
            #expect(cuts.records.count == 1 && cuts.refusals.isEmpty && cuts.unreadable.count == 1)
        }
    }

    // MARK: Bad input

    @Test(
        "a fault of syntax makes the rest unreadable, at its place, behind the records before it",
        arguments: [
            ("<N><R/>\n<R><A></B></R></N>", 2, 9), ("<N><R/>\n<R>&nbsp;</R></N>", 2, 4), ("<N><R/>\n<R>a & b</R></N>", 2, 7),
            ("<N><R/>\n<R>]]></R></N>", 2, 4), ("<N><R/>\n<R x='1' x='2'/></N>", 2, 1), ("<N><R/>\n<p:R/></N>", 2, 1),
            ("<N><R/>\n<R x=1/></N>", 2, 6), ("<N><R/>\n<R x='<'/></N>", 2, 7), ("<N><R/>\n<R>\u{1}</R></N>", 2, 4),
            ("<N><R/>\n<R><!-- -- --></R></N>", 2, 9), ("<N><R/>\n<R><1/></R></N>", 2, 5), ("<N><R/>\n<R>", 2, 4),
            ("<N><R/>\n<R", 2, 3), ("<N><R/>\n", 2, 1), ("<N><R/></N>\n<N/>", 2, 1), ("<N><R/></N>\nx", 2, 1),
            ("<N><R/>\n<R>&#xD800;</R></N>", 2, 4), ("<N><R/>\n<R>&#0;</R></N>", 2, 4), ("<N><R/>\n<R\u{1}/></N>", 2, 3),
            ("<N><R/>\n<R><![CDATA[</R></N>", 2, 21), ("<N><R/>\n<?xml version='1.0'?></N>", 2, 3),
            ("<N><R/>\n<R>\u{FFFF}</R></N>", 2, 4),
            ("<N><R/>\n<R xmlns:p=''/></N>", 2, 1), ("<N><R/>\n<R a:b:c=''/></N>", 2, 4), ("<N><R/>\n<R x='1'y='2'/></N>", 2, 9),
            ("<N><R/>\n<!DOCTYPE N></N>", 2, 1),
        ])
    func syntax(text: String, line: Int, column: Int) throws {
        let whole = try Self.cut("/N/R", text)
        #expect(whole.records.count == 1 && whole.refusals.isEmpty)
        #expect(whole.unreadable.map(\.position) == [SourcePosition(line: line, column: column)], "\(whole.unreadable)")
        for pieces in Self.sizes { #expect(try Self.cut("/N/R", text, pieces: pieces) == whole) }
        // What one document would be refused for is refused here.
        var tree = RecordTree()
        #expect(!XMLRecordReader().read(Array(text.utf8), names: NameTable(), into: &tree).isEmpty)
    }

    @Test(
        "what cannot begin a document is unreadable",
        arguments: [
            ("", Finding.Code.xmlSyntax), ("  ", .xmlSyntax), ("x", .xmlSyntax), ("<!DOCTYPE N><N/>", .xmlDoctype),
            ("<?xml version='1.0' encoding='EBCDIC'?><N/>", .encodingUnsupported), ("<?xml version='1.0' foo?><N/>", .xmlSyntax),
            ("<?xml encoding='UTF-8'?><N/>", .xmlSyntax), ("<?xml version='1.0' encoding='UTF-16'?><N/>", .encodingInvalid),
            (" <?xml version='1.0'?><N/>", .xmlSyntax),
        ])
    func beginnings(text: String, code: Finding.Code) throws {
        for pieces in Self.sizes {
            let cuts = try Self.cut("/N/R", text, pieces: pieces)
            #expect(cuts.unreadable.map(\.code) == [code] && cuts.cuts.isEmpty)
        }
    }

    @Test("bytes that are not of the declared encoding end the document behind the records before", arguments: sizes)
    func wrongEncoding(pieces: [Int]) throws {
        let body = "<N><R><A>招标公告</A></R>"
        let head = "<?xml version='1.0' encoding='"
        let asGBK = Array("\(head)UTF-8'?><N><R/>\n<R><A>".utf8) + gb18030("招标") + Array("</A></R></N>".utf8)
        let first = Cuts(try Self.cutter("/N/R"), asGBK, pieces: pieces)
        #expect(first.records.count == 1 && first.unreadable.map(\.code) == [.encodingInvalid])
        #expect(first.unreadable.map(\.position) == [SourcePosition(line: 2, column: 7)])
        let cut = Cuts(
            try Self.cutter("/N/R"), Array("\(head)GBK'?>\(body)".utf8) + [0xFF, 0xFF] + Array("</N>".utf8), pieces: pieces)
        #expect(cut.unreadable.map(\.code) == [.encodingInvalid])
        let ascii = Cuts(try Self.cutter("/N/R"), Array("\(head)US-ASCII'?><N><R/>é</N>".utf8), pieces: pieces)
        #expect(ascii.records.count == 1 && ascii.unreadable.map(\.code) == [.encodingInvalid])
        let half = Cuts(try Self.cutter("/N/R"), Array("<N><R/>".utf8) + [0xE4, 0xB8], pieces: pieces)
        #expect(half.records.count == 1 && half.unreadable.map(\.code) == [.encodingInvalid])
        let surrogate = Cuts(
            try Self.cutter("/N/R"), Array("<N><R/>".utf8) + [0xED, 0xA0, 0x80] + Array("</N>".utf8), pieces: pieces)
        #expect(surrogate.records.count == 1 && surrogate.unreadable.map(\.code) == [.encodingInvalid])
    }

    @Test("GB 18030, GBK, UTF-16 and a byte-order mark are read as by the reader of documents", arguments: sizes)
    func encodings(pieces: [Int]) throws {
        let record = "<R><A>招标公告，𠀀é</A></R>"
        let text = "<N>\n\(record)\(record)</N>"
        let expected = Self.document(record, firstLine: 2)
        var utf16: [UInt8] = [0xFF, 0xFE]
        for unit in "<?xml version='1.0' encoding='UTF-16'?>\(text)".utf16 { utf16 += [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
        let documents = [
            gb18030("<?xml version='1.0' encoding='GB18030'?>\(text)"), utf16, [0xEF, 0xBB, 0xBF] + Array(text.utf8),
            Array(text.utf8),
        ]
        for bytes in documents {
            let cuts = Cuts(try Self.cutter("/N/R"), bytes, pieces: pieces)
            #expect(cuts.records == [expected, expected] && cuts.unreadable.isEmpty)
        }
        // Half a surrogate pair at the end of UTF-16.
        let cut = Cuts(try Self.cutter("/N/R"), utf16.dropLast(8) + [0x00, 0xD8], pieces: pieces)
        #expect(cut.unreadable.map(\.code) == [.encodingInvalid] && cut.records.count == 2)
    }

    // MARK: Schema, going on

    @Test("each record is checked against the schema as a document, with the lines of the stream", arguments: [[], [1], [64]])
    func schema(pieces: [Int]) async throws {
        try await TemporaryDirectory.with("cutters") { folder in
            let schema = """
                <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:r" xmlns="urn:r" elementFormDefault="qualified">
                  <xs:element name="R"><xs:complexType><xs:sequence>
                    <xs:element name="A" type="xs:int"/><xs:element name="B" minOccurs="0"/>
                  </xs:sequence></xs:complexType></xs:element>
                </xs:schema>
                """
            try folder.write("r.xsd", schema)
            let compiled = try XMLSchema(name: "r.xsd", folder: folder.path)
            let text = "<N xmlns='urn:r' xmlns:q='a&amp;b'>\n<R>\n<A>1</A></R><R>\n\n<A>x</A>\n<C/></R>\n<R/></N>"
            let cuts = Cuts(try Self.cutter("/N/R", schema: compiled), text, pieces: pieces)
            #expect(cuts.records.count == 1 && cuts.unreadable.isEmpty)
            #expect(cuts.refusals.map { $0.map(\.path) } == [["/R/A", "/R/C"], ["/R"]])
            #expect(cuts.refusals.map { $0.map(\.position.line) } == [[5, 6], [7]])
            #expect(cuts.refusals.allSatisfy { $0.allSatisfy { $0.code == .schemaViolation } })
        }
    }

    @Test("goes on behind every record as if nothing had been interrupted")
    func resuming() throws {
        let limits = XMLLimits(depthMax: 3)
        let text = Array(
            "<N xmlns:p='urn:p'>\n<M><R><A>1</A></R><R><A><A><A/></A></A></R></M><R/>\n<M>\n<R p:x='>'/><R><![CDATA[</R>]]></R></M></N>"
                .utf8)
        let all = Cuts(try Self.cutter("/N/M/R", limits: limits), text)
        #expect(all.cuts.count == 4 && all.refusals.count == 1 && all.unreadable.isEmpty)
        for (index, place) in all.places.enumerated() {
            let rest = Cuts(try Self.cutter("/N/M/R", limits: limits), text, resumingBehind: place)
            #expect(rest.cuts == Array(all.cuts[(index + 1)...]) && rest.places == Array(all.places[(index + 1)...]))
        }
    }
}
