internal import ExchangeModel
internal import GRDB

/// The rows of evidence of one message, found by following the links from its newest rows back (`Migration0002`).
enum EvidenceTrail {
    private static let columns = "seq, at, message, content, digest"
    /// Clocks may be set: rows of a message may bear times a little before its beginning or after its end.
    private static let slack: Duration = .seconds(3600)

    static func rows(_ database: Database, of id: MessageID) throws -> [EvidenceRow] {
        let message = try PreparedStatement(
            "SELECT seq, last_evidence, received_at, settled_at FROM message WHERE id = ?", on: database)
        message.add(id)
        guard try message.step() else { return [] }
        let sequence = message.int64(0)
        var ends: [Int64] = message.isNull(1) ? [0] : [message.int64(1)]
        let (begun, settled) = (message.instant(2), message.optionalInstant(3))
        message.reset()
        let deliveries = try PreparedStatement("SELECT last_evidence FROM delivery WHERE message = ?", on: database)
        deliveries.add(sequence)
        while try deliveries.step() { ends.append(deliveries.isNull(0) ? 0 : deliveries.int64(0)) }

        var found: [Int64: EvidenceRow] = [:]
        var hasUnlinked = false
        let row = try PreparedStatement("SELECT \(columns), previous FROM evidence WHERE seq = ?", on: database)
        for end in ends {
            var next: Int64? = end
            // A link always leads down; one that does not was changed by other hands and ends the walk.
            while let number = next, found[number] == nil, found.count < StoreLimits.rowsPerRead {
                if number == 0 {
                    hasUnlinked = true
                    break
                }
                row.add(number)
                guard try row.step() else { break }
                found[number] = try evidenceRow(row)
                next = row.isNull(5) ? nil : row.int64(5)
                row.reset()
                if let following = next, following >= number { next = nil }
            }
        }
        if hasUnlinked {
            for row in try unlinked(database, of: id, from: begun, to: settled) { found[row.sequence] = row }
        }
        return found.values.filter { $0.messageID == id }.sorted { $0.sequence < $1.sequence }.suffix(StoreLimits.rowsPerRead)
    }

    /// Rows from before the links, by a scan over the time of the message.
    private static func unlinked(
        _ database: Database, of id: MessageID, from begun: Instant, to settled: Instant?
    ) throws -> [EvidenceRow] {
        let linkedFrom =
            try String.fetchOne(database, sql: "SELECT value FROM setting WHERE name = 'evidenceLinkedFrom'").flatMap {
                Int64($0)
            }
            ?? 1
        let first = try firstRow(database, notBefore: begun - slack, below: linkedFrom)
        let last = try settled.map { try firstRow(database, notBefore: $0 + slack, below: linkedFrom) } ?? linkedFrom
        let row = try PreparedStatement(
            "SELECT \(columns) FROM evidence WHERE seq >= ? AND seq < ? AND message = ? ORDER BY seq LIMIT ?", on: database)
        row.add(first)
        row.add(last)
        row.add(id)
        row.add(StoreLimits.rowsPerRead)
        var result: [EvidenceRow] = []
        while try row.step() { result.append(try evidenceRow(row)) }
        return result
    }

    /// The first row of a time or later, by halving: numbers and times rise together, but for clocks that were set.
    private static func firstRow(_ database: Database, notBefore time: Instant, below end: Int64) throws -> Int64 {
        let row = try PreparedStatement("SELECT at FROM evidence WHERE seq >= ? ORDER BY seq LIMIT 1", on: database)
        var (low, high) = (Int64(1), end)
        while low < high {
            let middle = low + (high - low) / 2
            row.add(middle)
            let isEarlier = try row.step() && row.instant(0) < time
            row.reset()
            if isEarlier { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func evidenceRow(_ row: PreparedStatement) throws -> EvidenceRow {
        EvidenceRow(
            sequence: row.int64(0), at: row.instant(1), messageID: try row.optionalID(2), content: row.blob(3),
            digest: row.blob(4))
    }
}
