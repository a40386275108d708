internal import Cryptography

/// The digests that `hash(...)` makes.
enum MappingHash {
    /// In the order of their numbers in compiled mappings.
    static let byPlace: [DigestAlgorithm] = [.sm3, .sha256, .sha384, .sha512]
}
