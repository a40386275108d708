internal import ExchangeModel

/// Times counted in milliseconds since 1970-01-01T00:00:00Z, as systems send them in JSON (`1777599000000`).
///
/// A whole number of twelve or thirteen digits: from March 1973 to November 2286. What has fewer digits is nearly always a
/// time in seconds, which would silently become a day in January 1970, so it is refused.
enum EpochMilliseconds {
    /// What stands in place of a pattern: `time("epoch-milliseconds")`.
    static let name = "epoch-milliseconds"

    /// Reads a number; nil when it is none in this form.
    static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Instant? {
        guard (12...13).contains(bytes.count), bytes[0] != 0x30 else { return nil }
        var value: Int64 = 0
        for byte in bytes {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value * 10 + Int64(byte) - 0x30
        }
        return Instant(milliseconds: value)
    }

    /// Whether text looks like a time in seconds: nine or ten digits, from 1973 to 2286.
    static func looksLikeSeconds(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        (9...10).contains(bytes.count) && bytes[0] != 0x30 && bytes.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }
}
