import Cryptography
import ExchangeModel
import Store
import Testing

@Suite("Evidence, whatever the store")
struct EvidenceTests {
    let samples = Samples()

    @Test("each digest is SM3 over the previous one, sequence, time and content", arguments: StoreKind.allCases)
    func chain(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let intake = samples.intake()
            let delivery = try await store.commit(intake)[0]
            _ = try await store.apply([samples.lease(delivery)])
            try await store.record(samples.evidence("stopped", at: Samples.start + .seconds(9)))
            let rows = try await store.evidence(from: 1, limit: 10)
            #expect(rows.map(\.sequence) == [1, 2, 3])
            #expect(rows.map(\.messageID) == [intake.id, intake.id, nil])
            #expect(rows[0].content == intake.evidence.content)
            #expect(rows[2].at == Samples.start + .seconds(9))
            var previous = [UInt8](repeating: 0, count: 32)
            for row in rows {
                var bytes = previous
                for number in [row.sequence, row.at.milliseconds] {
                    bytes += (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * Int64($0))) }
                }
                #expect(row.digest == SM3.digest(bytes + row.content))
                previous = row.digest
            }
            let verdict = try await store.verifyEvidence()
            #expect(verdict.rows == 3 && verdict.lastDigest == previous && verdict.firstBroken == nil)
            #expect(try await store.evidence(from: 2, limit: 1).map(\.sequence) == [2])
        }
    }

    @Test("an empty chain holds", arguments: StoreKind.allCases)
    func empty(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let verdict = try await store.verifyEvidence()
            #expect(verdict.rows == 0 && verdict.firstBroken == nil)
            #expect(verdict.lastDigest == [UInt8](repeating: 0, count: 32))
        }
    }

    @Test("a row over its limit is refused and the chain goes on", arguments: StoreKind.allCases)
    func limit(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let large = EvidenceEntry(
                at: Samples.start, messageID: nil, content: [UInt8](repeating: 0x20, count: StoreLimits.evidenceBytes + 1))
            await #expect(throws: GatewayError.self) { try await store.record(large) }
            try await store.record(samples.evidence("after"))
            #expect(try await store.verifyEvidence().rows == 1)
            #expect(try await store.verifyEvidence().firstBroken == nil)
        }
    }

    @Test("a chain longer than one part of the check is checked whole", arguments: StoreKind.allCases)
    func long(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let count = StoreLimits.evidenceRowsPerCheck + 7
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<count { group.addTask { try await store.record(samples.evidence("row \(number)")) } }
                try await group.waitForAll()
            }
            let verdict = try await store.verifyEvidence()
            #expect(verdict.rows == Int64(count) && verdict.firstBroken == nil)
        }
    }
}
