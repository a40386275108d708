public import ExchangeModel

/// Reads a record from CSV where one document is one record: a header row and one row below it.
///
/// The tree is that of `CSVRecordCutter`, which reads files of many rows. Safe to use from several threads at once, each with
/// its own tree.
public struct CSVRecordReader: Sendable {
    /// How documents are written.
    public let dialect: CSVDialect
    /// What they may ask for.
    public let limits: CSVLimits

    /// A reader.
    public init(dialect: CSVDialect = CSVDialect(), limits: CSVLimits = CSVLimits()) {
        self.dialect = dialect
        self.limits = limits
    }

    /// Fills the tree, or returns every finding and leaves the tree empty.
    public func read(_ bytes: [UInt8], names: NameTable, into tree: inout RecordTree) -> [Finding] {
        let cutter = CSVRecordCutter(dialect: dialect, limits: limits, names: names)
        cutter.append(bytes)
        cutter.finish()
        tree.removeAll()
        var findings: [Finding] = []
        switch cutter.next(into: &tree) {
        case .record: break
        case .refused(_, let found): findings += found
        case .unreadable(let found): return found
        case .end, .needsBytes: return [CSVFinding.recordMissing(explanatoryRows: dialect.rowsAfterHeader)]
        }
        var second = RecordTree(nodeCapacity: 0, arenaCapacity: 0)
        switch cutter.next(into: &second) {
        case .record(let place), .refused(let place, _):
            findings.append(CSVFinding.severalRecords(at: SourcePosition(line: place.line, column: 1)))
        case .unreadable, .needsBytes, .end: break
        }
        if !findings.isEmpty { tree.removeAll() }
        return findings
    }
}
