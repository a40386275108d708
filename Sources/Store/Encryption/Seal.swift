public import ExchangeModel

/// Whether bytes of the store can be shown, and why not.
public enum StoredBytesState: Sendable, Hashable {
    /// They are there.
    case readable
    /// They are encrypted and this reader was given no master key.
    case locked
    /// The key of their day was destroyed on purpose (`store forget`), at this time.
    case destroyed(at: Instant)
    /// They do not fit their key, their tag or the row they stand in: changed or moved by other hands, or a failing disk.
    case damaged
}

/// What opens encrypted bytes: the number of their data key and the nonce. Kept beside them in the row.
struct Seal: Sendable, Hashable {
    /// Big-endian, four octets in the row.
    var keyID: UInt32
    /// Twelve octets.
    var nonce: [UInt8]

    /// As the column `key_id` holds it.
    var keyIDBytes: [UInt8] { withUnsafeBytes(of: keyID.bigEndian) { Array($0) } }

    init(keyID: UInt32, nonce: [UInt8]) {
        self.keyID = keyID
        self.nonce = nonce
    }

    /// From the two columns; a number that cannot be one gives 0, which no key has, so that the bytes count as damaged.
    init(keyIDBytes: [UInt8], nonce: [UInt8]) {
        keyID = keyIDBytes.count == 4 ? keyIDBytes.reduce(0) { $0 << 8 | UInt32($1) } : 0
        self.nonce = nonce
    }
}

/// Bytes as a row holds them: plain, or encrypted with what opens them.
struct StorableBytes: Sendable {
    var bytes: [UInt8]
    var seal: Seal?
}

/// The row that bytes belong to, bound into their encryption: bytes that are moved to another row do not open there.
enum SealBinding {
    static func received(_ message: MessageID) -> [UInt8] { [0x01] + message.bytes }
    static func canonical(_ message: MessageID) -> [UInt8] { [0x02] + message.bytes }
    /// A delivery's sequence names it within its store, and data keys are of one store alone.
    static func frozen(delivery: Int64) -> [UInt8] { [0x03] + octets(delivery) }
    /// A receipt's number is given at commit, so what it says is bound instead; two receipts of one delivery that say the
    /// same at the same millisecond may be swapped, which changes nothing but the wording of the answer.
    static func receipt(_ receipt: Receipt, delivery: Int64, at time: Instant) -> [UInt8] {
        var bytes = [0x04] + octets(delivery) + octets(time.milliseconds) + octets(Int64(receipt.status))
        for text in [receipt.kind, receipt.reference, receipt.verdict] {
            bytes += octets(Int64(text.utf8.count))
            bytes += text.utf8
        }
        return bytes
    }
    /// A receipt that came by itself is encrypted before anybody knows its delivery; its identity is in its row instead.
    static func incoming(_ identity: [UInt8]) -> [UInt8] { [0x06] + identity }
    /// A wrapped data key belongs to its number and day.
    static func dataKey(_ id: UInt32, day: Int64) -> [UInt8] { [0x05] + octets(Int64(id)) + octets(day) }

    private static func octets(_ number: Int64) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }
}
