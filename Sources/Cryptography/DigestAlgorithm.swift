internal import COpenSSL

/// A hash function that the gateway computes.
public enum DigestAlgorithm: String, Sendable, Hashable, CaseIterable {
    /// SHA-1, for key identifiers only; never for trust.
    case sha1
    /// SHA-256 (FIPS 180-4).
    case sha256
    /// SHA-384.
    case sha384
    /// SHA-512.
    case sha512
    /// SM3 (GB/T 32905).
    case sm3

    /// Octets of the digest.
    public var digestBytes: Int {
        switch self {
        case .sha1: 20
        case .sha256, .sm3: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    /// The method, fetched once: an implicit fetch at each use (`EVP_sha256()`) costs a look-up under a lock.
    var method: OpaquePointer {
        switch self {
        case .sha1: Self.sha1Method
        case .sha256: Self.sha256Method
        case .sha384: Self.sha384Method
        case .sha512: Self.sha512Method
        case .sm3: Self.sm3Method
        }
    }

    // nonisolated(unsafe): a fetched EVP_MD is never changed and never freed here, and OpenSSL lets threads share it
    // (openssl-threads(7): methods are reference counted and immutable).
    nonisolated(unsafe) private static let sha1Method = fetch("SHA1")
    nonisolated(unsafe) private static let sha256Method = fetch("SHA256")
    nonisolated(unsafe) private static let sha384Method = fetch("SHA384")
    nonisolated(unsafe) private static let sha512Method = fetch("SHA512")
    nonisolated(unsafe) private static let sm3Method = fetch("SM3")

    private static func fetch(_ name: String) -> OpaquePointer {
        guard let method = EVP_MD_fetch(nil, name, nil) else {
            // The default provider always has these five; without them neither evidence nor verdicts are possible.
            preconditionFailure("OpenSSL offers no \(name): load its default provider (openssl.cnf) and start again")
        }
        return method
    }
}
