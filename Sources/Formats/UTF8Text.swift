/// Whether bytes are UTF-8 (Unicode 15, table 3-7), fast on text in Chinese: two characters of three bytes at once.
enum UTF8Text {
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Offset of the first byte that begins no character; nil when all is text.
    static func firstFault(_ bytes: UnsafeRawPointer, count: Int) -> Int? {
        var offset = 0
        while offset &+ 8 <= count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let high = word & highs
            if high & 0x80 == 0 {
                offset &+= high == 0 ? 8 : high.trailingZeroBitCount &>> 3
                continue
            }
            // Two leading bytes 0xE1 to 0xEF, each with two that continue; 0xE0 and 0xED take not every second byte.
            if word & 0xC0C0_F0C0_C0F0 == 0x8080_E080_80E0, isFree(word), isFree(word &>> 24) {
                offset &+= 6
                continue
            }
            let length = length(bytes + offset, count &- offset)
            guard length > 0 else { return offset }
            offset &+= length
        }
        while offset < count {
            let length = length(bytes + offset, count &- offset)
            guard length > 0 else { return offset }
            offset &+= length
        }
        return nil
    }

    @inline(__always) private static func isFree(_ word: UInt64) -> Bool {
        let lead = UInt8(truncatingIfNeeded: word)
        return lead != 0xE0 && lead != 0xED
    }

    /// Length of the character at a place; 0 when there is none.
    private static func length(_ start: UnsafeRawPointer, _ remaining: Int) -> Int {
        func at(_ index: Int) -> UInt8 { index < remaining ? start.load(fromByteOffset: index, as: UInt8.self) : 0 }
        func continues(_ index: Int) -> Bool { at(index) & 0xC0 == 0x80 }
        switch at(0) {
        case ..<0x80: return 1
        case 0xC2...0xDF: return continues(1) ? 2 : 0
        case 0xE0: return at(1) >= 0xA0 && continues(1) && continues(2) ? 3 : 0
        case 0xED: return at(1) < 0xA0 && continues(1) && continues(2) ? 3 : 0
        case 0xE1...0xEF: return continues(1) && continues(2) ? 3 : 0
        case 0xF0: return at(1) >= 0x90 && continues(1) && continues(2) && continues(3) ? 4 : 0
        case 0xF1...0xF3: return continues(1) && continues(2) && continues(3) ? 4 : 0
        case 0xF4: return at(1) < 0x90 && continues(1) && continues(2) && continues(3) ? 4 : 0
        default: return 0
        }
    }
}
