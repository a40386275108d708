internal import ExchangeModel
internal import GRDB
internal import GRDBSQLite

/// Decides whether messages of the past can get a delivery to a destination; the same for the reader that looks for them and
/// for the transaction that adds it. Lives on one connection, inside one transaction at a time.
struct BackfillJudge {
    /// The columns of a message in `Row`.
    private static let columns = """
        m.seq, m.id, m.state, m.channel, m.sender, m.dataset, m.business_key, m.ordering_key, m.version, m.received_at,
        m.source_time, m.trace_id, m.last_evidence, p.key_id, p.nonce,
        EXISTS (SELECT 1 FROM delivery d INDEXED BY delivery_message WHERE d.message = m.seq AND d.destination = ?1)
        """
    static let selectOne = """
        SELECT \(columns) FROM message m LEFT JOIN payload p ON p.id = m.canonical WHERE m.seq = ?2
        """
    /// Messages of a stretch of sequences.
    static let selectStretch = """
        SELECT \(columns), iif(?2, p.bytes, x'') FROM message m LEFT JOIN payload p ON p.id = m.canonical
        WHERE m.seq > ?3 AND m.seq <= ?4 AND m.received_at >= ?5 AND m.received_at < ?6
            AND (?7 IS NULL OR m.dataset = ?7) AND (?8 IS NULL OR m.channel = ?8)
        ORDER BY m.seq LIMIT ?9
        """
    /// By the time in the ids, along their index, which holds the sequences.
    static let selectRange = "SELECT min(seq), max(seq) FROM message INDEXED BY message_id WHERE id >= ? AND id < ?"
    /// The deliveries to a destination in a stretch of sequences, of messages above one.
    static let selectDeliveries = """
        SELECT seq, lane, message, state = 'waiting' AND waiting_cause = 'parent' FROM delivery NOT INDEXED
        WHERE seq > ?1 AND seq <= ?2 AND destination = ?3 AND message > ?4
        """
    static let selectState = "SELECT state FROM delivery INDEXED BY delivery_message WHERE message = ? AND destination = ?"
    static let selectWait = """
        SELECT state = 'waiting' AND waiting_cause = 'parent' AND waiting_subject = ? FROM delivery WHERE seq = ?
        """
    static let selectDestroyed = "SELECT id FROM data_key WHERE wrapped IS NULL"

    /// A message as it is judged.
    struct Row {
        var sequence: Int64
        var id: MessageID
        var isRefused: Bool
        var channel, sender: String
        var dataset: String?
        var businessKey, orderingKey, version: String
        var receivedAt: Instant
        var sourceTime: Instant?
        var traceID: String
        /// The newest row of its evidence; 0 where it has rows that are not linked.
        var lastEvidence: Int64
        var seal: Seal?
        var hasDelivery: Bool
    }

    let one, versions, deliveries, state, wait, destroyedKeys: PreparedStatement

    init(_ database: Database) throws {
        one = try PreparedStatement(Self.selectOne, on: database)
        versions = try PreparedStatement(WriteSQL.selectVersions, on: database)
        deliveries = try PreparedStatement(Self.selectDeliveries, on: database)
        state = try PreparedStatement(Self.selectState, on: database)
        wait = try PreparedStatement(Self.selectWait, on: database)
        destroyedKeys = try PreparedStatement(Self.selectDestroyed, on: database)
    }

    static func row(_ statement: PreparedStatement) throws -> Row {
        Row(
            sequence: statement.int64(0), id: try statement.id(1), isRefused: statement.text(2) == MessageState.refused.rawValue,
            channel: statement.text(3), sender: statement.text(4), dataset: statement.optionalText(5),
            businessKey: statement.text(6), orderingKey: statement.text(7), version: statement.text(8),
            receivedAt: statement.instant(9), sourceTime: statement.optionalInstant(10), traceID: statement.text(11),
            lastEvidence: statement.isNull(12) ? 0 : statement.int64(12), seal: statement.seal(13),
            hasDelivery: statement.int(15) == 1)
    }

    /// The number of the column behind those of `row`.
    static let columnCount: Int32 = 16

