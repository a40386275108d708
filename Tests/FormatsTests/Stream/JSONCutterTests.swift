import ExchangeModel
import Formats
import JSON
import Testing

@Suite("Records from streams of JSON")
struct JSONCutterTests {
    static let sizes = [[], [1], [2], [3], [7], [1, 5, 2], [65536]]

    private func lines(_ text: String, limits: JSONLimits = JSONLimits(), pieces: [Int] = []) -> Cuts {
        Cuts(JSONLineCutter(limits: limits, names: table(["a"])), text, pieces: pieces)
    }

    private func elements(_ pointer: String, _ text: String, limits: JSONLimits = JSONLimits(), pieces: [Int] = []) throws -> Cuts
    {
        Cuts(try #require(JSONElementCutter(pointer: pointer, limits: limits, names: table(["a"]))), text, pieces: pieces)
    }

    // MARK: Lines

    @Test("each line is a record at its place; blank lines and a byte-order mark are passed over", arguments: sizes)
    func lineRecords(pieces: [Int]) {
        let cuts = lines("\u{FEFF}{\"a\":1}\r\n \t\r\n\n  {\"a\":\"中\",\"b\":[1,2]}\n{}", pieces: pieces)
        #expect(cuts.unreadable.isEmpty && cuts.refusals.isEmpty)
        #expect(
            cuts.places == [
                RecordPlace(number: 1, offset: 3, end: 12, line: 1, endLine: 2),
                RecordPlace(number: 2, offset: 17, end: 41, line: 4, endLine: 5),
                RecordPlace(number: 3, offset: 41, end: 43, line: 5, endLine: 5),
            ])
        #expect(cuts.records[0][1].hasPrefix("number a=1 #0 1:6 false"))
        #expect(cuts.records[1][1].hasPrefix("text a=中 #0 4:8 false"))
        #expect(cuts.records[1][3].hasPrefix("number b=2 #-1 4:21 true"))
    }

    @Test("a bad line is refused alone, with pointer, line and column of the stream", arguments: sizes)
    func badLines(pieces: [Int]) {
        let cuts = lines("{\"a\":1}\n{\"a\":{\"b\":01}}\n[1]\n{\"a\":\"\\ud800\"}\n{\"a\":\"x\n\"}\n{\"a\":2}\n", pieces: pieces)
        #expect(cuts.records.count == 2)
        let first = cuts.refusals.compactMap(\.first)
        #expect(first.map(\.code) == [.jsonSyntax, .jsonRootInvalid, .encodingInvalid, .jsonSyntax, .jsonSyntax])
        #expect(first[0].path == "/a/b" && first[0].position == SourcePosition(line: 2, column: 11))
        #expect(first.map(\.position.line) == [2, 3, 4, 5, 6])
        #expect(cuts.places.map(\.number) == Array(1...7))
    }

