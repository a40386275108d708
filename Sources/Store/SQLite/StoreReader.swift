internal import ExchangeModel
internal import GRDB
internal import GRDBSQLite

/// Every read of a store, over GRDB's readers: each in one read transaction, on the readers' own threads, beside the
/// writer and without waiting for it.
struct StoreReader: Sendable {
    let database: any DatabaseReader
    let path: String
    let keys: DataKeys
    /// Of the writer in the same process; a reader beside another process is not asked for keys.
    var recentKeys: RecentKeys?

    func boundMessage(sender: String, channel: String, idempotencyKey: String) async throws -> BoundMessage? {
        let key = NarrowKey.idempotency(sender: sender, channel: channel, key: idempotencyKey)
        let recent = recentKeys?.message(of: BindingKey(key))
        return try await read("look up an idempotency key") {
            try ReportQueries.bound($0, key: key, recent: recent)
        }
    }

    func message(_ id: MessageID) async throws -> MessageReport? {
        try await read("read a message") { try ReportQueries.message($0, id) }.map(keys.revealed)
    }

    func messages(businessKey: String, sender: String?, limit: Int) async throws -> [MessageReport] {
        let find = { (key: String) in
            try await read("find messages") { try ReportQueries.messages($0, businessKey: key, sender: sender, limit: limit) }
                .map(keys.revealed)
        }
        let found = try await find(businessKey)
        guard found.isEmpty, let other = keys.personalNumbers?.other(businessKey) else { return found }
        return try await find(other)
    }

    func delivery(_ id: DeliveryID) async throws -> DeliveryReport? {
        try await read("read a delivery") { try ReportQueries.delivery($0, id) }.map(keys.revealed)
    }

    func deliveries(_ filter: DeliveryFilter) async throws -> [DeliveryReport] {
        try checkStates(filter)
        let found = try await read("list deliveries") { try ReportQueries.deliveries($0, filter) }.map(keys.revealed)
        guard found.isEmpty, let hashed = hashed(filter) else { return found }
        return try await read("list deliveries") { try ReportQueries.deliveries($0, hashed) }.map(keys.revealed)
    }

    func deliveryCount(_ filter: DeliveryFilter) async throws -> Int {
        try checkStates(filter)
        let count = try await read("count deliveries") { try ReportQueries.count($0, filter) }
        guard count == 0, let hashed = hashed(filter) else { return count }
        return try await read("count deliveries") { try ReportQueries.count($0, hashed) }
    }

    /// The filter for a business key that is kept as the hash of a person's number.
    private func hashed(_ filter: DeliveryFilter) -> DeliveryFilter? {
        guard let key = filter.businessKey, let other = keys.personalNumbers?.other(key) else { return nil }
        var filter = filter
        filter.businessKey = other
        return filter
    }

    private func checkStates(_ filter: DeliveryFilter) throws {
        let unknown = filter.states.filter { !DeliveryState.names.contains($0) }
        guard unknown.isEmpty else {
            throw GatewayError(
                .usage, attempted: "list deliveries", subject: path,
                happened: "there is no state \(unknown.joined(separator: ", "))",
                remedy: "name states out of \(DeliveryState.names.joined(separator: ", "))")
        }
    }

    func openDeliveries(destination: String, after: Int64, limit: Int) async throws -> [OpenDelivery] {
        try await read("read the outbox") {
            try DeliveryQueries.open($0, destination: destination, after: after, limit: limit)
        }
    }

    func openDeliveries(lane: Int64, after: Int64, limit: Int) async throws -> [OpenDelivery] {
        try await read("read a lane") { try DeliveryQueries.open($0, lane: lane, after: after, limit: limit) }
    }

    func deliveryForms(_ sequences: [Int64]) async throws -> [Int64: DeliveryForms] {
        keys.revealed(try await read("read the bytes of deliveries") { try DeliveryQueries.forms($0, sequences) })
    }

    func strandedDeliveries(owner: String) async throws -> [OpenDelivery] {
        try await read("find deliveries of a former start") { try DeliveryQueries.stranded($0, owner: owner) }
    }

    func attemptCount(destination: String, from: Instant, to: Instant) async throws -> Int {
        try await read("count attempts") {
            try DeliveryQueries.attemptCount($0, destination: destination, from: from, to: to)
        }
    }

    func receiptCursor(destination: String) async throws -> String? {
        try await read("read how far receipts were fetched") {
            try String.fetchOne(
                $0, sql: "SELECT value FROM receipt_cursor WHERE destination = ?", arguments: [destination])
        }
    }

    func stream(_ identity: StreamIdentity) async throws -> RecordStream? {
        try await read("look for a stream") { try StreamQueries.find($0, identity) }
    }

    func streams(channel: String?, limit: Int) async throws -> [RecordStream] {
        try await read("list streams") { try StreamQueries.streams($0, channel: channel, limit: limit) }
    }

    func refusals(ofStream sequence: Int64, after number: Int, limit: Int) async throws -> [StreamRefusal] {
        try await read("read refused records") {
            try StreamQueries.refusals($0, stream: sequence, after: number, limit: limit)
        }
    }

