internal import Cryptography
internal import ExchangeModel

/// Short keys for texts of any length: the beginning of a SHA-256 over the parts, each with its length before it, so that
/// no two lists of parts give the same bytes.
enum NarrowKey {
    /// The key of the idempotency table, 16 octets. Two keys that meet (one in 2^64 even for someone who tries, and then
    /// among the keys of that one sender) would only refuse the second as a conflict.
    static func idempotency(sender: String, channel: String, key: String) -> [UInt8] {
        Array(digest(sender, channel, key).prefix(16))
    }

    /// The key of an intake by its rule. What differs in the number of parts, or in the word between them, never meets.
    static func duplicates(of intake: Intake) -> [UInt8] {
        func content() -> String { Hex.encode(SHA256.digest(intake.canonical)) }
        switch intake.duplicates {
        case .idempotencyKey:
            return idempotency(sender: intake.sender, channel: intake.channel, key: intake.idempotencyKey)
        case .content:
            return Array(digest(intake.sender, intake.channel, "content", content()).prefix(16))
        case .businessKeyVersion where intake.version.isEmpty:
            return Array(digest(intake.sender, intake.channel, "unversioned", intake.businessKey, content()).prefix(16))
        case .businessKeyVersion where !intake.duplicateScope.isEmpty:
            return Array(
                digest(intake.sender, intake.channel, "version", intake.businessKey, intake.version, intake.duplicateScope)
                    .prefix(16))
        case .businessKeyVersion:
            return Array(digest(intake.sender, intake.channel, "version", intake.businessKey, intake.version).prefix(16))
        }
    }

    /// What makes another receipt a repeat of this one, 16 octets: its number with what it is about and what it says (one number
    /// may stand over a whole batch), or else its bytes.
    static func receipt(_ receipt: IncomingReceipt) -> [UInt8] {
        let (way, subject, version) = (receipt.correlation.way, receipt.correlation.subject, receipt.correlation.version)
        let identity =
            receipt.number.isEmpty
            ? digest(receipt.destination, "content", Hex.encode(receipt.digest))
            : digest(
                receipt.destination, "number", receipt.number, way, subject, version ?? "", receipt.verdict.rawValue)
        return Array(identity.prefix(16))
    }

    /// The number of a lane, above 0. Two lanes that meet would only share their order, which breaks no promise.
    static func lane(destination: String, orderingKey: String) -> Int64 {
        lane(digest(destination, orderingKey))
    }

    private static func lane(_ digest: [UInt8]) -> Int64 {
        let number = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
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
