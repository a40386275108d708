import Dispatch
import ExchangeModel
import GRDB
import Synchronization
import Testing

@testable import Store

@Suite("A SQLite store without room")
struct FullDiskTests {
    let samples = Samples()

    /// SQLite's own limit on the number of pages gives the same answer as a full file system, at a known place.
    private func limit(_ store: SQLiteStore, pages: Int) throws {
        try store.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = \(pages)") }
    }

    @Test("refuses with storeFull, harms nothing it accepted, and heals when space returns")
    func heals() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(path: folder.store)
        let first = samples.intake(body: "first")
        let delivery = try await store.commit(first)[0]
        try limit(store, pages: 1)  // SQLite takes the present size when the limit is below it

        let large = String(repeating: "x", count: 200_000)
        await #expect(throws: full) { try await store.accept(self.samples.intake(key: "k", body: large)) }
        let results = await withTaskGroup(of: GatewayError.Code?.self) { group in
            for number in 0..<50 {
                let intake = samples.intake(body: "\(number)" + large)
                group.addTask {
                    do {
                        _ = try await store.accept(intake)
                        return nil
                    } catch {
                        return (error as? GatewayError)?.code
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.allSatisfy { $0 == .storeFull })
        #expect(try await store.message(first.id)?.state == .accepted)
        #expect(try await store.boundMessage(sender: "system-a", channel: "notices", idempotencyKey: "k") == nil)
        #expect(try await store.outboxCounts().map(\.count) == [1])
        // What needs no new page still succeeds: a verdict is not lost to a full disk.
        #expect(try await store.apply([samples.change(delivery, fence: 0, to: .delivered)]) == [.applied(fence: 0)])

        try limit(store, pages: 1_000_000)
        _ = try await store.commit(samples.intake(key: "k", body: large))
        #expect(try await store.verifyEvidence().rows == 3)
        #expect(try await store.verifyEvidence().firstBroken == nil)
        await store.close()
    }

    @Test("an error of a full store is retryable and says what to do")
    func message() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(path: folder.store)
        try limit(store, pages: 1)
        let intake = samples.intake(body: String(repeating: "x", count: 200_000))
        let error = await #expect(throws: GatewayError.self) { try await store.accept(intake) }
        #expect(error?.code.isRetryable == true && error?.code.exitCode == 74)
        #expect(error?.subject == folder.store && error?.remedy.contains("free space") == true)
        #expect(error?.description.contains("xxx") == false)
        await store.close()
    }

    @Test("too many waiting writes are refused with a retryable error")
    func queueLimit() async throws {
        let folder = try TemporaryFolder()
        var options = SQLiteStoreOptions()
        options.queuedWrites = 4
        let store = try SQLiteStore.open(path: folder.store, options: options)
        // The write connection is held until so many were refused: four wait, and the committing thread has at most four.
        let release = DispatchSemaphore(value: 0)
        let refusals = Refusals()
        let results = await withTaskGroup(of: GatewayError.Code?.self) { group in
            await withCheckedContinuation { held in
                group.addTask {
                    try? await store.pool.writeWithoutTransaction { _ in
                        held.resume()
                        release.wait()
                    }
                    return nil
                }
            }
            for number in 0..<40 {
                let intake = samples.intake(body: "\(number)")
                group.addTask {
                    do {
                        _ = try await store.accept(intake)
                        return nil
                    } catch {
                        if refusals.next() == 32 { release.signal() }
                        return (error as? GatewayError)?.code
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let refused = results.compactMap { $0 }
        #expect(refused.count >= 32 && refused.allSatisfy { $0 == .temporary && $0.isRetryable })
        #expect(try await store.outboxCounts().map(\.count) == [40 - refused.count])
        await store.close()
    }

    /// Counts from 1.
    private final class Refusals: Sendable {
        private let count = Mutex(0)
        func next() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }

    private var full: GatewayError { GatewayError(.storeFull, attempted: "", subject: "", happened: "", remedy: "") }
}
