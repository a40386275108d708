/// Scans over text of XML: characters checked (UTF-8, production `Char`), eight bytes at a time where nothing stops it.
enum XMLTextScan {
    private static let highs: UInt64 = 0x8080_8080_8080_8080
    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// Offset of the first byte of character data that needs a look: `<`, `&`, `]`, a control character but tab and line feed, or
    /// what begins no character; `end` when there is none.
    static func characterData(_ text: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
        plain(text, from: start, to: end, third: UInt8(ascii: "]"), stopsAtSpace: false)
    }

    /// The same for an attribute's value: `<`, `&`, the quotation mark, any control character, or what begins no character.
    static func attributeValue(_ text: UnsafePointer<UInt8>, from start: Int, to end: Int, quote: UInt8) -> Int {
        plain(text, from: start, to: end, third: quote, stopsAtSpace: true)
    }

    @inline(__always)
    private static func plain(
        _ text: UnsafePointer<UInt8>, from start: Int, to end: Int, third: UInt8, stopsAtSpace: Bool
    ) -> Int {
        let base = UnsafeRawPointer(text)
        let thirds = UInt64(third) &* ones
        var here = start
        while here &+ 8 <= end {
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: here, as: UInt64.self))
            let high = word & highs
            let less = word ^ (0x3C &* ones)
            let ampersand = word ^ (0x26 &* ones)
            let other = word ^ thirds
            // The lowest mark is exact; those above it need not be.
            let marks =
                ((less &- ones) & ~less | (ampersand &- ones) & ~ampersand | (other &- ones) & ~other
                    | (word &- 0x20 &* ones) & ~word) & highs
            if marks != 0, high == 0 || marks.trailingZeroBitCount < high.trailingZeroBitCount {
                here &+= marks.trailingZeroBitCount &>> 3
                let byte = text[here]
                guard !stopsAtSpace, byte == 0x0A || byte == 0x09 else { return here }
                here &+= 1
            } else if high == 0 {
                here &+= 8
            } else if high & 0x80 == 0 {
                here &+= high.trailingZeroBitCount &>> 3
            } else if word & 0xC0C0_F0C0_C0F0 == 0x8080_E080_80E0, isFree(word), isFree(word &>> 24) {
                // Two characters of three bytes, as nearly all in Chinese.
                here &+= 6
            } else {
                let length = length(text + here, end &- here)
                guard length > 0 else { return here }
                here &+= length
            }
        }
        while here < end {
            let byte = text[here]
            if byte >= 0x80 {
                let length = length(text + here, end &- here)
                guard length > 0 else { return here }
                here &+= length
                continue
            }
            if byte == 0x3C || byte == 0x26 || byte == third { return here }
            if byte < 0x20, stopsAtSpace || (byte != 0x0A && byte != 0x09) { return here }
            here &+= 1
        }
        return here
    }

    /// Whether every second and third byte follows a leading byte of three and makes a character.
    @inline(__always) private static func isFree(_ word: UInt64) -> Bool {
        let lead = UInt8(truncatingIfNeeded: word)
        return lead != 0xE0 && lead != 0xED && lead != 0xEF
    }

    /// What begins no character, instead of its length.
    static let invalid = 0
    static let incomplete = -1
    /// U+FFFE or U+FFFF, or a control character.
    static let forbidden = -2

    /// Length of the character at a place (Unicode 15, table 3-7), or why there is none.
    static func length(_ start: UnsafePointer<UInt8>, _ remaining: Int) -> Int {
        let first = start[0]
        if first < 0x80 { return first >= 0x20 || first == 0x0A || first == 0x09 || first == 0x0D ? 1 : forbidden }
        let wanted = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0
        if wanted == 0 { return invalid }
        guard remaining > 1 else { return incomplete }
        let second = start[1]
        let range: ClosedRange<UInt8> =
            switch first {
            case 0xE0: 0xA0...0xBF
            case 0xED: 0x80...0x9F
            case 0xF0: 0x90...0xBF
            case 0xF4: 0x80...0x8F
            default: 0x80...0xBF
            }
        guard range.contains(second) else { return invalid }
        for index in 2..<max(2, wanted) {
            guard remaining > index else { return incomplete }
            guard start[index] & 0xC0 == 0x80 else { return invalid }
        }
        if first == 0xEF, second == 0xBF, start[2] >= 0xBE { return forbidden }
        return wanted
    }

    /// How many bytes at a place that begins no character were needed to see that.
    static func examined(_ start: UnsafePointer<UInt8>, _ remaining: Int) -> Int {
        for count in 1..<max(1, min(4, remaining)) where length(start, count) != incomplete { return count }
        return max(1, min(4, remaining))
    }

    /// Whether all bytes are white space.
    static func isBlank(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool { bytes.allSatisfy { $0 <= 0x20 } }

    /// Appends a character that production `Char` allows; false when it does not.
    static func append(_ scalar: UInt32, to bytes: inout [UInt8]) -> Bool {
        switch scalar {
        case 0x09, 0x0A, 0x0D, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: break
        default: return false
        }
        guard let scalar = Unicode.Scalar(scalar) else { return false }
        bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        return true
    }
}
