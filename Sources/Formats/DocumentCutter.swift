public import ExchangeModel

/// The cutter of a form whose whole document is one record: gathers the bytes and reads them when they end.
///
/// A document over `bytesMax` is refused and not gathered further. Throws nothing; see `RecordCutter` for how it is used.
public final class DocumentCutter: RecordCutter {
    /// Bytes that a document may have.
    public let bytesMax: Int

    private let reader: RecordReader
    private let names: NameTable
    private var gathered: [UInt8] = []
    private var lines = LineCount()
    private var isFinished = false
    private var isEnded = false

    /// A cutter at the beginning of a document.
    public init(reader: RecordReader, bytesMax: Int = 8 << 20, names: NameTable) {
        self.reader = reader
        self.bytesMax = bytesMax
        self.names = names
    }

    /// There is nothing behind the only record, so nothing need be fed.
    public var resumption: RecordResumption { .atOffset }
    /// Always.
    public var isHeadRead: Bool { true }

    /// Adds bytes of the document.
    public func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let first = bytes.baseAddress, !isEnded else { return }
        lines.pass(first, bytes.count)
        if lines.offset <= bytesMax { gathered.append(contentsOf: bytes) } else { gathered = [] }
    }

    /// Says that the document ends here.
    public func finish() { isFinished = true }

    /// Behind the only record is the end.
    public func resume(behind place: RecordPlace) {
        gathered = []
        isEnded = true
    }

    /// Reads the document.
    public func next(into tree: inout RecordTree) -> RecordCut {
        if isEnded { return .end }
        guard isFinished else { return .needsBytes }
        isEnded = true
        let place = RecordPlace(
            number: 1, offset: 0, end: lines.offset, line: 1, endLine: lines.line, endColumn: lines.position.column)
        guard lines.offset <= bytesMax else {
            return .refused(
                place,
                [
                    Finding(
                        .bytesOverLimit, text: "the document is larger than \(bytesMax) bytes", textZH: "文档超过 \(bytesMax) 字节的上限")
                ])
        }
        let findings = reader.read(gathered, names: names, into: &tree)
        gathered = []
        return findings.contains { $0.severity == .error } ? .refused(place, findings) : .record(place)
    }
}
