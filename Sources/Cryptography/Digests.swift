/// SHA-256 in one call (FIPS 180-4).
public enum SHA256 {
    /// The 32 octets of the digest. Contiguous collections are not copied.
    public static func digest(_ bytes: some Collection<UInt8>) -> [UInt8] { DigestAlgorithm.sha256.digest(bytes) }
}

/// SM3 in one call (GB/T 32905).
public enum SM3 {
    /// The 32 octets of the digest. Contiguous collections are not copied.
    public static func digest(_ bytes: some Collection<UInt8>) -> [UInt8] { DigestAlgorithm.sm3.digest(bytes) }
}

extension DigestAlgorithm {
    /// The digest of one input.
    public func digest(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var context = DigestContext(self)
        context.update(bytes)
        return context.finish()
    }
}
