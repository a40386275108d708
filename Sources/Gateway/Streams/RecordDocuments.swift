internal import ExchangeModel
internal import Formats
internal import Mapping

/// The bytes of a record as a document of its own, which is what is kept of it and can be read again: as the cutter holds them, or
/// its bytes in the stream, of CSV behind those of the header.
struct RecordDocuments {
    private let source: any RecordSource
    private let head: [UInt8]

    /// - Parameter head: bytes of the stream before its first record.
    init(source: any RecordSource, head: Int, way: DatasetWay) throws {
        self.source = source
        self.head = way.format == .csv && way.split == .rows ? try source.read(at: 0, count: head) : []
    }

    func document(of place: RecordPlace, _ cutter: any RecordCutter) throws -> [UInt8] {
        if let held = cutter.heldDocument { return held }
        // It is over its own limit, and refused: nothing is kept of it but its place.
        guard place.end - place.offset <= Self.bytesMax else { return [] }
        return head + (try source.read(at: place.offset, count: place.end - place.offset))
    }

    /// Bytes that are kept of a record.
    static let bytesMax = 16 << 20
}
