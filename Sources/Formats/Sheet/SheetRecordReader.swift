public import ExchangeModel

/// Reads a record from a workbook where one document is one record: a header and one row.
///
/// The tree is that of `SheetRecordCutter`, which reads sheets of many rows. Safe to use from several threads at once, each with
/// its own tree.
public struct SheetRecordReader: Sendable {
    /// Which sheet, and where its record is.
    public let dialect: SheetDialect
    /// What documents may ask for.
    public let limits: SheetLimits

    /// A reader.
    public init(dialect: SheetDialect = SheetDialect(), limits: SheetLimits = SheetLimits()) {
        self.dialect = dialect
        self.limits = limits
    }

    /// Fills the tree, or returns every finding and leaves the tree empty.
    public func read(_ bytes: [UInt8], names: NameTable, into tree: inout RecordTree) -> [Finding] {
        let cutter = SheetRecordCutter(dialect: dialect, limits: limits, names: names)
        cutter.append(bytes)
        cutter.finish()
        tree.removeAll()
        var findings: [Finding] = []
        switch cutter.next(into: &tree) {
        case .record: break
        case .refused(_, let found): findings += found
        case .unreadable(let found): findings += found
        case .end, .needsBytes: findings.append(SheetFinding.recordMissing())
        }
        var second = RecordTree(nodeCapacity: 0, arenaCapacity: 0)
        switch cutter.next(into: &second) {
        case .record(let place), .refused(let place, _):
            findings.append(SheetFinding.severalRecords(at: SourcePosition(line: place.line, column: 1)))
        case .unreadable(let found): findings += found
        case .needsBytes, .end: break
        }
        if !findings.isEmpty { tree.removeAll() }
        return findings
    }
}
