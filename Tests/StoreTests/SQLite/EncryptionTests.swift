import Cryptography
import ExchangeModel
import GRDB
import Testing

@testable import Store

@Suite("Encryption at rest in a SQLite file")
struct EncryptionTests {
    let samples = Samples()

    static func open(_ folder: TemporaryFolder, _ keys: MasterKey...) throws -> SQLiteStore {
        var options = SQLiteStoreOptions()
        options.masterKeys = keys
        return try SQLiteStore.open(path: folder.store, options: options)
    }

    /// A whole life of a message whose every secret text holds the given word.
    private func live(_ store: SQLiteStore, word: String, at instant: Instant = Samples.start) async throws -> (
        Intake, DeliveryID
    ) {
        let intake = samples.intake(body: "<NOTICE>\(word)</NOTICE>", at: instant)
        let delivery = try await store.commit(intake)[0]
        var lease = samples.lease(delivery)
        lease.freeze?.bytes = Array("<OUT>\(word)</OUT>".utf8)
        lease.at = instant
        var end = samples.delivered(delivery)
        end.receipt?.answer = Array("<ANSWER>\(word)</ANSWER>".utf8)
        end.at = instant
        _ = try await store.apply([lease, end])
        try await store.refuse(samples.refusal(payload: "<BROKEN>\(word)", findings: []))
        return (intake, delivery.id)
    }

    private func files(_ folder: TemporaryFolder) -> [UInt8] {
        ["", "-wal"].flatMap { suffix -> [UInt8] in
            (try? FileBytes.read(folder.store + suffix, limit: 1 << 26).get()) ?? []
        }
    }

    @Test("no payload, record, frozen bytes or answer stands readable in the file; without encryption they do")
    func nothingReadable() async throws {
        for isEncrypted in [true, false] {
            let folder = try TemporaryFolder()
            let store = isEncrypted ? try Self.open(folder, .test()) : try SQLiteStore.open(path: folder.store)
            // The digest of the samples repeats a short text; a long one folds into it.
            let padding = String(repeating: "p", count: 100)
            let (intake, id) = try await live(store, word: padding + "GEHEIMWORT")
            for _ in 0..<2 {
                let text = files(folder)
                #expect(text.containsBytes(of: "GEHEIMWORT") != isEncrypted)
                #expect(text.containsBytes(of: "tender-notice"))
                await store.close()
            }
            let again = isEncrypted ? try Self.open(folder, .test()) : try SQLiteStore.open(path: folder.store)
            #expect(try await again.payload(.received, of: .message(intake.id))?.bytes == intake.payload)
            let report = try #require(try await again.delivery(id))
            #expect(report.receipts[0].receipt.answer == Array("<ANSWER>\(padding)GEHEIMWORT</ANSWER>".utf8))
            #expect(report.receipts[0].answerState == .readable)
            #expect(report.frozenBytes == "<OUT>\(padding)GEHEIMWORT</OUT>".utf8.count, "the size is that of what is sent")
            await again.close()
        }
    }

    @Test("bytes that were moved to another row, changed or cut do not open, and are told apart from missing ones")
    func swapped() async throws {
        let deeds = [
            "UPDATE payload SET (bytes, nonce) = (SELECT bytes, nonce FROM payload p WHERE p.id = 2) WHERE id = 4",
            "UPDATE message SET canonical = received", "UPDATE payload SET bytes = zeroblob(length(bytes))",
            "UPDATE payload SET bytes = x''", "UPDATE payload SET nonce = zeroblob(11)",
            "UPDATE payload SET key_id = x'00000009'",
            "UPDATE payload SET key_id = x'09'",
        ]
        for deed in deeds {
            let folder = try TemporaryFolder()
            let store = try Self.open(folder, .test())
            let first = samples.intake(body: "<A>1</A>"), second = samples.intake(body: "<A>2</A>")
            let deliveries = try await store.commit(first) + store.commit(second)
            // Rows 1 and 2 are the first message's, 3 and 4 the second's.
            try RawDatabase(folder.store).run(deed)
            #expect(try await store.payload(.canonical, of: .message(second.id))?.state == .damaged, "\(deed)")
            #expect(try await store.payload(.canonical, of: .message(second.id))?.bytes == [])
            #expect(try await store.deliveryForms([deliveries[1].sequence]).isEmpty, "\(deed)")
            await store.close()
        }
    }

