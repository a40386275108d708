import JSON
import Testing

@Suite("JSONWriter")
struct JSONWriterTests {
    @Test("writes members in the order of the calls, without white space")
    func order() {
        let bytes = JSONWriter.bytes {
            $0.object {
                $0.member("b", "x")
                $0.member("a", 1)
                $0.member("none", Int?.none)
                $0.member("text", String?.none)
                $0.memberIfPresent("left out", String?.none)
                $0.member("yes", true)
                $0.array("list") {
                    $0.integer(-1)
                    $0.null()
                    $0.object { _ in }
                    $0.beginArray()
                    $0.endArray()
                }
                $0.member("names", ["p", "q"])
            }
        }
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"b":"x","a":1,"none":null,"text":null,"yes":true,"list":[-1,null,{},[]],"names":["p","q"]}"#)
    }

    @Test("writes two spaces a level when pretty, and nothing inside what is empty")
    func pretty() {
        let value: JSONValue = ["a": [1, ["b": "c"]], "empty": [], "none": [:], "last": nil]
        #expect(
            value.text(pretty: true) == """
                {
                  "a": [
                    1,
                    {
                      "b": "c"
                    }
                  ],
                  "empty": [],
                  "none": {},
                  "last": null
                }
                """)
    }

    @Test(
        "escapes quotation mark, backslash and control characters, and leaves the rest as UTF-8",
        arguments: [
            ("", #""""#), ("plain", #""plain""#), ("\"", #""\"""#), ("\\", #""\\""#),
            ("\u{8}\u{9}\u{A}\u{C}\u{D}", #""\b\t\n\f\r""#),
            ("\u{0}\u{1F}", #""\u0000\u001f""#), ("/\u{7F}", "\"/\u{7F}\""), ("招标公告", #""招标公告""#),
            ("𝄞é\u{2028}", "\"𝄞é\u{2028}\""),
            ("1234567\"", #""1234567\"""#), ("12345678\"9", #""12345678\"9""#), ("招标\n公告\"项目\"", #""招标\n公告\"项目\"""#),
        ])
    func escapes(text: String, expected: String) {
        #expect(JSONValue.string(text).text() == expected)
        var writer = JSONWriter()
        writer.rawString(Array(text.utf8))
        #expect(writer.text == expected)
    }

    @Test("finds the byte to escape at every offset of a word")
    func everyOffset() {
        for length in 0..<40 {
            for place in 0..<max(1, length) {
                for byte in [UInt8(0x22), 0x5C, 0x00, 0x1F, 0x0A] where length > 0 {
                    var bytes = [UInt8](repeating: 0x61, count: length)
                    bytes[place] = byte
                    var writer = JSONWriter()
                    writer.rawString(bytes)
                    let back = try? JSONValue(parsing: writer.bytes)
                    #expect(back == .string(String(decoding: bytes, as: UTF8.self)))
                }
            }
        }
    }

    @Test("writes the extreme whole numbers exactly")
    func integers() {
        var writer = JSONWriter()
        writer.beginArray()
        writer.integer(Int64.min)
        writer.integer(Int64.max)
        writer.integer(UInt64.max)
        writer.integer(0)
        writer.integer(-7)
        writer.endArray()
        #expect(writer.text == "[-9223372036854775808,9223372036854775807,18446744073709551615,0,-7]")
    }

    @Test("writes finite floating point as JSON and everything else as null")
    func doubles() throws {
        var writer = JSONWriter()
        writer.beginArray()
        for value in [0.1, -5, 1e-7, 1e300, .infinity, .nan] { writer.double(value) }
        writer.endArray()
        #expect(writer.text == "[0.1,-5.0,1e-07,1e+300,null,null]")
        let back = try JSONValue(parsing: writer.bytes).elements
        #expect(back?.map(\.double) == [0.1, -5, 1e-7, 1e300, nil, nil])
    }

    @Test("puts ready-made JSON in its place")
    func rawValue() {
        var writer = JSONWriter()
        writer.object {
            $0.key("a")
            $0.rawValue(Array(#"{"x":1.50}"#.utf8))
            $0.member("b", false)
        }
        #expect(writer.text == #"{"a":{"x":1.50},"b":false}"#)
    }

    @Test("writes JSON lines and can be emptied and used again")
    func lines() {
        var writer = JSONWriter()
        writer.object { $0.member("n", 1) }
        writer.endLine()
        writer.object { $0.member("n", 2) }
        writer.endLine()
        #expect(writer.text == "{\"n\":1}\n{\"n\":2}\n")
        writer.removeAll()
        writer.string("again")
        #expect(writer.text == "\"again\"")
    }
}
