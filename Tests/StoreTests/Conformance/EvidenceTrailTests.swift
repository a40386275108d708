import ExchangeModel
import Store
import Testing

@Suite("The evidence of one message, whatever the store")
struct EvidenceTrailTests {
    let samples = Samples()

    @Test("is every row of it and its deliveries, in order, and no other", arguments: StoreKind.allCases)
    func trail(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let (intake, other) = (samples.intake(destinations: ["province", "city"]), samples.intake())
            let deliveries = try await store.commit(intake)  // 1
            let others = try await store.commit(other)  // 2
            // 3, 4, 5
            _ = try await store.apply([samples.lease(deliveries[0]), samples.lease(others[0]), samples.lease(deliveries[1])])
            try await store.record(samples.evidence("read", message: intake.id))  // 6
            try await store.record(samples.evidence("started"))  // 7
            _ = try await store.apply([samples.delivered(deliveries[0]), samples.delivered(others[0])])  // 8 9
            try await store.record(samples.evidence("read", message: intake.id))  // 10
            _ = try await store.apply([samples.delivered(deliveries[1])])  // 11
            #expect(try await store.evidence(ofMessage: intake.id).map(\.sequence) == [1, 3, 5, 6, 8, 10, 11])
            #expect(try await store.evidence(ofMessage: other.id).map(\.sequence) == [2, 4, 9])
            let whole = try await store.evidence(from: 1, limit: 100)
            for row in try await store.evidence(ofMessage: intake.id) {
                #expect(whole[Int(row.sequence) - 1].digest == row.digest)
                #expect(whole[Int(row.sequence) - 1].content == row.content)
            }
            #expect(try await store.verifyEvidence().firstBroken == nil)
        }
    }

    @Test("of a refused input is its refusal, of an unknown id nothing", arguments: StoreKind.allCases)
    func small(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let refusal = samples.refusal(findings: [])
            try await store.refuse(refusal)
            try await store.record(samples.evidence("read", message: refusal.id))
            #expect(try await store.evidence(ofMessage: refusal.id).map(\.sequence) == [1, 2])
            #expect(try await store.evidence(ofMessage: samples.id()).isEmpty)
            // A row that names a message which is not there stands in the chain all the same.
            try await store.record(samples.evidence("read", message: samples.id()))
            #expect(try await store.evidence(from: 1, limit: 9).count == 3)
        }
    }

    @Test("is whole over many attempts and a change that came too late", arguments: StoreKind.allCases)
    func attempts(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let intake = samples.intake()
            let delivery = try await store.commit(intake)[0]
            for attempt in 1...50 {
                var leased = delivery
                leased.fence = Int64(attempt - 1)
                _ = try await store.apply([samples.lease(leased, attempt: attempt, freeze: attempt == 1)])
                _ = try await store.apply([
                    samples.change(
                        delivery, fence: Int64(attempt), to: .retryWait, dueAt: Samples.start,
                        attempt: .ended(number: attempt, status: 503, duration: .zero, outcome: "transient"))
                ])
                let late = try await store.apply([samples.lease(delivery, attempt: attempt, freeze: false)])
                #expect(late == [.stale])
            }
            #expect(try await store.evidence(ofMessage: intake.id).map(\.sequence) == Array(1...101))
        }
    }

    @Test("the head is the last row", arguments: StoreKind.allCases)
    func head(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            #expect(try await store.evidenceHead() == .empty)
            for number in 1...3 { try await store.record(samples.evidence("\(number)")) }
            let verdict = try await store.verifyEvidence()
            #expect(try await store.evidenceHead() == EvidenceHead(sequence: 3, digest: verdict.lastDigest))
        }
    }
}