    @Test("a receipt belongs to its delivery and to what it says")
    func receipts() async throws {
        for deed in [
            "UPDATE receipt SET verdict = 'permanent'", "UPDATE receipt SET delivery = 2", "UPDATE receipt SET at = at + 1",
            "UPDATE receipt SET reference = 'R-78'", "UPDATE receipt SET status = 500", "UPDATE receipt SET answer = x'00'",
        ] {
            let folder = try TemporaryFolder()
            let store = try Self.open(folder, .test())
            let (_, id) = try await live(store, word: "x")
            let other = try await store.commit(samples.intake())[0]
            try RawDatabase(folder.store).run(deed)
            let report = try await store.delivery(deed.contains("delivery") ? other.id : id)
            #expect(report?.receipts.first?.answerState == .damaged, "\(deed)")
            #expect(report?.receipts.first?.receipt.answer == [])
            await store.close()
        }
    }

    @Test("rows from before encryption was switched on stay readable beside encrypted ones")
    func mixed() async throws {
        let folder = try TemporaryFolder()
        let plain = try SQLiteStore.open(path: folder.store)
        let (before, beforeID) = try await live(plain, word: "before")
        let open = try await plain.commit(samples.intake(body: "<OPEN/>"))[0]
        await plain.close()
        let store = try Self.open(folder, .test())
        let (after, afterID) = try await live(store, word: "after")
        for (intake, id) in [(before, beforeID), (after, afterID)] {
            for kind in [PayloadKind.received, .canonical, .frozen] {
                let payload = try #require(try await store.payload(kind, of: .delivery(id)))
                #expect(payload.state == .readable && !payload.bytes.isEmpty)
            }
            #expect(try await store.payload(.received, of: .message(intake.id))?.bytes == intake.payload)
            #expect(try await store.delivery(id)?.receipts[0].answerState == .readable)
        }
        _ = try await store.apply([samples.lease(open)])
        let forms = try await store.deliveryForms([open.sequence])[open.sequence]
        #expect(forms?.frozen?.bytes == samples.form().bytes, "a plain record with encrypted frozen bytes")
        await store.close()
    }

    @Test("beside the daemon a reader without the key sees everything but the bytes")
    func locked() async throws {
        let folder = try TemporaryFolder()
        let store = try Self.open(folder, .test())
        let (intake, id) = try await live(store, word: "x")
        let blind = try SQLiteStoreReader.open(path: folder.store)
        #expect(blind.hasEncryptedRows)
        #expect(try await blind.delivery(id)?.receipts[0].answerState == .locked)
        #expect(try await blind.message(intake.id)?.businessKey == "A-1")
        #expect(try await blind.verifyEvidence().firstBroken == nil)
        let seeing = try SQLiteStoreReader.open(path: folder.store, masterKeys: [.test()])
        #expect(try await seeing.delivery(id)?.receipts[0].answerState == .readable)
        #expect(throws: GatewayError(.configuration)) { try SQLiteStoreReader.open(path: folder.store, masterKeys: [.test(8)]) }
        await store.close()
    }

