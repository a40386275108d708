internal import ExchangeModel
internal import GRDB

/// The reads of a backfill, a part in each read transaction.
enum BackfillQueries {
    /// Looks at the next part. The scan comes back further on, with the messages that it found on the way.
    static func next(_ database: Database, _ scan: BackfillScan, path: String) throws -> (BackfillScan, [BackfillCandidate]) {
        var scan = scan
        guard let range = scan.range else {
            guard let range = try range(database, scan.selection) else {
                scan.isDone = true
                return (scan, [])
            }
            scan.range = range
            scan.after = range.lowerBound - 1
            return (scan, [])
        }
        let judge = try BackfillJudge(database)
        let newest = try Int64.fetchOne(database, sql: "SELECT coalesce(max(seq), 0) FROM delivery") ?? 0
        let end = min(newest, scan.deliveriesSeen + StoreLimits.backfillStretch)
        try judge.look(at: &scan, upTo: end, path: path)
        // Before all deliveries were seen nobody knows what is behind.
        if end < newest { return (scan, []) }
        let found = try candidates(database, &scan, range, judge)
        return (scan, found)
    }

    private static func range(_ database: Database, _ selection: BackfillSelection) throws -> ClosedRange<Int64>? {
        let row = try PreparedStatement(BackfillJudge.selectRange, on: database)
        row.add(firstID(at: selection.from))
        row.add(firstID(at: selection.to))
        guard try row.step(), !row.isNull(0) else { return nil }
        defer { row.reset() }
        return row.int64(0)...row.int64(1)
    }

    /// The lowest id of an instant: its milliseconds, and zeros.
    private static func firstID(at instant: Instant) -> [UInt8] {
        let milliseconds = min(UInt64(clamping: instant.milliseconds), 0xFFFF_FFFF_FFFF)
        return (0..<6).map { UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * UInt64($0))) } + [UInt8](repeating: 0, count: 10)
    }

    private static func candidates(
        _ database: Database, _ scan: inout BackfillScan, _ range: ClosedRange<Int64>, _ judge: BackfillJudge
    ) throws -> [BackfillCandidate] {
        let selection = scan.selection
        let end = min(range.upperBound, scan.after + StoreLimits.backfillStretch)
        let row = try PreparedStatement(BackfillJudge.selectStretch, on: database)
        row.add(selection.destination)
        row.add(selection.readsRecords ? 1 : 0)
        row.add(scan.after)
        row.add(end)
        row.add(selection.from)
        row.add(selection.to)
        row.add(selection.dataset?.name)
        row.add(selection.channel)
        row.add(StoreLimits.backfillPage)
        var found: [(row: BackfillJudge.Row, canonical: [UInt8])] = []
        var octets = 0
        var isCut = false
        while try row.step() {
            let canonical = row.blob(BackfillJudge.columnCount)
            found.append((try BackfillJudge.row(row), canonical))
            octets += canonical.count
            if found.count == StoreLimits.backfillPage || octets > StoreLimits.backfillOctets {
                isCut = true
                break
            }
        }
        row.reset()
        let destroyed = try judge.destroyed()
        var candidates: [BackfillCandidate] = []
        candidates.reserveCapacity(found.count)
        for (row, canonical) in found {
            let standing = try judge.standing(row, scan, destroyed: destroyed)
            candidates.append(
                BackfillCandidate(
                    sequence: row.sequence, id: row.id, channel: row.channel, dataset: row.dataset.map { Dataset($0) },
                    businessKey: row.businessKey, orderingKey: row.orderingKey, standing: standing,
                    newer: standing == .addable ? try judge.newer(than: row, scan, destroyed: destroyed) : nil,
                    canonical: standing == .addable ? canonical : [], seal: row.seal))
        }
        scan.after = isCut ? found[found.count - 1].row.sequence : end
        scan.isDone = scan.after >= range.upperBound
        return candidates
    }
}

extension DataKeys {
    /// The candidate with its record opened; one whose record cannot be opened is unreadable.
    func revealed(_ candidate: BackfillCandidate) -> BackfillCandidate {
        guard let seal = candidate.seal, candidate.standing == .addable, !candidate.canonical.isEmpty else { return candidate }
        var candidate = candidate
        let opened = reveal(
            StorableBytes(bytes: candidate.canonical, seal: seal), boundTo: SealBinding.canonical(candidate.id))
        candidate.canonical = opened.bytes
        candidate.seal = nil
        if opened.state != .readable { candidate.standing = .unreadable }
        return candidate
    }
}
