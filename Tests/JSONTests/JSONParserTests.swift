import ExchangeModel
import JSON
import Testing

/// Kinds and texts of all tokens.
func tokens(_ text: String, limits: JSONLimits = .default) throws -> [String] {
    try Array(text.utf8).withUnsafeBufferPointer { buffer in
        var parser = JSONParser(buffer, limits: limits)
        var result: [String] = []
        while true {
            let token = try parser.next()
            if token.kind == .end { return result }
            result.append("\(token.kind)" + ([.key, .string, .number].contains(token.kind) ? " " + parser.text(token) : ""))
        }
    }
}

/// The finding of a document that is refused; nil when it is accepted.
func refusal(_ bytes: [UInt8], limits: JSONLimits = .default) -> Finding? {
    do {
        _ = try JSONValue(parsing: bytes, limits: limits)
        return nil
    } catch { return error.finding }
}

@Suite("JSONParser")
struct JSONParserTests {
    @Test("hands out keys, values and brackets, and no commas or colons")
    func order() throws {
        #expect(
            try tokens(#" { "a" : [ 1 , -2.50e+3, true,false,null, "x" ] , "b":{} } "#) == [
                "beginObject", "key a", "beginArray", "number 1", "number -2.50e+3", "true", "false", "null", "string x",
                "endArray", "key b", "beginObject", "endObject", "endObject",
            ])
        #expect(try tokens("7") == ["number 7"])
        #expect(try tokens("\"\"") == ["string "])
    }

    @Test("keeps numbers as written, beyond 2^53 and with trailing zeros")
    func numbers() throws {
        let value = try JSONValue(parsing: "[9007199254740993, 0.10, -0, 1E400, 123456789012345678901234567890]")
        #expect(
            value.elements?.map(\.number) == ["9007199254740993", "0.10", "-0", "1E400", "123456789012345678901234567890"])
        #expect(value[0]?.integer == 9_007_199_254_740_993)
        #expect(value[4]?.integer == nil)
    }

    @Test(
        "unescapes strings",
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u62db\u6807""#, "招标"), (#""\uD834\uDD1E!""#, "𝄞!"),
            (#""\u0000""#, "\0"),
            (#""招\u6807公""#, "招标公"), (#""aaaaaaaa\nbbbbbbbb""#, "aaaaaaaa\nbbbbbbbb"), (#""é𝄞""#, "é𝄞"),
        ])
    func unescapes(document: String, text: String) throws {
        #expect(try JSONValue(parsing: document) == .string(text))
    }

    @Test("gives line and column in bytes of each token")
    func positions() throws {
        let document = "{\r\n  \"名\": [\n\t10,\n    \"x\"]\n}"
        let places = try Array(document.utf8).withUnsafeBufferPointer { buffer in
            var parser = JSONParser(buffer)
            var places: [[Int]] = []
            while true {
                let token = try parser.next()
                places.append([token.position.line, token.position.column])
                if token.kind == .end { return places }
            }
        }
        #expect(places == [[1, 1], [2, 3], [2, 10], [3, 2], [4, 5], [4, 8], [5, 1], [5, 2]])
    }

    @Test("knows the pointer of each token")
    func pointers() throws {
        let pointers = try Array(#"{"a/b":[1,{"c~":2}],"d":3}"#.utf8).withUnsafeBufferPointer { buffer in
            var parser = JSONParser(buffer)
            var pointers: [String] = []
            while try parser.next().kind != .end { pointers.append(parser.pointer) }
            return pointers
        }
        #expect(
            pointers == [
                "", "/a~1b", "/a~1b", "/a~1b/0", "/a~1b/1", "/a~1b/1/c~0", "/a~1b/1/c~0", "/a~1b/1", "/a~1b", "/d", "/d", "",
            ])
    }

    @Test("skips a value whole and still checks it")
    func skips() throws {
        try Array(#"{"a":[1,[2,{"x":3}]],"b":"c"}"#.utf8).withUnsafeBufferPointer { buffer in
            var parser = JSONParser(buffer)
            _ = try parser.next()
            _ = try parser.next()
            try parser.skipValue()
            let key = try parser.next()
            #expect(parser.text(key) == "b")
            try parser.skipValue()
            #expect(try parser.next().kind == .endObject)
            #expect(parser.depth == 0)
        }
        Array(#"[[1,2,]]"#.utf8).withUnsafeBufferPointer { buffer in
            var parser = JSONParser(buffer)
            #expect(throws: JSONError.self) { try parser.skipValue() }
        }
    }

    @Test("says end again after the end, and the same failure again after a failure")
    func afterTheEnd() throws {
        try Array("1".utf8).withUnsafeBufferPointer { buffer in
            var parser = JSONParser(buffer)
            _ = try parser.next()
            #expect(try parser.next().kind == .end)
            #expect(try parser.next().kind == .end)
        }
        Array("[1 2]".utf8).withUnsafeBufferPointer { buffer in
            var parser = JSONParser(buffer)
            _ = try? parser.next()
            _ = try? parser.next()
            let first = #expect(throws: JSONError.self) { try parser.next() }
            let second = #expect(throws: JSONError.self) { try parser.next() }
            #expect(first == second && first != nil)
        }
    }
}

