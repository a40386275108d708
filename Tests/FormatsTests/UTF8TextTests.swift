import GatewayTesting
import Testing

@testable import Formats

@Suite("UTF-8")
struct UTF8TextTests {
    @Test("the first fault is where the standard library finds it")
    func againstStandardLibrary() {
        let seed = TestSeed.choose()
        print("UTF8TextTests seed \(seed)")
        var random = SeededRandom(seed: seed)
        let pieces = ["a", "中", "文", "é", "ࠀ", "퟿", "", "𠀀", "\u{10FFFF}", "plain text", "中文公告"]
        var faults = 0
        for _ in 0..<TestSeed.rounds(4000) {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                bytes += Array((pieces.randomElement(using: &random) ?? "").utf8)
            }
            if random.chance(70), !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0x7F...0xFF, using: &random)
            }
            if random.chance(20) { bytes = bytes.dropLast() }
            var expected: Int?
            do throws(UTF8.ValidationError) {
                _ = try UTF8Span(validating: bytes.span)
            } catch { expected = error.byteOffsets.lowerBound }
            if expected != nil { faults += 1 }
            let found = bytes.withUnsafeBytes { buffer in
                buffer.baseAddress.flatMap { UTF8Text.firstFault($0, count: buffer.count) }
            }
            #expect(found == expected, "seed \(seed): \(bytes)")
        }
        #expect(faults > 100)
    }
}
