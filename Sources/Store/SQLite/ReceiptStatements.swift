internal import ExchangeModel
internal import GRDB

/// The statements about receipts that come by themselves.
struct ReceiptStatements {
    let selectKnown, selectEarlyKnown, insert, insertEarly, selectTarget, selectHeld, selectConfirmation, setEffect,
        setTrail: PreparedStatement
    let byID, byReference, byBusinessKey: PreparedStatement
    let selectEarly, deleteEarly, selectExpired, setCursor: PreparedStatement

    /// The columns of `SealedReceipt.init`.
    static let earlyColumns = """
        seq, identity, destination, way, subject, version, at, kind, reference, verdict, reason, stated_at, key_id, nonce, answer,
        source
        """

    static let known = """
        SELECT d.id, d.state, d.waiting_cause, r.verdict, r.effect FROM receipt r INDEXED BY receipt_identity
        JOIN delivery d ON d.seq = r.delivery WHERE r.identity = ? AND r.identity IS NOT NULL
        """
    /// A repetition under a new id differs in the last two octets, so all ids of a delivery lie between two bounds.
    static let deliveryByID = """
        SELECT d.seq FROM delivery d INDEXED BY delivery_id
        WHERE d.id >= ?1 AND d.id <= ?2 AND d.destination = ?3 ORDER BY d.id <> ?4 LIMIT 1
        """
    static let deliveryByReference = """
        SELECT d.seq FROM receipt r INDEXED BY receipt_handed_over JOIN delivery d ON d.seq = r.delivery
        WHERE r.verdict = 'handedOver' AND r.reference <> '' AND r.reference = ?1 AND d.destination = ?2
        ORDER BY d.state NOT IN ('awaitingReceipt', 'unknown'), d.seq DESC LIMIT 1
        """
    /// What waits for a receipt goes before what left and has its verdict, and that before what never left.
    static let deliveryByBusinessKey = """
        SELECT d.seq FROM message m INDEXED BY message_business_key JOIN delivery d INDEXED BY delivery_message ON d.message = m.seq
        WHERE m.business_key = ?1 AND m.business_key <> '' AND d.destination = ?2 AND m.version = ifnull(?3, m.version)
        ORDER BY CASE WHEN d.attempts = 0 THEN 2
            WHEN d.state IN ('awaitingReceipt', 'unknown', 'inFlight', 'retryWait', 'pending') THEN 0 ELSE 1 END, d.seq DESC LIMIT 1
        """
    static let early = """
        SELECT \(earlyColumns) FROM early_receipt INDEXED BY early_receipt_subject
        WHERE destination = ?1 AND way = ?2 AND subject = ?3 AND ifnull(version, ?4) = ?4 ORDER BY seq
        """

    init(_ database: Database) throws {
        func statement(_ sql: String) throws -> PreparedStatement { try PreparedStatement(sql, on: database) }
        selectKnown = try statement(Self.known)
        selectEarlyKnown = try statement("SELECT verdict FROM early_receipt INDEXED BY early_receipt_identity WHERE identity = ?")
        insert = try statement(
            """
            INSERT INTO receipt (delivery, number, at, kind, reference, verdict, status, key_id, nonce, answer, identity, effect,
                reason, stated_at, source)
            SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13
            FROM receipt WHERE delivery = ?1
            """)
        insertEarly = try statement(
            """
            INSERT INTO early_receipt (identity, destination, way, subject, version, at, kind, reference, verdict, reason, stated_at,
                source, key_id, nonce, answer)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        selectTarget = try statement(
            "SELECT \(DeliveryQueries.columns) FROM delivery d JOIN message m ON m.seq = d.message WHERE d.seq = ?")
        selectHeld = try statement(
            """
            SELECT number, verdict, reference, reason, source FROM receipt WHERE delivery = ? AND effect = 'held'
            ORDER BY verdict <> 'accepted', number
            """)
        selectConfirmation = try statement(
            "SELECT 1 FROM receipt WHERE delivery = ? AND effect IS NOT NULL AND verdict = 'accepted' LIMIT 1")
        setEffect = try statement("UPDATE receipt SET effect = ? WHERE delivery = ? AND number = ?")
        setTrail = try statement("UPDATE delivery SET last_evidence = ? WHERE seq = ?")
        byID = try statement(Self.deliveryByID)
        byReference = try statement(Self.deliveryByReference)
        byBusinessKey = try statement(Self.deliveryByBusinessKey)
        selectEarly = try statement(Self.early)
        deleteEarly = try statement("DELETE FROM early_receipt WHERE seq = ?")
        selectExpired = try statement(
            "SELECT seq, destination, way, reference, at FROM early_receipt WHERE at < ? ORDER BY seq LIMIT ?")
        setCursor = try statement(
            "INSERT INTO receipt_cursor (destination, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value")
    }
}