@Suite("JSON that is refused")
struct JSONRefusalTests {
    @Test(
        "names kind, line, column and pointer",
        arguments: [
            ("", "json.syntax", 1, 1, ""),
            ("  \n ", "json.syntax", 2, 2, ""),
            ("{\"a\":1,\n \"b\" 2}", "json.syntax", 2, 6, "/b"),
            ("[1,\n2,]", "json.syntax", 2, 3, "/1"),
            ("{\"a\":1,}", "json.syntax", 1, 8, "/a"),
            ("[1 2]", "json.syntax", 1, 4, "/0"),
            ("[01]", "json.syntax", 1, 2, "/0"),
            ("[1.]", "json.syntax", 1, 2, "/0"),
            ("[+1]", "json.syntax", 1, 2, "/0"),
            ("[NaN]", "json.syntax", 1, 2, "/0"),
            ("[tru]", "json.syntax", 1, 2, "/0"),
            ("{'a':1}", "json.syntax", 1, 2, ""),
            ("{\"a\":\"x\ty\"}", "json.syntax", 1, 8, "/a"),
            ("[\"\\x\"]", "json.syntax", 1, 3, "/0"),
            ("[\"\\u12\"]", "json.syntax", 1, 3, "/0"),
            ("[\"abc", "json.syntax", 1, 2, "/0"),
            ("{\"a\":", "json.syntax", 1, 6, "/a"),
            ("{} {}", "json.syntax", 1, 4, ""),
            ("[\"\\uD800\"]", "encoding.invalid", 1, 3, "/0"),
            ("[\"\\uDC00\"]", "encoding.invalid", 1, 3, "/0"),
            ("[\"\\uD800\\u0041\"]", "encoding.invalid", 1, 3, "/0"),
            ("\u{FEFF}{}", "encoding.invalid", 1, 1, ""),
            ("{\"a\":1,\"a\":2}", "json.duplicate-key", 1, 8, "/a"),
            ("{\"x\":{\"a\":1,\n\"\\u0061\":2}}", "json.duplicate-key", 2, 1, "/x/a"),
            ("{\"\\u0061\":1,\"\\u0061\":2}", "json.duplicate-key", 1, 13, "/a"),
        ])
    func places(document: String, code: String, line: Int, column: Int, path: String) throws {
        let finding = try #require(refusal(Array(document.utf8)))
        #expect(finding.code.name == code)
        #expect(finding.position == SourcePosition(line: line, column: column))
        #expect(finding.path == path)
        #expect(!finding.text.isEmpty && !finding.textZH.isEmpty)
    }

