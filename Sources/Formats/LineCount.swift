internal import ExchangeModel
internal import Glibc

/// Offset, line and column in a stream, moved over its bytes from front to back.
struct LineCount {
    /// Bytes passed.
    private(set) var offset = 0
    /// The present line, from 1.
    private(set) var line = 1
    /// Offset of the line's first byte; below zero where counting began in the middle of a line.
    private var lineStart = 0

    /// Line and column of the next byte.
    var position: SourcePosition { SourcePosition(line: line, column: offset - lineStart + 1) }

    /// Moves on.
    mutating func pass(_ bytes: UnsafeRawPointer, _ count: Int) {
        var from = 0
        while from < count, let found = memchr(bytes + from, 0x0A, count - from) {
            from = UnsafeRawPointer(found) - bytes + 1
            line += 1
            lineStart = offset + from
        }
        offset += count
    }

    /// Passes over a byte-order mark, which has no column.
    mutating func passMark(_ count: Int) {
        offset += count
        lineStart = offset
    }

    /// Goes to the byte behind a record.
    mutating func move(to place: RecordPlace) {
        offset = place.end
        line = place.endLine
        lineStart = place.end - place.endColumn + 1
    }
}
