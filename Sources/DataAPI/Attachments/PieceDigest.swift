internal import Cryptography
internal import ExchangeModel

/// Checks the octets of one request against its `Content-Digest`. One task uses it.
final class PieceDigest {
    private let said: ContentDigest
    private let sha256 = ReusableDigest(.sha256)
    private let sm3 = ReusableDigest(.sm3)

    /// Nil when nothing is said that could be checked.
    init?(_ said: ContentDigest) {
        if said.sha256 == nil, said.sm3 == nil { return nil }
        self.said = said
    }

    func update(_ bytes: [UInt8]) {
        sha256.update(bytes)
        sm3.update(bytes)
    }

    func mismatch() -> Finding? { said.mismatch(sha256: sha256.finish(), sm3: sm3.finish()) }
}
