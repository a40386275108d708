/// The statements of the write side. Values are bound in the order of the columns.
enum WriteSQL {
    static let insertMessage = """
        INSERT INTO message (seq, id, state, open_deliveries, channel, sender, dataset, business_key, ordering_key, version,
            idempotency_key, body_digest, declared_bytes, status, received_at, source_time, settled_at, trace_id, received, canonical,
            last_evidence)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    static let insertPayload = """
        INSERT INTO payload (kind, content_type, mapping, schema, code_lists, key_id, nonce, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
    static let insertFinding = """
        INSERT INTO refusal_finding (message, number, code, severity, path, line, column, text, text_zh)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    static let insertDelivery = """
        INSERT INTO delivery (seq, id, message, lane, destination, open, state, waiting_cause, fence, attempts, due_at, deadline,
            received_at, changed_at, last_evidence, waiting_subject)
        VALUES (?, ?, ?, ?, ?, 1, ?, ?, 0, 0, ?, ?, ?, ?, ?, ?)
        """
    static let insertKey = "INSERT INTO idempotency (key, message) VALUES (?, ?) ON CONFLICT DO NOTHING"
    static let selectKey = "SELECT message FROM idempotency WHERE key = ?"
    static let insertRecentKey = "INSERT INTO idempotency_recent (message, key) VALUES (?, ?)"
    static let selectRecentKeys = "SELECT message, key FROM idempotency_recent"
    static let cutRecentKeys = "DELETE FROM idempotency_recent WHERE message <= ?"
    static let selectBound = "SELECT seq, id, body_digest, dataset, business_key FROM message WHERE seq = ?"
    static let selectMessageDeliveries = "SELECT id, destination FROM delivery WHERE message = ? ORDER BY seq"
    static let selectDelivery = """
        SELECT open, fence, attempts, frozen, message, last_evidence, destination, state FROM delivery WHERE seq = ?
        """
    /// Between open states. `open` is not named here, so the partial indexes on it are not touched.
    static let updateDelivery = """
        UPDATE delivery SET state = ?, waiting_cause = ?, fence = ?, attempts = ?, owner = ?, due_at = ?, changed_at = ?,
            cause_code = ?, cause_text = ?, frozen = ?, last_evidence = ?
        WHERE seq = ?
        """
    /// To an end.
    static let endDelivery = """
        UPDATE delivery SET state = ?, waiting_cause = ?, fence = ?, attempts = ?, owner = ?, due_at = ?, changed_at = ?,
            cause_code = ?, cause_text = ?, frozen = ?, last_evidence = ?, open = 0
        WHERE seq = ?
        """
    static let settleMessage = """
        UPDATE message SET open_deliveries = open_deliveries - 1,
            state = CASE open_deliveries WHEN 1 THEN 'settled' ELSE state END,
            settled_at = CASE open_deliveries WHEN 1 THEN ? ELSE settled_at END
        WHERE seq = ?
        """
    static let insertAttempt = """
        INSERT INTO attempt (delivery, number, begun_at, status, outcome) VALUES (?, ?, ?, 0, '')
        """
    static let updateAttempt = """
        UPDATE attempt SET duration_us = ?, status = ?, outcome = ? WHERE delivery = ? AND number = ? AND duration_us IS NULL
        """
    static let insertReceipt = """
        INSERT INTO receipt (delivery, number, at, kind, reference, verdict, status, key_id, nonce, answer)
        SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM receipt WHERE delivery = ?1
        """
    static let insertEvidence = "INSERT INTO evidence (seq, at, message, previous, content, digest) VALUES (?, ?, ?, ?, ?, ?)"
    static let selectTrail = "SELECT seq, last_evidence FROM message WHERE id = ?"
    static let updateTrail = "UPDATE message SET last_evidence = ? WHERE seq = ?"
    /// The versions of a record that one sender gave on one channel, newest first.
    static let selectVersions = """
        SELECT seq, version FROM message INDEXED BY message_business_key
        WHERE business_key = ?1 AND business_key <> '' AND sender = ?2 AND channel = ?3 AND dataset = ?4 AND seq < ?5
        ORDER BY seq DESC LIMIT ?6
        """
    /// The deliveries of a message.
    static let selectDeliveriesOf = """
        SELECT \(DeliveryQueries.columns), d.open FROM delivery d INDEXED BY delivery_message JOIN message m ON m.seq = d.message
        WHERE d.message = ? ORDER BY d.seq
        """
    /// Whether a destination has a record.
    static let selectParent = """
        SELECT d.seq FROM message m INDEXED BY message_business_key JOIN delivery d INDEXED BY delivery_message ON d.message = m.seq
        WHERE m.business_key = ?1 AND m.business_key <> '' AND m.dataset = ?2 AND d.destination = ?3 AND d.state = 'delivered'
        LIMIT 1
        """
    /// Deliveries that wait for a subject, of one destination or (NULL) of all.
    static let selectWaiting = """
        SELECT \(DeliveryQueries.columns) FROM delivery d INDEXED BY delivery_waiting JOIN message m ON m.seq = d.message
        WHERE d.waiting_subject = ?1 AND d.waiting_cause = ?2 AND d.state = 'waiting' AND d.destination = ifnull(?3, d.destination)
        ORDER BY d.seq
        """
    /// Deliveries that wait at the same destination for the record of a delivery.
    static let selectChildren = """
        SELECT \(DeliveryQueries.columns), p.id FROM delivery p JOIN message r ON r.seq = p.message
        CROSS JOIN delivery d INDEXED BY delivery_waiting ON d.waiting_subject = r.dataset || ' ' || r.business_key
        JOIN message m ON m.seq = d.message
        WHERE p.seq = ?1 AND d.waiting_cause = 'parent' AND d.state = 'waiting' AND d.destination = p.destination
        ORDER BY d.seq
        """
    /// Deliveries that wait for a subject and stand before a delivery in its lane.
    static let selectWaitingBefore = """
        SELECT \(DeliveryQueries.columns) FROM delivery d INDEXED BY delivery_waiting JOIN message m ON m.seq = d.message
        WHERE d.waiting_subject = ?1 AND d.waiting_cause = 'parent' AND d.state = 'waiting' AND d.lane = ?2 AND d.seq < ?3
            AND d.cause_code IS NULL
        ORDER BY d.seq
        """
    static let stepAside = "UPDATE delivery SET cause_code = ?, cause_text = ?, changed_at = ?, last_evidence = ? WHERE seq = ?"
    /// From `waiting` to `pending`.
    static let wakeDelivery = """
        UPDATE delivery SET state = 'pending', waiting_cause = NULL, waiting_subject = NULL, due_at = NULL, fence = ?, changed_at = ?,
            cause_code = NULL, cause_text = NULL, last_evidence = ?
        WHERE seq = ?
        """
}
