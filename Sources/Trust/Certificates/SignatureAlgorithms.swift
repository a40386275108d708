internal import Cryptography

/// Algorithms by their object identifiers, and which of them are accepted (reference, sections 1 and 6).
enum SignatureAlgorithms {
    static let sm2WithSM3 = "1.2.156.10197.1.501"
    static let rsaWithSM3 = "1.2.156.10197.1.504"
    static let rsaWithSHA256 = "1.2.840.113549.1.1.11"

    /// What a signature by such an algorithm needs.
    struct Scheme {
        let keyKind: Certificate.KeyKind
        let digest: DigestAlgorithm
    }

    /// The scheme of an algorithm in a seal, in signed data or in Signature.xml; nil for what is weak or unknown.
    ///
    /// Signed data names SM2 by the curve or its signature arc too, and RSA without its digest: then the digest
    /// algorithm beside it decides.
    static func scheme(_ algorithm: String, digest: DigestAlgorithm = .sm3) -> Scheme? {
        switch algorithm {
        case sm2WithSM3, "1.2.156.10197.1.301", "1.2.156.10197.1.301.1": Scheme(keyKind: .sm2, digest: .sm3)
        case rsaWithSM3: Scheme(keyKind: .rsa, digest: .sm3)
        case rsaWithSHA256: Scheme(keyKind: .rsa, digest: .sha256)
        case "1.2.840.113549.1.1.12": Scheme(keyKind: .rsa, digest: .sha384)
        case "1.2.840.113549.1.1.13": Scheme(keyKind: .rsa, digest: .sha512)
        case "1.2.840.113549.1.1.1": Scheme(keyKind: .rsa, digest: digest)
        case "1.2.840.10045.4.3.2": Scheme(keyKind: .ec, digest: .sha256)
        case "1.2.840.10045.4.3.3": Scheme(keyKind: .ec, digest: .sha384)
        case "1.2.840.10045.4.3.4": Scheme(keyKind: .ec, digest: .sha512)
        default: nil
        }
    }

    /// A digest by object identifier or, as some producers write it, by name. Keyed SM3 (`.401.2`), MD5 and SHA-1 are
    /// no digests for a reference.
    static func digest(_ name: String) -> DigestAlgorithm? {
        switch name.uppercased() {
        case "1.2.156.10197.1.401", "1.2.156.10197.1.401.1", "SM3": .sm3
        case "2.16.840.1.101.3.4.2.1", "SHA256", "SHA-256": .sha256
        case "2.16.840.1.101.3.4.2.2", "SHA384", "SHA-384": .sha384
        case "2.16.840.1.101.3.4.2.3", "SHA512", "SHA-512": .sha512
        default: nil
        }
    }

    static func weakness(ofCertificate certificate: Certificate) -> String? {
        scheme(certificate.signatureAlgorithm) == nil ? "signed with \(certificate.signatureAlgorithm)" : nil
    }

    static func weakness(ofKey certificate: Certificate) -> String? {
        switch certificate.keyKind {
        case .sm2: nil
        case .rsa: certificate.keyBits < 2048 ? "RSA key of \(certificate.keyBits) bits" : nil
        case .ec: certificate.keyBits < 256 ? "EC key of \(certificate.keyBits) bits" : nil
        case .other: "key of an unknown kind"
        }
    }

    /// Verifies a signature value as received: for SM2, DER or 64 raw octets; for the others as it is. `nil` when the
    /// value has no form that may be read.
    static func verify(_ message: [UInt8], value: ArraySlice<UInt8>, scheme: Scheme, certificate: Certificate) -> Bool? {
        guard certificate.keyKind == scheme.keyKind, let key = certificate.publicKey() else { return false }
        guard scheme.keyKind == .sm2 else { return key.verify(message, signature: Array(value), digest: scheme.digest) }
        guard let signature = SM2SignatureValue(value) else { return nil }
        return key.verify(message, signature: signature.der, digest: .sm3)
    }
}
