internal import Cryptography
internal import ExchangeModel
internal import GRDB

/// Reads of messages and deliveries as people see them.
enum ReportQueries {
    /// - Parameter recent: the message, when the key is among the writer's recent ones.
    static func bound(_ database: Database, key: [UInt8], recent: Int64?) throws -> BoundMessage? {
        var holder = recent
        if holder == nil {
            let sorted = try PreparedStatement(WriteSQL.selectKey, on: database)
            sorted.add(key)
            if try sorted.step() { holder = sorted.int64(0) }
            sorted.reset()
        }
        guard let holder else { return nil }
        return try BoundMessage.read(
            holder, selectBound: PreparedStatement(WriteSQL.selectBound, on: database),
            selectDeliveries: PreparedStatement(WriteSQL.selectMessageDeliveries, on: database))
    }

    // MARK: Messages

    private static let messageColumns = """
        SELECT seq, id, channel, sender, dataset, business_key, ordering_key, version, state, received_at, settled_at, trace_id
        FROM message
        """

    static func message(_ database: Database, _ id: MessageID) throws -> MessageReport? {
        let statement = try PreparedStatement("\(messageColumns) WHERE id = ?", on: database)
        statement.add(id)
        return try messages(database, statement).first
    }

    static func messages(_ database: Database, businessKey: String, sender: String?, limit: Int) throws -> [MessageReport] {
        // The condition of the partial index; an empty key names no record.
        let statement = try PreparedStatement(
            "\(messageColumns) WHERE business_key = ? AND business_key <> '' AND sender = ifnull(?, sender) ORDER BY seq DESC LIMIT ?",
            on: database)
        statement.add(businessKey)
        statement.add(sender)
        statement.add(ReadLimit.rows(limit))
        return try messages(database, statement)
    }

    private static func messages(_ database: Database, _ row: PreparedStatement) throws -> [MessageReport] {
        var found: [(sequence: Int64, report: MessageReport)] = []
        while try row.step() {
            let report = MessageReport(
                id: try row.id(1), channel: row.text(2), sender: row.text(3), dataset: row.optionalText(4).map { Dataset($0) },
                businessKey: row.text(5), orderingKey: row.text(6), version: row.text(7),
                state: MessageState(rawValue: row.text(8)) ?? .accepted, receivedAt: row.instant(9),
                settledAt: row.optionalInstant(10), traceID: row.text(11), findings: [], deliveries: [])
            found.append((row.int64(0), report))
        }
        return try found.map { sequence, report in
            var report = report
            report.findings = try findings(database, message: sequence)
            report.deliveries = try deliveries(database, message: sequence)
            report.attachments = try AttachmentQueries.named(database, message: sequence)
            return report
        }
    }

    static func findings(_ database: Database, message: Int64) throws -> [Finding] {
        let row = try PreparedStatement(
            "SELECT code, severity, path, line, column, text, text_zh FROM refusal_finding WHERE message = ? ORDER BY number",
            on: database)
        row.add(message)
        var result: [Finding] = []
        while try row.step() {
            result.append(
                Finding(
                    Finding.Code(row.text(0)), severity: Finding.Severity(rawValue: row.text(1)) ?? .error, path: row.text(2),
                    position: SourcePosition(line: row.int(3), column: row.int(4)), text: row.text(5), textZH: row.text(6)))
        }
        return result
    }

    // MARK: Deliveries

    private static let deliveryColumns = """
        SELECT \(DeliveryQueries.columns), m.dataset, m.business_key, m.ordering_key, d.changed_at, d.cause_code, d.cause_text,
            length(f.bytes) - iif(f.key_id IS NULL, 0, \(AES256GCM.tagBytes)), f.mapping, f.schema, f.code_lists,
            d.waiting_subject
        """
    private static let frozenJoin = "LEFT JOIN payload f ON f.id = d.frozen"

    static func delivery(_ database: Database, _ id: DeliveryID) throws -> DeliveryReport? {
        let statement = try PreparedStatement(
            "\(deliveryColumns) FROM delivery d JOIN message m ON m.seq = d.message \(frozenJoin) WHERE d.id = ?", on: database)
        statement.add(id)
        return try deliveries(database, statement).first
    }

