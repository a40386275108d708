import Cryptography
import ExchangeModel
import Testing

@Suite struct DigestTests {
    @Test func sm3AnswersTheStandardsOwnExamples() {
        #expect(Hex.encode(SM3.digest(Array("abc".utf8))) == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
        let long = Array(String(repeating: "abcd", count: 16).utf8)
        #expect(Hex.encode(SM3.digest(long)) == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732")
    }

    @Test func sha256AnswersTheStandardsOwnExamples() {
        #expect(Hex.encode(SHA256.digest([])) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(Hex.encode(SHA256.digest("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test(arguments: DigestAlgorithm.allCases) func piecesHashAsTheWhole(algorithm: DigestAlgorithm) {
        let whole = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        var context = DigestContext(algorithm)
        context.update(whole[..<1])
        context.update(whole[1..<999])
        context.update(CollectionOfOne(whole[999]))
        let pieces = context.finish()
        #expect(pieces == algorithm.digest(whole))
        #expect(pieces.count == algorithm.digestBytes)
    }

    @Test func aReusedHashKeepsNothingOfTheInputBefore() {
        let hash = ReusableDigest(.sm3)
        _ = hash.digest(Array("something else".utf8))
        #expect(hash.digest(Array("abc".utf8)) == SM3.digest("abc".utf8))
        var output = [UInt8](repeating: 0, count: 32)
        hash.update("abc".utf8)
        output.withUnsafeMutableBytes { hash.finish(into: $0) }
        #expect(output == SM3.digest("abc".utf8))
        #expect(hash.finish() == SM3.digest([]))
    }

    @Test func hmacAnswersRFC4231() {
        let code = HMACSHA256.code("what do ya want for nothing?".utf8, key: "Jefe".utf8)
        #expect(Hex.encode(code) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(HMACSHA256.isValid(code, for: "what do ya want for nothing?".utf8, key: "Jefe".utf8))
        #expect(!HMACSHA256.isValid(code.dropLast(), for: "what do ya want for nothing?".utf8, key: "Jefe".utf8))
        #expect(!HMACSHA256.isValid(code, for: "what do ya want for nothing!".utf8, key: "Jefe".utf8))
        #expect(HMACSHA256.code([], key: []).count == 32)
    }

    @Test func constantTimeComparisonSeesLengthAndContent() {
        #expect(ConstantTime.areEqual([1, 2, 3], [1, 2, 3]))
        #expect(!ConstantTime.areEqual([1, 2, 3], [1, 2, 4]))
        #expect(!ConstantTime.areEqual([1, 2, 3], [1, 2]))
        #expect(ConstantTime.areEqual([UInt8](), [UInt8]()))
    }

    @Test func randomBytesDiffer() {
        #expect(SecureRandom.bytes(32) != SecureRandom.bytes(32))
        #expect(SecureRandom.bytes(0).isEmpty)
        var source = SecureRandom()
        #expect(source.next() != source.next())
    }

    @Test(arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar"]) func base64RoundTrips(text: String) {
        #expect(Base64.decode(Base64.encode(text.utf8).utf8) == Array(text.utf8))
    }

    @Test(arguments: ["Zg=", "Zg", "Zh==", "Zm9=", "Z", "Zg==Zg==", "Zm9v!", "====", "Zm9vYg==="])
    func base64RefusesWhatIsNotOneValue(text: String) {
        #expect(Base64.decode(text.utf8) == nil)
    }
}
