internal import ExchangeModel
internal import GRDB

/// Reads of the chain of evidence.
enum EvidenceQueries {
    private static let rows = "SELECT seq, at, message, content, digest FROM evidence WHERE seq >= ? ORDER BY seq LIMIT ?"

    static func rows(_ database: Database, from sequence: Int64, limit: Int) throws -> [EvidenceRow] {
        let row = try PreparedStatement(rows, on: database)
        row.add(sequence)
        row.add(ReadLimit.rows(limit))
        var result: [EvidenceRow] = []
        while try row.step() {
            result.append(
                EvidenceRow(
                    sequence: row.int64(0), at: row.instant(1), messageID: try row.optionalID(2), content: row.blob(3),
                    digest: row.blob(4)))
        }
        return result
    }

    /// The last row's number and digest.
    static func head(_ database: Database) throws -> EvidenceHead {
        let newest = try PreparedStatement("SELECT seq, digest FROM evidence ORDER BY seq DESC LIMIT 1", on: database)
        defer { newest.reset() }
        return try newest.step() ? EvidenceHead(sequence: newest.int64(0), digest: newest.blob(1)) : .empty
    }

    /// The last sequence; 0 when there is none.
    static func last(_ database: Database) throws -> Int64 {
        try Int64.fetchOne(database, sql: "SELECT coalesce(max(seq), 0) FROM evidence") ?? 0
    }

    /// A check of the chain between two read transactions.
    struct Progress: Sendable {
        /// The last row that fits.
        var head = EvidenceHead.empty
        /// Rows read, the broken one included.
        var rowsRead: Int64 = 0
        /// The first row that does not fit.
        var firstBroken: (sequence: Int64, reason: String)?
        /// Whether there is nothing left to read.
        var isDone = false

        var verdict: EvidenceVerdict {
            EvidenceVerdict(rows: rowsRead, lastDigest: head.digest, firstBroken: firstBroken)
        }
    }

    /// Checks the next rows, up to and including `last`.
    static func check(_ database: Database, after progress: Progress, last: Int64, limit: Int) throws -> Progress {
        var progress = progress
        let chain = EvidenceChain()
        let row = try PreparedStatement(rows, on: database)
        // Rows of a number below 1 never belong to a chain; the first read finds them.
        row.add(progress.rowsRead == 0 ? Int64.min : progress.head.sequence + 1)
        row.add(limit)
        var read = 0
        while try row.step() {
            let sequence = row.int64(0)
            if sequence > last { break }
            read += 1
            progress.rowsRead += 1
            let next = chain.next(after: progress.head, at: row.instant(1), content: row.blob(3))
            let reason: String? =
                if sequence < 1 {
                    "a row of this number was put in"
                } else if sequence != next.sequence {
                    "the rows \(next.sequence) to \(sequence - 1) before it are missing"
                } else if row.blob(4) != next.digest {
                    "its digest does not follow from its content and the row before: one of them was changed, replaced or moved"
                } else {
                    nil
                }
            if let reason {
                progress.firstBroken = (sequence, reason)
                break
            }
            progress.head = next
        }
        row.reset()
        if progress.firstBroken == nil, read < limit, progress.head.sequence < last {
            progress.firstBroken = (progress.head.sequence + 1, "the rows from it to \(last) are missing")
        }
        progress.isDone = progress.firstBroken != nil || progress.head.sequence >= last
        return progress
    }
}