    func channelCursor(_ channel: String) async throws -> String? {
        try await read("read where a channel goes on") {
            try String.fetchOne($0, sql: "SELECT value FROM channel_cursor WHERE channel = ?", arguments: [channel])
        }
    }

    func holds(_ selector: HoldSelector) async throws -> [LaneHold] {
        try await read("read what is held") { try HoldQueries.holds($0, selector) }
    }

    func holds(destination: String?) async throws -> [LaneHold] {
        try await read("read what is held") { try HoldQueries.all($0, destination: destination) }
    }

    /// Counts all open rows.
    func outboxCounts() async throws -> [OutboxCount] { try await outboxCounts(try await openCounts().counts) }

    /// Adds since when the first delivery of each destination is open.
    func outboxCounts(_ counts: [OpenCounts.Key: Int]) async throws -> [OutboxCount] {
        try await read("count the outbox") { try DeliveryQueries.outboxCounts($0, counts) }
    }

    /// Counts all open rows, and says of which version of the store that is (see `OpenCounts`).
    func openCounts() async throws -> (counts: [OpenCounts.Key: Int], version: Int64) {
        try await read("count the outbox") { (try DeliveryQueries.counts($0), try EvidenceQueries.last($0)) }
    }

    /// Checks in parts, each in a read transaction of its own; a fault lies within one part, never between two.
    func verifyOutbox(
        owner: String?, _ observer: (OutboxConsistency) -> Void = { _ in }
    ) async throws -> OutboxConsistency {
        var progress = ConsistencyQueries.Progress(owner: owner)
        while !progress.isDone {
            progress = try await read("verify the outbox") { [progress] in try ConsistencyQueries.next($0, progress) }
            observer(progress.report)
        }
        return progress.report
    }

    /// On a reader's thread too: the call that asks for free space waits where the disk does.
    func usage(_ tally: DeliveryTally) async throws -> StoreUsage {
        let folder = StoreFiles.folder(of: path)
        return try await read("measure the store") { database in
            func number(_ pragma: String) throws -> Int { try Int.fetchOne(database, sql: "PRAGMA \(pragma)") ?? 0 }
            let used = try (number("page_count") - number("freelist_count")) * number("page_size")
            return StoreUsage(
                openDeliveries: tally.openDeliveries, endedDeliveries: tally.endedDeliveries, usedBytes: used,
                freeBytes: try StoreFiles.freeBytes(folder))
        }
    }

    func backfillPart(_ scan: BackfillScan) async throws -> (BackfillScan, [BackfillCandidate]) {
        let path = path
        let (next, candidates) = try await read("look for past messages") {
            try BackfillQueries.next($0, scan, path: path)
        }
        return (next, candidates.map(keys.revealed))
    }

    func backlog(destination: String?) async throws -> [BacklogGroup] {
        try await read("count the backlog") { try DeliveryQueries.backlog($0, destination: destination) }
    }

    func evidence(from sequence: Int64, limit: Int) async throws -> [EvidenceRow] {
        try await read("read evidence") { try EvidenceQueries.rows($0, from: sequence, limit: limit) }
    }

    func evidence(ofMessage id: MessageID) async throws -> [EvidenceRow] {
        try await read("read the evidence of a message") { try EvidenceTrail.rows($0, of: id) }
    }

    func evidenceHead() async throws -> EvidenceHead { try await read("read evidence") { try EvidenceQueries.head($0) } }

    func payload(_ kind: PayloadKind, of owner: PayloadOwner) async throws -> StoredPayload? {
        try await read("read a payload") { try PayloadQueries.payload($0, kind, of: owner) }.map(keys.revealed)
    }

    func planDestruction(_ order: KeyDestructionOrder) async throws -> KeyDestructionPlan {
        try await read("find the data keys in use") { try KeyUse.plan($0, order) }
    }

    /// Checks the chain as it stands now, a part in each read transaction: rows are only ever added, so the parts fit.
    func verifyEvidence() async throws -> EvidenceVerdict {
        var progress = EvidenceQueries.Progress()
        let last = try await read("verify evidence") { try EvidenceQueries.last($0) }
        while !progress.isDone {
            progress = try await read("verify evidence") { [progress] in
                try EvidenceQueries.check($0, after: progress, last: last, limit: StoreLimits.evidenceRowsPerCheck)
            }
        }
        return progress.verdict
    }

    func read<Value: Sendable>(
        _ attempted: String, _ body: @Sendable (Database) throws -> Value
    ) async throws -> Value {
        do {
            return try await database.read(body)
        } catch let error as SQLiteFailure {
            throw error.gatewayError(attempted: attempted, path: path)
        } catch let error as DatabaseError {
            // GRDB answers so when the pool was closed meanwhile.
            if error.resultCode == .SQLITE_MISUSE { throw Committer.stopping(attempted, path) }
            throw SQLiteFailure(error).gatewayError(attempted: attempted, path: path)
        }
    }
}
