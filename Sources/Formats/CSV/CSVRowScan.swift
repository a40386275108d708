/// Finds the fields and the end of one row, and can stop and go on at any byte.
///
/// Works on bytes as received: separators, quotation marks and line ends are ASCII, and none of them is ever a part of a longer
/// character, neither in UTF-8 nor in GB 18030 (whose second bytes begin at 0x30 and leave 0x3B out). Positions count from the first
/// byte of the row. Eight bytes are looked at at once; words instead of `SIMD16` for the reason given in `JSON`.
struct CSVRowScan {
    /// A field as it stands in the row, without the quotation marks around it.
    struct Field {
        var start: UInt32
        var end: UInt32
        /// The line that it begins on, from 0, and where that line begins.
        var line: UInt32
        var lineStart: UInt32
        var hasDoubledMarks: Bool
    }

    /// The first thing wrong with the row.
    struct Fault: Equatable {
        enum Kind: Equatable {
            /// Something else than a separator or a line end behind a closing quotation mark.
            case textAfterQuote
            /// The input ends inside quotation marks.
            case quoteNotClosed
            /// A control character that no text holds.
            case control(UInt8)
            case fieldTooLong
            case rowTooLong
        }
        var kind: Kind
        /// Its line in the row from 0, its column from 1.
        var line: Int
        var column: Int
        /// Number of the field from 0.
        var field: Int
    }

    enum Outcome { case row, needsBytes, end }

    private enum Mode { case begin, plain, quoted, closed }

    /// How far the row has been looked at; of a complete row, its length with line end.
    private(set) var position = 0
    /// Where the text of a complete row ends.
    private(set) var textEnd = 0
    /// Fields found, also those beyond `capacity`, which are not kept.
    private(set) var fieldCount = 0
    /// Line ends passed.
    private(set) var lines = 0
    private(set) var fault: Fault?
    /// Bytes of this row that were dropped already, since it is over the limit.
    private(set) var dropped = 0
    /// Whether a byte beyond ASCII was seen; may be true without one.
    private(set) var mayHoldNonASCII = false
    /// Where the quotation mark of the present field stands.
    private var openLine = 0
    private var openColumn = 0
    private var mode = Mode.begin
    private var fieldStart = 0
    private var fieldLine = 0
    private var fieldLineStart = 0
    private var lineStart = 0
    private var hasDoubledMarks = false

    /// The line that a new row begins on is its line 0.
    init() {}

    /// The length of the row so far, dropped bytes included.
    var length: Int { dropped + position }
    /// A line without anything on it.
    var isBlank: Bool { fieldCount == 1 && textEnd == 0 && dropped == 0 }

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// A mark at the lowest control character or byte equal to the one repeated in `wanted`; higher marks may be false.
    @inline(__always) private static func marks(_ word: UInt64, _ wanted: UInt64) -> UInt64 {
        let equal = word ^ wanted
        return (((equal &- ones) & ~equal) | ((word &- ones &* 0x20) & ~word)) & highs
    }

