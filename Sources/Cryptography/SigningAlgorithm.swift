internal import COpenSSL
public import ExchangeModel

/// How a private key signs; chosen by the kind of the key.
public enum SigningAlgorithm: String, Sendable, Hashable, CaseIterable {
    /// SM2 with SM3 and the default id (GB/T 32918.2, GM/T 0009-2012); the value is DER.
    case sm2 = "SM2-with-SM3"
    /// RSA, PKCS#1 v1.5 with SHA-256 (RFC 8017, 8.2).
    case rsa = "RSA-PKCS1-SHA256"
    /// ECDSA with SHA-256 (FIPS 186-5); the value is DER.
    case ecdsa = "ECDSA-SHA256"

    /// The hash it uses, as `PublicKey.verify` wants to know it.
    public var digest: DigestAlgorithm { self == .sm2 ? .sm3 : .sha256 }

    /// The algorithm that fits a certified key; nil for other kinds of keys.
    public init?(_ kind: Certificate.KeyKind) {
        switch kind {
        case .sm2: self = .sm2
        case .rsa: self = .rsa
        case .ec: self = .ecdsa
        case .other: return nil
        }
    }
}

extension PrivateKey {
    /// How this key signs; nil for kinds that do not.
    public var signingAlgorithm: SigningAlgorithm? {
        if EVP_PKEY_is_a(raw, "SM2") == 1 { return .sm2 }
        if EVP_PKEY_is_a(raw, "RSA") == 1 { return .rsa }
        return EVP_PKEY_is_a(raw, "EC") == 1 ? .ecdsa : nil
    }

    /// Signs a message (`EVP_DigestSign(3)`); takes a tenth of a millisecond to some milliseconds.
    ///
    /// Throws `.configuration` for a kind of key that does not sign, `.cryptoFailed` when OpenSSL refuses.
    public func sign(_ message: [UInt8]) throws(GatewayError) -> [UInt8] {
        guard let algorithm = signingAlgorithm else {
            throw GatewayError(
                .configuration, attempted: "sign with", subject: "a private key", happened: "it is no SM2, RSA or EC key",
                remedy: "give an SM2, RSA or EC key")
        }
        guard let context = EVP_MD_CTX_new(), let keyContext = EVP_PKEY_CTX_new(raw, nil) else {
            throw OpenSSLFailure.error(attempted: "sign")
        }
        defer {
            EVP_MD_CTX_free(context)
            // After EVP_MD_CTX_set_pkey_ctx the key context stays ours (EVP_MD_CTX_set_pkey_ctx(3)).
            EVP_PKEY_CTX_free(keyContext)
        }
        if algorithm == .sm2 {
            // The id must be there before the start: Z goes into the hash first.
            let id = PublicKey.distinguishingID
            guard EVP_PKEY_CTX_set1_id(keyContext, id, Int32(id.count)) == 1 else {
                throw OpenSSLFailure.error(attempted: "sign")
            }
        }
        EVP_MD_CTX_set_pkey_ctx(context, keyContext)
        var length = 0
        guard EVP_DigestSignInit(context, nil, algorithm.digest.method, nil, raw) == 1,
            EVP_DigestSign(context, nil, &length, message, message.count) == 1
        else { throw OpenSSLFailure.error(attempted: "sign") }
        var value = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSign(context, &value, &length, message, message.count) == 1 else {
            throw OpenSSLFailure.error(attempted: "sign")
        }
        return Array(value.prefix(length))
    }
}
