/// BIT STRING values of encoders that leave out trailing zero octets (reference, 2.4).
enum SealBits {
    /// Most octets put back. Longer cuts are no habit of an encoder.
    static let octetsMax = 2

    /// A digest completed with zero octets on the right; the comparison stays over the full length.
    static func digest(_ value: ArraySlice<UInt8>, length: Int) -> (bytes: [UInt8], isTrimmed: Bool) {
        guard value.count < length, length - value.count <= octetsMax else { return (Array(value), false) }
        return (Array(value) + [UInt8](repeating: 0, count: length - value.count), true)
    }

    /// A DER pair that ends before its declared length, completed likewise.
    static func signature(_ value: ArraySlice<UInt8>) -> (bytes: ArraySlice<UInt8>, isTrimmed: Bool) {
        let bytes = Array(value)
        guard bytes.count >= 2, bytes[0] == 0x30, bytes[1] < 0x80 else { return (value, false) }
        let missing = Int(bytes[1]) + 2 - bytes.count
        // 64 octets are raw r || s unless they are a whole pair; nothing is added to them.
        guard bytes.count != 64, (1...octetsMax).contains(missing) else { return (value, false) }
        return ((bytes + [UInt8](repeating: 0, count: missing))[...], true)
    }
}