    /// The first control character or `byte` at or after `start`; `count` when there is none.
    @inline(__always) private mutating func find(_ byte: UInt8, _ row: UnsafeRawPointer, _ start: Int, _ count: Int) -> Int {
        let wanted = Self.ones &* UInt64(byte)
        var seen: UInt64 = 0
        var offset = start
        defer { if seen & Self.highs != 0 { mayHoldNonASCII = true } }
        while offset &+ 8 <= count {
            let word = UInt64(littleEndian: row.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            seen |= word
            let marks = Self.marks(word, wanted)
            if marks != 0 { return offset &+ marks.trailingZeroBitCount / 8 }
            offset &+= 8
        }
        while offset < count {
            let next = row.load(fromByteOffset: offset, as: UInt8.self)
            seen |= UInt64(next)
            if next == byte || next < 0x20 { return offset }
            offset &+= 1
        }
        return count
    }

    /// Goes on. `row` holds `count` bytes from the row's first that was not dropped; `isLast` says that no more follow.
    mutating func advance(
        _ row: UnsafeRawPointer, count: Int, isLast: Bool, separator: UInt8, fieldBytesMax: Int,
        fields: UnsafeMutablePointer<Field>, capacity: Int
    ) -> Outcome {
        let quote = UInt8(ascii: "\"")
        while position < count {
            switch mode {
            case .begin:
                fieldStart = position
                fieldLine = lines
                fieldLineStart = lineStart
                hasDoubledMarks = false
                if row.load(fromByteOffset: position, as: UInt8.self) == quote {
                    (openLine, openColumn) = (lines, position - lineStart + 1)
                    mode = .quoted
                    position += 1
                    fieldStart = position
                } else {
                    mode = .plain
                }
            case .plain:
                position = find(separator, row, position, count)
                guard position < count else { continue }
                let byte = row.load(fromByteOffset: position, as: UInt8.self)
                if byte == separator {
                    endField(at: position, fieldBytesMax, fields, capacity)
                    position += 1
                } else if byte == 0x0A || byte == 0x0D {
                    if byte == 0x0D, position + 1 == count, !isLast { return .needsBytes }
                    endField(at: position, fieldBytesMax, fields, capacity)
                    endRow(row, count)
                    return .row
                } else {
                    if byte != 0x09 { note(.control(byte)) }
                    position += 1
                }
            case .quoted:
                position = find(quote, row, position, count)
                guard position < count else { continue }
                let byte = row.load(fromByteOffset: position, as: UInt8.self)
                if position + 1 == count, !isLast, byte == quote || byte == 0x0D { return .needsBytes }
                let next = position + 1 < count ? row.load(fromByteOffset: position + 1, as: UInt8.self) : 0
                switch byte {
                case quote where next == quote && position + 1 < count:
                    hasDoubledMarks = true
                    position += 2
                case quote:
                    mode = .closed
                    position += 1
                case 0x0A:
                    position += 1
                    lines += 1
                    lineStart = position
                case 0x0D:
                    position += 1
                    if next == 0x0A { continue }
                    lines += 1
                    lineStart = position
                default:
                    if byte != 0x09 { note(.control(byte)) }
                    position += 1
                }
            case .closed:
                let byte = row.load(fromByteOffset: position, as: UInt8.self)
                if byte == separator {
                    endField(at: position - 1, fieldBytesMax, fields, capacity)
                    position += 1
                } else if byte == 0x0A || byte == 0x0D {
                    if byte == 0x0D, position + 1 == count, !isLast { return .needsBytes }
                    endField(at: position - 1, fieldBytesMax, fields, capacity)
                    endRow(row, count)
                    return .row
                } else {
                    // Read on as if the marks were text: what stands in quotation marks further on is still one field.
                    note(.textAfterQuote)
                    mode = .plain
                }
            }
        }
        guard isLast else { return .needsBytes }
        if length == 0, fieldCount == 0 { return .end }
        switch mode {
        case .quoted:
            note(.quoteNotClosed)
            endField(at: position, fieldBytesMax, fields, capacity)
        case .closed: endField(at: position - 1, fieldBytesMax, fields, capacity)
        case .plain: endField(at: position, fieldBytesMax, fields, capacity)
        case .begin:
            (fieldStart, fieldLine, fieldLineStart) = (position, lines, lineStart)
            endField(at: position, fieldBytesMax, fields, capacity)
        }
        textEnd = position
        return .row
    }

    /// Remembers the row as over the limit. That goes before everything else: how much of the row was seen by then depends on the
    /// pieces that it came in.
    mutating func noteRowTooLong() { fault = Fault(kind: .rowTooLong, line: 0, column: 1, field: 0) }

    /// Forgets the bytes looked at so far, and returns how many.
    mutating func drop() -> Int {
        let count = position
        dropped += count
        fieldStart -= count
        lineStart -= count
        position = 0
        return count
    }

    private mutating func note(_ kind: Fault.Kind) {
        guard fault == nil else { return }
        fault =
            switch kind {
            case .quoteNotClosed: Fault(kind: kind, line: openLine, column: openColumn, field: fieldCount)
            case .fieldTooLong:
                Fault(kind: kind, line: fieldLine, column: fieldStart - fieldLineStart + 1, field: fieldCount)
            default: Fault(kind: kind, line: lines, column: position - lineStart + 1, field: fieldCount)
            }
    }

    @inline(__always) private mutating func endField(
        at end: Int, _ bytesMax: Int, _ fields: UnsafeMutablePointer<Field>, _ capacity: Int
    ) {
        if end - fieldStart > bytesMax { note(.fieldTooLong) }
        if fieldCount < capacity, dropped == 0 {
            // A row is shorter than 2^31 bytes (`CSVLimits`), and without dropped bytes nothing is negative.
            fields[fieldCount] = Field(
                start: UInt32(truncatingIfNeeded: fieldStart), end: UInt32(truncatingIfNeeded: end),
                line: UInt32(truncatingIfNeeded: fieldLine), lineStart: UInt32(truncatingIfNeeded: fieldLineStart),
                hasDoubledMarks: hasDoubledMarks)
        }
        fieldCount += 1
        mode = .begin
    }

    private mutating func endRow(_ row: UnsafeRawPointer, _ count: Int) {
        textEnd = position
        let isPair =
            row.load(fromByteOffset: position, as: UInt8.self) == 0x0D && position + 1 < count
            && row.load(fromByteOffset: position + 1, as: UInt8.self) == 0x0A
        position += isPair ? 2 : 1
        lines += 1
    }
}
