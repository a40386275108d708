import ExchangeModel
import Testing

@testable import Store

@Suite("The master key of a SQLite store")
struct MasterKeyTests {
    let samples = Samples()

    private func state(_ folder: TemporaryFolder) throws -> [[String]] {
        let raw = try RawDatabase(folder.store)
        return try [
            raw.texts("SELECT value FROM setting ORDER BY name"), raw.texts("SELECT hex(wrapped) FROM data_key ORDER BY id"),
            raw.texts("SELECT hex(digest) FROM evidence ORDER BY seq"),
        ]
    }

    @Test("missing or wrong, it ends the start with exit code 78 and nothing is written")
    func wrong() async throws {
        let folder = try TemporaryFolder()
        let store = try EncryptionTests.open(folder, .test())
        let intake = samples.intake()
        _ = try await store.commit(intake)
        await store.close()
        let before = try state(folder)
        for (keys, told) in [
            ([], "names none"), ([MasterKey.test(8)], "names \(MasterKey.test(8).fingerprint)"),
            ([MasterKey.test(8), MasterKey.test(9)], MasterKey.test(9).fingerprint),
        ] {
            do {
                var options = SQLiteStoreOptions()
                options.masterKeys = keys
                _ = try SQLiteStore.open(path: folder.store, options: options)
                Issue.record("opened with \(keys.map(\.fingerprint))")
            } catch let error as GatewayError {
                #expect(error.code == .configuration && error.code.exitCode == 78)
                #expect(error.description.contains(told) && error.description.contains(MasterKey.test().fingerprint), "\(error)")
            }
            #expect(try state(folder) == before)
        }
        let again = try EncryptionTests.open(folder, .test())
        #expect(try await again.payload(.received, of: .message(intake.id))?.bytes == intake.payload)
        await again.close()
    }

    @Test("a new one wraps every data key anew in one transaction, with its evidence; then the former one is of no use")
    func rotation() async throws {
        let folder = try TemporaryFolder()
        var intakes: [Intake] = []
        for day in 0..<3 {
            let store = try EncryptionTests.open(folder, .test(1))
            intakes.append(samples.intake(at: Samples.start + .seconds(86_400 * day)))
            _ = try await store.commit(intakes[day])
            await store.close()
        }
        var options = SQLiteStoreOptions()
        options.masterKeys = [.test(2), .test(1)]
        options.actor = "uid:0"
        let rotated = try SQLiteStore.open(path: folder.store, options: options)
        #expect(rotated.rewrappedKeys == 3)
        intakes.append(samples.intake())
        _ = try await rotated.commit(intakes[3])
        let row = try #require(try await rotated.evidence(from: 4, limit: 1).first)
        let text = String(decoding: row.content, as: UTF8.self)
        #expect(text.contains("\"event\":\"masterKey.rotated\"") && text.contains("\"dataKeys\":3") && text.contains("uid:0"))
        #expect(text.contains(MasterKey.test(1).fingerprint) && text.contains(MasterKey.test(2).fingerprint))
        await rotated.close()
        #expect(throws: GatewayError(.configuration)) { try EncryptionTests.open(folder, .test(1)) }
        let store = try EncryptionTests.open(folder, .test(2))
        #expect(store.rewrappedKeys == 0)
        for intake in intakes {
            #expect(try await store.payload(.received, of: .message(intake.id))?.bytes == intake.payload)
        }
        #expect(try await store.verifyEvidence().firstBroken == nil)
        await store.close()
    }

    @Test("a wrapped key that other hands changed or moved costs what it encrypted, not the store")
    func damagedKey() async throws {
        for deed in [
            "UPDATE data_key SET wrapped = zeroblob(48) WHERE id = 1", "UPDATE data_key SET day = day + 1 WHERE id = 1",
            "DELETE FROM data_key WHERE id = 1", "UPDATE data_key SET nonce = x'00' WHERE id = 1",
        ] {
            let folder = try TemporaryFolder()
            var intakes: [Intake] = []
            for _ in 0..<2 {
                let store = try EncryptionTests.open(folder, .test())
                intakes.append(samples.intake())
                _ = try await store.commit(intakes[intakes.count - 1])
                await store.close()
            }
            try RawDatabase(folder.store).run(deed)
            var options = SQLiteStoreOptions()
            options.masterKeys = [.test(2), .test()]
            let store = try SQLiteStore.open(path: folder.store, options: options)
            #expect(try await store.payload(.received, of: .message(intakes[0].id))?.state == .damaged, "\(deed)")
            #expect(try await store.payload(.received, of: .message(intakes[1].id))?.bytes == intakes[1].payload)
            _ = try await store.commit(samples.intake())
            await store.close()
        }
    }
}
