import GatewayTesting
import Testing

@testable import Mapping

@Suite("Numbers of persons in text")
struct PersonalNumberScanTests {
    private func found(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        return PersonalNumberScan.hits(in: bytes).map {
            "\($0.kind.rawValue) \(String(decoding: bytes[$0.range], as: UTF8.self))"
        }
    }

    @Test(
        "are found in the forms that people write",
        arguments: [
            ("联系电话：13800138000。", "phone 13800138000"), ("手机138-0013-8000", "phone 138-0013-8000"),
            ("138 0013 8000", "phone 138 0013 8000"), ("+86 13800138000,", "phone 13800138000"),
            ("8613800138000", "phone 8613800138000"), ("１３８００１３８０００", "phone １３８００１３８０００"),
            ("电话020-81234567转801", "phone 020-81234567"), ("(0755)26543210", "phone 0755)26543210"),
            ("02081234567", "phone 02081234567"), ("010 6655 4433", "phone 010 6655 4433"),
            ("0769—2233445", "phone 0769—2233445"),
            ("身份证11010519491231002X，", "identity-number 11010519491231002X"),
            ("440308199901101512", "identity-number 440308199901101512"),
            ("身份证11010519491231002x", "identity-number 11010519491231002x"),
            ("账号6222021234567890128", "bank-card 6222021234567890128"),
            ("6222 0212 3456 7890 128", "bank-card 6222 0212 3456 7890 128"),
            ("4111-1111-1111-1111", "bank-card 4111-1111-1111-1111"),
            ("邮箱bid.office+1@mail.hengzheng.com.cn。", "email bid.office+1@mail.hengzheng.com.cn"), ("a@b.cn.", "email a@b.cn"),
            ("<a href=\"mailto:x_y@z.com\">", "email x_y@z.com"), ("x＠z.com", "email x＠z.com"),
        ])
    func found(text: String, hit: String) { #expect(found(text) == [hit]) }

    @Test(
        "are not seen in codes, times, amounts and numbers of documents",
        arguments: [
            "20260501093000", "2026-05-01 09:30:00", "E4401000001000123001", "12440100TE2T00053B", "91440101MA5TE2T17W",
            "2603-440106-04-01-123453", "A01-12440100TE2T00053B-20260501-000001-S", "9001503202605010000001", "3200.50万元",
            "南发改招核〔2026〕15号", "440308199901101513", "440308199913101511", "6222021234567890129", "1380013800", "12800138000",
            "138001380001", "x13800138000", "13800138000a", "_13800138000", "a@b", "@b.cn", "a@", "a@1.2.3.4", "00000000000", "0",
            "0123-4567890", "2222222222222224", "138-0013-800", "", "400-820-8820",
        ])
    func notFound(text: String) { #expect(found(text) == []) }

    @Test("several stand in one text, each with its place")
    func several() {
        let text = "张三 13800138000、020-81234567；11010519491231002X b@c.cn"
        #expect(
            found(text) == ["phone 13800138000", "phone 020-81234567", "identity-number 11010519491231002X", "email b@c.cn"])
        #expect(found(String(repeating: "13800138000,", count: 500)).count == PersonalNumberScan.hitsMax)
    }

    @Test("random bytes never stop the search, and every hit lies within them")
    func anyBytes() {
        let seed = TestSeed.choose()
        var random = SeededRandom(seed: seed)
        let pieces: [[UInt8]] = [
            [0x40], [0x2E], [0x2D], [0x20], [0x28], [0x29], [0xEF], [0xEF, 0xBC], [0xEF, 0xBC, 0x91], [0xE2, 0x80], [0x58],
            [0x78],
            [0xEF, 0xBC, 0xA0], [0x61], Array("138".utf8), Array("0755".utf8), Array("6222".utf8),
            Array("11010519491231002".utf8),
        ]
        for _ in 0..<TestSeed.rounds(20_000) {
            var bytes: [UInt8] = []
            for _ in 0..<random.number(below: 40) {
                switch random.number(below: 3) {
                case 0: bytes.append(UInt8(0x30 + random.number(below: 10)))
                case 1: bytes += pieces[random.number(below: pieces.count)]
                default: bytes.append(UInt8(random.number(below: 256)))
                }
            }
            let hits = PersonalNumberScan.hits(in: bytes)
            #expect(hits.allSatisfy { !$0.range.isEmpty && $0.range.upperBound <= bytes.count }, "seed \(seed): \(bytes)")
            #expect(
                zip(hits, hits.dropFirst()).allSatisfy { $0.range.upperBound <= $1.range.lowerBound }, "seed \(seed): \(bytes)")
        }
    }
}

extension SeededRandom {
    /// A number from 0 to `bound` - 1.
    mutating func number(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}
