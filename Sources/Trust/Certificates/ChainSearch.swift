internal import Cryptography

/// Finds a path from a certificate to an anchor, or, where no anchors are given, to a self-signed certificate.
///
/// Candidates are found by name, because a certificate names its issuer by name; they are judged by signature, because
/// names do not identify an authority (reference, section 6). Nothing is fetched.
struct ChainSearch {
    /// Most signatures checked in one search: a bound on the work that hostile input can ask for.
    static let signatureChecksMax = 64

    /// How a search ended.
    enum End: Sendable, Hashable {
        /// At an anchor that the caller named.
        case anchor
        /// At a certificate that signed itself.
        case selfSigned
        /// No certificate with the issuer's name is at hand.
        case issuerMissing
        /// Certificates with the issuer's name are at hand; none of their keys made the signature.
        case signatureWrong
        /// More levels than `CertificatePath.certificatesMax`, or more candidates than `signatureChecksMax`.
        case limit
    }

    /// From the leaf upward; every certificate but the last is signed by the one after it.
    private(set) var path: [Certificate]
    private(set) var end: End = .issuerMissing

    private let candidates: [Certificate]
    private let anchors: CertificatePool
    private var checksLeft = ChainSearch.signatureChecksMax

    init(from leaf: Certificate, untrusted: CertificatePool, anchors: CertificatePool) {
        path = [leaf]
        self.anchors = anchors
        // Anchors first, so that the shortest way to one is taken.
        candidates = anchors.certificates + untrusted.certificates.filter { !anchors.contains($0) }
        if let found = search([leaf]) { (path, end) = found } else { (path, end) = best }
    }

    /// The furthest dead end, for the report.
    private var best: (path: [Certificate], end: End) = ([], .issuerMissing)

    private mutating func search(_ sofar: [Certificate]) -> (path: [Certificate], end: End)? {
        guard let last = sofar.last else { return nil }
        if anchors.contains(last) { return (sofar, .anchor) }
        var sawName = false
        if last.isSelfIssued {
            sawName = true
            if check(last, by: last) {
                if anchors.certificates.isEmpty { return (sofar, .selfSigned) }
                remember(sofar, .selfSigned)
                return nil
            }
        }
        for candidate in ordered(for: last) where !sofar.contains(where: { $0.der == candidate.der }) {
            sawName = true
            guard sofar.count < CertificatePath.certificatesMax, checksLeft > 0 else {
                remember(sofar, .limit)
                return nil
            }
            guard check(last, by: candidate) else { continue }
            if let found = search(sofar + [candidate]) { return found }
        }
        remember(sofar, sawName ? .signatureWrong : .issuerMissing)
        return nil
    }

    private mutating func check(_ certificate: Certificate, by issuer: Certificate) -> Bool {
        checksLeft -= 1
        return certificate.isSigned(by: issuer)
    }

    /// Those with the right name; those whose key identifier matches come first.
    private func ordered(for certificate: Certificate) -> [Certificate] {
        let named = candidates.filter(certificate.namesIssuer)
        guard let wanted = certificate.authorityKeyIdentifier else { return named }
        return named.filter { $0.subjectKeyIdentifier == wanted } + named.filter { $0.subjectKeyIdentifier != wanted }
    }

    private mutating func remember(_ path: [Certificate], _ end: End) {
        // A longer path says more; at equal length the first one found stays.
        if best.path.count < path.count { best = (path, end) }
    }
}
