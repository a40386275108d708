import ExchangeModel
import GRDB
import Testing

@testable import Store

@Suite("Migrations of a SQLite store")
struct MigrationTests {
    private func version(_ database: Database) throws -> Int { try SchemaVersion.read(database, path: "store") }

    @Test("are numbered from 1 without gaps")
    func numbers() {
        #expect(Migration.all.map(\.version) == Array(1...Migration.newest))
    }

    @Test("run once, in order, and only those that are missing")
    func order() throws {
        let queue = try DatabaseQueue()
        try queue.writeWithoutTransaction { (database: Database) throws in
            let second = Migration(version: 2, sql: "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT")
            #expect(try version(database) == 0)
            try SchemaVersion.raise(database, path: "store", steps: [.firstTables])
            #expect(try version(database) == 1)
            // The second step is newer than this program, so its version is read by hand.
            try SchemaVersion.raise(database, path: "store", steps: [.firstTables, second])
            #expect(try String.fetchOne(database, sql: "SELECT value FROM setting WHERE name = 'schemaVersion'") == "2")
            #expect(try database.tableExists("later"))
        }
    }

    @Test("that fail leave nothing behind")
    func failure() throws {
        let queue = try DatabaseQueue()
        try queue.writeWithoutTransaction { (database: Database) throws in
            let broken = Migration(version: 2, sql: "CREATE TABLE half (id INTEGER PRIMARY KEY) STRICT; CREATE TABLE ! (id)")
            #expect(throws: DatabaseError.self) {
                try SchemaVersion.raise(database, path: "store", steps: [.firstTables, broken])
            }
            #expect(try version(database) == 1)
            #expect(try !database.tableExists("half"))
        }
    }

    @Test(
        "a file that does not say its version is refused", arguments: ["DELETE FROM setting", "UPDATE setting SET value = 'x'"])
    func noVersion(_ damage: String) throws {
        let queue = try DatabaseQueue()
        try queue.writeWithoutTransaction { (database: Database) throws in
            try SchemaVersion.raise(database, path: "store")
            try database.execute(sql: damage)
            #expect(throws: GatewayError.self) { try version(database) }
        }
    }
}
