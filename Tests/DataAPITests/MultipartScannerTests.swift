import ExchangeModel
import Store
import GatewayTesting
import Testing

@testable import DataAPI

@Suite("Cutting a multipart body")
struct MultipartScannerTests {
    /// The parts of a body that is fed in pieces of a size, each as its header and its octets.
    private func parts(_ body: String, boundary: String = "b", piece: Int) throws -> [(part: MultipartPart, text: String)] {
        var scanner = try #require(MultipartScanner(boundary: boundary))
        let bytes = Array(body.utf8)
        var found: [(MultipartPart, [UInt8])] = []
        var isOpen = false
        for start in stride(from: 0, to: bytes.count, by: piece) {
            for event in try scanner.feed(bytes[start..<min(start + piece, bytes.count)]) {
                switch event {
                case .begin(let part):
                    #expect(!isOpen)
                    isOpen = true
                    found.append((part, []))
                case .data(let octets): found[found.count - 1].1 += octets
                case .end:
                    #expect(isOpen)
                    isOpen = false
                }
            }
        }
        try scanner.finish()
        #expect(!isOpen)
        return found.map { ($0.0, String(decoding: $0.1, as: UTF8.self)) }
    }

    @Test("however it is cut on the way, the same parts come out", arguments: [1, 2, 3, 5, 7, 11, 64, 10_000])
    func anyPieces(_ piece: Int) throws {
        let body =
            "preamble\r\nmore\r\n--b  \r\nContent-Disposition: form-data; name=\"record\"\r\nContent-Type: application/xml\r\n\r\n"
            + "<A/>\r\n--\r\n-b\r\n--a\r\n--b\r\n\r\nno header\r\n\r\n--b\r\nContent-Disposition: form-data; name=f; filename=\"C:\\\\x\\\\标书.pdf\"\r\n"
            + "content-transfer-ENCODING: Binary\r\n\r\n--b\r\nX: y\r\n\r\n\r\n--b--\r\nepilogue --b\r\n"
        let found = try parts(body, piece: piece)
        #expect(found.map(\.text) == ["<A/>\r\n--\r\n-b\r\n--a", "no header\r\n", "", ""])
        #expect(found[0].part.field == "record" && found[0].part.contentType == "application/xml")
        #expect(found[2].part.field == "f" && found[2].part.fileName == "标书.pdf")
    }

