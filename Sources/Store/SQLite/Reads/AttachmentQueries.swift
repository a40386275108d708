internal import ExchangeModel
internal import GRDB

/// Reads of attachments and uploads.
enum AttachmentQueries {
    private static let columns = "a.seq, a.sha256, a.sm3, a.bytes, a.created_at"

    static func find(_ database: Database, _ digest: AttachmentDigest, sender: String?) throws -> StoredAttachment? {
        let row = try PreparedStatement(
            """
            SELECT \(columns), s.media_type FROM attachment a JOIN attachment_sender s ON s.attachment = a.seq
            WHERE a.\(digest.algorithm.rawValue) = ?1 AND s.sender = ifnull(?2, s.sender) ORDER BY s.at LIMIT 1
            """, on: database)
        row.add(digest.bytes)
        row.add(sender)
        guard try row.step() else { return nil }
        defer { row.reset() }
        return content(row, mediaType: row.text(5))
    }

    /// What a message names, by the message's number.
    static func named(_ database: Database, message: Int64) throws -> [NamedAttachment] {
        let row = try PreparedStatement(
            """
            SELECT \(columns), r.media_type, r.name FROM attachment_ref r JOIN attachment a ON a.seq = r.attachment
            WHERE r.message = ? ORDER BY r.number
            """, on: database)
        row.add(message)
        var result: [NamedAttachment] = []
        while try row.step() { result.append(NamedAttachment(content(row, mediaType: row.text(5)), name: row.text(6))) }
        return result
    }

    static func named(_ database: Database, message id: MessageID) throws -> [NamedAttachment] {
        let row = try PreparedStatement("SELECT seq FROM message WHERE id = ?", on: database)
        row.add(id)
        guard try row.step() else { return [] }
        let message = row.int64(0)
        row.reset()
        return try named(database, message: message)
    }

    static func known(_ database: Database, _ digests: [[UInt8]]) throws -> Set<[UInt8]> {
        let row = try PreparedStatement("SELECT 1 FROM attachment WHERE sha256 = ?", on: database)
        var known: Set<[UInt8]> = []
        for digest in digests {
            row.add(digest)
            if try row.step() { known.insert(digest) }
            row.reset()
        }
        return known
    }

    static func unnamed(_ database: Database, before: Instant, limit: Int) throws -> [StoredAttachment] {
        let row = try PreparedStatement(
            """
            SELECT \(columns) FROM attachment a INDEXED BY attachment_unnamed WHERE a.refs = 0 AND a.renewed_at < ?
            ORDER BY a.renewed_at LIMIT ?
            """, on: database)
        row.add(before)
        row.add(ReadLimit.rows(limit))
        var result: [StoredAttachment] = []
        while try row.step() { result.append(content(row, mediaType: "")) }
        return result
    }

    static func totals(_ database: Database) throws -> (count: Int, bytes: Int) {
        let row = try PreparedStatement("SELECT count(*), coalesce(sum(bytes), 0) FROM attachment", on: database)
        defer { row.reset() }
        return try row.step() ? (row.int(0), row.int(1)) : (0, 0)
    }

    private static func content(_ row: PreparedStatement, mediaType: String) -> StoredAttachment {
        var content = StoredAttachment(
            sha256: row.blob(1), sm3: row.blob(2), bytes: row.int(3), mediaType: mediaType, createdAt: row.instant(4))
        content.sequence = row.int64(0)
        return content
    }

    // MARK: Uploads

    private static let uploadColumns = "id, sender, channel, media_type, length, sha256, offset, created_at, touched_at"

    static func upload(_ database: Database, _ id: UUIDv7) throws -> PendingUpload? {
        let row = try PreparedStatement("SELECT \(uploadColumns) FROM upload WHERE id = ?", on: database)
        row.add(id)
        return try uploads(row).first
    }

    static func uploads(_ database: Database, before: Instant) throws -> [PendingUpload] {
        let row = try PreparedStatement(
            "SELECT \(uploadColumns) FROM upload WHERE touched_at < ? ORDER BY touched_at LIMIT ?", on: database)
        row.add(before)
        row.add(StoreLimits.rowsPerRead)
        return try uploads(row)
    }

    private static func uploads(_ row: PreparedStatement) throws -> [PendingUpload] {
        var result: [PendingUpload] = []
        while try row.step() {
            var upload = PendingUpload(
                id: try row.id(0), sender: row.text(1), channel: row.text(2), mediaType: row.text(3), length: row.optionalInt(4),
                sha256: row.isNull(5) ? nil : row.blob(5), at: row.instant(7))
            upload.offset = row.int(6)
            upload.touchedAt = row.instant(8)
            result.append(upload)
        }
        return result
    }
}
