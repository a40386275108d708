import ExchangeModel
import GRDB
import GRDBSQLite
import Testing

@testable import Store

@Suite("Query plans of a SQLite store")
struct PlanTests {
    let samples = Samples()

    @Test(
        "what the outbox asks often is driven by the index of open deliveries, without a sort",
        arguments: [
            (DeliveryQueries.openOfDestination, "delivery_open_destination (destination=? AND rowid>?)"),
            (DeliveryQueries.openOfLane, "delivery_open_lane (lane=? AND rowid>?)"),
        ])
    func openDeliveries(_ sql: String, _ index: String) throws {
        let plan = try plan(sql)
        #expect(plan.contains { $0.contains("SEARCH d USING INDEX \(index)") }, "\(plan)")
        #expect(plan.contains { $0.contains("SEARCH m USING INTEGER PRIMARY KEY") })
        #expect(!plan.contains { $0.contains("TEMP B-TREE") || $0.hasPrefix("SCAN") }, "\(plan)")
    }

    @Test("no statement of the write side scans a table")
    func writes() throws {
        for sql in [
            WriteSQL.selectKey, WriteSQL.selectBound, WriteSQL.cutRecentKeys, WriteSQL.selectDelivery,
            WriteSQL.selectMessageDeliveries,
            WriteSQL.updateDelivery, WriteSQL.endDelivery, WriteSQL.settleMessage, WriteSQL.updateAttempt, WriteSQL.insertReceipt,
            WriteSQL.selectVersions, WriteSQL.selectDeliveriesOf, WriteSQL.selectParent, WriteSQL.selectWaiting,
            WriteSQL.selectChildren, WriteSQL.wakeDelivery, DeliveryQueries.forms, BackfillJudge.selectOne,
            BackfillJudge.selectState, BackfillJudge.selectWait, WriteSession.BackfillStatements.reopenMessage,
            ReceiptStatements.known,
            ReceiptStatements.deliveryByID, ReceiptStatements.deliveryByReference, ReceiptStatements.deliveryByBusinessKey,
            ReceiptStatements.early,
        ] {
            #expect(try !plan(sql).contains { $0.hasPrefix("SCAN") }, "\(sql)")
        }
    }

    @Test("a backfill goes along sequences, and finds its range in the index of the ids")
    func backfill() throws {
        #expect(
            try plan(BackfillJudge.selectStretch).contains {
                $0.contains("SEARCH m USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)")
            })
        #expect(try plan(BackfillJudge.selectDeliveries) == ["SEARCH delivery USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"])
        #expect(try plan(BackfillJudge.selectRange) == ["SEARCH message USING COVERING INDEX message_id (id>? AND id<?)"])
    }

    /// Counts steps of SQLite's virtual machine, which do not depend on the machine's speed.
    @Test("a hundred thousand delivered rows beside cost the outbox nothing")
    func flat() throws {
        let queue = try DatabaseQueue()
        try queue.writeWithoutTransaction { database in
            try SchemaVersion.raise(database, path: "store")
            try fill(database, from: 1, to: 50, open: 1)
            let few = try steps(database)
            try fill(database, from: 51, to: 100_050, open: 0)
            try fill(database, from: 100_051, to: 100_100, open: 1)
            #expect(try steps(database) == few)
            #expect(few > 0)
        }
    }

    private func fill(_ database: Database, from: Int, to: Int, open: Int) throws {
        let numbers = "WITH RECURSIVE n(i) AS (SELECT \(from) UNION ALL SELECT i + 1 FROM n WHERE i < \(to))"
        try database.execute(
            sql: """
                INSERT INTO message (seq, id, state, open_deliveries, channel, sender, business_key, ordering_key, version,
                    idempotency_key, body_digest, received_at, trace_id)
                \(numbers) SELECT i, CAST(printf('%08d', i) || x'7000800000000000' AS BLOB), 'accepted', 1, 'c', 's', 'b', 'o', 'v', 'k', x'00', 0, 't' FROM n;
                INSERT INTO delivery (seq, id, message, lane, destination, open, state, fence, attempts, received_at, changed_at)
                \(numbers) SELECT i, CAST(printf('%08d', i) || x'7000800000000000' AS BLOB), i, 1, 'province', \(open), 'pending', 0, 0, 0, 0 FROM n;
                """)
    }

    private func steps(_ database: Database) throws -> Int {
        let statement = try database.cachedStatement(sql: DeliveryQueries.openOfDestination)
        let rows = try Row.fetchAll(statement, arguments: ["province", 0, 50])
        #expect(rows.count == 50)
        return Int(sqlite3_stmt_status(statement.sqliteStatement, SQLITE_STMTSTATUS_VM_STEP, 1))
    }

    private func plan(_ sql: String) throws -> [String] {
        let queue = try DatabaseQueue()
        return try queue.writeWithoutTransaction { database in
            try SchemaVersion.raise(database, path: "store")
            let row = try PreparedStatement("EXPLAIN QUERY PLAN \(sql)", on: database)
            var details: [String] = []
            while try row.step() { details.append(row.text(3)) }
            return details
        }
    }
}
