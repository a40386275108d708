import Cryptography
import ExchangeModel
import Testing

@Suite struct SecureRandomTests {
    @Test func copiesNeverGiveTheSameNumber() {
        var first = SecureRandom()
        var seen = Set<UInt64>()
        _ = first.next()
        var second = first
        var third = SecureRandom()
        for _ in 0..<1_000 {
            #expect(seen.insert(first.next()).inserted)
            #expect(seen.insert(second.next()).inserted)
            #expect(seen.insert(third.next()).inserted)
        }
    }

    @Test func everyBitOfANumberIsUsed() {
        var random = SecureRandom()
        var ones: UInt64 = 0
        var zeros: UInt64 = 0
        for _ in 0..<256 {
            let number = random.next()
            ones |= number
            zeros |= ~number
        }
        // A bit that never changes in 256 numbers has a chance of 2^-256.
        #expect(ones == .max && zeros == .max)
    }

    @Test func anIDKeepsTimeVersionAndVariantAroundItsRandomBits() {
        var random = SecureRandom()
        let instant = Instant(milliseconds: 1_790_000_000_123)
        for _ in 0..<256 {
            let id = UUIDv7(at: instant, random: &random)
            #expect(id.instant == instant)
            #expect(UUIDv7(bytes: id.bytes) == id)
            #expect(UUIDv7(id.description) == id)
            #expect(id.description.utf8.count == 36)
        }
    }
}
