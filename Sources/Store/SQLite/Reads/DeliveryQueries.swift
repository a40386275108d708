internal import ExchangeModel
internal import GRDB

/// Reads of deliveries. Each function runs inside one read transaction of the connection it is given.
enum DeliveryQueries {
    /// The columns of an `OpenDelivery`, in the order that `openDelivery` reads them.
    static let columns = """
        d.seq, d.id, m.id, d.lane, d.destination, d.state, d.waiting_cause, d.due_at, d.attempts, d.fence, d.frozen IS NOT NULL,
        d.received_at, m.source_time, m.trace_id, m.channel, d.deadline,
        d.cause_code IS NOT NULL AND (d.state = 'dead' AND d.cause_code = '\(DeliveryCause.movedAside)'
            OR d.state = 'waiting' AND d.cause_code = '\(DeliveryCause.behindParent)')
        """

    static let openOfDestination = """
        SELECT \(columns) FROM delivery d INDEXED BY delivery_open_destination JOIN message m ON m.seq = d.message
        WHERE d.open = 1 AND d.destination = ? AND d.seq > ? ORDER BY d.seq LIMIT ?
        """
    static let openOfLane = """
        SELECT \(columns) FROM delivery d INDEXED BY delivery_open_lane JOIN message m ON m.seq = d.message
        WHERE d.open = 1 AND d.lane = ? AND d.seq > ? ORDER BY d.seq LIMIT ?
        """
    static let stranded = """
        SELECT \(columns) FROM delivery d INDEXED BY delivery_lease JOIN message m ON m.seq = d.message
        WHERE d.owner IS NOT NULL AND d.owner <> ? ORDER BY d.seq
        """
    static let forms = """
        SELECT c.bytes, f.bytes, f.content_type, f.mapping, f.schema, f.code_lists,
            (SELECT count(*) FROM attempt a WHERE a.delivery = d.seq AND a.outcome IN ('', 'unknown')),
            c.key_id, c.nonce, f.key_id, f.nonce, m.id
        FROM delivery d JOIN message m ON m.seq = d.message JOIN payload c ON c.id = m.canonical
        LEFT JOIN payload f ON f.id = d.frozen
        WHERE d.seq = ?
        """
    static let counts = """
        SELECT destination, state, count(*) FROM delivery INDEXED BY delivery_open_destination WHERE open = 1
        GROUP BY destination, state
        """
    static let firstOpen = """
        SELECT received_at FROM delivery INDEXED BY delivery_open_destination WHERE open = 1 AND destination = ?
        ORDER BY seq LIMIT 1
        """

    /// By the attempts, which are narrow rows, to the deliveries of those that fit: an index for it would cost every message.
    static let attemptCount = """
        SELECT count(*) FROM attempt a CROSS JOIN delivery d ON d.seq = a.delivery
        WHERE a.begun_at >= ? AND a.begun_at < ? AND d.destination = ?
        """

    /// Only deliveries with a deadline are looked up in their message.
    static let backlog = """
        SELECT d.destination, coalesce(m.dataset, ''), d.deadline, d.state IN ('dead', 'waiting'), count(*)
        FROM delivery d INDEXED BY delivery_open_destination LEFT JOIN message m ON d.deadline IS NOT NULL AND m.seq = d.message
        WHERE d.open = 1 AND (?1 IS NULL OR d.destination = ?1)
        GROUP BY 1, 2, 3, 4 ORDER BY d.deadline IS NULL, d.deadline, 1, 2 LIMIT ?2
        """

    static func open(_ database: Database, destination: String, after: Int64, limit: Int) throws -> [OpenDelivery] {
        let statement = try PreparedStatement(openOfDestination, on: database)
        statement.add(destination)
        return try openDeliveries(statement, after: after, limit: limit)
    }

    static func open(_ database: Database, lane: Int64, after: Int64, limit: Int) throws -> [OpenDelivery] {
        let statement = try PreparedStatement(openOfLane, on: database)
        statement.add(lane)
        return try openDeliveries(statement, after: after, limit: limit)
    }

    static func stranded(_ database: Database, owner: String) throws -> [OpenDelivery] {
        let statement = try PreparedStatement(stranded, on: database)
        statement.add(owner)
        return try all(statement)
    }

