public import ExchangeModel

/// Cuts a CSV file into records: a group without a name, as from JSON, with one text node for each column of the header.
///
/// The header row gives the names. An empty field is a node with empty text; lines with nothing on them are passed over.
/// What stands in quotation marks is never taken for a row, however bad the row is: text that somebody typed must not become a
/// record. So a mark that is not closed takes in the rows up to the next mark, and they are refused together.
/// A row over its limit is passed over in constant memory. Throws nothing; see `RecordCutter` for how it is used.
public final class CSVRecordCutter: RecordCutter {
    /// How the file is written.
    public let dialect: CSVDialect
    /// What it may ask for.
    public let limits: CSVLimits

    private enum Phase {
        case start
        /// Rows of explanation still to pass over.
        case before(Int)
        case after(Int)
        case records
        case ended
    }

    private let names: NameTable
    private let window = ByteWindow()
    private let text: CSVRowText
    /// Memory for `limits.columnsMax` fields of the present row; freed with the object.
    private let fields: UnsafeMutablePointer<CSVRowScan.Field>
    private var phase = Phase.start
    private var header: CSVHeader?
    private var scan = CSVRowScan()
    private var isFinished = false
    /// Offset and line of the present row, and its number among the records.
    private var offset = 0
    private var line = 1
    private var number = 1

    /// A cutter at the beginning of a file. `names` are the names that the mapping reads; a header that has none of them is
    /// refused, unless the table is empty.
    public init(dialect: CSVDialect = CSVDialect(), limits: CSVLimits = CSVLimits(), names: NameTable) {
        self.dialect = dialect
        self.limits = limits
        self.names = names
        text = CSVRowText(encoding: dialect.encoding)
        fields = .allocate(capacity: limits.columnsMax)
    }

    deinit { fields.deallocate() }

    /// The header must have been read.
    public var resumption: RecordResumption { .behindHead }

    /// Whether the header has been read, so that `resume` may be called.
    public var isHeadRead: Bool { header != nil }

