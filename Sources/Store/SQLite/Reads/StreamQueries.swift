internal import ExchangeModel
internal import GRDB

/// Reads of streams of records.
enum StreamQueries {
    static let select = """
        SELECT seq, channel, digest, name, sender, bytes, state, records, accepted, repeated, refused, end_offset, end_line,
            end_column, began_at, ended_at, (SELECT m.id FROM message m WHERE m.seq = stream.message)
        FROM stream
        """

    static func find(_ database: Database, _ identity: StreamIdentity) throws -> RecordStream? {
        let row = try PreparedStatement("\(select) WHERE channel = ? AND digest = ?", on: database)
        row.add(identity.channel)
        row.add(identity.digest)
        defer { row.reset() }
        return try row.step() ? try stream(row) : nil
    }

    static func streams(_ database: Database, channel: String?, limit: Int) throws -> [RecordStream] {
        let row = try PreparedStatement(
            "\(select) \(channel == nil ? "" : "WHERE channel = ?") ORDER BY seq DESC LIMIT ?", on: database)
        if let channel { row.add(channel) }
        row.add(ReadLimit.rows(limit))
        var found: [RecordStream] = []
        while try row.step() { found.append(try stream(row)) }
        return found
    }

    static func refusals(_ database: Database, stream: Int64, after number: Int, limit: Int) throws -> [StreamRefusal] {
        let row = try PreparedStatement(
            """
            SELECT r.number, r.offset, r.end_offset, r.line, r.end_line, r.end_column, m.id, m.seq FROM stream_refusal r
            JOIN message m ON m.seq = r.message WHERE r.stream = ? AND r.number > ? ORDER BY r.number LIMIT ?
            """, on: database)
        row.add(stream)
        row.add(number)
        row.add(ReadLimit.rows(limit))
        var found: [(message: Int64, refusal: StreamRefusal)] = []
        while try row.step() {
            let place = RecordPlace(
                number: row.int(0), offset: row.int(1), end: row.int(2), line: row.int(3), endLine: row.int(4),
                endColumn: row.int(5))
            found.append((row.int64(7), StreamRefusal(place: place, message: try row.id(6), findings: [])))
        }
        return try found.map { message, refusal in
            var refusal = refusal
            refusal.findings = try ReportQueries.findings(database, message: message)
            return refusal
        }
    }

    /// Reads the columns of `select`.
    static func stream(_ row: PreparedStatement) throws -> RecordStream {
        let records = row.int(7)
        // Of the last record only the end is kept: where the next one begins.
        let last = RecordPlace(
            number: records, offset: row.int(11), end: row.int(11), line: row.int(12), endLine: row.int(12),
            endColumn: row.int(13))
        return RecordStream(
            sequence: row.int64(0), identity: StreamIdentity(channel: row.text(1), digest: row.blob(2)), name: row.text(3),
            sender: row.text(4), bytes: row.int(5), state: RecordStream.State(rawValue: row.text(6)) ?? .taking,
            records: records, accepted: row.int(8), repeated: row.int(9), refused: row.int(10), last: records == 0 ? nil : last,
            beganAt: row.instant(14), endedAt: row.optionalInstant(15), refusal: try row.optionalID(16))
    }
}