    @Test(
        "what is no multipart body is a fault with words in both languages",
        arguments: [
            ("", MultipartFault.truncated), ("text without any boundary", .truncated), ("--b\r\n\r\nabc", .truncated),
            ("--b\r\n\r\nabc\r\n--b", .truncated), ("--b\r\n\r\nabc\r\n--b-", .truncated),
            ("--bx\r\n\r\nabc\r\n--b--", .badDelimiter),
            ("--b\r\nno colon\r\n\r\nabc\r\n--b--", .badHeader), ("--b\r\nA: b\r\n folded\r\n\r\nabc\r\n--b--", .badHeader),
            ("--b\r\nContent-Transfer-Encoding: base64\r\n\r\nabc\r\n--b--", .encoded),
            ("--b\r\nA: " + String(repeating: "x", count: 9000) + "\r\n\r\nabc\r\n--b--", .headerTooLong),
            ("--b\r\nA: " + String(repeating: "x", count: 90_000), .headerTooLong),
            (String(repeating: "x", count: 70_000), .noPart),
        ])
    func faults(_ body: String, _ fault: MultipartFault) throws {
        for piece in [1000, 100_000] { #expect(throws: fault) { try parts(body, piece: piece) } }
        #expect(!fault.finding.text.isEmpty && !fault.finding.textZH.isEmpty && !fault.finding.code.name.isEmpty)
    }

    @Test("a boundary has 1 to 70 bytes")
    func boundaries() {
        #expect(MultipartScanner(boundary: "") == nil)
        #expect(MultipartScanner(boundary: String(repeating: "b", count: 71)) == nil)
        #expect(MultipartScanner(boundary: String(repeating: "b", count: 70)) != nil)
    }

    @Test("random octets, cut at random, never end the program, and a body that is well made always comes out")
    func random() throws {
        let seed = TestSeed.choose()
        print("MultipartScannerTests.random seed \(seed)")
        var random = SeededRandom(seed: seed)
        let alphabet = ["\r\n", "--", "b", "\r", "\n", "-", ":", " ", "x"]
        for round in 0..<(TestSeed.number("TENDERBRIDGE_FUZZ_ROUNDS") ?? 200) {
            func text() -> String {
                (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                }
                .joined()
            }
            _ = try? parts(text(), piece: Int.random(in: 1...9, using: &random))
            // A text that holds no delimiter is a part's octets as it stands.
            let octets = (0..<3).map { _ in text() }.filter { !"\r\n\($0)\r\n".utf8.contains("\r\n--b".utf8) }
            let body = octets.map { "--b\r\nA: 1\r\n\r\n\($0)\r\n" }.joined() + "--b--"
            if octets.isEmpty { continue }
            let read = try parts(body, piece: Int.random(in: 1...30, using: &random)).map(\.text)
            #expect(read == octets, "seed \(seed), round \(round)")
        }
    }
}

extension String.UTF8View {
    /// Whether these octets stand in it.
    fileprivate func contains(_ other: String.UTF8View) -> Bool {
        let (all, wanted) = (Array(self), Array(other))
        return all.indices.contains { all[$0...].starts(with: wanted) }
    }
}

@Suite("What headers say of contents")
struct ContentHeaderTests {
    @Test(
        "ranges of a content of 100 bytes",
        arguments: [
            ("bytes=0-9", ByteRange.part(0..<10)), ("bytes=90-", .part(90..<100)), ("bytes=-10", .part(90..<100)),
            ("bytes=-1000", .part(0..<100)), ("bytes=99-99", .part(99..<100)), ("bytes=0-1000", .part(0..<100)),
            ("BYTES= 5 - 6", .part(5..<7)), ("bytes=100-", .unsatisfiable), ("bytes=-0", .unsatisfiable),
            ("bytes=99999999999999999999-", .unsatisfiable), ("bytes=0-99999999999999999999", .part(0..<100)),
            ("bytes=0-1,5-6", .whole), ("bytes=9-5", .whole), ("bytes=a-b", .whole), ("bytes=-", .whole), ("items=0-1", .whole),
            ("bytes=0x1-2", .whole), ("", .whole),
        ])
    func ranges(_ header: String, _ range: ByteRange) { #expect(ByteRange(header, of: 100) == range) }

    @Test("Content-Range of a piece")
    func pieces() {
        #expect(ByteRange.content("bytes 0-99/200").map { $0.range == 0..<100 && $0.length == 200 } == true)
        #expect(ByteRange.content("bytes 5-5/*").map { $0.range == 5..<6 && $0.length == nil } == true)
        for bad in [
            "", "bytes */200", "bytes 9-5/200", "bytes 0-200/200", "bytes 0-9", "0-9/10", "bytes 0-9223372036854775807/*",
        ] {
            #expect(ByteRange.content(bad) == nil, "\(bad)")
        }
    }

    @Test("Content-Digest by RFC 9530")
    func digests() throws {
        // RFC 9530, B.1: {"hello": "world"} with a line feed.
        let header = "sha-512=:abcd:, sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
        let digest = try #require(ContentDigest(header))
        #expect(digest.sha256.map { Hex.encode($0) } == "44aff4ab2d7c3250525675a08f0cfa9591168cffe51791c5f5bbc417c15a6c38")
        #expect(ContentDigest(nil) != nil)
        for bad in ["", "sha-256", "sha-256=abc", "sha-256=:abcd:", "sha-256=:%%:", "sha-256=::"] {
            #expect(ContentDigest(bad) == nil, "\(bad)")
        }
    }

    @Test("the header that names attachments")
    func claims() throws {
        let one = String(repeating: "ab", count: 32)
        let claims = try AttachmentHeader.claims(
            "sha256=\(one);name=\"../a, b.pdf\" , SM3=\(one.uppercased()); name*=UTF-8''%E6%A0%87%E4%B9%A6.pdf,, sha256=\(one)"
        ).get()
        #expect(claims.map(\.name) == ["a, b.pdf", "标书.pdf", ""])
        #expect(claims.map(\.digest.algorithm) == [.sha256, .sm3, .sha256])
        for bad in ["sha256", "md5=\(one)", "sha256=\(one)0", "sha256=\(one.dropLast())x", String(repeating: "x", count: 20_000)]
        {
            guard case .failure(let fault) = AttachmentHeader.claims(bad) else {
                Issue.record("\(bad)")
                continue
            }
            #expect(fault.finding.text.contains("TenderBridge-Attachments") && !fault.finding.textZH.isEmpty)
        }
        #expect(AttachmentHeader.cleaned("a\u{1B}[1m\n/b\u{7}.pdf") == "b.pdf")
        #expect(AttachmentHeader.cleaned(String(repeating: "长", count: 200)).utf8.count == 255)
        #expect(AttachmentHeader.cleaned("x/..") == "")
    }
}
