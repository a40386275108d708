import ExchangeModel
import Store
import Testing

@Suite("Stored bytes, whatever the store")
struct PayloadTests {
    let samples = Samples()

    @Test("are read back by message and by delivery, with their type and versions", arguments: StoreKind.allCases)
    func read(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let intake = samples.intake(body: "<NOTICE>一</NOTICE>", destinations: ["province", "city"])
            let deliveries = try await store.commit(intake)
            _ = try await store.apply([samples.lease(deliveries[1])])
            for owner in [PayloadOwner.message(intake.id), .delivery(deliveries[0].id), .delivery(deliveries[1].id)] {
                let received = try #require(try await store.payload(.received, of: owner))
                #expect(received.bytes == intake.payload && received.state == .readable)
                #expect(received.contentType == "application/xml" && received.message == intake.id && received.kind == .received)
                let canonical = try #require(try await store.payload(.canonical, of: owner))
                #expect(canonical.bytes == intake.canonical && canonical.versions == Samples.versions)
            }
            let frozen = try #require(try await store.payload(.frozen, of: .delivery(deliveries[1].id)))
            #expect(frozen.bytes == samples.form().bytes && frozen.versions == samples.form().versions)
            #expect(try await store.payload(.frozen, of: .delivery(deliveries[0].id)) == nil, "not frozen yet")
            #expect(try await store.payload(.frozen, of: .message(intake.id)) == nil)
            #expect(try await store.payload(.received, of: .message(samples.id())) == nil)
            #expect(try await store.payload(.received, of: .delivery(samples.id())) == nil)
        }
    }

    @Test("of a refused input are there unless nobody was let in", arguments: StoreKind.allCases)
    func refused(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let (kept, turnedAway) = (samples.refusal(findings: []), samples.refusal(payload: nil, findings: []))
            try await store.refuse(kept)
            try await store.refuse(turnedAway)
            #expect(try await store.payload(.received, of: .message(kept.id))?.bytes == Array("<BROKEN".utf8))
            #expect(try await store.payload(.canonical, of: .message(kept.id)) == nil)
            #expect(try await store.payload(.received, of: .message(turnedAway.id)) == nil)
        }
    }

    @Test("empty ones stay empty, large ones whole", arguments: StoreKind.allCases)
    func sizes(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            for body in ["", String(repeating: "文", count: 100_000)] {
                let intake = samples.intake(body: body)
                _ = try await store.commit(intake)
                #expect(try await store.payload(.received, of: .message(intake.id))?.bytes == intake.payload)
            }
        }
    }
}