    @Test(
        "refuses bytes that are not UTF-8, wherever they stand in a word",
        arguments: [
            [0xC3], [0xC3, 0x28], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xE2, 0x82], [0xE4, 0xBD, 0x20], [0xED, 0xA0, 0x80],
            [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0x80], [0xF0, 0x9D, 0x84],
        ] as [[UInt8]])
    func invalidUTF8(bad: [UInt8]) {
        for before in 0..<17 {
            for after in [0, 3, 9] {
                let document =
                    [0x22] + [UInt8](repeating: 0x61, count: before) + bad + [UInt8](repeating: 0x62, count: after) + [0x22]
                let finding = refusal(document)
                #expect(finding?.code == .encodingInvalid)
                #expect(finding?.position == SourcePosition(line: 1, column: before + 2))
            }
        }
    }

    @Test("says that UTF-16 is not read")
    func wideEncodings() {
        for document: [UInt8] in [
            [0xFF, 0xFE, 0x5B, 0, 0x5D, 0], [0xFE, 0xFF, 0, 0x5B], [0x5B, 0, 0x5D, 0], [0, 0x5B, 0, 0x5D],
        ] {
            #expect(refusal(document)?.code == .encodingInvalid)
            #expect(refusal(document)?.text.contains("UTF-16") == true)
        }
    }

    @Test("keeps the limits on bytes, depth and count, and names them")
    func limits() {
        let limits = JSONLimits(bytesMax: 40, depthMax: 3, countMax: 5)
        #expect(refusal(Array("[[[1]]]".utf8), limits: limits) == nil)
        #expect(refusal(Array("[[[[1]]]]".utf8), limits: limits)?.code == .depthOverLimit)
        #expect(refusal(Array("[1,2,3,4]".utf8), limits: limits) == nil)
        #expect(refusal(Array("[1,2,3,4,5]".utf8), limits: limits)?.code == .countOverLimit)
        let long = Array(("\"" + String(repeating: "a", count: 39) + "\"").utf8)
        #expect(refusal(long, limits: limits)?.code == .bytesOverLimit)
        #expect(refusal(long, limits: limits)?.text.contains("40") == true)
        let deep = Array(String(repeating: "[", count: 100_000).utf8)
        #expect(refusal(deep)?.code == .depthOverLimit)
    }

    @Test("finds a key given twice among few and among many, and not across objects")
    func duplicates() {
        for count in [1, 2, 15, 16, 17, 18, 100, 5000] {
            let keys = (0..<count).map { "\"key-\($0)\":\($0)" }
            let good = "{" + keys.joined(separator: ",") + "}"
            #expect(refusal(Array(good.utf8)) == nil)
            #expect(refusal(Array("[\(good),\(good),{\"o\":\(good),\"key-0\":\(good)}]".utf8)) == nil)
            for again in Set([0, count / 2, count - 1]) {
                let bad = "{" + (keys + ["\"key-\(again)\":null"]).joined(separator: ",") + "}"
                #expect(refusal(Array(bad.utf8))?.code == .jsonDuplicateKey)
                let escaped = "{" + (keys + ["\"\\u006bey-\(again)\":null"]).joined(separator: ",") + "}"
                #expect(refusal(Array(escaped.utf8))?.code == .jsonDuplicateKey)
            }
        }
    }

    @Test("cuts a very long key in the pointer of a finding")
    func longKey() throws {
        let key = String(repeating: "标", count: 1000)
        let finding = try #require(refusal(Array("{\"\(key)\":!}".utf8)))
        #expect(finding.path == "/" + String(repeating: "标", count: 21) + "…")
    }

    @Test("refuses every cut of a document")
    func cuts() {
        let document = Array(#"{"a":["招标",1.5e3,{"b":null}],"c":true,"\u62db":"\ud834\udd1e"}"#.utf8)
        #expect(refusal(document) == nil)
        for length in 0..<document.count { #expect(refusal(Array(document[..<length])) != nil, "\(length) bytes") }
    }
}