    func message(_ sequence: Int64, destination: String) throws -> Row? {
        one.add(destination)
        one.add(sequence)
        guard try one.step() else { return nil }
        defer { one.reset() }
        return try Self.row(one)
    }

    /// The data keys that are gone.
    func destroyed() throws -> Set<UInt32> {
        var ids: Set<UInt32> = []
        while try destroyedKeys.step() { ids.insert(UInt32(truncatingIfNeeded: destroyedKeys.int64(0))) }
        return ids
    }

    /// Looks at the deliveries up to a sequence that the scan has not seen. Those of messages that it has passed matter no more.
    func look(at scan: inout BackfillScan, upTo last: Int64, path: String) throws {
        deliveries.add(scan.deliveriesSeen)
        deliveries.add(last)
        deliveries.add(scan.selection.destination)
        deliveries.add(max(scan.after, (scan.range?.lowerBound ?? 1) - 1))
        while try deliveries.step() {
            let (lane, message) = (deliveries.int64(1), deliveries.int64(2))
            if deliveries.int(3) == 1 {
                scan.children[lane, default: []].append(.init(delivery: deliveries.int64(0), message: message))
            } else {
                scan.newest[lane] = max(scan.newest[lane] ?? 0, message)
            }
            guard scan.newest.count + scan.children.count <= StoreLimits.backfillLanes else {
                deliveries.reset()
                throw GatewayError(
                    .usage, attempted: "send past messages to", subject: scan.selection.destination,
                    happened: "it has deliveries of newer messages in more than \(StoreLimits.backfillLanes) lanes",
                    remedy: "give a new name to the destination that is to get the past")
            }
        }
        scan.deliveriesSeen = max(scan.deliveriesSeen, last)
    }

    func standing(_ row: Row, _ scan: BackfillScan, destroyed: Set<UInt32>) throws -> BackfillStanding {
        if row.isRefused { return .refused }
        if row.hasDelivery { return .present }
        if let seal = row.seal, destroyed.contains(seal.keyID) { return .unreadable }
        let lane = NarrowKey.lane(destination: scan.selection.destination, orderingKey: row.orderingKey)
        if scan.newest[lane] ?? 0 > row.sequence { return .behind }
        // A newer one that waits for exactly this record lets it pass, as it does a parent that is accepted late.
        let subject = ParentRecord.subject(dataset: row.dataset ?? "", businessKey: row.businessKey)
        for child in scan.children[lane] ?? [] where child.message > row.sequence {
            wait.add(subject)
            wait.add(child.delivery)
            let letsPass = try wait.step() && wait.int(0) == 1
            wait.reset()
            if !letsPass { return .behind }
        }
        return .addable
    }

    /// A higher version of the record that the destination has, unless a person or time ended it there, or that the same
    /// backfill brings.
    func newer(than row: Row, _ scan: BackfillScan, destroyed: Set<UInt32>) throws -> MessageID? {
        if row.version.isEmpty || row.businessKey.isEmpty { return nil }
        versions.add(row.businessKey)
        versions.add(row.sender)
        versions.add(row.channel)
        versions.add(row.dataset)
        versions.add(Int64.max)
        versions.add(StoreLimits.versionsCompared)
        var higher: [Int64] = []
        while try versions.step() {
            if RecordVersion.order(versions.text(1), row.version) == .higher { higher.append(versions.int64(0)) }
        }
        let selection = scan.selection
        for number in higher {
            guard let other = try message(number, destination: selection.destination) else { continue }
            switch try standing(other, scan, destroyed: destroyed) {
            case .present:
                state.add(number)
                state.add(selection.destination)
                let name = try state.step() ? state.text(0) : ""
                state.reset()
                if name != DeliveryState.cancelled.name, name != DeliveryState.expired.name { return other.id }
            case .addable:
                let isMeant = other.receivedAt >= selection.from && other.receivedAt < selection.to
                if isMeant, scan.range?.contains(number) == true { return other.id }
            case .refused, .unreadable, .behind: continue
            }
        }
        return nil
    }
}
