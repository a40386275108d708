internal import Cryptography
internal import ExchangeModel

/// The end of the chain of evidence: the last row's sequence and digest.
struct EvidenceHead: Sendable {
    var sequence: Int64
    var digest: [UInt8]

    /// Before the first row.
    static let empty = EvidenceHead(sequence: 0, digest: [UInt8](repeating: 0, count: 32))
}

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
