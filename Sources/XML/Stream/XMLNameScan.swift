/// Which bytes may stand in a name; those beyond ASCII are looked at as characters by `XMLName`.
enum XMLNameScan {
    /// Letter, underscore, or part of a character beyond ASCII.
    @inline(__always) static func isStart(_ byte: UInt8) -> Bool {
        byte >= 0x80 || (byte | 0x20) &- 0x61 < 26 || byte == 0x5F
    }

    /// The same, digits, `-`, `.` and `:`.
    @inline(__always) static func isPart(_ byte: UInt8) -> Bool {
        isStart(byte) || byte &- 0x30 < 11 || byte == 0x2D || byte == 0x2E
    }
}
