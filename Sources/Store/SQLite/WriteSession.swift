internal import ExchangeModel
internal import GRDB
internal import GRDBSQLite

/// The write side of one connection: its statements, and what it remembers between transactions.
///
/// Used by the committing thread alone, inside the pool's write access. What is remembered (next numbers, the head of the
/// chain) is put back when a transaction is rolled back, so memory never runs ahead of the disk.
final class WriteSession {
    let path: String
    let connection: OpaquePointer?
    private let beginStatement, commitStatement, rollbackStatement: PreparedStatement

    let insertMessage, insertPayload, insertFinding, insertDelivery: PreparedStatement
    let selectBound, selectMessageDeliveries: PreparedStatement
    let keys: KeyBindings
    let selectDelivery, updateDelivery, endDelivery, settleMessage: PreparedStatement
    let insertAttempt, updateAttempt, insertReceipt: PreparedStatement
    private let insertEvidence, selectTrail, updateTrail: PreparedStatement
    let insertDataKey, rewrapDataKey, destroyDataKey, selectKeysInUse: PreparedStatement
    let dataKeys: DataKeys
    let selectVersions, selectDeliveriesOf, selectParent: PreparedStatement
    let selectWaiting, selectChildren, wakeDelivery, selectWaitingBefore, stepAside: PreparedStatement
    let holds: HoldStatements
    let backfills: BackfillStatements
    let receipts: ReceiptStatements
    let streams: StreamStatements
    let attachments: AttachmentStatements
    /// How the open deliveries moved in this transaction, for `OpenCounts`.
    var moves: [OpenCounts.Move] = []

    /// Numbers given to the next rows, and the end of the chain.
    struct Position {
        var message: Int64
        var delivery: Int64
        var evidence: EvidenceHead
        /// Deliveries that are open, and that have ended since the store was opened.
        var tally = DeliveryTally.Change()
        /// Whether any delivery ever waited for something: while none did, confirmations look for no one to wake.
        var hasWaiting: Bool
        /// How many receipts of a destination wait for their delivery, and the deliveries with receipts that wait for the outcome of an attempt: while
        /// there are none, acceptances and verdicts look for none.
        var earlyReceipts: [String: Int]
        var withHeldReceipts: Set<Int64>
    }

    /// Deliveries that the transaction itself superseded or woke.
    private var moved: [OpenDelivery] = []

    var position: Position
    private var positionAtBegin: Position
    /// The last data key written by the open transaction.
    private var newestDataKey: UInt32?
    private let chain = EvidenceChain()

    /// Compiles the statements and reads where the tables end.
    ///
    /// - Parameter recentKeys: see `SQLiteStoreOptions`.
    init(_ database: Database, path: String, recentKeys: Int, dataKeys: DataKeys) throws {
        self.path = path
        self.dataKeys = dataKeys
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
        selectVersions = try statement(WriteSQL.selectVersions)
        selectDeliveriesOf = try statement(WriteSQL.selectDeliveriesOf)
        selectParent = try statement(WriteSQL.selectParent)
        selectWaiting = try statement(WriteSQL.selectWaiting)
        selectChildren = try statement(WriteSQL.selectChildren)
        wakeDelivery = try statement(WriteSQL.wakeDelivery)
        selectWaitingBefore = try statement(WriteSQL.selectWaitingBefore)
        stepAside = try statement(WriteSQL.stepAside)
        holds = try HoldStatements(database)
        backfills = try BackfillStatements(database)
        receipts = try ReceiptStatements(database)
        streams = try StreamStatements(database)
        attachments = try AttachmentStatements(database)
        insertEvidence = try statement(WriteSQL.insertEvidence)
        selectTrail = try statement(WriteSQL.selectTrail)
        updateTrail = try statement(WriteSQL.updateTrail)
        insertDataKey = try statement(DataKeyRow.insert)
        rewrapDataKey = try statement(DataKeyRow.rewrap)
        destroyDataKey = try statement(DataKeyRow.destroy)
        selectKeysInUse = try statement(KeyUse.keysInUse)
        position = try Self.readPosition(database)
        positionAtBegin = position
    }

    static let openDeliveries = "SELECT count(*) FROM delivery INDEXED BY delivery_open_lane WHERE open = 1"

