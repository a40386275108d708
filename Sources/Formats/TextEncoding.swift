/// An encoding in which a destination counts the bytes of a field: `VARCHAR2(200 BYTE)` of a database in GBK takes 100 Chinese
/// characters, in UTF-8 66. Safe to share between threads.
public enum TextEncoding: String, Sendable, CaseIterable {
    /// UTF-8.
    case utf8 = "utf-8"
    /// GBK: one or two bytes; rare characters and those for private use have none. The euro sign counts as two, whatever a
    /// database makes of it.
    case gbk
    /// GB 18030: one, two or four bytes.
    case gb18030
    /// UTF-16: two or four bytes, without a mark.
    case utf16 = "utf-16"

    /// All of them, by the place that compiled mappings know.
    public static let byPlace = allCases

    /// Bytes of a text in this encoding; nil when a character of it has none, or the bytes are no UTF-8.
    public func byteCount(ofUTF8 text: UnsafeBufferPointer<UInt8>) -> Int? {
        var count = 0
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte < 0x80 {
                count += self == .utf16 ? 2 : 1
                index += 1
                continue
            }
            let length = byte < 0xC2 ? 0 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : byte < 0xF5 ? 4 : 0
            guard length > 0, index + length <= text.count else { return nil }
            var scalar = UInt32(byte) & (0x7F >> UInt32(length))
            for offset in 1..<length { scalar = scalar << 6 | UInt32(text[index + offset] & 0x3F) }
            index += length
            switch self {
            case .utf8: count += length
            case .utf16: count += length == 4 ? 4 : 2
            case .gb18030: count += Self.isPair(scalar) ? 2 : 4
            case .gbk:
                guard Self.isPair(scalar), !(0xE000...0xF8FF).contains(scalar) else { return nil }
                count += 2
            }
        }
        return count
    }

    /// Whether a character takes two bytes in GBK and GB 18030.
    private static func isPair(_ scalar: UInt32) -> Bool {
        scalar < 0x10000 && pairs[Int(scalar >> 6)] & 1 << UInt64(scalar & 63) != 0
    }

    /// One bit for each character of the basic plane; empty of any when the system has no converter.
    private static let pairs: [UInt64] = {
        var bits = [UInt64](repeating: 0, count: 1024)
        GB18030.shared?.forEachPair { scalar in bits[Int(scalar >> 6)] |= 1 << UInt64(scalar & 63) }
        return bits
    }()
}
