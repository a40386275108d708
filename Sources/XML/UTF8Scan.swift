internal import Glibc
internal import ExchangeModel

/// Byte scans over UTF-8: validity, positions. Eight bytes at a time where they are ASCII.
enum UTF8Scan {
    /// The high bit of each of eight bytes.
    static let highBits: UInt64 = 0x8080_8080_8080_8080
    /// One in each of eight bytes.
    static let ones: UInt64 = 0x0101_0101_0101_0101

    /// Offset of the first byte that begins no valid sequence (Unicode 15, table 3-7); nil when all is valid.
    static func firstFault(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        let count = bytes.count
        var offset = 0
        while offset < count {
            if offset + 8 <= count {
                let word = UnsafeRawPointer(base + offset).loadUnaligned(as: UInt64.self)
                let high = word & highBits
                if high == 0 {
                    offset += 8
                    continue
                }
                // Little-endian: the lowest set bit is the first byte beyond ASCII.
                offset += high.littleEndian.trailingZeroBitCount >> 3
            }
            // Text in Chinese comes in runs: stay here until ASCII returns.
            while offset < count, base[offset] >= 0x80 {
                let length = sequenceLength(base + offset, remaining: count - offset)
                if length == 0 { return offset }
                offset += length
            }
            if offset < count, base[offset] < 0x80 { offset += 1 }
        }
        return nil
    }

    /// Length of the sequence that a byte from 0x80 begins; 0 when it is not valid.
    @inline(__always)
    static func sequenceLength(_ start: UnsafePointer<UInt8>, remaining: Int) -> Int {
        let first = start[0]
        if first < 0xC2 { return 0 }
        if first < 0xE0 { return remaining >= 2 && start[1] & 0xC0 == 0x80 ? 2 : 0 }
        if first < 0xF0 {
            guard remaining >= 3, start[1] & 0xC0 == 0x80, start[2] & 0xC0 == 0x80 else { return 0 }
            if first == 0xE0, start[1] < 0xA0 { return 0 }
            if first == 0xED, start[1] >= 0xA0 { return 0 }
            return 3
        }
        guard first < 0xF5, remaining >= 4, start[1] & 0xC0 == 0x80, start[2] & 0xC0 == 0x80, start[3] & 0xC0 == 0x80
        else { return 0 }
        if first == 0xF0, start[1] < 0x90 { return 0 }
        if first == 0xF4, start[1] >= 0x90 { return 0 }
        return 4
    }

    /// Offset of a byte at or after another; nil when there is none.
    @inline(__always)
    static func find(_ byte: UInt8, in bytes: UnsafeBufferPointer<UInt8>, from offset: Int) -> Int? {
        guard let base = bytes.baseAddress, offset < bytes.count else { return nil }
        guard let found = memchr(base + offset, Int32(byte), bytes.count - offset) else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }

    /// Line and column of an offset, both from 1; the column counts bytes and leaves a byte-order mark out.
    static func position(of offset: Int, in bytes: UnsafeBufferPointer<UInt8>) -> SourcePosition {
        let end = min(max(0, offset), bytes.count)
        var line = 1
        var lineStart = hasByteOrderMark(bytes) ? 3 : 0
        var from = 0
        while let newline = find(0x0A, in: bytes, from: from), newline < end {
            line += 1
            lineStart = newline + 1
            from = newline + 1
        }
        return SourcePosition(line: line, column: max(0, end - lineStart) + 1)
    }

    /// Whether the bytes begin with U+FEFF in UTF-8.
    static func hasByteOrderMark(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
    }
}
