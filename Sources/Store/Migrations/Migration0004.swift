extension Migration {
    /// What a waiting delivery waits for. Deliveries that never wait have no subject and are not in the index, so the way of
    /// a message touches no more than before. The subject stays when a wait ends without success, to tell what was missing.
    static let waitingSubjects = Migration(
        version: 4,
        sql: """
            ALTER TABLE delivery ADD COLUMN waiting_subject TEXT;
            CREATE INDEX delivery_waiting ON delivery (waiting_subject) WHERE waiting_subject IS NOT NULL;
            """)
}