    private static func deliveries(_ database: Database, message: Int64) throws -> [DeliveryReport] {
        let statement = try PreparedStatement(
            """
            \(deliveryColumns) FROM delivery d JOIN message m ON m.seq = d.message \(frozenJoin)
            WHERE d.message = ? ORDER BY d.seq
            """, on: database)
        statement.add(message)
        return try deliveries(database, statement)
    }

    /// Deliveries by filter. Open ones come from the index of open deliveries and those of a business key from its index,
    /// so that neither depends on how many were delivered; ended ones without a business key are a scan in sequence order
    /// that stops at the limit.
    ///
    /// Of all destinations they are read one destination after the other, each in sequence order up to the limit, and merged:
    /// the index would otherwise have to be sorted whole for each page.
    static func deliveries(_ database: Database, _ filter: DeliveryFilter) throws -> [DeliveryReport] {
        guard filter.destination == nil, filter.businessKey == nil, isOpenOnly(filter) else { return try page(database, filter) }
        var sequences: [Int64] = []
        for name in try openDestinations(database) {
            var one = filter
            one.destination = name
            let (from, conditions) = source(of: one)
            let row = try PreparedStatement(
                "SELECT d.seq FROM \(from) WHERE d.seq > ? \(conditions) ORDER BY d.seq LIMIT ?", on: database)
            row.add(filter.after)
            bind(one, to: row)
            row.add(ReadLimit.rows(filter.limit))
            while try row.step() { sequences.append(row.int64(0)) }
        }
        let statement = try PreparedStatement(
            "\(deliveryColumns) FROM delivery d JOIN message m ON m.seq = d.message \(frozenJoin) WHERE d.seq = ?", on: database)
        var result: [DeliveryReport] = []
        for sequence in sequences.sorted().prefix(ReadLimit.rows(filter.limit)) {
            statement.add(sequence)
            result += try deliveries(database, statement)
        }
        return result
    }

    /// The destinations that have open deliveries: one seek in their index for each.
    static let openDestinations = """
        WITH RECURSIVE name (text) AS (
            SELECT min(destination) FROM delivery INDEXED BY delivery_open_destination WHERE open = 1
            UNION ALL
            SELECT (SELECT min(destination) FROM delivery INDEXED BY delivery_open_destination
                WHERE open = 1 AND destination > name.text) FROM name WHERE name.text IS NOT NULL
        ) SELECT text FROM name WHERE text IS NOT NULL
        """

    private static func openDestinations(_ database: Database) throws -> [String] {
        let row = try PreparedStatement(openDestinations, on: database)
        var names: [String] = []
        while try row.step() { names.append(row.text(0)) }
        return names
    }

    private static func page(_ database: Database, _ filter: DeliveryFilter) throws -> [DeliveryReport] {
        let (from, conditions) = source(of: filter)
        let statement = try PreparedStatement(
            "\(deliveryColumns) FROM \(from) \(frozenJoin) WHERE d.seq > ? \(conditions) ORDER BY d.seq LIMIT ?", on: database)
        statement.add(filter.after)
        bind(filter, to: statement)
        statement.add(ReadLimit.rows(filter.limit))
        return try deliveries(database, statement)
    }

    /// How many a filter finds, over the same way.
    static func count(_ database: Database, _ filter: DeliveryFilter) throws -> Int {
        let (from, conditions) = source(of: filter)
        let statement = try PreparedStatement("SELECT count(*) FROM \(from) WHERE d.seq > 0 \(conditions)", on: database)
        bind(filter, to: statement)
        guard try statement.step() else { return 0 }
        defer { statement.reset() }
        return statement.int(0)
    }

