internal import Cryptography
internal import ExchangeModel

/// Computes digests of the chain (see `EvidenceRow`). One thread uses it.
final class EvidenceChain {
    private let hash = ReusableDigest(.sm3)

    /// The head after a row of this time and content.
    func next(after head: EvidenceHead, at time: Instant, content: [UInt8]) -> EvidenceHead {
        let sequence = head.sequence + 1
        head.digest.withUnsafeBytes { hash.update($0) }
        withUnsafeBytes(of: (sequence.bigEndian, time.milliseconds.bigEndian)) { hash.update($0) }
        content.withUnsafeBytes { hash.update($0) }
        return EvidenceHead(sequence: sequence, digest: hash.finish())
    }
}
