/// Eight bytes at a time: which of them a JSON string cannot hold as they are.
///
/// Words instead of `SIMD16`: Swift 6.3.1 turns comparisons of `SIMD16<UInt8>` into scalar code. Each test is exact for
/// the lowest byte it marks; higher marks of the same word may be false (the borrow runs upward), so only the lowest is used.
enum ByteScan {
    static let ones: UInt64 = 0x0101_0101_0101_0101
    static let highs: UInt64 = 0x8080_8080_8080_8080

    /// A mark at the lowest quotation mark, backslash or control character; 0 when there is none.
    @inline(__always) static func marksForEscape(_ word: UInt64) -> UInt64 {
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let control = (word &- ones &* 0x20) & ~word
        return (((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | control) & highs
    }

    /// The same, and bytes outside ASCII.
    @inline(__always) static func marksForString(_ word: UInt64) -> UInt64 { marksForEscape(word) | (word & highs) }

    /// The word at an offset, lowest byte first whatever the machine.
    @inline(__always) static func word(_ base: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The offset of the first byte at or after `start` that must be escaped; `count` when there is none.
    static func firstToEscape(_ base: UnsafeRawPointer, from start: Int, count: Int) -> Int {
        var offset = start
        while offset &+ 8 <= count {
            let marks = marksForEscape(word(base, offset))
            if marks != 0 { return offset &+ marks.trailingZeroBitCount / 8 }
            offset &+= 8
        }
        while offset < count {
            let byte = base.load(fromByteOffset: offset, as: UInt8.self)
            if byte < 0x20 || byte == 0x22 || byte == 0x5C { return offset }
            offset &+= 1
        }
        return count
    }
}
