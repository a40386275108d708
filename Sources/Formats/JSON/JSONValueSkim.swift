/// Follows one JSON value to its end without judging it: brackets and quotation marks alone. Goes on where it stopped, so a value
/// may come in any number of pieces and need not be held.
struct JSONValueSkim {
    /// Levels that can be followed; a bit is kept for each.
    static let depthMax = 1_000_000

    enum Outcome {
        case needsBytes
        /// The value ends before the offset.
        case end
        /// A bracket closes what another kind opened: nobody can say where the value ends.
        case lost
        /// More than `depthMax` levels.
        case tooDeep
    }

    private var isBegun = false
    private var isScalar = false
    private var isInString = false
    private var isEscaped = false
    /// A bit for each open bracket: 1 for objects.
    private var kinds: [UInt64] = []
    private var depth = 0

    /// Goes on at an offset; what comes back is the offset reached.
    mutating func advance(_ bytes: UnsafeRawPointer, count: Int, from start: Int, isLast: Bool) -> (Outcome, Int) {
        var here = start
        while here < count {
            if isInString {
                if isEscaped {
                    isEscaped = false
                    here += 1
                    continue
                }
                here = Self.stringMark(bytes, count: count, from: here)
                guard here < count else { break }
                let byte = bytes.load(fromByteOffset: here, as: UInt8.self)
                here += 1
                if byte == 0x5C {
                    isEscaped = true
                } else {
                    isInString = false
                    if depth == 0 { return (.end, here) }
                }
                continue
            }
            let byte = bytes.load(fromByteOffset: here, as: UInt8.self)
            if isScalar {
                switch byte {
                case 0x20, 0x09, 0x0A, 0x0D, 0x2C, 0x5D, 0x7D: return (.end, here)
                default: here += 1
                }
                continue
            }
            switch byte {
            case 0x22: isInString = true
            case 0x7B, 0x5B:
                guard open(isObject: byte == 0x7B) else { return (.tooDeep, here) }
            case 0x7D, 0x5D:
                guard depth > 0, close(isObject: byte == 0x7D) else { return (.lost, here) }
                if depth == 0 { return (.end, here + 1) }
            default:
                if !isBegun { isScalar = true }
            }
            isBegun = true
            here += 1
        }
        return (isScalar && isLast ? .end : .needsBytes, here)
    }

    /// Follows a string from its opening quotation mark: whether it ends, and the offset reached.
    static func string(_ bytes: UnsafeRawPointer, count: Int) -> (isWhole: Bool, end: Int) {
        var skim = JSONValueSkim()
        let (outcome, end) = skim.advance(bytes, count: count, from: 0, isLast: false)
        if case .end = outcome { return (true, end) }
        return (false, end)
    }

    private mutating func open(isObject: Bool) -> Bool {
        guard depth < Self.depthMax else { return false }
        if depth / 64 == kinds.count { kinds.append(0) }
        let bit: UInt64 = 1 << UInt64(depth % 64)
        if isObject { kinds[depth / 64] |= bit } else { kinds[depth / 64] &= ~bit }
        depth += 1
        return true
    }

    private mutating func close(isObject: Bool) -> Bool {
        depth -= 1
        return (kinds[depth / 64] >> UInt64(depth % 64) & 1 == 1) == isObject
    }

    /// Offset of the next quotation mark or backslash; `count` when there is none.
    private static func stringMark(_ bytes: UnsafeRawPointer, count: Int, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var here = start
        while here &+ 8 <= count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: here, as: UInt64.self))
            let quote = word ^ (0x22 &* ones)
            let slash = word ^ (0x5C &* ones)
            let marks = ((quote &- ones) & ~quote | (slash &- ones) & ~slash) & (0x80 &* ones)
            if marks != 0 { return here &+ marks.trailingZeroBitCount / 8 }
            here &+= 8
        }
        while here < count {
            let byte = bytes.load(fromByteOffset: here, as: UInt8.self)
            if byte == 0x22 || byte == 0x5C { return here }
            here &+= 1
        }
        return count
    }
}
