import ExchangeModel
import GRDB
import GatewayTesting
import Testing

@testable import Store

/// Idempotency keys on their way from the appended table to the sorted one. Small thresholds let a few messages go all the way.
@Suite("Idempotency keys of a SQLite store")
struct KeyBindingsTests {
    let samples = Samples()

    private func open(_ path: String, recentKeys: Int) throws -> SQLiteStore {
        var options = SQLiteStoreOptions()
        options.recentKeys = recentKeys
        return try SQLiteStore.open(path: path, options: options)
    }

    private func intake(_ number: Int) -> Intake { samples.intake(key: "key-\(number)", body: "<NOTICE n='\(number)'/>") }

    private func rows(_ store: SQLiteStore) throws -> (recent: Int, sorted: Int) {
        try store.pool.read { database in
            (
                try Int.fetchOne(database, sql: "SELECT count(*) FROM idempotency_recent") ?? 0,
                try Int.fetchOne(database, sql: "SELECT count(*) FROM idempotency") ?? 0
            )
        }
    }

    @Test("a repeat is told from a new message wherever its key stands, also after a restart")
    func repeats() async throws {
        try await TemporaryDirectory.with("keys") { folder in
            let path = folder.file("store.sqlite")
            let count = 400
            var first: [MessageID] = []
            var store = try open(path, recentKeys: 40)
            for number in 0..<count {
                let intake = intake(number)
                first.append(intake.id)
                guard case .committed = try await store.accept(intake) else {
                    Issue.record("\(number) was known")
                    return
                }
            }
            let standing = try rows(store)
            #expect(standing.sorted > count / 2, "keys are sorted while messages come: \(standing)")
            #expect(standing.recent < count / 2, "what is sorted is cut off: \(standing)")
            #expect(standing.recent + standing.sorted >= count)
            for round in 0..<2 {
                for number in 0..<count {
                    guard case .replayed(let bound) = try await store.accept(intake(number)) else {

                        Issue.record("\(number) was not known in round \(round)")
                        return
                    }
                    #expect(bound.id == first[number])
                    let looked = try await store.boundMessage(
                        sender: "system-a", channel: "notices", idempotencyKey: "key-\(number)")
                    #expect(looked?.id == first[number])
                }
                await store.close()
                store = try open(path, recentKeys: 40)
            }
            await store.close()
        }
    }

    @Test("two repeats in one transaction: one is accepted")
    func together() async throws {
        try await TemporaryDirectory.with("keys") { folder in
            let store = try open(folder.file("store.sqlite"), recentKeys: 40)
            let accepted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        if case .committed = try await store.accept(intake(number % 10)) { return true }
                        return false
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(accepted == 10)
            await store.close()
        }
    }

    @Test("a transaction that is taken back leaves no key behind, also when a move began in it", arguments: [1, 5, 20, 21, 22])
    func rollback(before: Int) throws {
        let database = try DatabaseQueue()
        try database.writeWithoutTransaction { database in
            try SchemaVersion.raise(database, path: "store")
            let session = try WriteSession(
                database, path: "store", recentKeys: 20,
                dataKeys: try DataKeys(database, masters: [], path: "store", isOwner: true))
            func key(_ number: Int) -> [UInt8] { NarrowKey.idempotency(sender: "s", channel: "c", key: "\(number)") }
            func bind(_ numbers: Range<Int>, commits: Bool) throws {
                try session.begin()
                for number in numbers { #expect(try session.keys.bind(key(number), to: Int64(number)) == nil) }
                if commits {
                    try session.commit()
                } else {
                    try session.keys.moveSome()
                    session.rollBack()
                }
            }
            try bind(1..<1 + before, commits: true)
            try bind(100..<130, commits: false)
            // The numbers are given again to other messages; every key is free but those that were committed.
            try bind(1 + before..<80, commits: true)
            for number in 80..<200 { try bind(number..<number + 1, commits: true) }
            try session.begin()
            for number in 1..<200 { #expect(try session.keys.bind(key(number), to: 9_999) == Int64(number), "\(number)") }
            session.rollBack()
            let stale = try Int.fetchOne(database, sql: "SELECT count(*) FROM idempotency WHERE message >= 9999")
            #expect(stale == 0)
        }
    }
}
