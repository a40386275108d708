internal import Cryptography
internal import ExchangeModel

/// The one secret behind all encryption at rest: 32 octets that come from outside and are never stored.
///
/// It encrypts nothing by itself. Two keys are derived from it (HMAC-SHA256 over a name each), so that no use can harm
/// the other: one wraps data keys, one gives the fingerprint by which people tell keys apart.
public struct MasterKey: Sendable {
    /// Sixteen hexadecimal digits that name the key and tell nothing about it; shown in errors and evidence.
    public let fingerprint: String
    let wrapping: [UInt8]

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
        fingerprint = Hex.encode(derived("master key fingerprint").prefix(8))
    }
}
