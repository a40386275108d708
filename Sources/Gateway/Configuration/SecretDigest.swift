internal import Cryptography

/// Keys of senders are kept and compared as digests, so that neither memory dumps nor timing tell them.
enum SecretDigest {
    static func of(_ secret: [UInt8]) -> [UInt8] { SHA256.digest(secret) }
}