    /// Where the rows of a filter come from, and the conditions with their values in the order of `bind`.
    private static func source(of filter: DeliveryFilter) -> (from: String, conditions: String) {
        let onlyOpen = isOpenOnly(filter)
        // The chosen index is named, as SQLite without statistics would rather walk the whole table in order.
        var from: String
        var conditions = ""
        if filter.businessKey != nil {
            from = "message m INDEXED BY message_business_key JOIN delivery d INDEXED BY delivery_message ON d.message = m.seq"
            conditions += " AND m.business_key = ? AND m.business_key <> ''"
        } else if onlyOpen {
            from = "delivery d INDEXED BY delivery_open_destination JOIN message m ON m.seq = d.message"
        } else {
            from = "delivery d NOT INDEXED JOIN message m ON m.seq = d.message"
        }
        if onlyOpen { conditions += " AND d.open = 1" }
        if filter.destination != nil { conditions += " AND d.destination = ?" }
        if filter.cause != nil { conditions += " AND d.cause_code = ?" }
        if !filter.states.isEmpty {
            conditions += " AND d.state IN (\(filter.states.map { _ in "?" }.joined(separator: ", ")))"
        }
        return (from, conditions)
    }

    /// Whether no ended delivery is meant.
    private static func isOpenOnly(_ filter: DeliveryFilter) -> Bool {
        filter.states.allSatisfy { !["delivered", "cancelled", "superseded", "expired"].contains($0) }
    }

    private static func bind(_ filter: DeliveryFilter, to statement: PreparedStatement) {
        if let businessKey = filter.businessKey { statement.add(businessKey) }
        if let destination = filter.destination { statement.add(destination) }
        if let cause = filter.cause { statement.add(cause) }
        for state in filter.states { statement.add(state) }
    }

    private static func deliveries(_ database: Database, _ row: PreparedStatement) throws -> [DeliveryReport] {
        var result: [DeliveryReport] = []
        while try row.step() {
            let next = DeliveryQueries.columnCount
            let cause = row.optionalText(next + 4).map { DeliveryCause(code: $0, text: row.text(next + 5)) }
            let frozenBytes = row.optionalInt(next + 6)
            let versions = FormVersions(mapping: row.text(next + 7), schema: row.text(next + 8), codeLists: row.text(next + 9))
            var report = DeliveryReport(
                delivery: try DeliveryQueries.openDelivery(row), dataset: Dataset(row.text(next)),
                businessKey: row.text(next + 1),
                orderingKey: row.text(next + 2), changedAt: row.instant(next + 3), cause: cause, frozenBytes: frozenBytes,
                versions: frozenBytes == nil ? nil : versions, attempts: [], receipts: [])
            report.waitingSubject = row.optionalText(next + 10)
            result.append(report)
        }
        for index in result.indices {
            let delivery = result[index].delivery
            if !delivery.state.isEnd {
                result[index].holds = try HoldQueries.holds(database, destination: delivery.destination, lane: delivery.lane)
            }
            result[index].attempts = try attempts(database, delivery: result[index].delivery.sequence)
            result[index].receipts = try receipts(database, delivery: result[index].delivery.sequence)
        }
        return result
    }

    private static func attempts(_ database: Database, delivery: Int64) throws -> [AttemptReport] {
        let row = try PreparedStatement(
            "SELECT number, begun_at, duration_us, status, outcome FROM attempt WHERE delivery = ? ORDER BY number", on: database)
        row.add(delivery)
        var result: [AttemptReport] = []
        while try row.step() {
            result.append(
                AttemptReport(
                    number: row.int(0), begunAt: row.instant(1), duration: row.optionalInt(2).map { .microseconds($0) },
                    status: row.int(3), outcome: row.text(4)))
        }
        return result
    }

    private static func receipts(_ database: Database, delivery: Int64) throws -> [ReceiptReport] {
        let row = try PreparedStatement(
            """
            SELECT at, kind, reference, verdict, status, answer, key_id, nonce, identity, effect, stated_at, source, reason
            FROM receipt WHERE delivery = ? ORDER BY number
            """, on: database)
        row.add(delivery)
        var result: [ReceiptReport] = []
        while try row.step() {
            var receipt = Receipt(
                kind: row.text(1), reference: row.text(2), verdict: row.text(3), status: row.int(4), answer: row.blob(5))
            receipt.seal = row.seal(6)
            var report = ReceiptReport(at: row.instant(0), receipt: receipt)
            if !row.isNull(8) {
                report.arrival = ReceiptArrival(
                    effect: ReceiptEffect(rawValue: row.text(9)) ?? .noted, statedAt: row.optionalInstant(10),
                    source: row.text(11), reason: row.text(12), identity: row.blob(8))
            }
            result.append(report)
        }
        return result
    }
}
