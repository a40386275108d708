import ExchangeModel
import Store
import Testing

/// Each fault is made by other hands in the file, and must be named.
@Suite("Verifying the outbox of a SQLite store")
struct ConsistencyTests {
    let samples = Samples()

    /// A store with a delivery in most states: dead and parked, in flight, pending, delivered.
    private func fill(_ store: any MessageStore) async throws -> [OpenDelivery] {
        var open: [OpenDelivery] = []
        for number in 0..<4 { open += try await store.commit(samples.intake(body: "\(number)", orderingKey: "P-\(number)")) }
        try await store.refuse(samples.refusal(findings: []))
        _ = try await store.apply([samples.lease(open[0]), samples.lease(open[1], owner: "life-2"), samples.lease(open[2])])
        _ = try await store.apply([samples.delivered(open[0])])
        var dead = samples.change(open[2], fence: 1, to: .dead, cause: DeliveryCause(code: "answer.permanent", text: "no"))
        dead.parking = .begun(reason: "no", evidence: samples.evidence("parked"))
        _ = try await store.apply([dead])
        _ = try await store.hold(
            HoldOrder(
                selector: HoldSelector(destination: "province"), actor: "uid:0", reason: "r", evidence: samples.evidence("held")))
        return open
    }

    @Test("a store that is as the gateway left it has no fault, read by its owner or beside it")
    func sound() async throws {
        let folder = try TemporaryFolder()
        let store = try StoreKind.sqlite.open(folder)
        _ = try await fill(store)
        let report = try await store.verifyOutbox(owner: "life-2")
        #expect(report.faults.isEmpty, "\(report.faults)")
        #expect((report.messages, report.deliveries, report.holds, report.inFlight) == (5, 4, 2, 1))
        #expect(report.isOwnerChecked)
        await store.close()
        let beside = try await SQLiteStoreReader.open(path: folder.store).verifyOutbox(owner: nil)
        #expect(beside.faultCount == 0 && !beside.isOwnerChecked)
    }

    @Test(
        "each fault is found and named",
        arguments: [
            ("message.open-deliveries", "UPDATE message SET open_deliveries = 2 WHERE seq = 4"),
            ("message.open-deliveries", "UPDATE message SET open_deliveries = 1 WHERE state = 'refused'"),
            ("message.state", "UPDATE message SET state = 'settled' WHERE seq = 4"),
            ("message.state", "UPDATE message SET state = 'accepted' WHERE seq = 1"),
            ("message.state", "UPDATE message SET state = 'lost' WHERE seq = 1"),
            ("message.payload", "DELETE FROM payload WHERE id = (SELECT canonical FROM message WHERE seq = 4)"),
            ("message.payload", "UPDATE payload SET kind = 'frozen' WHERE id = (SELECT received FROM message WHERE seq = 4)"),
            ("delivery.state", "UPDATE delivery SET state = 'delivered' WHERE seq = 4"),
            ("delivery.state", "UPDATE delivery SET state = 'asleep' WHERE seq = 4"),
            ("delivery.state", "UPDATE delivery SET open = 1 WHERE seq = 1"),
            ("delivery.lane", "UPDATE delivery SET lane = lane + 1 WHERE seq = 4"),
            ("delivery.lane", "PRAGMA foreign_keys = OFF; UPDATE delivery SET message = 99 WHERE seq = 4"),
            ("delivery.lease", "UPDATE delivery SET owner = NULL WHERE seq = 2"),
            ("delivery.lease", "UPDATE delivery SET owner = 'life-2' WHERE seq = 4"),
            ("delivery.lease", "UPDATE delivery SET due_at = NULL WHERE seq = 2"),
            ("delivery.attempts", "UPDATE delivery SET attempts = 3 WHERE seq = 1"),
            ("delivery.attempts", "UPDATE delivery SET fence = 0 WHERE seq = 1"),
            ("delivery.attempts", "DELETE FROM attempt WHERE delivery = 3"),
            ("delivery.frozen", "DELETE FROM payload WHERE id = (SELECT frozen FROM delivery WHERE seq = 3)"),
            ("delivery.frozen", "UPDATE delivery SET frozen = NULL WHERE seq = 3"),
            ("lease.owner", "UPDATE delivery SET owner = 'life-1' WHERE seq = 2"),
            (
                "lane.one-in-flight",
                "UPDATE delivery SET state = 'inFlight', owner = 'life-2', due_at = 1, lane = (SELECT lane FROM delivery WHERE seq = 2) WHERE seq = 4"
            ),
            ("hold", "UPDATE hold SET lane = 5 WHERE kind = 'parked'"),
            ("hold", "UPDATE delivery SET state = 'pending' WHERE seq = 3"),
            ("hold", "UPDATE hold SET delivery = NULL WHERE kind = 'parked'"),
            ("hold", "UPDATE hold SET lane = 1 WHERE kind = 'person'"),
        ])
    func faults(_ check: String, _ damage: String) async throws {
        let folder = try TemporaryFolder()
        let store = try StoreKind.sqlite.open(folder)
        _ = try await fill(store)
        await store.close()
        let raw = try RawDatabase(folder.store)
        try raw.run("PRAGMA foreign_keys = OFF; \(damage)")
        let report = try await SQLiteStoreReader.open(path: folder.store).verifyOutbox(owner: "life-2")
        #expect(report.faults.contains { $0.check == check }, "\(report.faults)")
        #expect(report.faultCount == report.faults.count)
        for fault in report.faults {
            #expect(OutboxConsistency.checks.contains { $0.name == fault.check }, "\(fault.check) is not among the checks")
            #expect(!fault.textZH.isEmpty && !fault.subject.isEmpty)
        }
    }

    @Test("more rows than one read looks at are all looked at, and only the first faults are listed")
    func many() async throws {
        let folder = try TemporaryFolder()
        let store = try StoreKind.sqlite.open(folder)
        _ = try await store.commit(samples.intake(orderingKey: "P-1"))
        await store.close()
        let rows = StoreLimits.rowsPerCheck * 2 + 17
        try RawDatabase(folder.store).run(
            """
            WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < \(rows))
            INSERT INTO message (seq, id, state, open_deliveries, channel, sender, business_key, ordering_key, version,
                idempotency_key, body_digest, received_at, trace_id)
            SELECT i, CAST(printf('%08d', i) || x'7000800000000000' AS BLOB), 'accepted', 0, 'c', 's', 'b', 'o', 'v', 'k', x'00', 0, 't' FROM n
            """)
        let report = try await SQLiteStoreReader.open(path: folder.store).verifyOutbox(owner: nil)
        #expect(report.messages == rows)
        #expect(report.faultCount == rows - 1)
        #expect(report.faults.count == StoreLimits.faultsListed)
    }
}
