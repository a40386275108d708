internal import Cryptography

/// Short keys for texts of any length: the beginning of a SHA-256 over the parts, each with its length before it, so that
/// no two lists of parts give the same bytes.
enum NarrowKey {
    /// The key of the idempotency table, 16 octets. Two keys that meet (one in 2^64 even for someone who tries, and then
    /// among the keys of that one sender) would only refuse the second as a conflict.
    static func idempotency(sender: String, channel: String, key: String) -> [UInt8] {
        Array(digest(sender, channel, key).prefix(16))
    }

    /// The number of a lane, above 0. Two lanes that meet would only share their order, which breaks no promise.
    static func lane(destination: String, orderingKey: String) -> Int64 {
        let number = digest(destination, orderingKey).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return max(1, Int64(number >> 1))
    }

    private static func digest(_ parts: String...) -> [UInt8] {
        var context = DigestContext(.sha256)
        for part in parts {
            withUnsafeBytes(of: UInt64(part.utf8.count).bigEndian) { context.update($0) }
            context.update(part.utf8)
        }
        return context.finish()
    }
}
