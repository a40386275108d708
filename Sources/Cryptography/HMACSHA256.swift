internal import COpenSSL

/// HMAC with SHA-256 (RFC 2104), for senders that sign with a shared key and for keyed hashes of personal numbers.
public enum HMACSHA256 {
    /// The 32 octets of the code. The key may have any length; under 32 octets it weakens the code.
    public static func code(_ message: some Collection<UInt8>, key: some Collection<UInt8>) -> [UInt8] {
        let key = Array(key)
        let message = Array(message)
        return [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            var length: UInt32 = 0
            let result = key.withUnsafeBytes { keyBytes in
                HMAC(
                    DigestAlgorithm.sha256.method, keyBytes.baseAddress, Int32(keyBytes.count), message, message.count,
                    buffer.baseAddress, &length)
            }
            precondition(result != nil && length == 32, "OpenSSL refuses HMAC with SHA-256")
            count = 32
        }
    }

    /// Whether a received code is right, compared in constant time.
    public static func isValid(
        _ code: some Collection<UInt8>, for message: some Collection<UInt8>, key: some Collection<UInt8>
    ) -> Bool {
        ConstantTime.areEqual(code, self.code(message, key: key))
    }
}

/// Comparison of secrets.
public enum ConstantTime {
    /// Whether two byte strings are equal, in a time that depends on their length only (`CRYPTO_memcmp(3)`).
    public static func areEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        let left = Array(left)
        let right = Array(right)
        guard left.count == right.count else { return false }
        return CRYPTO_memcmp(left, right, left.count) == 0
    }
}
