internal import Cryptography
internal import ExchangeModel

/// The one secret behind all encryption at rest: 32 octets that come from outside and are never stored.
///
/// It encrypts nothing by itself. Three keys are derived from it (HMAC-SHA256 over a name each), so that no use can harm
/// another: one wraps data keys, one hashes personal numbers, one gives the fingerprint by which people tell keys apart.
public struct MasterKey: Sendable {
    /// Sixteen hexadecimal digits that name the key and tell nothing about it; shown in errors and evidence.
    public let fingerprint: String
    let wrapping: [UInt8]
    private let hashing: [UInt8]

    /// Octets of a master key.
    public static let bytes = 32

    /// Reads a key from the text of a secret: 64 hexadecimal digits, or base64 of 32 octets; spaces around it are
    /// ignored. Nil for anything else.
    public init?(secret: [UInt8]) {
        let blank: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        let text = Array(secret.drop { blank.contains($0) }.reversed().drop { blank.contains($0) }.reversed())
        let decoded = text.count == 2 * Self.bytes ? Hex.decode(text) : Base64.decode(text)
        guard let decoded, decoded.count == Self.bytes else { return nil }
        func derived(_ name: String) -> [UInt8] { HMACSHA256.code("tenderbridge \(name) 1".utf8, key: decoded) }
        wrapping = derived("data key wrapping")
        hashing = derived("personal numbers")
        fingerprint = Hex.encode(derived("master key fingerprint").prefix(8))
    }

    /// A person's number as the store may keep it: 64 hexadecimal digits of HMAC-SHA256. The same number gives the same
    /// text, so it can still be looked for; without the master key nobody can try all numbers.
    ///
    /// A new master key gives other texts: records of the former key are then found by the former key's text alone.
    public func keyedHash(ofPersonalNumber number: String) -> String { Hex.encode(HMACSHA256.code(number.utf8, key: hashing)) }
}
