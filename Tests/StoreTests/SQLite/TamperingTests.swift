import ExchangeModel
import Store
import Testing

@Suite("Tampering with the chain of evidence in the file")
struct TamperingTests {
    let samples = Samples()

    /// What other hands do to a chain of ten rows, and the first row that must be found broken.
    struct Deed: CustomTestStringConvertible {
        let testDescription: String
        let sql: String
        let broken: Int64
    }

    static let deeds = [
        Deed(
            testDescription: "content changed", sql: "UPDATE evidence SET content = CAST('{}' AS BLOB) WHERE seq = 4", broken: 4),
        Deed(testDescription: "time changed", sql: "UPDATE evidence SET at = at + 1 WHERE seq = 1", broken: 1),
        Deed(testDescription: "digest changed", sql: "UPDATE evidence SET digest = zeroblob(32) WHERE seq = 10", broken: 10),
        Deed(testDescription: "row removed", sql: "DELETE FROM evidence WHERE seq = 5", broken: 6),
        Deed(testDescription: "first row removed", sql: "DELETE FROM evidence WHERE seq = 1", broken: 2),
        Deed(
            testDescription: "row removed and the rest renumbered",
            sql:
                "DELETE FROM evidence WHERE seq = 5; UPDATE evidence SET seq = -seq WHERE seq > 5; UPDATE evidence SET seq = -seq - 1 WHERE seq < 0",
            broken: 5),
        Deed(
            testDescription: "rows swapped",
            sql:
                "UPDATE evidence SET seq = 0 WHERE seq = 3; UPDATE evidence SET seq = 3 WHERE seq = 7; UPDATE evidence SET seq = 7 WHERE seq = 0",
            broken: 3),
        Deed(
            testDescription: "row put in before",
            sql: "INSERT INTO evidence SELECT 0, at, message, content, digest, previous FROM evidence WHERE seq = 1", broken: 0),
        Deed(
            testDescription: "row put in behind",
            sql: "INSERT INTO evidence SELECT 11, at, message, content, digest, previous FROM evidence WHERE seq = 10", broken: 11
        ),
        Deed(testDescription: "digest cut", sql: "UPDATE evidence SET digest = substr(digest, 1, 31) WHERE seq = 2", broken: 2),
    ]

    @Test("is found at the first row that does not fit", arguments: deeds)
    func found(_ deed: Deed) async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(path: folder.store)
        for number in 1...10 { try await store.record(samples.evidence("row \(number)")) }
        #expect(try await store.verifyEvidence().firstBroken == nil)
        try RawDatabase(folder.store).run(deed.sql)
        let verdict = try await store.verifyEvidence()
        #expect(verdict.firstBroken?.sequence == deed.broken)
        #expect(verdict.firstBroken?.reason.isEmpty == false)
        await store.close()
        let beside = try SQLiteStoreReader.open(path: folder.store)
        #expect(try await beside.verifyEvidence().firstBroken?.sequence == deed.broken)
    }

    @Test("rows cut off at the end show by the digest that was written down before")
    func truncated() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(path: folder.store)
        for number in 1...10 { try await store.record(samples.evidence("row \(number)")) }
        let before = try await store.verifyEvidence()
        try RawDatabase(folder.store).run("DELETE FROM evidence WHERE seq > 8")
        let after = try await store.verifyEvidence()
        #expect(after.rows == 8 && after.lastDigest != before.lastDigest)
        await store.close()
    }
}
