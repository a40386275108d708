public import ExchangeModel

/// Cuts a stream of bytes into records, one at a time and in memory that does not grow with the stream.
///
/// Bytes are appended in pieces of any size; the pieces never change what comes out. Ask `next` until it says `needsBytes`, then
/// append more, and call `finish` behind the last piece. One bad record is refused by itself and those behind it are still cut.
/// For one task at a time.
public protocol RecordCutter: AnyObject {
    /// Adds the next bytes of the stream; they are copied. Not after `finish`.
    func append(_ bytes: UnsafeBufferPointer<UInt8>)
    /// Says that no more bytes come.
    func finish()
    /// Cuts the next record into the tree; without a record the tree is empty or holds what was there before.
    func next(into tree: inout RecordTree) -> RecordCut
    /// Goes on behind a record that an earlier cutter of the same stream gave: what was appended so far is forgotten, and the
    /// bytes appended next begin at `place.end`. A form with a head (the header of CSV) must have been fed that far before.
    func resume(behind place: RecordPlace)
}

/// What a cutter came to.
public enum RecordCut: Sendable, Hashable {
    /// A record, now in the tree.
    case record(RecordPlace)
    /// Something in the place of a record that is none: every finding about it.
    case refused(RecordPlace, [Finding])
    /// The stream as a whole cannot be read; nothing follows but `end`.
    case unreadable([Finding])
    /// The next record is not complete yet.
    case needsBytes
    /// All records have been cut.
    case end
}
