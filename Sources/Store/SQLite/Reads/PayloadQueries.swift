internal import ExchangeModel
internal import GRDB

/// Reads of stored bytes for people.
enum PayloadQueries {
    private static let columns = "m.id, p.content_type, p.mapping, p.schema, p.code_lists, p.bytes, p.key_id, p.nonce"

    /// The bytes as stored, with what opens them.
    static func payload(_ database: Database, _ kind: PayloadKind, of owner: PayloadOwner) throws -> StoredPayload? {
        let row: PreparedStatement
        switch (owner, kind) {
        case (.message, .frozen): return nil
        case (.message(let id), .received), (.message(let id), .canonical):
            row = try PreparedStatement(
                "SELECT \(columns) FROM message m JOIN payload p ON p.id = m.\(kind.rawValue) WHERE m.id = ?", on: database)
            row.add(id)
        case (.delivery(let id), .received), (.delivery(let id), .canonical):
            row = try PreparedStatement(
                """
                SELECT \(columns), d.seq FROM delivery d JOIN message m ON m.seq = d.message
                JOIN payload p ON p.id = m.\(kind.rawValue) WHERE d.id = ?
                """, on: database)
            row.add(id)
        case (.delivery(let id), .frozen):
            row = try PreparedStatement(
                """
                SELECT \(columns), d.seq FROM delivery d JOIN message m ON m.seq = d.message
                JOIN payload p ON p.id = d.frozen WHERE d.id = ?
                """, on: database)
            row.add(id)
        }
        guard try row.step() else { return nil }
        defer { row.reset() }
        var payload = StoredPayload(
            message: try row.id(0), kind: kind, contentType: row.text(1),
            versions: FormVersions(mapping: row.text(2), schema: row.text(3), codeLists: row.text(4)), bytes: row.blob(5),
            state: .readable)
        payload.seal = row.seal(6)
        if kind == .frozen { payload.delivery = row.int64(8) }
        return payload
    }
}
