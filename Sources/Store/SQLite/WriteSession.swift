internal import ExchangeModel
internal import GRDB
internal import GRDBSQLite

/// The write side of one connection: its statements, and what it remembers between transactions.
///
/// Used by the committing thread alone, inside the pool's write access. What is remembered (next numbers, the head of the
/// chain) is put back when a transaction is rolled back, so memory never runs ahead of the disk.
final class WriteSession {
    let path: String
    private let connection: OpaquePointer?
    private let beginStatement, commitStatement, rollbackStatement: PreparedStatement

    let insertMessage, insertPayload, insertFinding, insertDelivery: PreparedStatement
    let selectBound, selectMessageDeliveries: PreparedStatement
    let keys: KeyBindings
    let selectDelivery, updateDelivery, endDelivery, settleMessage: PreparedStatement
    let insertAttempt, updateAttempt, insertReceipt: PreparedStatement
    private let insertEvidence: PreparedStatement

    /// Numbers given to the next rows, and the end of the chain.
    struct Position {
        var message: Int64
        var delivery: Int64
        var evidence: EvidenceHead
    }

    var position: Position
    private var positionAtBegin: Position
    private let chain = EvidenceChain()

    /// Compiles the statements and reads where the tables end.
    ///
    /// - Parameter recentKeys: see `SQLiteStoreOptions`.
    init(_ database: Database, path: String, recentKeys: Int) throws {
        self.path = path
        connection = database.sqliteConnection
        func statement(_ sql: String) throws -> PreparedStatement { try PreparedStatement(sql, on: database) }
        beginStatement = try statement("BEGIN IMMEDIATE")
        commitStatement = try statement("COMMIT")
        rollbackStatement = try statement("ROLLBACK")
        insertMessage = try statement(WriteSQL.insertMessage)
        insertPayload = try statement(WriteSQL.insertPayload)
        insertFinding = try statement(WriteSQL.insertFinding)
        insertDelivery = try statement(WriteSQL.insertDelivery)
        selectBound = try statement(WriteSQL.selectBound)
        keys = try KeyBindings(database, threshold: recentKeys)
        selectMessageDeliveries = try statement(WriteSQL.selectMessageDeliveries)
        selectDelivery = try statement(WriteSQL.selectDelivery)
        updateDelivery = try statement(WriteSQL.updateDelivery)
        endDelivery = try statement(WriteSQL.endDelivery)
        settleMessage = try statement(WriteSQL.settleMessage)
        insertAttempt = try statement(WriteSQL.insertAttempt)
        updateAttempt = try statement(WriteSQL.updateAttempt)
        insertReceipt = try statement(WriteSQL.insertReceipt)
        insertEvidence = try statement(WriteSQL.insertEvidence)
        position = try Self.readPosition(database)
        positionAtBegin = position
    }

    private static func readPosition(_ database: Database) throws -> Position {
        func last(_ table: String) throws -> Int64 {
            try Int64.fetchOne(database, sql: "SELECT coalesce(max(seq), 0) FROM \(table)") ?? 0
        }
        var head = EvidenceHead.empty
        let newest = try PreparedStatement("SELECT seq, digest FROM evidence ORDER BY seq DESC LIMIT 1", on: database)
        if try newest.step() { head = EvidenceHead(sequence: newest.int64(0), digest: newest.blob(1)) }
        newest.reset()
        return Position(message: try last("message") + 1, delivery: try last("delivery") + 1, evidence: head)
    }

    // MARK: The transaction

    func begin() throws {
        // A rollback that failed leaves its transaction open; it must end before a new one can begin.
        if sqlite3_get_autocommit(connection) == 0 { try rollbackStatement.run() }
        positionAtBegin = position
        keys.begin()
        try beginStatement.run()
    }

    func commit() throws {
        try keys.moveSome()
        try commitStatement.run()
        keys.committed()
    }

    /// Ends a transaction without effect, in the file and in memory.
    func rollBack() {
        // SQLite rolls back by itself on some errors (https://www.sqlite.org/lang_transaction.html, section 3). Should it
        // fail here, `begin` tries again.
        if sqlite3_get_autocommit(connection) == 0 { try? rollbackStatement.run() }
        position = positionAtBegin
        keys.rolledBack()
    }

    /// Rows that the last statement changed.
    var changes: Int { Int(sqlite3_changes(connection)) }

    // MARK: What several operations need

    /// Adds the next row of the chain.
    func record(_ entry: EvidenceEntry) throws {
        guard entry.content.count <= StoreLimits.evidenceBytes else {
            throw fault("record evidence", "a row is larger than \(StoreLimits.evidenceBytes) octets")
        }
        position.evidence = chain.next(after: position.evidence, at: entry.at, content: entry.content)
        insertEvidence.add(position.evidence.sequence)
        insertEvidence.add(entry.at)
        insertEvidence.add(entry.messageID)
        try entry.content.withUnsafeBytes { content in
            insertEvidence.add(borrowing: content)
            insertEvidence.add(position.evidence.digest)
            try insertEvidence.run()
        }
    }

    /// Stores bytes and returns their number. Encryption at rest will fill `key_id` and `nonce`.
    func insertPayload(_ kind: PayloadKind, _ bytes: [UInt8], contentType: String, versions: FormVersions?) throws -> Int64 {
        insertPayload.add(kind.rawValue)
        insertPayload.add(contentType)
        insertPayload.add(versions?.mapping ?? "")
        insertPayload.add(versions?.schema ?? "")
        insertPayload.add(versions?.codeLists ?? "")
        try bytes.withUnsafeBytes {
            insertPayload.add(borrowing: $0)
            try insertPayload.run()
        }
        return sqlite3_last_insert_rowid(connection)
    }

    /// A breach of the store's own rules by its caller.
    func fault(_ attempted: String, _ happened: String) -> GatewayError {
        GatewayError(.internalFault, attempted: attempted, subject: path, happened: happened, remedy: "report this with the log")
    }
}

/// What a row of `payload` is.
enum PayloadKind: String {
    /// The bytes as received.
    case received
    /// The canonical record.
    case canonical
    /// The bytes of one delivery.
    case frozen
}
