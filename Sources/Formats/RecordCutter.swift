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
    /// What a cutter must be fed with so that it goes on behind a record of an earlier one.
    var resumption: RecordResumption { get }
    /// Whether what stands before the first record has been read, so that `resume` may be called where `resumption` asks for it.
    var isHeadRead: Bool { get }
    /// Goes on behind a record that an earlier cutter of the same stream gave: what was appended so far is forgotten. The bytes
    /// appended next begin at `place.end`, or at the beginning of the stream where `resumption` says so; in both cases the next
    /// record is the one behind `place`, with the same number, lines and offsets as if nothing had been interrupted.
    func resume(behind place: RecordPlace)
    /// The record that `next` gave last, accepted or refused, as a document of its own; nil where the cutter does not hold it: then it
    /// is what its place says of the stream (of CSV, behind the header).
    var heldDocument: [UInt8]? { get }
    /// A finding on the record that `next` gave last, as people find its place: of a sheet, by the name of the cell.
    func named(_ finding: Finding) -> Finding
}

extension RecordCutter {
    /// Not held.
    public var heldDocument: [UInt8]? { nil }
    /// As it is.
    public func named(_ finding: Finding) -> Finding { finding }
}

/// What must be fed to a new cutter before it can go on behind a record.
public enum RecordResumption: Sendable, Hashable {
    /// Nothing: call `resume` and append the bytes from `place.end` on.
    case atOffset
    /// The head: append the stream from its beginning and call `next` until `isHeadRead`, then `resume`, then the bytes from
    /// `place.end` on.
    case behindHead
    /// Everything: call `resume` first, then append the stream from its beginning. Records up to the place are passed over
    /// without a tree, which is faster than cutting them; nothing else of an earlier run is needed.
    case fromBeginning
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
