internal import Cryptography
internal import ExchangeModel

/// Turns a person's number into the text under which the store keeps it, where a business key or ordering key is such a number.
///
/// The key behind it belongs to the store: it is made at the first start with encryption, wrapped by the master key like a data
/// key, and kept when that is changed and when days are forgotten, so one number has one text for good. Whoever has the file and
/// no master key cannot try all numbers. Thread-safe.
public struct PersonalNumbers: Sendable {
    private let key: [UInt8]

    init(key: [UInt8]) { self.key = key }

    /// What the text begins with.
    static let prefix = "hmac-sha256:"

    /// The text of a number: 64 hexadecimal digits of HMAC-SHA256 behind a prefix. An empty number stays empty: it names no
    /// record.
    public func text(of number: String) -> String {
        number.isEmpty ? "" : Self.prefix + Hex.encode(HMACSHA256.code(number.utf8, key: key))
    }

    /// The text under which a key is looked for when it was not found as it is; nil for one that is such a text already.
    func other(_ key: String) -> String? { key.isEmpty || key.hasPrefix(Self.prefix) ? nil : text(of: key) }
}
