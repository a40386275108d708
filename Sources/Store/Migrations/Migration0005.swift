extension Migration {
    /// Destinations and lanes that wait for a person. Few rows, none on the way of a message.
    ///
    /// `lane` is 0 and `ordering_key` null where a whole destination is held.
    static let holds = Migration(
        version: 5,
        sql: """
            CREATE TABLE hold (
                destination TEXT NOT NULL,
                lane INTEGER NOT NULL,
                kind TEXT NOT NULL,
                ordering_key TEXT,
                actor TEXT NOT NULL,
                reason TEXT NOT NULL,
                since INTEGER NOT NULL,
                delivery BLOB,
                PRIMARY KEY (destination, lane, kind)
            ) STRICT, WITHOUT ROWID;
            """)
}
