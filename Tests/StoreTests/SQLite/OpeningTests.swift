import ExchangeModel
import GRDB
import Glibc
import Testing

@testable import Store

@Suite("Opening a SQLite store")
struct OpeningTests {
    let samples = Samples()

    @Test("creates folders and files for the daemon's user alone")
    func permissions() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/state/gateway/store.db"
        let store = try SQLiteStore.open(path: path)
        try await store.record(samples.evidence("started"))
        for (name, expected) in [
            ("/state", 0o700), ("/state/gateway", 0o700), ("/state/gateway/store.db", 0o600),
            ("/state/gateway/store.db-wal", 0o600),
            ("/state/gateway/store.db-shm", 0o600), ("/state/gateway/store.db.lock", 0o600),
        ] as [(String, mode_t)] {
            var status = stat()
            #expect(stat(folder.path + name, &status) == 0)
            #expect(status.st_mode & 0o777 == expected, "\(name)")
        }
        await store.close()
    }

    @Test("sets the pragmas that the promises rest on")
    func pragmas() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(path: folder.store)
        func pragma(_ name: String) throws -> String {
            try store.pool.writeWithoutTransaction {
                let statement = try PreparedStatement("PRAGMA \(name)", on: $0)
                defer { statement.reset() }
                return try statement.step() ? statement.text(0) : ""
            }
        }
        #expect(try pragma("synchronous") == "2")
        #expect(try pragma("journal_mode") == "wal")
        #expect(try pragma("page_size") == "8192")
        #expect(try pragma("foreign_keys") == "1")
        #expect(try pragma("busy_timeout") == "5000")
        #expect(try pragma("wal_autocheckpoint") == "2000")
        #expect(try pragma("application_id") == "1413632583")
        await store.close()
        // In the file itself.
        #expect(try RawDatabase(folder.store).texts("PRAGMA page_size") == ["8192"])
        #expect(
            try RawDatabase(folder.store).texts("SELECT value FROM setting WHERE name = 'schemaVersion'")
                == ["\(Migration.newest)"])
    }

    @Test("the tables are those of the design")
    func tables() async throws {
        let folder = try TemporaryFolder()
        await (try SQLiteStore.open(path: folder.store)).close()
        let tables = try RawDatabase(folder.store).texts("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        #expect(
            tables == [
                "attachment", "attachment_ref", "attachment_sender", "attempt", "channel_cursor", "data_key", "delivery",
                "early_receipt", "evidence", "hold", "idempotency",
                "idempotency_recent", "message", "payload", "receipt", "receipt_cursor", "refusal_finding", "setting", "stream",
                "stream_refusal", "upload",
            ])
    }

    @Test("a store of a newer program is refused, and says what to do")
    func newer() async throws {
        let folder = try TemporaryFolder()
        await (try SQLiteStore.open(path: folder.store)).close()
        try RawDatabase(folder.store).run("UPDATE setting SET value = '700' WHERE name = 'schemaVersion'")
        let error = try #require(throws: GatewayError.self) { try SQLiteStore.open(path: folder.store) }
        #expect(error.code == .storeNewer && error.code.exitCode == 74)
        #expect(error.description.contains("version 700") && error.remedy.contains("newer program"))
        #expect(throws: error) { try SQLiteStoreReader.open(path: folder.store) }
        // Nothing was changed by the attempt.
        #expect(try RawDatabase(folder.store).texts("SELECT value FROM setting WHERE name = 'schemaVersion'") == ["700"])
    }

    @Test("a store in use is refused and names the process, and is free after closing")
    func locked() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(path: folder.store)
        var options = SQLiteStoreOptions()
        options.lockWait = .zero
        let error = try #require(throws: GatewayError.self) { try SQLiteStore.open(path: folder.store, options: options) }
        #expect(error.code == .storeFailed && error.code.exitCode == 74)
        #expect(error.happened.contains("process \(getpid())") && !error.remedy.isEmpty)
        await store.close()
        await (try SQLiteStore.open(path: folder.store, options: options)).close()
    }

    @Test("a file that is no database, and one of another program, are refused untouched")
    func foreignFiles() throws {
        let folder = try TemporaryFolder()
        let text = folder.path + "/notes.txt"
        let file = open(text, O_CREAT | O_WRONLY, 0o600)
        let bytes = [UInt8](repeating: 0x41, count: 4096)
        #expect(write(file, bytes, bytes.count) == 4096)
        close(file)
        #expect(try #require(throws: GatewayError.self) { try SQLiteStore.open(path: text) }.code == .storeFailed)
        let other = folder.path + "/other.db"
        close(open(other, O_CREAT | O_WRONLY, 0o600))
        try RawDatabase(other).run("CREATE TABLE accounts (id)")
        let error = try #require(throws: GatewayError.self) { try SQLiteStore.open(path: other) }
        #expect(error.code == .storeFailed && error.happened.contains("another program"))
        #expect(try RawDatabase(other).texts("SELECT name FROM sqlite_schema WHERE type = 'table'") == ["accounts"])
    }

    @Test("a path that cannot be made is refused with the reason")
    func impossiblePath() throws {
        let folder = try TemporaryFolder()
        close(open(folder.path + "/file", O_CREAT | O_WRONLY, 0o600))
        let error = try #require(throws: GatewayError.self) { try SQLiteStore.open(path: folder.path + "/file/store.db") }
        #expect(error.code == .storeFailed && error.code.exitCode == 74 && error.remedy.contains("daemon's user"))
        #expect(throws: error) { try SQLiteStore.open(path: folder.path) }
    }

    /// Root may write anywhere, so a child process becomes another user first.
    @Test("a read-only folder and a read-only file are refused at the start with exit code 74")
    func readOnly() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            await (try SQLiteStore.open(path: folder.store)).close()
            #expect(chmod(folder.store, 0o444) == 0)
            let empty = folder.path + "/empty"
            #expect(mkdir(empty, 0o555) == 0)
            #expect(chmod(folder.path, 0o555) == 0)
            if geteuid() == 0 {
                #expect(seteuid(65534) == 0)
            }
            for path in [folder.store, empty + "/store.db", empty + "/below/store.db"] {
                let error = try #require(throws: GatewayError.self) { try SQLiteStore.open(path: path) }
                #expect(error.code == .storeFailed && error.code.exitCode == 74)
                #expect(error.remedy.contains("daemon's user"))
            }
            _ = seteuid(0)
            _ = chmod(folder.path, 0o755)
            _ = chmod(empty, 0o755)
        }
    }

    @Test("reading beside the owner needs no lock and changes nothing")
    func beside() async throws {
        let folder = try TemporaryFolder()
        #expect(try #require(throws: GatewayError.self) { try SQLiteStoreReader.open(path: folder.store) }.code == .notFound)
        let store = try SQLiteStore.open(path: folder.store)
        let intake = samples.intake()
        _ = try await store.commit(intake)
        let reader = try SQLiteStoreReader.open(path: folder.store)
        #expect(try await reader.verifyEvidence().rows == 1)
        #expect(try await reader.message(intake.id)?.state == .accepted)
        _ = try await store.commit(samples.intake(body: "<NEXT/>"))
        #expect(try await reader.verifyEvidence().rows == 2)
        #expect(try await reader.outboxCounts().map(\.count) == [2])
        #expect(try await reader.deliveries(DeliveryFilter()).count == 2)
        await store.close()
        #expect(try await reader.evidence(from: 1, limit: 5).count == 2)
    }
}
