extension Migration {
    /// The tables of the first build.
    ///
    /// Every b-tree on the way of a message costs about a microsecond a write, so there are few and they are narrow:
    /// - A payload is found through the row that owns it, so `payload` has no index and only grows at its end.
    /// - `delivery.open` changes once in a life. The two partial indexes hold open deliveries alone, and because no other
    ///   column of theirs changes, moving a delivery between open states touches neither.
    /// - A key that comes in no order costs a page of its own in every commit. So a lane's number is computed from
    ///   destination and ordering key (`NarrowKey`) and needs no look-up, and `idempotency.key` is computed from sender,
    ///   channel and key. A table of lanes will hold those that differ from the others (held, parked), and no others.
    /// - `idempotency` is written first in its transaction, before the message it names, so it declares no reference.
    static let firstTables = Migration(
        version: 1,
        sql: """
            CREATE TABLE message (
                seq INTEGER PRIMARY KEY,
                id BLOB NOT NULL,
                state TEXT NOT NULL,
                open_deliveries INTEGER NOT NULL,
                channel TEXT NOT NULL,
                sender TEXT NOT NULL,
                dataset TEXT,
                business_key TEXT NOT NULL,
                ordering_key TEXT NOT NULL,
                version TEXT NOT NULL,
                idempotency_key TEXT NOT NULL,
                body_digest BLOB NOT NULL,
                declared_bytes INTEGER,
                status INTEGER,
                received_at INTEGER NOT NULL,
                source_time INTEGER,
                settled_at INTEGER,
                trace_id TEXT NOT NULL,
                received INTEGER,
                canonical INTEGER
            ) STRICT;
            CREATE UNIQUE INDEX message_id ON message (id);
            CREATE INDEX message_business_key ON message (business_key) WHERE business_key <> '';

            CREATE TABLE payload (
                id INTEGER PRIMARY KEY,
                kind TEXT NOT NULL,
                content_type TEXT NOT NULL,
                mapping TEXT NOT NULL,
                schema TEXT NOT NULL,
                code_lists TEXT NOT NULL,
                key_id BLOB,
                nonce BLOB,
                bytes BLOB NOT NULL
            ) STRICT;

            CREATE TABLE refusal_finding (
                message INTEGER NOT NULL REFERENCES message (seq),
                number INTEGER NOT NULL,
                code TEXT NOT NULL,
                severity TEXT NOT NULL,
                path TEXT NOT NULL,
                line INTEGER NOT NULL,
                column INTEGER NOT NULL,
                text TEXT NOT NULL,
                text_zh TEXT NOT NULL,
                PRIMARY KEY (message, number)
            ) STRICT, WITHOUT ROWID;

            CREATE TABLE delivery (
                seq INTEGER PRIMARY KEY,
                id BLOB NOT NULL,
                message INTEGER NOT NULL REFERENCES message (seq),
                lane INTEGER NOT NULL,
                destination TEXT NOT NULL,
                open INTEGER NOT NULL,
                state TEXT NOT NULL,
                waiting_cause TEXT,
                fence INTEGER NOT NULL,
                attempts INTEGER NOT NULL,
                owner TEXT,
                due_at INTEGER,
                deadline INTEGER,
                received_at INTEGER NOT NULL,
                changed_at INTEGER NOT NULL,
                cause_code TEXT,
                cause_text TEXT,
                frozen INTEGER
            ) STRICT;
            CREATE UNIQUE INDEX delivery_id ON delivery (id);
            CREATE INDEX delivery_message ON delivery (message);
            CREATE INDEX delivery_open_destination ON delivery (destination) WHERE open = 1;
            CREATE INDEX delivery_open_lane ON delivery (lane) WHERE open = 1;
            CREATE INDEX delivery_lease ON delivery (owner) WHERE owner IS NOT NULL;

            CREATE TABLE attempt (
                delivery INTEGER NOT NULL REFERENCES delivery (seq),
                number INTEGER NOT NULL,
                begun_at INTEGER NOT NULL,
                duration_us INTEGER,
                status INTEGER NOT NULL,
                outcome TEXT NOT NULL,
                PRIMARY KEY (delivery, number)
            ) STRICT, WITHOUT ROWID;

            CREATE TABLE receipt (
                delivery INTEGER NOT NULL REFERENCES delivery (seq),
                number INTEGER NOT NULL,
                at INTEGER NOT NULL,
                kind TEXT NOT NULL,
                reference TEXT NOT NULL,
                verdict TEXT NOT NULL,
                status INTEGER NOT NULL,
                key_id BLOB,
                nonce BLOB,
                answer BLOB NOT NULL,
                PRIMARY KEY (delivery, number)
            ) STRICT, WITHOUT ROWID;

            CREATE TABLE evidence (
                seq INTEGER PRIMARY KEY,
                at INTEGER NOT NULL,
                message BLOB,
                content BLOB NOT NULL,
                digest BLOB NOT NULL
            ) STRICT;

            CREATE TABLE idempotency (
                key BLOB PRIMARY KEY,
                message INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            """)
}
