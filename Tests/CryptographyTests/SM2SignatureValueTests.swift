import Cryptography
import Testing

@Suite struct SM2SignatureValueTests {
    private func pair(_ r: [UInt8], _ s: [UInt8]) -> [UInt8] {
        [0x30, UInt8(4 + r.count + s.count), 0x02, UInt8(r.count)] + r + [0x02, UInt8(s.count)] + s
    }

    private let low = [UInt8](repeating: 0x11, count: 32)
    private let high = [0x00] + [UInt8](repeating: 0xEE, count: 32)

    @Test func minimalPairsStayAsTheyAre() {
        for value in [pair(low, low), pair(high, low), pair([1], high), pair([0x01, 0x02], [0x00, 0x80])] {
            #expect(SM2SignatureValue(value)?.der == value)
            #expect(SM2SignatureValue(value)?.form == .der)
        }
    }

    @Test func sixtyFourOctetsAreRawAndBecomeAMinimalPair() {
        let value = SM2SignatureValue(low + [UInt8](repeating: 0xEE, count: 32))
        #expect(value?.form == .raw)
        #expect(value?.der == pair(low, high))
        let short = [UInt8](repeating: 0, count: 31) + [5]
        #expect(SM2SignatureValue(short + low)?.der == pair([5], low))
    }

    @Test func everyOtherFormIsRefused() {
        let bad: [[UInt8]] = [
            [], [0x30, 0], pair([0, 1], low), pair([0, 0, 0x80], low), pair([0x80], low), pair([], low), pair(low, low) + [0],
            Array(pair(low, low).dropLast()), pair([1] + low, low), [0x30, 0x81, 68] + pair(low, low)[2...], low, low + low + [1],
        ]
        for value in bad { #expect(SM2SignatureValue(value) == nil, "\(value.count) octets") }
    }
}
