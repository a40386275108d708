import ExchangeModel
import JSON
import Testing

@Suite("JSONValue and JSONDocument")
struct JSONValueTests {
    @Test("finds values by key, index and pointer (the examples of RFC 6901, section 5)")
    func pointers() throws {
        let document = #"""
            {"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}
            """#
        let value = try JSONValue(parsing: document)
        #expect(value.value(at: "") == value)
        #expect(value.value(at: "/foo") == ["bar", "baz"])
        #expect(value.value(at: "/foo/0") == "bar")
        for (pointer, number) in [
            ("/", 0), ("/a~1b", 1), ("/c%d", 2), ("/e^f", 3), ("/g|h", 4), ("/i\\j", 5), ("/k\"l", 6), ("/ ", 7), ("/m~0n", 8),
        ] {
            #expect(value.value(at: pointer)?.integer == number)
        }
        for pointer in ["/foo/2", "/foo/00", "/foo/-", "/foo/+1", "/nothing", "foo", "/m~n", "/foo/0/x"] {
            #expect(value.value(at: pointer) == nil)
        }
        #expect(value["foo"]?[1]?.string == "baz")
        #expect(value["foo"]?["x"] == nil && value[0] == nil && value["foo"]?[9] == nil)
    }

    @Test("gives the place of each value")
    func positions() throws {
        let document = try JSONDocument(parsing: Array("{\n  \"a\": [1,\n    {\"b/c\": true}]\n}".utf8))
        #expect(document.position(at: "") == SourcePosition(line: 1, column: 1))
        #expect(document.position(at: "/a") == SourcePosition(line: 2, column: 8))
        #expect(document.position(at: "/a/1") == SourcePosition(line: 3, column: 5))
        #expect(document.position(at: "/a/1/b~1c") == SourcePosition(line: 3, column: 13))
        #expect(document.position(at: "/x") == .unknown)
        #expect(document.value(at: "/a/1/b~1c")?.boolean == true)
    }

    @Test("reads back what it wrote, for random trees")
    func roundTrip() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("JSONValueTests.roundTrip seed \(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<500 {
            let value = JSONGenerator.value(&random, depth: 0)
            #expect(try JSONValue(parsing: value.bytes()) == value)
            #expect(try JSONValue(parsing: value.bytes(pretty: true)) == value)
        }
    }
}
