/// A time-ordered identifier (RFC 9562, UUID version 7) kept as its sixteen bytes.
///
/// Ids are made from a clock and a random source that the caller hands in, so that a test can replay them. They say
/// when something began; **order** among stored things is the store's own sequence number, never the id.
public struct UUIDv7: Sendable, Hashable, Comparable {
    /// The first eight bytes, big-endian: 48 bits of Unix milliseconds, version, 12 random bits.
    public let high: UInt64
    /// The last eight bytes, big-endian: variant, 62 random bits.
    public let low: UInt64

    /// Makes an id for an instant from 74 random bits.
    public init(at instant: Instant, random: inout some RandomNumberGenerator) {
        let milliseconds = UInt64(clamping: instant.milliseconds) & 0xFFFF_FFFF_FFFF
        high = milliseconds << 16 | 0x7000 | random.next() >> 52
        low = 0x8000_0000_0000_0000 | random.next() >> 2
    }

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The id of a repetition of what this one names: the same but for its last 16 bits, another for each number from 1 to
    /// 65,535, so that whoever keeps the log of either finds the other. 0 gives the id itself.
    public func repetition(_ number: UInt16) -> UUIDv7 { UUIDv7(high: high, low: low ^ UInt64(number)) }

    /// Takes sixteen bytes as stored; nil when the count is wrong or the version is not 7.
    public init?(bytes: some Collection<UInt8>) {
        // Every row of the store has ids, and a loop over a collection of unknown kind costs more than the rest of the row.
        let words = bytes.withContiguousStorageIfAvailable(Self.words) ?? Array(bytes).withUnsafeBufferPointer(Self.words)
        guard let words, words.high >> 12 & 0xF == 7, words.low >> 62 == 2 else { return nil }
        (high, low) = words
    }

    private static func words(_ bytes: UnsafeBufferPointer<UInt8>) -> (high: UInt64, low: UInt64)? {
        guard bytes.count == 16 else { return nil }
        let raw = UnsafeRawBufferPointer(bytes)
        return (
            UInt64(bigEndian: raw.loadUnaligned(as: UInt64.self)),
            UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        )
    }

    /// Reads the 36-character text form; either case is accepted.
    public init?(_ text: String) {
        let utf8 = Array(text.utf8)
        guard utf8.count == 36, utf8[8] == 0x2D, utf8[13] == 0x2D, utf8[18] == 0x2D, utf8[23] == 0x2D else { return nil }
        guard let bytes = Hex.decode(utf8.filter { $0 != 0x2D }) else { return nil }
        self.init(bytes: bytes)
    }

    /// The sixteen bytes, big-endian.
    public var bytes: [UInt8] {
        var result = [UInt8]()
        result.reserveCapacity(16)
        for shift in stride(from: 56, through: 0, by: -8) { result.append(UInt8(truncatingIfNeeded: high >> UInt64(shift))) }
        for shift in stride(from: 56, through: 0, by: -8) { result.append(UInt8(truncatingIfNeeded: low >> UInt64(shift))) }
        return result
    }

    /// The instant the id was made at.
    public var instant: Instant { Instant(milliseconds: Int64(high >> 16)) }

    /// Orders ids as their bytes do.
    public static func < (left: Self, right: Self) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }
}

extension UUIDv7: CustomStringConvertible {
    /// The lower-case text form with four hyphens.
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    buffer[position] = 0x2D
                    position += 1
                }
                let word = index < 16 ? high : low
                buffer[position] = Hex.digit(UInt8(truncatingIfNeeded: word >> UInt64(60 - index % 16 * 4)) & 0xF)
                position += 1
            }
            return position
        }
    }
}