    private static func readPosition(_ database: Database) throws -> Position {
        func last(_ table: String) throws -> Int64 {
            try Int64.fetchOne(database, sql: "SELECT coalesce(max(seq), 0) FROM \(table)") ?? 0
        }
        // The one walk over what is open, along a narrow index.
        let open = try Int.fetchOne(database, sql: openDeliveries) ?? 0
        let hasWaiting = try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM delivery INDEXED BY delivery_waiting WHERE waiting_subject IS NOT NULL)")
        let early = try Row.fetchAll(database, sql: "SELECT destination, count(*) FROM early_receipt GROUP BY destination")
        let held = try Set(
            Int64.fetchAll(database, sql: "SELECT delivery FROM receipt INDEXED BY receipt_held WHERE effect = 'held'"))
        return Position(
            message: try last("message") + 1, delivery: try last("delivery") + 1, evidence: try EvidenceQueries.head(database),
            tally: DeliveryTally.Change(open: open), hasWaiting: hasWaiting ?? false,
            earlyReceipts: Dictionary(uniqueKeysWithValues: early.map { ($0[0], $0[1]) }), withHeldReceipts: held)
    }

    // MARK: The transaction

    func begin() throws {
        // A rollback that failed leaves its transaction open; it must end before a new one can begin.
        if sqlite3_get_autocommit(connection) == 0 { try rollbackStatement.run() }
        positionAtBegin = position
        keys.begin()
        moved.removeAll()
        moves.removeAll(keepingCapacity: true)
        try beginStatement.run()
        newestDataKey = try insertNewDataKeys()
    }

    func commit() throws {
        try keys.moveSome()
        try commitStatement.run()
        keys.committed()
        if let newestDataKey { dataKeys.written(upTo: newestDataKey) }
    }

    /// Ends a transaction without effect, in the file and in memory.
    func rollBack() {
        // SQLite rolls back by itself on some errors (https://www.sqlite.org/lang_transaction.html, section 3). Should it
        // fail here, `begin` tries again.
        if sqlite3_get_autocommit(connection) == 0 { try? rollbackStatement.run() }
        position = positionAtBegin
        keys.rolledBack()
        moved.removeAll()
    }

    /// Remembers a delivery that the store moved, for those who observe moves.
    func noteMove(_ delivery: OpenDelivery) { moved.append(delivery) }

    /// What the last transaction moved by itself, once.
    func takeMoved() -> [OpenDelivery] {
        defer { moved.removeAll() }
        return moved
    }

    /// The number of the row that was inserted last.
    var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(connection) }

    /// Rows that the last statement changed.
    var changes: Int { Int(sqlite3_changes(connection)) }

    // MARK: What several operations need

    /// The number of the next row of evidence.
    var nextEvidence: Int64 { position.evidence.sequence + 1 }

    /// Adds the next row of the chain.
    ///
    /// - Parameter previous: the former row of the same message or delivery; 0 when it has rows that are not linked.
    func record(_ entry: EvidenceEntry, previous: Int64? = nil) throws {
        guard entry.content.count <= StoreLimits.evidenceBytes else {
            throw fault("record evidence", "a row is larger than \(StoreLimits.evidenceBytes) octets")
        }
        position.evidence = chain.next(after: position.evidence, at: entry.at, content: entry.content)
        insertEvidence.add(position.evidence.sequence)
        insertEvidence.add(entry.at)
        insertEvidence.add(entry.messageID)
        insertEvidence.add(previous)
        try entry.content.withUnsafeBytes { content in
            insertEvidence.add(borrowing: content)
            insertEvidence.add(position.evidence.digest)
            try insertEvidence.run()
        }
    }

    /// Adds a row that stands alone, and makes it the newest of its message, if it has one. Such rows are rare (people's
    /// acts), so their message may be looked up.
    func recordAct(_ entry: EvidenceEntry) throws {
        guard let id = entry.messageID else { return try record(entry) }
        selectTrail.add(id)
        guard try selectTrail.step() else { return try record(entry) }
        let message = selectTrail.int64(0)
        let previous = selectTrail.isNull(1) ? 0 : selectTrail.int64(1)
        selectTrail.reset()
        try record(entry, previous: previous)
        updateTrail.add(position.evidence.sequence)
        updateTrail.add(message)
        try updateTrail.run()
    }

    /// Stores bytes and returns their number.
    func insertPayload(_ kind: PayloadKind, _ stored: StorableBytes, contentType: String, versions: FormVersions?) throws -> Int64
    {
        insertPayload.add(kind.rawValue)
        insertPayload.add(contentType)
        insertPayload.add(versions?.mapping ?? "")
        insertPayload.add(versions?.schema ?? "")
        insertPayload.add(versions?.codeLists ?? "")
        insertPayload.add(stored.seal?.keyIDBytes)
        insertPayload.add(stored.seal?.nonce)
        try stored.bytes.withUnsafeBytes {
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
