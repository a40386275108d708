extension Migration {
    /// Where idempotency keys are appended before they are sorted into `idempotency` (see `KeyBindings`).
    static let recentKeys = Migration(
        version: 2,
        sql: """
            CREATE TABLE idempotency_recent (
                message INTEGER PRIMARY KEY,
                key BLOB NOT NULL
            ) STRICT;
            """)
}