    static func forms(_ database: Database, _ sequences: [Int64]) throws -> [Int64: DeliveryForms] {
        let statement = try PreparedStatement(forms, on: database)
        var result: [Int64: DeliveryForms] = [:]
        for sequence in sequences {
            statement.add(sequence)
            guard try statement.step() else { continue }
            var frozen: FrozenForm?
            if !statement.isNull(1) {
                frozen = FrozenForm(
                    bytes: statement.blob(1), contentType: statement.text(2),
                    versions: FormVersions(mapping: statement.text(3), schema: statement.text(4), codeLists: statement.text(5)))
            }
            frozen?.seal = statement.seal(9)
            var forms = DeliveryForms(canonical: statement.blob(0), frozen: frozen, lostAttempts: statement.int(6))
            forms.canonicalSeal = statement.seal(7)
            forms.message = try statement.id(11)
            result[sequence] = forms
            statement.reset()
        }
        return result
    }

    static func attemptCount(_ database: Database, destination: String, from: Instant, to: Instant) throws -> Int {
        let statement = try PreparedStatement(attemptCount, on: database)
        statement.add(from)
        statement.add(to)
        statement.add(destination)
        guard try statement.step() else { return 0 }
        let count = statement.int(0)
        // The statement is kept for the next time; while it stands in a row it cannot be bound.
        statement.reset()
        return count
    }

    static func counts(_ database: Database) throws -> [OpenCounts.Key: Int] {
        let statement = try PreparedStatement(counts, on: database)
        var result: [OpenCounts.Key: Int] = [:]
        while try statement.step() {
            result[OpenCounts.Key(destination: statement.text(0), state: statement.text(1))] = statement.int(2)
        }
        return result
    }

    static func backlog(_ database: Database, destination: String?) throws -> [BacklogGroup] {
        let statement = try PreparedStatement(backlog, on: database)
        statement.add(destination)
        statement.add(StoreLimits.rowsPerRead)
        var result: [BacklogGroup] = []
        while try statement.step() {
            result.append(
                BacklogGroup(
                    destination: statement.text(0), dataset: statement.text(1), deadline: statement.optionalInstant(2),
                    isStuck: statement.int(3) == 1, count: statement.int(4)))
        }
        return result
    }

    static func outboxCounts(_ database: Database, _ counts: [OpenCounts.Key: Int]) throws -> [OutboxCount] {
        let statement = try PreparedStatement(firstOpen, on: database)
        var oldest: [String: Instant] = [:]
        for destination in Set(counts.keys.map(\.destination)) {
            statement.add(destination)
            guard try statement.step() else { continue }
            oldest[destination] = statement.instant(0)
            statement.reset()
        }
        // A destination that ran empty since the counts were taken has none.
        return counts.compactMap { key, count in
            oldest[key.destination].map {
                OutboxCount(destination: key.destination, state: key.state, count: count, oldestReceivedAt: $0)
            }
        }.sorted { ($0.destination, $0.state) < ($1.destination, $1.state) }
    }

    /// How many columns `columns` has: the number of the next one.
    static let columnCount: Int32 = 17

    /// Reads the columns of `columns` from the first on.
    static func openDelivery(_ row: PreparedStatement) throws -> OpenDelivery {
        var delivery = OpenDelivery(
            sequence: row.int64(0), id: try row.id(1), messageID: try row.id(2), lane: row.int64(3), destination: row.text(4),
            state: try row.state(5), dueAt: row.optionalInstant(7), attempts: row.int(8), fence: row.int64(9),
            isFrozen: row.int(10) == 1, receivedAt: row.instant(11), sourceTime: row.optionalInstant(12), canonical: nil,
            traceID: row.text(13), channel: row.text(14), deadline: row.optionalInstant(15))
        delivery.isAside = row.int(16) == 1
        return delivery
    }

    private static func openDeliveries(_ statement: PreparedStatement, after: Int64, limit: Int) throws -> [OpenDelivery] {
        statement.add(after)
        statement.add(ReadLimit.rows(limit))
        return try all(statement)
    }

    private static func all(_ statement: PreparedStatement) throws -> [OpenDelivery] {
        var result: [OpenDelivery] = []
        while try statement.step() { result.append(try openDelivery(statement)) }
        return result
    }
}

/// Cuts a caller's limit to what one read hands out; a negative one would mean "no limit" to SQLite.
enum ReadLimit {
    static func rows(_ limit: Int) -> Int { max(0, min(limit, StoreLimits.rowsPerRead)) }
}
