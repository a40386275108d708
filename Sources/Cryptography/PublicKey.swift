internal import COpenSSL
internal import Synchronization

/// A public key, owned and read-only.
///
/// `@unchecked Sendable`: nothing changes the EVP_PKEY after `init`, and OpenSSL lets threads verify with one key at the
/// same time (openssl-threads(7)).
public final class PublicKey: @unchecked Sendable {
    /// The user id that all national material signs with (GM/T 0009-2012, clause 10).
    public static let distinguishingID = Array("1234567812345678".utf8)

    /// What kind of key it is.
    public let kind: Certificate.KeyKind
    private let raw: OpaquePointer

    /// Takes ownership of an `EVP_PKEY *`.
    init(adopting raw: OpaquePointer, kind: Certificate.KeyKind) {
        self.raw = raw
        self.kind = kind
    }

    deinit { EVP_PKEY_free(raw) }

    /// Whether a signature over a message verifies: SM2-with-SM3 with Z from the default id for an SM2 key, otherwise
    /// RSA (PKCS#1 v1.5) or ECDSA with the digest given.
    ///
    /// - Parameter signature: DER for SM2 and ECDSA; see `SM2SignatureValue` for values as received.
    public func verify(_ message: some Collection<UInt8>, signature: [UInt8], digest: DigestAlgorithm = .sm3) -> Bool {
        guard let context = EVP_MD_CTX_new(), let keyContext = EVP_PKEY_CTX_new(raw, nil) else { return false }
        defer {
            EVP_MD_CTX_free(context)
            // After EVP_MD_CTX_set_pkey_ctx the key context stays ours (EVP_MD_CTX_set_pkey_ctx(3)).
            EVP_PKEY_CTX_free(keyContext)
        }
        if kind == .sm2 {
            // The id must be there before the start of the verification: Z goes into the hash first.
            guard EVP_PKEY_CTX_set1_id(keyContext, Self.distinguishingID, Int32(Self.distinguishingID.count)) == 1 else {
                _ = OpenSSLFailure.drain()
                return false
            }
        }
        EVP_MD_CTX_set_pkey_ctx(context, keyContext)
        let message = Array(message)
        guard
            EVP_DigestVerifyInit(context, nil, digest.method, nil, raw) == 1,
            EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        else {
            _ = OpenSSLFailure.drain()
            return false
        }
        return true
    }
}

/// Certificates already read, by the SM3 of their bytes: decoding a public key costs a third of a verification.
///
/// Safe for all threads. When full it is emptied: authorities come back at once, and no list of ages is kept.
public final class CertificateCache: Sendable {
    private let limit: Int
    private let known = Mutex<[[UInt8]: Certificate]>([:])

    /// A cache of at most so many certificates.
    public init(limit: Int = 1024) { self.limit = limit }

    /// The certificate of these bytes, read now or before.
    public func certificate(der: [UInt8]) throws(UnreadableCertificate) -> Certificate {
        let fingerprint = SM3.digest(der)
        if let found = known.withLock({ $0[fingerprint] }) { return found }
        let read = try Certificate(der: der)
        known.withLock { table in
            if table.count >= limit { table.removeAll(keepingCapacity: true) }
            table[fingerprint] = read
        }
        return read
    }
}
