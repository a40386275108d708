extension Migration {
    /// Receipts that come by themselves, later than the answer, earlier than it, or before their delivery.
    ///
    /// All three indexes are partial: a delivery whose destination answers at once writes to none of them.
    /// - `receipt.identity` (of number, correlation and verdict, or of the digest) makes a repeat change nothing. It is null for
    ///   answers, and so are the other new columns.
    /// - `receipt_handed_over` finds a delivery by the number that the destination gave when it took the record.
    /// - `early_receipt` holds what has no delivery yet, and little of it, for a short time.
    static let incomingReceipts = Migration(
        version: 6,
        sql: """
            ALTER TABLE receipt ADD COLUMN identity BLOB;
            ALTER TABLE receipt ADD COLUMN effect TEXT;
            ALTER TABLE receipt ADD COLUMN reason TEXT;
            ALTER TABLE receipt ADD COLUMN stated_at INTEGER;
            ALTER TABLE receipt ADD COLUMN source TEXT;
            CREATE UNIQUE INDEX receipt_identity ON receipt (identity) WHERE identity IS NOT NULL;
            CREATE INDEX receipt_held ON receipt (delivery) WHERE effect = 'held';
            CREATE INDEX receipt_handed_over ON receipt (reference) WHERE verdict = 'handedOver' AND reference <> '';

            CREATE TABLE early_receipt (
                seq INTEGER PRIMARY KEY,
                identity BLOB NOT NULL,
                destination TEXT NOT NULL,
                way TEXT NOT NULL,
                subject TEXT NOT NULL,
                version TEXT,
                at INTEGER NOT NULL,
                kind TEXT NOT NULL,
                reference TEXT NOT NULL,
                verdict TEXT NOT NULL,
                reason TEXT NOT NULL,
                stated_at INTEGER,
                source TEXT NOT NULL,
                key_id BLOB,
                nonce BLOB,
                answer BLOB NOT NULL
            ) STRICT;
            CREATE UNIQUE INDEX early_receipt_identity ON early_receipt (identity);
            CREATE INDEX early_receipt_subject ON early_receipt (destination, way, subject);

            CREATE TABLE receipt_cursor (
                destination TEXT PRIMARY KEY,
                value TEXT NOT NULL
            ) STRICT, WITHOUT ROWID;
            """)
}
