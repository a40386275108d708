import Cryptography
import ExchangeModel
import GatewayTesting
import Testing

@Suite("AES-256-GCM")
struct AES256GCMTests {
    private func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex.utf8)) }

    /// Test case 16 of "The Galois/Counter Mode of Operation (GCM)", McGrew and Viega.
    @Test("answers the example of the mode's authors")
    func example() throws {
        let key = try bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")
        let plain = try bytes(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
        )
        let additional = try bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2")
        let nonce = try bytes("cafebabefacedbaddecaf888")
        let sealed = try bytes(
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                + "76fc6ece0f4e1768cddf8853bb2d551b")
        #expect(AES256GCMSealer(key: key).seal(plain, nonce: nonce, boundTo: additional) == sealed)
        #expect(AES256GCMOpener().open(sealed, key: key, nonce: nonce, boundTo: additional) == plain)
        // Test case 13: nothing to encrypt, nothing bound.
        let zeros = [UInt8](repeating: 0, count: 32)
        let empty = AES256GCMSealer(key: zeros).seal([], nonce: Array(zeros[..<12]), boundTo: [])
        #expect(Hex.encode(empty) == "530f8afbc74536b9a963b4f1c4cb738b")
        #expect(AES256GCMOpener().open(empty, key: zeros, nonce: Array(zeros[..<12]), boundTo: []) == [])
    }

    @Test("one context seals and opens inputs of every length, in any order")
    func lengths() {
        let key = SecureRandom.bytes(32)
        let (sealer, opener) = (AES256GCMSealer(key: key), AES256GCMOpener())
        var kept: [(sealed: [UInt8], nonce: [UInt8], plain: [UInt8])] = []
        for length in [0, 1, 15, 16, 17, 2048, 0, 70_000] {
            let (plain, nonce) = (SecureRandom.bytes(length), SecureRandom.bytes(12))
            kept.append((sealer.seal(plain, nonce: nonce, boundTo: [1]), nonce, plain))
        }
        for (sealed, nonce, plain) in kept.reversed() {
            #expect(sealed.count == plain.count + AES256GCM.tagBytes)
            #expect(opener.open(sealed, key: key, nonce: nonce, boundTo: [1]) == plain)
        }
    }

    @Test("what was changed, cut, moved or opened with another key does not open, and the next thing does")
    func refusals() {
        let (key, nonce, plain) = (SecureRandom.bytes(32), SecureRandom.bytes(12), Array("招标公告".utf8))
        let sealed = AES256GCMSealer(key: key).seal(plain, nonce: nonce, boundTo: [1, 2])
        let opener = AES256GCMOpener()
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(opener.open(changed, key: key, nonce: nonce, boundTo: [1, 2]) == nil)
        }
        #expect(opener.open(sealed.dropLast(), key: key, nonce: nonce, boundTo: [1, 2]) == nil)
        #expect(opener.open([], key: key, nonce: nonce, boundTo: [1, 2]) == nil)
        #expect(opener.open(sealed, key: key, nonce: nonce, boundTo: [1, 3]) == nil)
        #expect(opener.open(sealed, key: key, nonce: nonce, boundTo: []) == nil)
        #expect(opener.open(sealed, key: key, nonce: Array(nonce.reversed()), boundTo: [1, 2]) == nil)
        #expect(opener.open(sealed, key: SecureRandom.bytes(32), nonce: nonce, boundTo: [1, 2]) == nil)
        #expect(opener.open(sealed, key: Array(key.dropLast()), nonce: nonce, boundTo: [1, 2]) == nil)
        #expect(opener.open(sealed, key: key, nonce: [], boundTo: [1, 2]) == nil)
        #expect(opener.open(sealed, key: key, nonce: nonce, boundTo: [1, 2]) == plain)
    }
}

private extension AES256GCMOpener {
    func open(_ sealed: ArraySlice<UInt8>, key: [UInt8], nonce: [UInt8], boundTo additional: [UInt8]) -> [UInt8]? {
        open(Array(sealed), key: key, nonce: nonce, boundTo: additional)
    }
}
