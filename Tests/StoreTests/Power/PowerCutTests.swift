import ExchangeModel
import GRDBSQLite
import GatewayTesting
import Testing

@testable import Store

/// The promise of an acknowledgement, on a disk that loses or tears whatever was not synced.
///
/// `TENDERBRIDGE_SEED` replays a life; `TENDERBRIDGE_CUTS` says how many cuts there are (40). A life with one caller is the
/// same on each run; with several their turns differ.
@Suite("A SQLite store whose disk fails")
struct PowerCutTests {
    /// Cuts in the life of one store.
    static let cutsPerLife = 5

    @Test("after power cuts at any moment: what was confirmed is there, wholly; nothing is there by half")
    func cuts() async throws {
        let lives = (Rounds.cuts(40) + Self.cutsPerLife - 1) / Self.cutsPerLife
        let seed = TestSeed.choose()
        var sum = Tally()
        for life in 0..<lives { sum.add(try await self.life(seed: seed &+ UInt64(life))) }
        print("power cuts: seed \(seed), \(lives) lives, \(sum)")
        // Otherwise the disk was no test: it lost nothing that could be lost, or nothing was confirmed.
        #expect(sum.damaged > 0 && sum.confirmed > lives)
    }

    /// What the lives were like, for the log.
    struct Tally: CustomStringConvertible {
        var cuts = 0, confirmed = 0, unsynced = 0, damaged = 0, failures = 0

        mutating func add(_ other: Tally) {
            cuts += other.cuts
            confirmed += other.confirmed
            unsynced += other.unsynced
            damaged += other.damaged
            failures += other.failures
        }

        var description: String {
            "\(cuts) cuts, \(confirmed) confirmed calls, \(unsynced) writes found unsynced, \(damaged) of them lost or torn, "
                + "\(failures) operations made to fail before"
        }
    }

    /// One store that loses power again and again; each time it goes on with what the disk held.
    private func life(seed: UInt64) async throws -> Tally {
        var random = SeededRandom(seed: seed)
        let ledger = Ledger()
        let samples = Samples()
        var folder = try TemporaryFolder()
        var tally = Tally()
        for cut in 0..<Self.cutsPerLife {
            let disk = try FaultDisk(seed: random.next())
            let loss = FaultDisk.Loss.allCases.randomElement(using: &random) ?? .all
            let callers = random.chance(50) ? 1 : 6
            // Mostly under load, now and then while the store is being opened.
            let moment = Int.random(in: 1...(1 << Int.random(in: 4...13, using: &random)), using: &random)
            let comment: Comment = "seed \(seed), cut \(cut) at operation \(moment), \(callers) callers, losing \(loss)"
            if random.chance(40) {
                let fault = FaultDisk.Fault.allCases.randomElement(using: &random) ?? .write
                disk.fail(fault, first: Int.random(in: 100...600, using: &random), count: Int.random(in: 1...4, using: &random))
            }
            disk.cut(at: moment, loss)
            let options = disk.options(checkpointPages: Int.random(in: 4...300, using: &random))
            if let store = try? SQLiteStore.open(path: folder.store, options: options) {
                await work(store, on: disk, ledger, samples, callers: callers, name: "\(cut)", seed: random.next())
                if random.chance(20) { await store.close() }  // the cut may come while it closes
                disk.cutNow(loss)
                await store.close()
            }
            disk.cutNow(loss)
            tally.add(Tally(cuts: 1, unsynced: disk.unsynced, damaged: disk.damaged, failures: disk.failures))
            folder = try disk.remains()

            // Looked at in a copy, so that the next life begins with what the cut left, and not with what was mended since.
            let copy = try disk.remains()
            let after = try SQLiteStore.open(path: copy.store)
            try await ledger.verify(after, comment)
            _ = try await after.commit(samples.intake(body: "<AFTER/>"))
            #expect(try await after.verifyEvidence().firstBroken == nil, comment)
            await after.close()
        }
        tally.confirmed = ledger.confirmed
        return tally
    }

    private func work(
        _ store: SQLiteStore, on disk: FaultDisk, _ ledger: Ledger, _ samples: Samples, callers: Int, name: String, seed: UInt64
    ) async {
        await withTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    var work = StoreWorkload(
                        store, ledger: ledger, samples: samples, name: "\(name)-\(caller)", seed: seed &+ UInt64(caller),
                        failuresAreDoubtful: true)
                    await work.run(180 / callers) { disk.isCut }
                }
            }
        }
    }

    @Test("writes and syncs that fail for a while: each call is there or was refused, and the store heals by itself")
    func failingWrites() async throws {
        let seed = TestSeed.choose()
        print("failing writes: seed \(seed)")
        var failures = 0
        for round in 0..<(Rounds.cuts(40) / 5) {
            var random = SeededRandom(seed: seed &+ UInt64(round))
            let comment: Comment = "seed \(seed &+ UInt64(round))"
            let folder = try TemporaryFolder()
            let disk = try FaultDisk(seed: random.next())
            let ledger = Ledger()
            let samples = Samples()
            let store = try SQLiteStore.open(
                path: folder.store, options: disk.options(checkpointPages: Int.random(in: 4...300, using: &random)))
            for trouble in 0..<6 {
                let fault = FaultDisk.Fault.allCases.randomElement(using: &random) ?? .write
                disk.fail(fault, first: Int.random(in: 1...60, using: &random), count: Int.random(in: 1...40, using: &random))
                var work = StoreWorkload(
                    store, ledger: ledger, samples: samples, name: "\(trouble)", seed: random.next(), failuresAreDoubtful: false)
                await work.run(12)
                disk.heal()
                // Nobody restarts it.
                let intake = samples.intake(body: "<HEALED/>")
                let number = ledger.begin(.accept(intake))
                ledger.confirm(number, opened: try await store.commit(intake))
                try await ledger.verify(store, comment)
            }
            failures += disk.failures
            await store.close()
            let again = try SQLiteStore.open(path: folder.store)
            try await ledger.verify(again, comment)
            await again.close()
        }
        // A single life may end before its faults were due.
        #expect(failures > 0)
    }

    /// The test of the test: this disk takes away what a program did not sync, and nothing else.
    @Test("the disk itself: a commit without a sync is lost at the cut, one with a sync stays", arguments: ["OFF", "FULL"])
    func unsynced(_ mode: String) throws {
        let folder = try TemporaryFolder()
        let disk = try FaultDisk(seed: 1)
        do {
            let database = try RawDatabase("file:\(folder.store)?vfs=\(disk.name)", flags: SQLITE_OPEN_URI | SQLITE_OPEN_CREATE)
            for sql in ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "CREATE TABLE note (text)"] {
                try database.run(sql)
            }
            try database.run("PRAGMA synchronous = \(mode)")
            try database.run("INSERT INTO note VALUES ('here')")
            disk.cutNow(.all)
            #expect(throws: RawDatabase.Failure.self) { try database.run("INSERT INTO note VALUES ('later')") }
        }
        let remains = try disk.remains()
        #expect(try RawDatabase(remains.store).texts("SELECT text FROM note") == (mode == "FULL" ? ["here"] : []))
    }
}

/// How much is done, from the environment.
enum Rounds {
    static func cuts(_ usual: Int) -> Int { TestSeed.number("TENDERBRIDGE_CUTS") ?? usual }
}