    @Test("a line over the limit is refused with the limit named, one at the limit is not", arguments: sizes)
    func longLines(pieces: [Int]) {
        let limits = JSONLimits(bytesMax: 20)
        let fits = "{\"a\":\"0123456789ab\"}"
        let cuts = lines(
            "\(fits)\r\n\(fits) \n{}\n" + fits + String(repeating: " ", count: 200) + "\n{}", limits: limits, pieces: pieces)
        #expect(fits.utf8.count == 20)
        #expect(cuts.cuts.map { if case .record = $0 { true } else { false } } == [true, false, true, false, true])
        #expect(cuts.refusals.allSatisfy { $0.first?.code == .bytesOverLimit && $0.first?.text.contains("20 bytes") == true })
        #expect(
            cuts.refusals.map { $0.first?.position } == [SourcePosition(line: 2, column: 1), SourcePosition(line: 4, column: 1)])
    }

    @Test("nothing, and blank lines alone, are no records; UTF-16 is unreadable")
    func empty() {
        #expect(lines("") == lines("\n \n"))
        #expect(lines("").cuts.isEmpty)
        let cutter = JSONLineCutter(names: NameTable())
        #expect(Cuts(cutter, [0xFF, 0xFE, 0x7B, 0]).unreadable.map(\.code) == [.encodingInvalid])
    }

    @Test("nesting of 10,000 is refused alone")
    func depth() throws {
        let deep = "{\"a\":" + String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000) + "}"
        let cuts = lines("\(deep)\n{\"a\":1}")
        #expect(cuts.refusals.first?.first?.code == .depthOverLimit && cuts.records.count == 1)
        let inArray = try elements("", "[\(deep),{\"a\":1}]", pieces: [777])
        #expect(inArray.refusals.first?.first?.code == .depthOverLimit && inArray.records.count == 1)
        #expect(inArray.refusals.first?.first?.path.hasPrefix("/0/a") == true)
    }

    // MARK: Elements

    static let document = """
        \u{FEFF}{ "total": 3, "other": {"rows": [1, {"x": "]}\\""}]},
          "data": [0, {"no": 1}, {"rows": [
            {"a": 1}, {"a": "\\u4e2d"},
            {"a": [1, {"b": null}]}
          ], "more": [{}, []]}, "x"], "last": "," }

        """

    @Test("elements at a pointer are records at their places", arguments: sizes)
    func elementRecords(pieces: [Int]) throws {
        let cuts = try elements("/data/2/rows", Self.document, pieces: pieces)
        #expect(cuts.unreadable.isEmpty && cuts.refusals.isEmpty)
        #expect(cuts.records.count == 3)
        #expect(cuts.records[0][1].hasPrefix("number a=1 #0 3:11 false"))
        #expect(cuts.records[1][1].hasPrefix("text a=中 #0 3:21 false"))
        #expect(cuts.places.map(\.line) == [3, 3, 4] && cuts.places.map(\.endLine) == [3, 3, 4])
        #expect(cuts.places.map(\.endColumn) == [13, 30, 28])
        let bytes = Array(Self.document.utf8)
        for place in cuts.places { #expect(bytes[place.offset] == 0x7B && bytes[place.end - 1] == 0x7D) }
    }

    @Test("a bad element is refused alone, with its pointer", arguments: sizes)
    func badElements(pieces: [Int]) throws {
        let text = "[{\"a\":1}, {\"a\" 1},\n 5, {\"a\":{\"b\":tru}} , , {\"a\":\"\\x\"}, xyz, {\"a\":2}]"
        let cuts = try elements("", text, pieces: pieces)
        #expect(cuts.unreadable.isEmpty && cuts.records.count == 2)
        let first = cuts.refusals.compactMap(\.first)
        #expect(first.map(\.path) == ["/1/a", "/2", "/3/a/b", "/4", "/5/a", "/6"])
        #expect(
            first[0].position == SourcePosition(line: 1, column: 16) && first[1].position == SourcePosition(line: 2, column: 2))
        #expect(first.map(\.code) == [.jsonSyntax, .jsonRootInvalid, .jsonSyntax, .jsonSyntax, .jsonSyntax, .jsonSyntax])
        #expect(cuts.places.map(\.number) == Array(1...8))
    }

    @Test("an element over the limit is refused with the limit named", arguments: sizes)
    func longElements(pieces: [Int]) throws {
        let long = "{\"a\":\"" + String(repeating: "]}\\\"", count: 30) + "\"}"
        let cuts = try elements("/r", "{\"r\":[{},\(long),{}]}", limits: JSONLimits(bytesMax: 40), pieces: pieces)
        #expect(cuts.unreadable.isEmpty && cuts.records.count == 2)
        #expect(cuts.refusals.map { $0.first?.code } == [.bytesOverLimit] && cuts.refusals[0][0].path == "/r/1")
        #expect(cuts.refusals[0][0].text.contains("40 bytes"))
    }

    @Test(
        "when the structure is lost the rest is unreadable, behind the records before it",
        arguments: [
            ("", "[{}, {\"a\": [1}, {}]", 1), ("", "[{}, {}", 2), ("", "[{}, {\"a\": \"x}, {}]", 1), ("", "[{} {}]", 1),
            ("", "[{},]", 1), ("", "[{}] x", 1), ("", "{}", 0), ("", "", 0), ("", "  ", 0), ("/a", "{\"a\":{}}", 0),
            ("/a", "{\"b\":[]}", 0), ("/a", "{\"a\":[{}],\"a\":[{}]}", 1), ("/a", "{\"a\":[{}],\"b\":tru}", 1),
            ("/a", "{\"a\":[{}],}", 1), ("/a", "{\"a\":[{}]", 1), ("/0", "[[{}],", 1), ("/a", "{\"b\":[1},\"a\":[]}", 0),
        ])
    func lost(pointer: String, text: String, records: Int) throws {
        let whole = try elements(pointer, text)
        #expect(whole.unreadable.count == 1 && whole.records.count == records)
        for pieces in Self.sizes { #expect(try elements(pointer, text, pieces: pieces) == whole) }
    }

    @Test("a value beside the array may be larger than a record")
    func largeNeighbour() throws {
        let text = "{\"x\":[\"" + String(repeating: "]", count: 5000) + "\"],\"r\":[{}]}"
        for pieces in Self.sizes {
            let cuts = try elements("/r", text, limits: JSONLimits(bytesMax: 100), pieces: pieces)
            #expect(cuts.unreadable.isEmpty && cuts.records.count == 1)
        }
    }

    // MARK: Going on

    @Test("goes on behind every record as if nothing had been interrupted")
    func resuming() throws {
        let text = Array("\n{\"a\":1}\r\n\n[]\n{\"a\":\n{\"a\":2}\n{\"a\":3}".utf8)
        let all = Cuts(JSONLineCutter(names: table(["a"])), text)
        for (index, place) in all.places.enumerated() {
            let rest = Cuts(JSONLineCutter(names: table(["a"])), text, resumingBehind: place)
            #expect(rest.cuts == Array(all.cuts[(index + 1)...]) && rest.places == Array(all.places[(index + 1)...]))
        }
        let document = Array(Self.document.utf8)
        func cutter() throws -> JSONElementCutter {
            try #require(JSONElementCutter(pointer: "/data/2/rows", names: table(["a"])))
        }
        let elements = Cuts(try cutter(), document)
        for (index, place) in elements.places.enumerated() {
            let rest = Cuts(try cutter(), document, resumingBehind: place)
            #expect(rest.cuts == Array(elements.cuts[(index + 1)...]) && rest.places == Array(elements.places[(index + 1)...]))
            #expect(rest.unreadable.isEmpty)
        }
    }

    @Test("a line and an element of 100 MB are refused in constant memory")
    func huge() throws {
        let piece = [UInt8](repeating: 0x61, count: 1 << 16)
        for cutter in [JSONLineCutter(names: table([])), try #require(JSONElementCutter(names: table([])))] as [any RecordCutter]
        {
            let start = Array((cutter is JSONLineCutter ? "{\"a\":\"" : "[{\"a\":\"").utf8)
            let end = Array((cutter is JSONLineCutter ? "\"}\n{}" : "\"},{}]").utf8)
            var tree = RecordTree()
            start.withUnsafeBufferPointer { cutter.append($0) }
            let before = residentKilobytes()
            for _ in 0..<1600 {
                piece.withUnsafeBufferPointer { cutter.append($0) }
                #expect(cutter.next(into: &tree) == .needsBytes)
            }
            #expect(residentKilobytes() - before < 64 << 10)
            end.withUnsafeBufferPointer { cutter.append($0) }
            cutter.finish()
            guard case .refused(_, let findings) = cutter.next(into: &tree) else {
                Issue.record("not refused")
                continue
            }
            #expect(findings.first?.code == .bytesOverLimit)
            guard case .record(let place) = cutter.next(into: &tree) else {
                Issue.record("no record behind")
                continue
            }
            #expect(place.number == 2 && cutter.next(into: &tree) == .end)
        }
    }
}
