extension Migration {
    /// Data keys of the encryption at rest, and the trail of a message through the evidence.
    ///
    /// - `data_key`: one key for each UTC day and start of the gateway, wrapped by the master key. A destroyed one keeps its row.
    /// - The trail needs no index, which would cost a b-tree write for each row of evidence: `evidence.previous` names the
    ///   former row of the same message or delivery, and the newest one stands in rows that are written anyway. 0 means that
    ///   there are rows from before this migration; they are found by a scan below `evidenceLinkedFrom`.
    static let keysAndTrails = Migration(
        version: 3,
        sql: """
            CREATE TABLE data_key (
                id INTEGER PRIMARY KEY,
                day INTEGER NOT NULL,
                created_at INTEGER NOT NULL,
                master TEXT NOT NULL,
                nonce BLOB,
                wrapped BLOB,
                destroyed_at INTEGER
            ) STRICT;

            ALTER TABLE evidence ADD COLUMN previous INTEGER;
            ALTER TABLE message ADD COLUMN last_evidence INTEGER;
            ALTER TABLE delivery ADD COLUMN last_evidence INTEGER;
            INSERT INTO setting (name, value) SELECT 'evidenceLinkedFrom', coalesce(max(seq), 0) + 1 FROM evidence;
            """)
}
