import ExchangeModel
import Store
import Synchronization
import Testing

@Suite("Many callers, closing and opening again, whatever the store")
struct LifeTests {
    let samples = Samples()

    @Test("hundreds of callers share transactions, and each gets its own answer", arguments: StoreKind.allCases)
    func concurrency(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let batches = Mutex<[Int]>([])
        let store = try kind.open(folder) { stage in
            if case .afterCommit(let writes) = stage { batches.withLock { $0.append(writes) } }
        }
        let heard = Mutex<[Int64]>([])
        store.observeCommits { deliveries in heard.withLock { $0 += deliveries.map(\.sequence) } }
        let outcomes = try await withThrowingTaskGroup(of: (replayed: Bool, id: MessageID).self) { group in
            for number in 0..<400 {
                // Every key comes twice, with the same body.
                let intake = samples.intake(key: "k\(number / 2)", body: "\(number / 2)", orderingKey: "\(number % 7)")
                group.addTask {
                    switch try await store.accept(intake) {
                    case .committed: (false, intake.id)
                    case .replayed(let bound), .conflict(let bound): (true, bound.id)
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { !$0.replayed } == 200)
        #expect(Set(outcomes.map(\.id)).count == 200)
        let open = try await store.openDeliveries(destination: "province", after: 0, limit: 1000)
        #expect(open.count == 200)
        // The notice names every new delivery once, in the order of the commits.
        #expect(heard.withLock { $0 } == open.map(\.sequence))

        let fences = try await withThrowingTaskGroup(of: [ChangeOutcome].self) { group in
            for delivery in open {
                for owner in ["life-1", "life-2"] {
                    group.addTask { try await store.apply([samples.lease(delivery, owner: owner)]) }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(fences.count { $0 == .applied(fence: 1) } == 200)
        #expect(fences.count { $0 == .stale } == 200)
        #expect(try await store.verifyEvidence().rows == 400)
        #expect(try await store.verifyEvidence().firstBroken == nil)
        await store.close()
        #expect(batches.withLock { $0.contains { $0 > 1 } })
        #expect(batches.withLock { $0.reduce(0, +) } == 800)
    }

    @Test("one write that fails does not spoil those beside it", arguments: StoreKind.allCases)
    func neighbours(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let delivery = try await store.commit(samples.intake())[0]
            let results = await withTaskGroup(of: Bool?.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        if number % 10 == 3 {
                            var change = samples.lease(delivery)
                            change.sequence = 9_999_999
                            let failed = (try? await store.apply([change])) == nil
                            return failed ? nil : false
                        }
                        return (try? await store.accept(samples.intake(body: "\(number)"))) != nil
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.count { $0 == nil } == 20)
            #expect(results.count { $0 == true } == 180)
            #expect(try await store.outboxCounts().map(\.count) == [181])
            #expect(try await store.verifyEvidence().rows == 181)
            #expect(try await store.verifyEvidence().firstBroken == nil)
        }
    }

    @Test("everything is there after closing and opening, and numbers go on", arguments: StoreKind.allCases)
    func reopen(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        var store = try kind.open(folder)
        let first = samples.intake(key: "k")
        let delivery = try await store.commit(first)[0]
        _ = try await store.apply([samples.lease(delivery)])
        let digest = try await store.verifyEvidence().lastDigest
        await store.close()

        store = try kind.open(folder)
        #expect(try await store.verifyEvidence().lastDigest == digest)
        guard case .replayed(let bound) = try await store.accept(samples.intake(key: "k")) else {
            Issue.record("the key was forgotten")
            return
        }
        #expect(bound.id == first.id)
        let second = try await store.commit(samples.intake(body: "<NEXT/>"))[0]
        #expect(second.sequence > delivery.sequence)
        #expect(second.lane == delivery.lane)
        #expect(try await store.strandedDeliveries(owner: "life-2").map(\.id) == [delivery.id])
        #expect(try await store.apply([samples.delivered(delivery)]) == [.applied(fence: 1)])
        #expect(try await store.verifyEvidence().rows == 4)
        #expect(try await store.verifyEvidence().firstBroken == nil)
        await store.close()
    }

    @Test("a store that is dropped without closing has what it acknowledged", arguments: StoreKind.allCases)
    func dropped(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let intake = samples.intake()
        func use() async throws {
            let store = try kind.open(folder)
            _ = try await store.commit(intake)
        }
        try await use()
        // Opening waits for the dropped store to give its lock back.
        let store = try kind.open(folder)
        #expect(try await store.message(intake.id)?.state == .accepted)
        #expect(try await store.verifyEvidence().rows == 1)
        await store.close()
    }

    @Test("closing writes what waits, and later calls are told so", arguments: StoreKind.allCases)
    func closing(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.open(folder)
        let written = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                let intake = samples.intake(body: "\(number)")
                group.addTask {
                    do {
                        return if case .committed = try await store.accept(intake) { true } else { false }
                    } catch let error as GatewayError where error.code == .stopping {
                        return false
                    }
                }
            }
            group.addTask {
                await store.close()
                return false
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        await store.close()
        await #expect(throws: stopping) { try await store.accept(self.samples.intake()) }
        await #expect(throws: stopping) { try await store.record(self.samples.evidence("late")) }
        await #expect(throws: stopping) { try await store.outboxCounts() }
        await #expect(throws: stopping) { try await store.verifyEvidence() }

        let again = try kind.open(folder)
        #expect(try await again.outboxCounts().reduce(0) { $0 + $1.count } == written)
        #expect(try await again.verifyEvidence().rows == Int64(written))
        await again.close()
    }

    private var stopping: GatewayError { GatewayError(.stopping, attempted: "", subject: "", happened: "", remedy: "") }
}
