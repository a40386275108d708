extension Migration {
    /// Attachments: their contents lie in files beside the store, these tables say what they are and who needs them.
    ///
    /// A message without attachments writes to none of them.
    /// - `attachment.refs` counts the rows of `attachment_ref`, so that what nobody names is found along a partial index.
    /// - `attachment_sender` says who handed a content in: to know a digest is not to have the content, so that another sender can
    ///   neither name nor read it.
    /// - `upload` holds contents that come in pieces.
    static let attachments = Migration(
        version: 8,
        sql: """
            CREATE TABLE attachment (
                seq INTEGER PRIMARY KEY,
                sha256 BLOB NOT NULL,
                sm3 BLOB NOT NULL,
                bytes INTEGER NOT NULL,
                created_at INTEGER NOT NULL,
                renewed_at INTEGER NOT NULL,
                refs INTEGER NOT NULL
            ) STRICT;
            CREATE UNIQUE INDEX attachment_sha256 ON attachment (sha256);
            CREATE INDEX attachment_sm3 ON attachment (sm3);
            CREATE INDEX attachment_unnamed ON attachment (renewed_at) WHERE refs = 0;

            CREATE TABLE attachment_sender (
                attachment INTEGER NOT NULL,
                sender TEXT NOT NULL,
                channel TEXT NOT NULL,
                media_type TEXT NOT NULL,
                at INTEGER NOT NULL,
                PRIMARY KEY (attachment, sender)
            ) STRICT, WITHOUT ROWID;

            CREATE TABLE attachment_ref (
                message INTEGER NOT NULL,
                number INTEGER NOT NULL,
                attachment INTEGER NOT NULL,
                name TEXT NOT NULL,
                media_type TEXT NOT NULL,
                PRIMARY KEY (message, number)
            ) STRICT, WITHOUT ROWID;

            CREATE TABLE upload (
                id BLOB PRIMARY KEY,
                sender TEXT NOT NULL,
                channel TEXT NOT NULL,
                media_type TEXT NOT NULL,
                length INTEGER,
                sha256 BLOB,
                offset INTEGER NOT NULL,
                created_at INTEGER NOT NULL,
                touched_at INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            """)
}
