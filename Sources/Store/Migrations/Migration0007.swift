extension Migration {
    /// Streams of records: files of directory channels, pages of poll channels.
    ///
    /// A message that comes alone writes to none of these tables.
    /// - `stream` holds how far each file was taken; channel and digest tell the same file again.
    /// - `stream_refusal` leads from a file to the refused records in it, for its report.
    /// - `channel_cursor` is where a poll channel goes on.
    static let recordStreams = Migration(
        version: 7,
        sql: """
            CREATE TABLE stream (
                seq INTEGER PRIMARY KEY,
                channel TEXT NOT NULL,
                digest BLOB NOT NULL,
                name TEXT NOT NULL,
                sender TEXT NOT NULL,
                bytes INTEGER NOT NULL,
                state TEXT NOT NULL,
                records INTEGER NOT NULL,
                accepted INTEGER NOT NULL,
                repeated INTEGER NOT NULL,
                refused INTEGER NOT NULL,
                end_offset INTEGER NOT NULL,
                end_line INTEGER NOT NULL,
                end_column INTEGER NOT NULL,
                began_at INTEGER NOT NULL,
                ended_at INTEGER,
                message INTEGER
            ) STRICT;
            CREATE UNIQUE INDEX stream_digest ON stream (channel, digest);

            CREATE TABLE stream_refusal (
                stream INTEGER NOT NULL,
                number INTEGER NOT NULL,
                offset INTEGER NOT NULL,
                end_offset INTEGER NOT NULL,
                line INTEGER NOT NULL,
                end_line INTEGER NOT NULL,
                end_column INTEGER NOT NULL,
                message INTEGER NOT NULL,
                PRIMARY KEY (stream, number)
            ) STRICT, WITHOUT ROWID;

            CREATE TABLE channel_cursor (
                channel TEXT PRIMARY KEY,
                value TEXT NOT NULL
            ) STRICT, WITHOUT ROWID;
            """)
}