    @Test("each day and each start has a key of its own, and no nonce comes twice")
    func nonces() async throws {
        let folder = try TemporaryFolder()
        for life in 0..<3 {
            let store = try Self.open(folder, .test())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    let intake = samples.intake(at: Samples.start + .seconds(86_400 * (number % 2)))
                    group.addTask { _ = try await store.commit(intake) }
                }
                try await group.waitForAll()
            }
            let raw = try RawDatabase(folder.store)
            #expect(try raw.texts("SELECT count(*) FROM data_key") == ["\(2 * (life + 1))"])
            await store.close()
        }
        let raw = try RawDatabase(folder.store)
        #expect(try raw.texts("SELECT count(*) FROM payload") == ["240"])
        #expect(try raw.texts("SELECT count(*) FROM (SELECT DISTINCT key_id, nonce FROM payload)") == ["240"])
        #expect(try raw.texts("SELECT count(DISTINCT day) FROM data_key") == ["2"])
        #expect(try raw.texts("SELECT count(*) FROM data_key WHERE length(wrapped) = 48 AND length(nonce) = 12") == ["6"])
    }

    @Test("a key that has encrypted its share is followed by another")
    func share() throws {
        let folder = try TemporaryFolder()
        let queue = try StoreConnections.open(path: folder.store, options: SQLiteStoreOptions()).0
        let keys = try queue.read {
            try DataKeys($0, masters: [.test()], path: "store", isOwner: true, sealsPerKey: 3)
        }
        let sealed = (0..<10).map { _ in keys.storable([1, 2, 3], day: 5, at: Samples.start, boundTo: [9]) }
        #expect(sealed.map { $0.seal?.keyID } == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4])
        #expect(Set(sealed.compactMap(\.seal)).count == 10)
        for stored in sealed {
            #expect(keys.reveal(stored, boundTo: [9]).bytes == [1, 2, 3])
            #expect(keys.reveal(stored, boundTo: [8]).state == .damaged)
        }
        #expect(keys.unwritten.map(\.id) == [1, 2, 3, 4])
        keys.written(upTo: 3)
        #expect(keys.unwritten.map(\.id) == [4])
        // Many days at once cost keys, not memory.
        for day in 0..<100 { _ = keys.storable([1], day: Int64(day), at: Samples.start, boundTo: []) }
        #expect(keys.unwritten.count == 100)
    }

    @Test("a message of a transaction that was rolled back does not take the key with it")
    func rolledBack() async throws {
        let folder = try TemporaryFolder()
        let store = try Self.open(folder, .test())
        let intake = samples.intake(key: "one")
        let bad = EvidenceEntry(
            at: Samples.start, messageID: nil, content: [UInt8](repeating: 32, count: StoreLimits.evidenceBytes + 1))
        var broken = samples.intake(key: "two")
        broken.evidence = bad
        await #expect(throws: GatewayError.self) { try await store.commit(broken) }
        _ = try await store.commit(intake)
        await store.close()
        let again = try Self.open(folder, .test())
        #expect(try await again.payload(.received, of: .message(intake.id))?.bytes == intake.payload)
        await again.close()
    }

    @Test("a person's number has one text for good: over restarts, a change of the master key, and days that are forgotten")
    func numbers() async throws {
        let folder = try TemporaryFolder()
        let number = "11010519491231002X"
        var store = try Self.open(folder, .test())
        let text = try #require(store.personalNumbers(at: Samples.start)?.text(of: number))
        #expect(text.hasPrefix("hmac-sha256:") && text.utf8.count == 76)
        #expect(text != store.personalNumbers(at: Samples.start)?.text(of: "110105194912310021"))
        #expect(store.personalNumbers(at: Samples.start)?.text(of: "") == "")
        var intake = samples.intake(businessKey: text)
        intake.orderingKey = text
        _ = try await store.commit(intake)
        for found in [number, text] {
            #expect(try await store.messages(businessKey: found, sender: nil, limit: 9).map(\.id) == [intake.id])
            #expect(try await store.deliveries(DeliveryFilter(businessKey: found)).count == 1)
            #expect(try await store.deliveryCount(DeliveryFilter(businessKey: found)) == 1)
        }
        let order = KeyDestructionOrder(
            before: Samples.start + .seconds(10 * 86_400), actor: "chen", reason: "retention",
            at: Samples.start + .seconds(20 * 86_400))
        _ = try await store.destroyKeys(order)
        await store.close()
        store = try Self.open(folder, .test(8), .test())
        #expect(store.personalNumbers(at: Samples.start)?.text(of: number) == text)
        await store.close()
        let reader = try SQLiteStoreReader.open(path: folder.store, masterKeys: [.test(8)])
        #expect(try await reader.messages(businessKey: number, limit: 9).map(\.id) == [intake.id])
        let other = try TemporaryFolder()
        let plain = try SQLiteStore.open(path: other.store)
        #expect(plain.personalNumbers(at: Samples.start) == nil)
        await plain.close()
    }

    @Test("a master key is 64 hexadecimal digits or base64 of 32 octets, and nothing else")
    func secrets() throws {
        let bytes = (0..<32).map { UInt8($0) }
        let hex = Hex.encode(bytes)
        let fingerprint = try #require(MasterKey(secret: Array(hex.utf8))?.fingerprint)
        #expect(fingerprint.utf8.count == 16)
        for text in [hex.uppercased(), " \(hex)\r\n", Base64.encode(bytes), Base64.encode(bytes) + "\n"] {
            #expect(MasterKey(secret: Array(text.utf8))?.fingerprint == fingerprint, "\(text)")
        }
        for text in [
            "", "x", String(hex.dropLast(2)), hex + "00", String(hex.dropLast()) + "g", Base64.encode(bytes.dropLast()),
            "stand-in",
        ] {
            #expect(MasterKey(secret: Array(text.utf8)) == nil, "\(text)")
        }
    }
}

extension [UInt8] {
    /// Whether the bytes of a text stand in it.
    func containsBytes(of text: String) -> Bool {
        let wanted = Array(text.utf8)
        return indices.contains { self[$0] == wanted[0] && self[$0...].starts(with: wanted) }
    }
}

extension GatewayError {
    /// An error of a kind, for comparison: equality is the code's.
    init(_ code: Code) { self.init(code, attempted: "", subject: "", happened: "", remedy: "") }
}
