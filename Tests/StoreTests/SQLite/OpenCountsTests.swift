import ExchangeModel
import GRDB
import Testing

@testable import Store

@Suite("Counts of open deliveries that the committing thread keeps")
struct OpenCountsTests {
    typealias Key = OpenCounts.Key
    let samples = Samples()

    @Test("commits beside the reading are added, and those that the snapshot had are not added again")
    func snapshot() {
        let counts = OpenCounts()
        counts.committed([.init(destination: "one", from: nil, to: "pending")], version: 1)
        #expect(counts.known == nil)
        #expect(counts.beginReading())
        #expect(!counts.beginReading())
        counts.committed([.init(destination: "one", from: nil, to: "pending")], version: 2)
        counts.committed([.init(destination: "one", from: "pending", to: "inFlight")], version: 3)
        // The snapshot has version 2: two are pending.
        let now = counts.endReading([Key(destination: "one", state: "pending"): 2], version: 2)
        let expected = [Key(destination: "one", state: "pending"): 1, Key(destination: "one", state: "inFlight"): 1]
        #expect(now == expected)
        #expect(counts.known == expected)
        // A commit that is told after the reading, and was in it.
        counts.committed([.init(destination: "one", from: "pending", to: nil)], version: 3)
        #expect(counts.known == expected)
        counts.committed([.init(destination: "one", from: "inFlight", to: nil)], version: 4)
        #expect(counts.known == [Key(destination: "one", state: "pending"): 1])
    }

    @Test("a reading that failed is made again")
    func abandoned() {
        let counts = OpenCounts()
        #expect(counts.beginReading())
        counts.abandonReading()
        #expect(counts.known == nil)
        #expect(counts.beginReading())
    }

    @Test("after any changes the kept counts are those of the rows")
    func sameAsRows() async throws {
        try await withStore(.sqlite) { store async throws in
            let sqlite = try #require(store as? SQLiteStore)
            var open: [OpenDelivery] = []
            for number in 0..<40 {
                open += try await store.commit(
                    samples.intake(
                        body: "\(number)", orderingKey: "\(number)", destinations: number % 3 == 0 ? ["a", "b"] : ["b"]))
                // Asked in the middle: from here on the committing thread counts.
                if number == 10 { _ = try await store.outboxCounts() }
            }
            for (index, delivery) in open.enumerated() {
                switch index % 5 {
                case 0: _ = try await store.apply([samples.lease(delivery)])
                case 1: _ = try await store.apply([samples.change(delivery, fence: 0, to: .cancelled)])
                case 2: _ = try await store.apply([samples.change(delivery, fence: 0, to: .dead)])
                case 3:
                    _ = try await store.apply([samples.change(delivery, fence: 9, to: .dead)])
                    // Refused by the store, and rolled back.
                    await #expect(throws: GatewayError.self) {
                        try await store.apply([
                            samples.change(delivery, fence: 0, to: .dead), samples.change(delivery, fence: 0, to: .inFlight),
                        ])
                    }
                default: break
                }
            }
            let rows = try await sqlite.pool.read { try DeliveryQueries.counts($0) }
            let kept = try await store.outboxCounts()
            #expect(
                Dictionary(uniqueKeysWithValues: kept.map { (Key(destination: $0.destination, state: $0.state), $0.count) })
                    == rows)
            #expect(kept.count == 6, "\(kept)")
        }
    }
}
