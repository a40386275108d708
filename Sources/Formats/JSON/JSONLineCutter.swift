public import ExchangeModel
internal import Glibc
public import JSON

/// Cuts JSON lines into records: one JSON object on each line.
///
/// Lines with nothing but blanks are passed over and do not count. A line over `limits.bytesMax` is passed over in constant memory
/// and refused. A byte-order mark at the beginning is passed over. Throws nothing; see `RecordCutter` for how it is used.
public final class JSONLineCutter: RecordCutter {
    /// What a record may ask for.
    public let limits: JSONLimits

    private let names: NameTable
    private let reader: JSONRecordReader
    private let window = ByteWindow()
    private var lines = LineCount()
    private var number = 1
    private var isBegun = false
    private var isFinished = false
    private var isEnded = false
    /// Bytes of the window that are known to hold no line feed.
    private var searched = 0
    /// Where the present line began, when its first bytes were passed over since it is too long.
    private var tooLong: (offset: Int, line: Int)?

    /// A cutter at the beginning of a stream. `names` are the names that the mapping reads; `check` is what each record is
    /// checked against.
    public init(
        limits: JSONLimits = JSONLimits(bytesMax: 8 << 20, depthMax: 64, countMax: 100_000),
        check: (any JSONDocumentCheck)? = nil, names: NameTable
    ) {
        self.limits = limits
        self.names = names
        reader = JSONRecordReader(limits: limits, check: check)
    }

    /// Nothing stands before the first line.
    public var resumption: RecordResumption { .atOffset }
    /// Always.
    public var isHeadRead: Bool { true }

    /// Adds bytes of the stream.
    public func append(_ bytes: UnsafeBufferPointer<UInt8>) { if !isEnded { window.append(bytes) } }

    /// Says that the stream ends here.
    public func finish() { isFinished = true }

    /// Goes on behind a line.
    public func resume(behind place: RecordPlace) {
        window.removeAll()
        lines.move(to: place)
        number = place.number + 1
        (isBegun, isFinished, isEnded) = (true, false, false)
        searched = 0
        tooLong = nil
    }

    /// Cuts the next line.
    public func next(into tree: inout RecordTree) -> RecordCut {
        while true {
            if isEnded { return .end }
            if !isBegun, let cut = begin() { return cut }
            let bytes = window.bytes
            let lineFeed = memchr(bytes + searched, 0x0A, window.count - searched).map { UnsafeRawPointer($0) - bytes }
            guard let end = lineFeed ?? (isFinished ? window.count : nil) else {
                searched = window.count
                // A carriage return before the line feed does not count.
                if searched > limits.bytesMax + 1 {
                    if tooLong == nil { tooLong = (lines.offset, lines.line) }
                    pass(searched)
                }
                return .needsBytes
            }
            if lineFeed == nil, end == 0, tooLong == nil {
                isEnded = true
                return .end
            }
            if let cut = line(end, lineFeed == nil ? end : end + 1, &tree) { return cut }
        }
    }

    /// Passes over a byte-order mark; nil when that is done.
    private func begin() -> RecordCut? {
        guard window.count >= 3 || isFinished else { return .needsBytes }
        switch ByteOrderMark(window.bytes, count: window.count) {
        case .utf8:
            window.drop(3)
            lines.passMark(3)
        case .utf16:
            isEnded = true
            return .unreadable([JSONStreamFinding.wideEncoding()])
        case nil: break
        }
        isBegun = true
        return nil
    }

    /// A line of so many bytes, `whole` with its end; nil when it is blank.
    private func line(_ count: Int, _ whole: Int, _ tree: inout RecordTree) -> RecordCut? {
        let bytes = window.bytes
        var length = count
        if length > 0, bytes.load(fromByteOffset: length - 1, as: UInt8.self) == 0x0D { length -= 1 }
        let start = tooLong ?? (lines.offset, lines.line)
        defer {
            pass(whole)
            tooLong = nil
        }
        if tooLong == nil, isBlank(length) { return nil }
        let place = RecordPlace(
            number: number, offset: start.offset, end: lines.offset + whole, line: start.line,
            endLine: lines.line + (whole - count))
        number += 1
        guard tooLong == nil, length <= limits.bytesMax else {
            let position = SourcePosition(line: start.line, column: 1)
            return .refused(place, [JSONStreamFinding.lineTooLong(limits.bytesMax, at: position)])
        }
        let slice = UnsafeBufferPointer(start: bytes.assumingMemoryBound(to: UInt8.self), count: length)
        let findings = reader.read(slice, names: names, into: &tree, start: lines.position)
        return findings.isEmpty ? .record(place) : .refused(place, findings)
    }

    private func isBlank(_ count: Int) -> Bool {
        for index in 0..<count {
            switch window.bytes.load(fromByteOffset: index, as: UInt8.self) {
            case 0x20, 0x09, 0x0D: continue
            default: return false
            }
        }
        return true
    }

    private func pass(_ count: Int) {
        lines.pass(window.bytes, count)
        window.drop(count)
        searched = 0
    }
}
