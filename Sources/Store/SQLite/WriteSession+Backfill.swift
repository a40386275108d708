internal import ExchangeModel
internal import GRDB

extension WriteSession {
    /// What a backfill needs beside the statements of an acceptance.
    struct BackfillStatements {
        let judge: BackfillJudge
        let reopen: PreparedStatement

        static let reopenMessage = """
            UPDATE message SET open_deliveries = open_deliveries + 1, state = 'accepted', settled_at = NULL, last_evidence = ?
            WHERE seq = ?
            """

        init(_ database: Database) throws {
            judge = try BackfillJudge(database)
            reopen = try PreparedStatement(Self.reopenMessage, on: database)
        }
    }

    /// Adds deliveries to messages of the past, each only if it is still allowed; see `MessageStore.backfill`.
    func backfill(_ addition: BackfillAddition) throws -> BackfillAdded {
        guard addition.items.count <= StoreLimits.backfillPage else {
            throw fault("send past messages", "more than \(StoreLimits.backfillPage) at once")
        }
        var scan = addition.scan
        let last = position.delivery - 1
        // Acceptances wait for this transaction, so it reads on only a little.
        guard last - scan.deliveriesSeen <= StoreLimits.backfillStretch else {
            throw GatewayError(
                .temporary, attempted: "send past messages to", subject: scan.selection.destination,
                happened: "too many deliveries came in the meantime", remedy: "begin the backfill again")
        }
        // The messages of this page are still ahead.
        scan.after = min(scan.after, (addition.items.first?.message ?? Int64.max) - 1)
        try backfills.judge.look(at: &scan, upTo: last, path: path)
        let destroyed = try backfills.judge.destroyed()
        var added = BackfillAdded(deliveries: [], standings: [])
        for item in addition.items {
            guard let row = try backfills.judge.message(item.message, destination: scan.selection.destination) else {
                throw fault("send past messages", "there is no message of number \(item.message)")
            }
            let standing = try backfills.judge.standing(row, scan, destroyed: destroyed)
            added.standings.append(standing)
            if standing == .addable { added.deliveries.append(try add(item, to: row, at: addition.at)) }
        }
        CrashPoint.backfill.reached()
        return added
    }

    /// What an acceptance would have done for this destination, at the present time: so retries and waits count from now.
    private func add(_ item: BackfillAddition.Item, to row: BackfillJudge.Row, at now: Instant) throws -> OpenDelivery {
        let intake = Intake(
            id: row.id, channel: row.channel, sender: row.sender, dataset: Dataset(row.dataset ?? ""),
            businessKey: row.businessKey, orderingKey: row.orderingKey, version: row.version, idempotencyKey: "",
            bodyDigest: [], receivedAt: now, sourceTime: row.sourceTime, traceID: row.traceID, contentType: "", payload: [],
            canonical: [], versions: FormVersions(mapping: "", schema: "", codeLists: ""), warnings: [],
            deliveries: [item.planned], evidence: item.evidence)
        let lane = NarrowKey.lane(destination: item.planned.destination, orderingKey: row.orderingKey)
        var open = [try insert(item.planned, lane: lane, of: intake, message: row.sequence)]
        try record(item.evidence, previous: row.lastEvidence)
        backfills.reopen.add(position.evidence.sequence)
        backfills.reopen.add(row.sequence)
        try backfills.reopen.run()
        open = try supersede(open, of: intake, message: Int64.max)
        try letPass(open, of: intake)
        try attachEarly(to: open, of: intake)
        // The outbox reads the record when it prepares the delivery.
        open[0].canonical = nil
        return open[0]
    }
}
