import ExchangeModel
import Store
import Testing

@Suite("What a store says of its own size")
struct UsageTests {
    let samples = Samples()

    @Test("open and ended deliveries are counted with the commits, and anew at the opening", arguments: StoreKind.allCases)
    func counts(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        var store = try kind.open(folder)
        #expect(try await store.usage().openDeliveries == 0)
        let first = try await store.commit(samples.intake(body: "1", destinations: ["province", "credit"]))
        _ = try await store.commit(samples.intake(body: "2"))
        _ = try await store.commit(samples.intake(body: "3", destinations: []))
        #expect(try await store.usage().openDeliveries == 3)
        _ = try await store.apply([samples.lease(first[0])])
        #expect(try await store.usage().openDeliveries == 3)
        _ = try await store.apply([samples.delivered(first[0])])
        // A change that comes too late changes nothing here either.
        #expect(try await store.apply([samples.delivered(first[0])]) == [.stale])
        var usage = try await store.usage()
        #expect(usage.openDeliveries == 2 && usage.endedDeliveries == 1)
        await store.close()
        store = try kind.open(folder)
        usage = try await store.usage()
        #expect(usage.openDeliveries == 2 && usage.endedDeliveries == 0)
        await store.close()
    }

    @Test("a write that fails counts nothing", arguments: StoreKind.allCases)
    func failure(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let open = try await store.commit(samples.intake())[0]
            var broken = samples.intake(body: "broken")
            broken.deliveries[0].state = .delivered
            await #expect(throws: GatewayError.self) { try await store.accept(broken) }
            let half = [samples.delivered(open, fence: 0)]  // no attempt has begun
            await #expect(throws: GatewayError.self) { try await store.apply(half) }
            let usage = try await store.usage()
            #expect(usage.openDeliveries == 1 && usage.endedDeliveries == 0)
        }
    }

    @Test("the octets grow with what is kept, and those of the disk are there", arguments: StoreKind.allCases)
    func bytes(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let before = try await store.usage()
            #expect(before.usedBytes > 0 && before.freeBytes > 0)
            _ = try await store.commit(samples.intake(body: String(repeating: "x", count: 300_000)))
            #expect(try await store.usage().usedBytes >= before.usedBytes + 600_000)
        }
    }
}
