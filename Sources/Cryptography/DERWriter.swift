/// Minimal DER for what the gateway writes itself: certificate extensions and re-encoded signature values.
enum DERWriter {
    /// Tag, definite minimal length, content.
    static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [tag]
        if content.count < 0x80 {
            result.append(UInt8(content.count))
        } else {
            var length: [UInt8] = []
            var rest = content.count
            while rest > 0 {
                length.insert(UInt8(rest & 0xFF), at: 0)
                rest >>= 8
            }
            result.append(0x80 | UInt8(length.count))
            result += length
        }
        return result + content
    }

    /// SEQUENCE.
    static func sequence(_ parts: [[UInt8]]) -> [UInt8] { element(0x30, parts.flatMap { $0 }) }

    /// INTEGER of a non-negative big-endian number, minimal.
    static func unsignedInteger(_ magnitude: some Collection<UInt8>) -> [UInt8] {
        var digits = Array(magnitude.drop { $0 == 0 })
        if digits.isEmpty || digits[0] & 0x80 != 0 { digits.insert(0, at: 0) }
        return element(0x02, digits)
    }
}
