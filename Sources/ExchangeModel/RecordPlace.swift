/// Where a record lies in its stream.
public struct RecordPlace: Sendable, Hashable {
    /// Its number from 1; refused ones count.
    public var number: Int
    /// Offset of its first byte.
    public var offset: Int
    /// Offset behind its last byte, line end included: what was cut up to here need not be read again.
    public var end: Int
    /// Its first line, from 1.
    public var line: Int
    /// The line of the byte at `end`.
    public var endLine: Int
    /// Its column, in bytes from 1; 1 where records are lines or rows.
    public var endColumn: Int

    /// A place.
    public init(number: Int, offset: Int, end: Int, line: Int, endLine: Int, endColumn: Int = 1) {
        self.number = number
        self.offset = offset
        self.end = end
        self.line = line
        self.endLine = endLine
        self.endColumn = endColumn
    }

    /// Its end alone, where the next record begins.
    public var ending: RecordPlace {
        RecordPlace(number: number, offset: end, end: end, line: endLine, endLine: endLine, endColumn: endColumn)
    }
}
