/// Escaping of text and attribute values: eight bytes at a time where nothing needs it, and Chinese text without copies
/// in between.
enum XMLEscape {
    enum Place {
        case text, attribute
    }

    /// Appends a value, escaped; returns the fault that stopped it, with an unfinished value in the output.
    static func append(_ value: UnsafeBufferPointer<UInt8>, to output: inout [UInt8], as place: Place) -> XMLWriterError? {
        guard let base = value.baseAddress else { return nil }
        let count = value.count
        // Everything from `written` to `offset` may be copied as it is.
        var written = 0
        var offset = 0
        while offset < count {
            if offset + 8 <= count {
                let word = UnsafeRawPointer(base + offset).loadUnaligned(as: UInt64.self)
                if isPlain(word) {
                    offset += 8
                    continue
                }
            }
            let byte = base[offset]
            if byte >= 0x80 {
                // Chinese comes in runs: stay here until ASCII returns.
                repeat {
                    let length = UTF8Scan.sequenceLength(base + offset, remaining: count - offset)
                    if length == 0 { return XMLWriterError(.encoding, offset: offset) }
                    // U+FFFE and U+FFFF are the only ones beyond ASCII that XML leaves out.
                    if base[offset] == 0xEF, base[offset + 1] == 0xBF, base[offset + 2] >= 0xBE {
                        return XMLWriterError(.character(0xFF40 + UInt32(base[offset + 2])), offset: offset)
                    }
                    offset += length
                } while offset < count && base[offset] >= 0x80
                continue
            }
            let reference: StaticString
            switch byte {
            case UInt8(ascii: "&"): reference = "&amp;"
            case UInt8(ascii: "<"): reference = "&lt;"
            case UInt8(ascii: ">"): reference = "&gt;"
            case 0x0D: reference = "&#13;"
            case UInt8(ascii: "\"") where place == .attribute: reference = "&quot;"
            case 0x09 where place == .attribute: reference = "&#9;"
            case 0x0A where place == .attribute: reference = "&#10;"
            case 0x00...0x08, 0x0B...0x0C, 0x0E...0x1F: return XMLWriterError(.character(UInt32(byte)), offset: offset)
            default:
                offset += 1
                continue
            }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: value[written..<offset]))
            output.append(contentsOf: UnsafeBufferPointer(start: reference.utf8Start, count: reference.utf8CodeUnitCount))
            offset += 1
            written = offset
        }
        output.append(contentsOf: UnsafeBufferPointer(rebasing: value[written..<count]))
        return nil
    }

    /// Whether none of eight bytes is beyond ASCII, a control character, or one of `& < > "`. May err on the safe side.
    @inline(__always)
    private static func isPlain(_ word: UInt64) -> Bool {
        let ones = UTF8Scan.ones
        // A byte of (x - 1) & ~x has its high bit set where x is zero.
        @inline(__always) func zero(_ x: UInt64) -> UInt64 { (x &- ones) & ~x }
        let controls = (word &- ones &* 0x20) & ~word
        let special =
            zero(word ^ ones &* 0x26) | zero(word ^ ones &* 0x3C) | zero(word ^ ones &* 0x3E) | zero(word ^ ones &* 0x22)
        return (word | controls | special) & UTF8Scan.highBits == 0
    }
}
