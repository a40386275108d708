import ExchangeModel
import Testing
import XML

@Suite("Encodings of XML")
struct XMLEncodingTests {
    /// 招标公告
    static let gbk: [UInt8] = [0xD5, 0xD0, 0xB1, 0xEA, 0xB9, 0xAB, 0xB8, 0xE6]

    static func bytes(_ declared: String?, _ text: [UInt8]) -> [UInt8] {
        Array((declared.map { "<?xml version=\"1.0\" encoding=\"\($0)\"?>\n" } ?? "").utf8) + Array("<a>".utf8) + text
            + Array("</a>".utf8)
    }

    static func utf16(_ text: String, big: Bool, mark: Bool) -> [UInt8] {
        ((mark ? [0xFEFF] : []) + Array(text.utf16)).flatMap { unit -> [UInt8] in
            let (high, low) = (UInt8(unit >> 8), UInt8(truncatingIfNeeded: unit))
            return big ? [high, low] : [low, high]
        }
    }

    @Test("reads UTF-8 with and without declaration and byte-order mark")
    func utf8() throws {
        let text = Array("招标公告 𠀀".utf8)
        for declared in [nil, "UTF-8", "utf-8"] as [String?] {
            #expect(try document(Self.bytes(declared, text)).root.text == "招标公告 𠀀")
            #expect(try document([0xEF, 0xBB, 0xBF] + Self.bytes(declared, text)).root.text == "招标公告 𠀀")
        }
        #expect(try document(Array("<?xml version='1.0' encoding = 'UTF-8' standalone='yes' ?><a>é</a>".utf8)).root.text == "é")
    }

    @Test("reads UTF-16 of both byte orders", arguments: [true, false])
    func utf16(big: Bool) throws {
        for (head, mark) in [
            ("", true), ("<?xml version='1.0' encoding='UTF-16'?>", true),
            ("<?xml version='1.0' encoding='UTF-16\(big ? "BE" : "LE")'?>", false),
        ] {
            let bytes = Self.utf16(head + "<a x='é'>招标公告 𠀀</a>", big: big, mark: mark)
            let root = try document(bytes).root
            #expect(root.text == "招标公告 𠀀")
            #expect(root.attribute("x") == "é")
        }
    }

    @Test("reads the national encodings")
    func national() throws {
        for name in ["GB2312", "gb2312", "GBK", "gbk", "GB18030", "gb18030"] {
            #expect(try document(Self.bytes(name, Self.gbk)).root.text == "招标公告", "\(name)")
        }
        // 镕 is in GBK and not in GB 2312; 𠀀 takes four bytes of GB 18030.
        #expect(try document(Self.bytes("GBK", [0xE9, 0x46])).root.text == "镕")
        #expect(try document(Self.bytes("GB18030", [0x95, 0x32, 0x82, 0x36])).root.text == "𠀀")
        #expect(try document(Self.bytes("US-ASCII", Array("plain".utf8))).root.text == "plain")
    }

    @Test(
        "refuses bytes that the encoding does not have, naming the line",
        arguments: [
            ("UTF-8", XMLEncodingTests.gbk), (nil, XMLEncodingTests.gbk),
            ("UTF-8", [0xC0, 0xAF]), ("UTF-8", [0xED, 0xA0, 0x80]), ("UTF-8", [0xF4, 0x90, 0x80, 0x80]), ("UTF-8", [0xE6, 0x8B]),
            ("UTF-8", [0x80]), ("UTF-8", [0xFF]), ("UTF-8", Array("正文正文正文".utf8) + [0xE6]),
            ("GB2312", [0xE9, 0x46]), ("GBK", [0xFF, 0xFF]), ("GBK", [0xD5]), ("GB18030", [0x95, 0x32, 0x82]),
            ("US-ASCII", [0xC3, 0xA9]),
        ] as [(String?, [UInt8])])
    func invalid(_ declared: String?, _ text: [UInt8]) throws {
        let finding = try #require(refusal(Self.bytes(declared, text)))
        #expect(finding.code == .encodingInvalid, "\(finding)")
        #expect(finding.position.line == (declared == nil ? 1 : 2))
        #expect(finding.position.column > 3)
        #expect(finding.text.contains(declared ?? "UTF-8") && finding.textZH.contains(declared ?? "UTF-8"))
    }

    @Test("refuses half of a UTF-16 pair and half of a unit")
    func brokenUTF16() throws {
        let whole = Self.utf16("<a>x</a>", big: false, mark: true)
        #expect(try #require(refusal(whole + [0x20])).code == .encodingInvalid)
        #expect(try #require(refusal(Array(whole.prefix(8)) + [0x00, 0xD8] + whole.dropFirst(8))).code == .encodingInvalid)
        #expect(try #require(refusal(Array(whole.prefix(8)) + [0x00, 0xDC] + whole.dropFirst(8))).code == .encodingInvalid)
    }

    @Test("refuses a declaration that the bytes contradict")
    func contradictions() throws {
        let mixed = [
            Self.bytes("UTF-16", []), Self.bytes("UTF-16LE", []), [0xEF, 0xBB, 0xBF] + Self.bytes("GBK", Array("é".utf8)),
            Self.utf16("<?xml version='1.0' encoding='UTF-8'?><a/>", big: false, mark: true),
            Self.utf16("<?xml version='1.0' encoding='UTF-16BE'?><a/>", big: false, mark: true),
            Self.utf16("<?xml version='1.0' encoding='GBK'?><a/>", big: true, mark: true),
        ]
        for bytes in mixed { #expect(try #require(refusal(bytes)).code == .encodingInvalid) }
    }

    @Test(
        "refuses every other encoding by name",
        arguments: ["ISO-8859-1", "Big5", "windows-1252", "UTF-7", "UTF-32", "EBCDIC-CP-US", "HZ-GB-2312", "x\u{1F600}"])
    func unsupported(_ name: String) throws {
        let finding = try #require(refusal(Self.bytes(name, [])))
        #expect(finding.code == .encodingUnsupported)
        #expect(finding.position.line == 1 && finding.position.column == 31)
        #expect(finding.text.contains(name))
    }

    @Test("refuses UTF-32 and EBCDIC by their shape")
    func shapes() throws {
        #expect(try #require(refusal([0xFF, 0xFE, 0, 0, 0x3C, 0, 0, 0])).code == .encodingUnsupported)
        #expect(try #require(refusal([0, 0, 0, 0x3C, 0, 0, 0, 0x61])).code == .encodingUnsupported)
        #expect(try #require(refusal([0x4C, 0x6F, 0xA7, 0x94, 0x93])).code == .encodingInvalid)
    }

    @Test("takes a second byte-order mark for a fault")
    func secondMark() throws {
        #expect(try #require(refusal([0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF] + Array("<a/>".utf8))).code == .xmlSyntax)
    }
}
