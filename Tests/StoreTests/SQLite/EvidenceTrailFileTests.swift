import ExchangeModel
import GRDB
import Testing

@testable import Store

@Suite("The evidence of one message in a SQLite file of a former version")
struct EvidenceTrailFileTests {
    let samples = Samples()

    /// Takes the links of rows away, as if they had been written before there were any.
    private func forget(_ folder: TemporaryFolder, below row: Int64) throws {
        try RawDatabase(folder.store).run(
            """
            UPDATE evidence SET previous = NULL WHERE seq < \(row);
            UPDATE message SET last_evidence = NULL;
            UPDATE delivery SET last_evidence = NULL;
            UPDATE setting SET value = '\(row)' WHERE name = 'evidenceLinkedFrom';
            """)
    }

    @Test("rows without links are found by time, those written later by their links")
    func older() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(path: folder.store)
        let intakes = (0..<200).map { samples.intake(at: Samples.start + .seconds(60 * $0)) }
        var deliveries: [OpenDelivery] = []
        for intake in intakes { deliveries.append(try await store.commit(intake)[0]) }
        // Their times go on where those of the intakes end.
        func later(_ change: DeliveryChange) -> DeliveryChange {
            var change = change
            change.at = Samples.start + .seconds(60 * 200)
            change.evidence.at = change.at
            return change
        }
        _ = try await store.apply([later(samples.lease(deliveries[120]))])  // 201
        _ = try await store.apply([later(samples.lease(deliveries[7]))])  // 202
        _ = try await store.apply([later(samples.delivered(deliveries[7]))])  // 203
        try forget(folder, below: 204)
        #expect(try await store.evidence(ofMessage: intakes[120].id).map(\.sequence) == [121, 201])
        #expect(try await store.evidence(ofMessage: intakes[7].id).map(\.sequence) == [8, 202, 203])
        _ = try await store.apply([later(samples.delivered(deliveries[120]))])  // 204
        try await store.record(samples.evidence("read", message: intakes[120].id))  // 205
        try await store.record(samples.evidence("read", message: intakes[7].id))  // 206
        #expect(try await store.evidence(ofMessage: intakes[120].id).map(\.sequence) == [121, 201, 204, 205])
        #expect(try await store.evidence(ofMessage: intakes[7].id).map(\.sequence) == [8, 202, 203, 206])
        #expect(try await store.evidence(ofMessage: intakes[199].id).map(\.sequence) == [200])
        await store.close()
        let beside = try SQLiteStoreReader.open(path: folder.store)
        #expect(try await beside.evidence(ofMessage: intakes[120].id).map(\.sequence) == [121, 201, 204, 205])
    }

    @Test("a file of version 1 is raised and its rows are found")
    func migration() throws {
        let queue = try DatabaseQueue()
        try queue.writeWithoutTransaction { (database: Database) throws in
            try SchemaVersion.raise(database, path: "store", steps: [.firstTables])
            let (id, time) = (samples.id(), Samples.start.milliseconds)
            try database.execute(
                sql: """
                    INSERT INTO message (seq, id, state, open_deliveries, channel, sender, business_key, ordering_key, version,
                        idempotency_key, body_digest, received_at, trace_id)
                    VALUES (1, x'\(Hex.encode(id.bytes))', 'settled', 0, 'c', 's', 'A-1', 'P-1', '1', 'k', x'00', \(time), 't');
                    INSERT INTO evidence VALUES (1, \(time), NULL, x'7b7d', x'00');
                    INSERT INTO evidence VALUES (2, \(time), x'\(Hex.encode(id.bytes))', x'7b7d', x'00');
                    """)
            try SchemaVersion.raise(database, path: "store")
            #expect(try EvidenceTrail.rows(database, of: id).map(\.sequence) == [2])
        }
    }

    @Test("links that lead in a circle or to nowhere end the walk")
    func circle() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(path: folder.store)
        let intake = samples.intake()
        let delivery = try await store.commit(intake)[0]
        _ = try await store.apply([samples.lease(delivery)])
        for damage in ["previous = 2 WHERE seq = 2", "previous = 99 WHERE seq = 2", "previous = -5 WHERE seq = 2"] {
            try RawDatabase(folder.store).run("UPDATE evidence SET \(damage)")
            #expect(try await store.evidence(ofMessage: intake.id).map(\.sequence) == [1, 2], "\(damage)")
        }
        await store.close()
    }
}