    /// Adds bytes of the file.
    public func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        if case .ended = phase { return }
        window.append(bytes)
    }

    /// The same from an array.
    public func append(_ bytes: [UInt8]) { bytes.withUnsafeBufferPointer { append($0) } }

    /// Says that the file ends here.
    public func finish() { isFinished = true }

    /// Goes on behind a row; the header must have been read.
    public func resume(behind place: RecordPlace) {
        guard header != nil else { return }
        window.removeAll()
        scan = CSVRowScan()
        phase = .records
        (offset, line, number) = (place.end, place.endLine, place.number + 1)
        isFinished = false
    }

    /// Cuts the next row.
    public func next(into tree: inout RecordTree) -> RecordCut {
        while true {
            if case .ended = phase { return .end }
            if case .start = phase {
                if let cut = begin() { return cut }
                continue
            }
            let outcome = scan.advance(
                window.bytes, count: window.count, isLast: isFinished, separator: dialect.separator.byte,
                fieldBytesMax: limits.fieldBytesMax, fields: fields, capacity: limits.columnsMax)
            let rowBytesMax = header == nil ? max(limits.rowBytesMax, limits.headerBytesMax) : limits.rowBytesMax
            if scan.length > rowBytesMax, scan.textEnd + scan.dropped > rowBytesMax || outcome != .row { scan.noteRowTooLong() }
            switch outcome {
            case .needsBytes:
                if scan.length > rowBytesMax { window.drop(scan.drop()) }
                return .needsBytes
            case .end:
                if header == nil { return fail([CSVFinding.headerMissing(line: line)]) }
                phase = .ended
                return .end
            case .row:
                if let cut = row(&tree) { return cut }
            }
        }
    }

    // MARK: The beginning

    /// Passes over a byte-order mark; nil when that is done.
    private func begin() -> RecordCut? {
        guard window.count >= 4 || isFinished else { return .needsBytes }
        func at(_ index: Int) -> UInt8 { index < window.count ? window.bytes.load(fromByteOffset: index, as: UInt8.self) : 0xAA }
        var mark = 0
        switch (at(0), at(1), at(2), at(3)) {
        case (0xEF, 0xBB, 0xBF, _):
            guard dialect.encoding == .utf8 else { return fail([CSVFinding.encodingMark("UTF-8", dialect)]) }
            mark = 3
        case (0x84, 0x31, 0x95, 0x33):
            guard dialect.encoding == .gb18030 else { return fail([CSVFinding.encodingMark("GB 18030", dialect)]) }
            mark = 4
        case (0xFF, 0xFE, _, _), (0xFE, 0xFF, _, _): return fail([CSVFinding.encodingMark("UTF-16", dialect)])
        default: break
        }
        if dialect.encoding == .gb18030, GB18030.shared == nil { return fail([CSVFinding.converterMissing()]) }
        window.drop(mark)
        offset = mark
        phase = .before(dialect.rowsBeforeHeader)
        return nil
    }

    private func fail(_ findings: [Finding]) -> RecordCut {
        phase = .ended
        window.removeAll()
        return .unreadable(findings)
    }

    // MARK: Rows

    /// A complete row; nil when it is no record's.
    private func row(_ tree: inout RecordTree) -> RecordCut? {
        defer {
            offset += scan.length
            line += scan.lines
            window.drop(scan.position)
            scan = CSVRowScan()
        }
        switch phase {
        case .before(let rows) where rows > 0:
            phase = .before(rows - 1)
            return nil
        case .after(let rows) where rows > 0:
            phase = .after(rows - 1)
            return nil
        case .before where scan.isBlank, .after where scan.isBlank, .records where scan.isBlank: return nil
        case .before: return readHeader()
        default:
            phase = .records
            return readRecord(&tree)
        }
    }

    private func readHeader() -> RecordCut? {
        let start = SourcePosition(line: line, column: 1)
        guard scan.dropped + scan.textEnd <= limits.headerBytesMax else {
            return fail([CSVFinding.headerTooLong(limits.headerBytesMax, at: start)])
        }
        if let fault = scan.fault {
            return fail([CSVFinding.fault(fault, limits, line: line, endLine: line + scan.lines, path: "")])
        }
        guard scan.fieldCount <= limits.columnsMax else {
            return fail([CSVFinding.tooManyColumns(scan.fieldCount, limits.columnsMax, at: start)])
        }
        let count = scan.fieldCount
        if let findings = octetFindings(count: count, row: nil, path: { _ in "" }) { return fail(findings) }
        let header = CSVHeader(
            (0..<count).map { (text.string(fields[$0], of: window.bytes), position(of: fields[$0])) }, renamed: dialect.names,
            names: names)
        guard header.findings.isEmpty else { return fail(header.findings) }
        self.header = header
        phase = .after(dialect.rowsAfterHeader)
        return nil
    }

    private func readRecord(_ tree: inout RecordTree) -> RecordCut {
        let place = RecordPlace(
            number: number, offset: offset, end: offset + scan.length, line: line, endLine: line + scan.lines)
        number += 1
        // The header was read before any record.
        guard let header else { return fail([CSVFinding.headerMissing(line: line)]) }
        if let fault = scan.fault {
            let finding = CSVFinding.fault(
                fault, limits, line: line, endLine: place.endLine, path: header.path(fault.field))
            return .refused(place, [finding])
        }
        var findings: [Finding] = []
        let known = min(scan.fieldCount, limits.columnsMax)
        if scan.fieldCount == header.count {
            let isFilled = text.fill(
                &tree, header: header, row: window.bytes, count: scan.textEnd, fields: fields,
                isASCII: !scan.mayHoldNonASCII, line: line)
            if isFilled { return .record(place) }
        } else {
            // The first field too many, or the last one there is.
            let at = fields[min(header.count, known - 1)]
            findings.append(CSVFinding.columns(found: scan.fieldCount, expected: header.count, at: position(of: at)))
        }
        findings += octetFindings(count: known, row: place.number, path: { header.path($0) }) ?? []
        return .refused(place, findings)
    }

    private func position(of field: CSVRowScan.Field) -> SourcePosition {
        SourcePosition(line: line + Int(field.line), column: Int(field.start) - Int(field.lineStart) + 1)
    }

    /// What is not text in this row: a finding for each field, or only the first where the whole row is in the other encoding; nil when
    /// all is text.
    private func octetFindings(count: Int, row number: Int?, path: (Int) -> String) -> [Finding]? {
        let row = window.bytes
        if text.firstFault(row, 0, scan.textEnd) == nil { return nil }
        let other = CSVDialect.Encoding.allCases.first { encoding in
            encoding != dialect.encoding && CSVRowText(encoding: encoding).firstFault(row, 0, scan.textEnd) == nil
        }
        var findings: [Finding] = []
        for index in 0..<count {
            let field = fields[index]
            guard let fault = text.firstFault(row, Int(field.start), Int(field.end)) else { continue }
            findings.append(
                CSVFinding.octets(
                    row.load(fromByteOffset: fault, as: UInt8.self), offset: offset + fault, column: index + 1, row: number,
                    other: other, dialect, path: path(index),
                    at: SourcePosition(line: line + Int(field.line), column: fault - Int(field.lineStart) + 1)))
            if other != nil { break }
        }
        return findings
    }
}
