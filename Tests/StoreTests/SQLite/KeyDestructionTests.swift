import ExchangeModel
import Testing

@testable import Store

@Suite("Destroying the data keys of past days")
struct KeyDestructionTests {
    let samples = Samples()
    /// The first moment of the UTC day of `Samples.start`, and days after it.
    private func day(_ number: Int) -> Instant { Instant(milliseconds: (Samples.start.utcDay + Int64(number)) * 86_400_000) }

    private func order(before: Instant, at: Instant) -> KeyDestructionOrder {
        KeyDestructionOrder(before: before, actor: "uid:0", reason: "retention of 30 days", at: at)
    }

    private func deliver(_ store: SQLiteStore, on day: Instant) async throws -> (Intake, OpenDelivery) {
        let intake = samples.intake(at: day)
        let delivery = try await store.commit(intake)[0]
        var (lease, end) = (samples.lease(delivery), samples.delivered(delivery))
        lease.at = day
        end.at = day
        _ = try await store.apply([lease, end])
        return (intake, delivery)
    }

    @Test("makes what they encrypted unreadable for good; days with open deliveries and later days stay")
    func destroy() async throws {
        let folder = try TemporaryFolder()
        let store = try EncryptionTests.open(folder, .test())
        let gone = try await deliver(store, on: day(0))
        let needed = samples.intake(at: day(1))
        let open = try await store.commit(needed)[0]
        let alsoThen = try await deliver(store, on: day(1))
        // Received on day 0, tried and answered on day 2, and still open: all three days' keys are needed.
        let kept = try await deliver(store, on: day(3))
        let outcome = try await store.destroyKeys(order(before: day(3), at: day(5)))
        #expect(outcome.days == [day(0)] && outcome.keptDays == [day(1)] && outcome.keys == 1)
        #expect(!outcome.hasPlainPayloads)

        func check(_ store: SQLiteStore) async throws {
            for kind in PayloadKind.allCases {
                let payload = try #require(try await store.payload(kind, of: .delivery(gone.1.id)))
                #expect(payload.state == .destroyed(at: day(5)) && payload.bytes.isEmpty)
            }
            let report = try #require(try await store.delivery(gone.1.id))
            #expect(report.receipts[0].answerState == .destroyed(at: day(5)))
            #expect(report.receipts[0].receipt.reference == "R-77")
            #expect(try await store.message(gone.0.id)?.state == .settled)
            #expect(try await store.deliveryForms([gone.1.sequence]).isEmpty)
            for intake in [needed, alsoThen.0, kept.0] {
                #expect(try await store.payload(.received, of: .message(intake.id))?.bytes == intake.payload)
            }
            #expect(try await store.deliveryForms([open.sequence])[open.sequence]?.canonical == needed.canonical)
            #expect(try await store.verifyEvidence().firstBroken == nil)
        }
        try await check(store)
        let head = try await store.evidenceHead()
        let row = try #require(try await store.evidence(from: head.sequence, limit: 1).first)
        let text = String(decoding: row.content, as: UTF8.self)
        #expect(text.contains("\"event\":\"keys.destroyed\"") && text.contains("retention of 30 days") && text.contains("uid:0"))
        #expect(text.contains(String(day(0).description.prefix(10))))
        // A message that came late for that day gets a new key; the old ones stay unreadable.
        let late = samples.intake(at: day(0))
        _ = try await store.commit(late)
        #expect(try await store.payload(.received, of: .message(late.id))?.bytes == late.payload)
        await store.close()
        let again = try EncryptionTests.open(folder, .test())
        try await check(again)
        await again.close()
    }

    @Test("keeps the day of an answer and of frozen bytes while their delivery is open")
    func laterDays() async throws {
        let folder = try TemporaryFolder()
        let store = try EncryptionTests.open(folder, .test())
        let delivery = try await store.commit(samples.intake(at: day(0)))[0]
        var lease = samples.lease(delivery)
        lease.at = day(1)
        var failed = samples.change(
            delivery, fence: 1, to: .retryWait, dueAt: day(9),
            attempt: .ended(number: 1, status: 503, duration: .zero, outcome: "transient"),
            receipt: Receipt(kind: "answer", reference: "", verdict: "transient", status: 503, answer: Array("busy".utf8)))
        failed.at = day(2)
        _ = try await store.apply([lease, failed])
        _ = try await deliver(store, on: day(3))
        let outcome = try await store.destroyKeys(order(before: day(4), at: day(4)))
        #expect(outcome.keptDays == [day(0), day(1), day(2)] && outcome.days == [day(3)])
        await store.close()
    }

    @Test("leaves no wrapped key in the files")
    func overwritten() async throws {
        let folder = try TemporaryFolder()
        let store = try EncryptionTests.open(folder, .test())
        _ = try await deliver(store, on: day(0))
        let wrapped = try #require(try RawDatabase(folder.store).texts("SELECT hex(wrapped) FROM data_key").first)
        let bytes = try #require(Hex.decode(wrapped.utf8))
        func isThere() -> Bool {
            ["", "-wal"].contains { suffix in
                let content = (try? FileBytes.read(folder.store + suffix, limit: 1 << 26).get()) ?? []
                return content.indices.contains { content[$0] == bytes[0] && content[$0...].starts(with: bytes) }
            }
        }
        #expect(isThere())
        _ = try await store.destroyKeys(order(before: day(1), at: day(1)))
        await store.close()
        #expect(!isThere())
    }

    @Test("refuses days that are not over, and a reason over its limit")
    func refusals() async throws {
        let folder = try TemporaryFolder()
        let store = try EncryptionTests.open(folder, .test())
        _ = try await deliver(store, on: day(0))
        await #expect(throws: GatewayError(.usage)) { try await store.destroyKeys(order(before: day(2), at: day(1))) }
        let wordy = KeyDestructionOrder(
            before: day(1), actor: "uid:0", reason: String(repeating: "a", count: StoreLimits.reasonBytes + 1), at: day(1))
        await #expect(throws: GatewayError(.usage)) { try await store.destroyKeys(wordy) }
        #expect(try RawDatabase(folder.store).texts("SELECT count(*) FROM data_key WHERE wrapped IS NOT NULL") == ["1"])
        await store.close()
    }

    @Test("says when payloads of these days were never encrypted")
    func plain() async throws {
        let folder = try TemporaryFolder()
        let before = try SQLiteStore.open(path: folder.store)
        _ = try await deliver(before, on: day(0))
        let nothing = try await before.destroyKeys(order(before: day(1), at: day(1)))
        #expect(nothing.keys == 0 && nothing.hasPlainPayloads)
        await before.close()
        let store = try EncryptionTests.open(folder, .test())
        _ = try await deliver(store, on: day(1))
        #expect(try await store.destroyKeys(order(before: day(2), at: day(2))).hasPlainPayloads)
        #expect(try await store.destroyKeys(order(before: day(0), at: day(2))).hasPlainPayloads == false)
        await store.close()
    }
}
