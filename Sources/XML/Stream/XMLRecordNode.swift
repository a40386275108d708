/// An element or attribute of a record that `XMLRecordScan` cut, in document order, attributes behind their element. Offsets count
/// from the record's first byte, those of a value in the scratch from its beginning.
public struct XMLRecordNode: Sendable {
    /// The name as written: prefix, colon, local name.
    public var nameOffset, nameCount: Int32
    /// Bytes of the prefix, without the colon.
    public var prefixCount: Int32
    /// A number that stands for the name as long as the scan lives; 0 when it has none.
    public var nameNumber: Int32
    /// The number of its namespace; 0 is none.
    public var namespace: Int32
    /// The text directly inside the element (white space between child elements left out), or the attribute's value.
    public var valueOffset, valueCount: Int32
    /// Whether the value lies in the scratch, since it is not written as it is meant.
    public var isValueInScratch: Bool
    /// Whether this is an attribute.
    public var isAttribute: Bool
    /// The line of the stream on which the element's start tag ends.
    public var line: UInt32
    /// The element around it; -1 for the record.
    public var parent: Int32
}

/// A run of bytes of a record or of its scratch.
struct XMLRun {
    var offset = 0
    var count = 0
    var isInScratch = false
}
