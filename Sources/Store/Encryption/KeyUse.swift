internal import ExchangeModel
internal import GRDB

/// Which data keys may be destroyed.
struct KeyDestructionPlan: Sendable {
    var order: KeyDestructionOrder
    /// Keys of the days in question.
    var candidates: [(id: UInt32, day: Int64)]
    /// Of these, the ones that open deliveries need, as a reader saw it.
    var inUse: Set<UInt32>
    /// The newest delivery that the reader saw; the transaction looks at later ones by itself.
    var newestDelivery: Int64
    var hasPlainPayloads: Bool
}

/// Which data keys open deliveries need: for what they are made from, for their frozen bytes, and for their receipts.
enum KeyUse {
    /// Of open deliveries above a sequence. A million of them takes seconds, which is why a reader asks first and the
    /// transaction for the newest alone.
    static let keysInUse = """
        SELECT DISTINCT key_id FROM (
            SELECT p.key_id FROM delivery d JOIN message m ON m.seq = d.message JOIN payload p ON p.id = m.received
                WHERE d.seq > ?1 AND d.open = 1
            UNION ALL
            SELECT p.key_id FROM delivery d JOIN message m ON m.seq = d.message JOIN payload p ON p.id = m.canonical
                WHERE d.seq > ?1 AND d.open = 1
            UNION ALL
            SELECT p.key_id FROM delivery d JOIN payload p ON p.id = d.frozen WHERE d.seq > ?1 AND d.open = 1
            UNION ALL
            SELECT r.key_id FROM delivery d JOIN receipt r ON r.delivery = d.seq WHERE d.seq > ?1 AND d.open = 1
            UNION ALL
            SELECT key_id FROM early_receipt
        ) WHERE key_id IS NOT NULL
        """

    static func plan(_ database: Database, _ order: KeyDestructionOrder) throws -> KeyDestructionPlan {
        let before = order.before.utcDay
        guard before <= order.at.utcDay else {
            throw GatewayError(
                .usage, attempted: "destroy data keys before", subject: order.before.description,
                happened: "that day is not over", remedy: "name today or an earlier day")
        }
        guard order.reason.utf8.count <= StoreLimits.reasonBytes else {
            throw GatewayError(
                .usage, attempted: "destroy data keys before", subject: order.before.description,
                happened: "the reason is longer than \(StoreLimits.reasonBytes) bytes",
                remedy: "give a reason in one sentence; it stays in the evidence")
        }
        let candidates = try DataKeyRow.all(database)
            .filter { $0.day != DataKeyRow.hashingDay && $0.day < before && $0.wrapped != nil }.map { ($0.id, $0.day) }
        let newest = try Int64.fetchOne(database, sql: "SELECT coalesce(max(seq), 0) FROM delivery") ?? 0
        let statement = try PreparedStatement(keysInUse, on: database)
        statement.add(0)
        let plain = try PreparedStatement(
            """
            SELECT 1 FROM message m JOIN payload p ON p.id = m.received WHERE m.received_at < ? AND p.key_id IS NULL
            ORDER BY m.seq LIMIT 1
            """, on: database)
        plain.add(before * 86_400_000)
        let hasPlain = try plain.step()
        plain.reset()
        return KeyDestructionPlan(
            order: order, candidates: candidates, inUse: try ids(statement), newestDelivery: newest, hasPlainPayloads: hasPlain)
    }

    static func ids(_ statement: PreparedStatement) throws -> Set<UInt32> {
        var ids: Set<UInt32> = []
        while try statement.step() { ids.insert(Seal(keyIDBytes: statement.blob(0), nonce: []).keyID) }
        return ids
    }
}
